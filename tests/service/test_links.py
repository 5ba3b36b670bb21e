"""Signed links: good as they were made, for a while, and for nothing else."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.router.errors import NotFound
from duetime.service.links import FILES, Linked, LinkSigner, Show

NOW = 1_790_000_000_000
SIGNER = LinkSigner(b"k" * 32, ttl_s=60)
BILL = Linked(key=f"cv_1/in/{'a' * 64}", name="Bill & Co = 100 %.pdf", content_type="application/pdf")
PAGE = Linked(
    key=f"cv_1/in/{'b' * 64}", name="m", content_type="text/html", show=Show.PAGE, images=(("a@b", "c/d"), ("e", "f"))
)


def opened(path: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(path)
    return unquote(parts.path).removeprefix(FILES), dict(parse_qsl(parts.query, strict_parsing=True))


def check(key: str, query: dict[str, str], now_ms: int = NOW, signer: LinkSigner = SIGNER) -> Linked:
    return signer.check(key, query, now_ms)


@pytest.mark.parametrize("linked", [BILL, PAGE])
def test_a_link_gives_back_what_it_is_for_until_it_expires(linked: Linked) -> None:
    key, query = opened(SIGNER.sign(linked, NOW))
    assert check(key, query) == check(key, query, NOW + 59_999) == linked
    with pytest.raises(NotFound):
        check(key, query, NOW + 60_000)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_name_survives_the_link(name: str) -> None:
    linked = msgspec.structs.replace(BILL, name=name)
    assert check(*opened(SIGNER.sign(linked, NOW))) == linked


@pytest.mark.parametrize(
    "altered",
    [
        {"name": "other.pdf"},
        {"type": "text/plain"},
        {"show": "page_with_images"},
        {"show": "image"},
        {"show": "everything"},
        {"expires": str(NOW + 10**9)},
        {"expires": "soon"},
        {"expires": "9" * 10_000},
        {"images": '[["a@b","other/key"]]'},
        {"images": "["},
        {"signature": ""},
        {"signature": "0" * 64},
        {"signature": "ü" * 64},
        {"signature": "\ud800"},
        {"name": "\ud800"},
    ],
    ids=str,
)
def test_an_altered_link_leads_nowhere(altered: dict[str, str]) -> None:
    key, query = opened(SIGNER.sign(PAGE, NOW))
    with pytest.raises(NotFound):
        check(key, query | altered)


@pytest.mark.parametrize("missing", ["name", "type", "show", "expires", "signature"])
def test_a_link_without_one_of_its_parts_leads_nowhere(missing: str) -> None:
    key, query = opened(SIGNER.sign(BILL, NOW))
    del query[missing]
    with pytest.raises(NotFound):
        check(key, query)


def test_a_link_is_for_one_file_only() -> None:
    key, query = opened(SIGNER.sign(BILL, NOW))
    with pytest.raises(NotFound):
        check(key.replace("cv_1", "cv_2"), query)


def test_the_links_of_another_workspace_are_none_of_ours() -> None:
    theirs: Any = LinkSigner(b"x" * 32, ttl_s=60)
    with pytest.raises(NotFound):
        check(*opened(theirs.sign(BILL, NOW)))
