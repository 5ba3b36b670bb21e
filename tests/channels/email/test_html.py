"""HTML: what a desk shows of it can do nothing, and what it shows is found as text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.html_depth import is_deeper
from duetime.channels.email.html_safe import safe_html
from duetime.channels.email.html_text import html_to_text
from duetime.channels.email.limits import HTML_NESTING, HTML_TAGS, Cuts
from tests.channels.email.letters import read


def safe(html: str) -> str:
    return safe_html(html, Cuts()) or ""


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<style>*{}</style>a", "a"),
        ("<svg><a href=x>b</a></svg>a", "a"),
        ("<math><mi>b</mi></math>a", "a"),
        ("<noscript><img src=x></noscript>a", "a"),
        ("<xmp><b>x</b></xmp>a", "a"),
        ("a<plaintext><b>x", "a"),
        ("<iframe src=https://e.example></iframe>a", "a"),
        ("<form action=https://e.example><input name=p>a</form>", "a"),
        ("<link rel=stylesheet href=https://e.example>a", "a"),
        ("<base href=https://e.example>a", "a"),
        ("<meta http-equiv=refresh content=0>a", "a"),
        ('<b onclick="x()" style="background:url(https://e.example)" class=c id=i>a</b>', "<b>a</b>"),
        (
            '<table background="https://e.example/x"><tr><td>a</table>',
            "<table><tbody><tr><td>a</td></tr></tbody></table>",
        ),
        ("<!-- [if mso]>x<![endif] -->a", "a"),
        ("<video poster=https://e.example/x></video>a", "a"),
    ],
)
def test_what_runs_submits_or_fetches_does_not_survive(html: str, left: str) -> None:
    assert safe(html) == left


@pytest.mark.parametrize("scheme", ["http", "https", "mailto", "tel"])
def test_links_open_elsewhere_and_tell_nothing_about_us(scheme: str) -> None:
    assert safe(f'<a href="{scheme}:x" target=_top>a</a>') == (
        f'<a href="{scheme}:x" rel="noopener noreferrer nofollow">a</a>'
    )


@pytest.mark.parametrize(
    "href", ["javascript:x", " java\nscript:x", "data:text/html,x", "/path", "cid:x", "vbscript:x"]
)
def test_other_links_lead_nowhere(href: str) -> None:
    assert "href" not in safe(f'<a href="{href}">a</a>')


@pytest.mark.parametrize(
    ("image", "left"),
    [
        ("https://e.example/x.png", '<img data-remote-src="https://e.example/x.png">'),
        ("//e.example/x.png", '<img data-remote-src="https://e.example/x.png">'),
        ("cid:logo@x", '<img src="cid:logo@x">'),
        ("data:image/svg+xml,x", "<img>"),
        ("file:///etc/passwd", "<img>"),
        ("x.png", "<img>"),
    ],
)
def test_images_from_elsewhere_are_held_back(image: str, left: str) -> None:
    assert safe(f'<img src="{image}" srcset="{image} 2x">') == left


def test_text_that_looks_like_a_held_back_image_stays() -> None:
    assert safe('<p>&lt;img src="https://e.example"></p>') == '<p>&lt;img src="https://e.example"&gt;</p>'


_TAGS = st.sampled_from(
    [
        "<img src=https://e.example/x>",
        "<img src='//e.example'>",
        "<svg>",
        "</svg>",
        "<math>",
        "<style>",
        "</style>",
        "<a href=javascript:x>",
        "<noscript>",
        "</noscript>",
        "<xmp>",
        "</xmp>",
        "<p>",
        "</p>",
        "<table>",
        "<td>",
        "<!--",
        "-->",
        "<script>x",
        "</script>",
        "<b onload=x>",
        '"',
        "'",
        ">",
        "<",
        "&lt;",
        "<template>",
        "<title>",
        "</title>",
        "<textarea>",
        "</textarea>",
        "<mglyph>",
        "<annotation-xml encoding=text/html>",
        "x",
    ]
)


@given(st.lists(_TAGS, max_size=25).map("".join))
def test_no_mixture_of_tags_gets_through(html: str) -> None:
    clean = safe(html)
    assert_safe(clean)
    # A browser reads it once more, and may nest it otherwise.
    assert_safe(safe(clean.replace("data-remote-src", "src")))


def assert_safe(clean: str) -> None:
    tags = re.findall(r"<(/?[a-z0-9]+)((?: [a-z-]+=\"[^\"]*\")*)\s*>", clean)
    assert {name.strip("/") for name, _ in tags} <= {"img", "a", "p", "table", "tbody", "tr", "td", "b"}
    assert clean.count("<") == len(tags)
    assert not re.search(r'(?<!-)src="(?!cid:)', "".join(attributes for _, attributes in tags))


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 40_000,
        "<div></x>" * 40_000,
        "<div><table><tr><td></div>" * 10_000,
        "<div><!--</div>-->" * 40_000,
        "<p><font>" * 40_000,
        "<svg><input>" * 40_000,
    ],
)
def test_html_deeper_than_the_limit_is_not_looked_at_and_the_mail_says_so(html: str) -> None:
    cuts = Cuts()
    assert safe_html(html, cuts) is None
    assert cuts.sentences() == ("The HTML nests deeper than 500 elements; only its text was read.",)


@pytest.mark.parametrize("piece", ["&", "&amp;", "©", "\xa0word "])
def test_html_that_would_take_too_long_is_not_looked_at_and_the_mail_says_so(piece: str) -> None:
    cuts = Cuts()
    assert safe_html(piece * 400_000, cuts) is None
    assert cuts.sentences() == ("The HTML holds a text of too many special characters; only its text was read.",)


def test_a_page_of_many_special_characters_in_its_lines_is_shown() -> None:
    page = f"<p>{'caf&eacute;&nbsp;&#1055;© ' * 20}</p>" * 500
    assert safe(page).count("café") == 10_000


@pytest.mark.parametrize(
    "html",
    [
        "<p>one" * 2000,
        "<ul>" + "<li>one" * 2000 + "</ul>",
        "<table>" + "<tr><td>a<td>b" * 2000 + "</table>",
        "<br>" * 2000,
        "<div><b>x</div>" * 2000,
    ],
)
def test_a_long_page_that_leaves_tags_open_is_not_deep(html: str) -> None:
    assert not is_deeper(html, HTML_NESTING)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two</p>", "One\n\ntwo"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("<div>One</div><div>two</div>", "One\ntwo"),
        ("<head><title>No</title></head><body>One  \n two</body>", "One two"),
        ("<style>x</style><script>y</script>One", "One"),
        ("<ul><li>One</li><li>two</li></ul>", "- One\n- two"),
        ("<table><tr><td>One</td><td>two</td></tr><tr><td>three</td></tr></table>", "One two\nthree"),
        ("<pre>One\n  two</pre>", "One\n  two"),
        ("a &lt; b &amp;&amp; c&nbsp;&#8364;", "a < b && c €"),
        ("a &#99999999999999999999; b", "a \ufffd b"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ('<img alt="Logo" src=x> Hi', "Logo Hi"),
        ("One<!-- two -->three", "Onethree"),
        (
            "<div>On Monday Mia wrote:<blockquote>Hi<br>there</blockquote></div>",
            "On Monday Mia wrote:\n\n> Hi\n> there",
        ),
        ('<p title="a > b">One</p>', "One"),
        ("<p", ""),
        ("One<!-- never ends", "One"),
    ],
)
def test_the_text_of_a_page_is_what_it_shows(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.lists(_TAGS, max_size=25).map("".join))
def test_the_text_of_any_page_is_found(html: str) -> None:
    assert "<script" not in html_to_text(html).replace("\n", "") or "<" in html


def test_a_page_of_more_tags_than_the_limit_is_cut_and_the_mail_says_so() -> None:
    mail = read("Content-Type: text/html", body="<b>x</b>\n" * 300_000)
    assert mail.text.count("x") == HTML_TAGS // 2
    assert mail.cut == ("The HTML has more than 100,000 tags; the rest of it was not read.",)
