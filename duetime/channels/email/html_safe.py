"""HTML that a desk can show: an allow-list of what formats text, and nothing that runs, submits or calls home."""

import re
from typing import Final

import nh3

from duetime.channels.email.html_depth import is_deeper
from duetime.channels.email.limits import HTML_NESTING, HTML_STEPS, Cuts

_TAGS: Final = {
    *("a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center"),
    *("cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font"),
    *("footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p"),
    *("pre", "q", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td"),
    *("tfoot", "th", "thead", "tr", "tt", "u", "ul", "var", "wbr"),
}
_WITH_CONTENT: Final = {
    *("applet", "audio", "canvas", "datalist", "embed", "frameset", "head", "iframe", "math", "noembed", "noframes"),
    *("noscript", "object", "plaintext", "script", "select", "style", "svg", "template", "textarea", "title", "video"),
    "xmp",
}
"""Elements that go with all that is in them."""
_CELL: Final = {"align", "bgcolor", "colspan", "height", "rowspan", "valign", "width"}
_ATTRIBUTES: Final = {
    "*": {"align", "dir", "lang", "title"},
    "a": {"href"},
    "col": {"span", "width"},
    "font": {"color", "face", "size"},
    "img": {"alt", "height", "src", "width"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": _CELL,
    "th": _CELL,
    "tr": {"bgcolor", "valign"},
}
_SCHEMES: Final = {"cid", "http", "https", "mailto", "tel"}
_LINK: Final = re.compile(r"\s*(?:https?|mailto|tel):", re.IGNORECASE)
_IMAGE: Final = re.compile(r"\s*(?:https?|cid):", re.IGNORECASE)
_COPIED_AT: Final = re.compile("[&\x80-\xbf]")
_SHORT_CHARS: Final = 1000
# In what the sanitiser writes every "<" begins a tag and every value is in double quotes.
_REMOTE: Final = re.compile(r'(<img(?: [a-z]+="[^"]*")*?) src="(?!cid:)')


def safe_html(html: str, cuts: Cuts) -> str | None:
    """The HTML with what is safe in it, or None when it is too deep, or would take too long to be looked at.

    The address of a remote image is kept in ``data-remote-src``: nothing is fetched until somebody asks for it.
    Images of the mail itself keep their ``cid:``.
    """
    if _steps(html) > HTML_STEPS:
        cuts.add("The HTML holds a text of too many special characters; only its text was read.")
        return None
    if is_deeper(html, HTML_NESTING):
        cuts.add(f"The HTML nests deeper than {HTML_NESTING} elements; only its text was read.")
        return None
    clean = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return _REMOTE.sub(r'\1 data-remote-src="', clean).strip()


def _keep(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        value = f"https:{value.strip()}" if value.strip().startswith("//") else value.strip()
        return value if _IMAGE.match(value) else None
    if attribute == "href":
        return value if _LINK.match(value) else None
    return value


def _steps(html: str) -> int:
    """How many characters the sanitiser would copy, roughly: what short texts add does not matter."""
    return sum(len(text) * len(_COPIED_AT.findall(text)) for text in html.split("<") if len(text) > _SHORT_CHARS)
