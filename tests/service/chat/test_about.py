"""What a page is told before anybody writes."""

import msgspec
import pytest

from duetime.config.build import load_routing
from duetime.config.chat_settings import ChatEndpoint
from duetime.service.chat.about import AboutChat, about_chat
from tests.service.chat.site import FORM, Page
from tests.service.sockets.office import Office

MONDAY_9_UTC = 1_772_442_000_000  # 2026-03-02
HOUR = 3_600_000
ROUTING = """
default_queue = "general"
endpoints = { night = "always" }
[calendars.office]
hours = { mon = ["09:00-17:00"] }
[queues.general]
name = "General"
calendar = "office"
[queues.always]
name = "Always"
[associates.ana]
name = "Ana"
"""


def about(name: str, now_ms: int) -> AboutChat:
    return about_chat(name, ChatEndpoint(), load_routing(ROUTING), now_ms, file_bytes=1000, refused=("exe",))


@pytest.mark.parametrize(
    ("name", "now_ms", "is_open", "opens_at"),
    [
        ("web", MONDAY_9_UTC, True, None),
        ("web", MONDAY_9_UTC - HOUR, False, MONDAY_9_UTC),
        ("web", MONDAY_9_UTC + 8 * HOUR, False, MONDAY_9_UTC + 7 * 24 * HOUR),
        ("night", MONDAY_9_UTC - HOUR, True, None),
    ],
)
def test_a_chat_is_open_when_its_queue_is(name: str, now_ms: int, is_open: bool, opens_at: int | None) -> None:
    told = about(name, now_ms)
    assert (told.open, told.opens_at) == (is_open, opens_at)


async def test_a_page_is_told_all_it_shows(page: Page) -> None:
    told = (await page.ask("GET", "/v1/chat/config?endpoint=web")).body
    assert {"exe", "text/html"} & set(told["files"].pop("refused"))
    assert told == {
        "endpoint": "web",
        "name": "Shop",
        "greeting": None,
        "color": "#1a5fb4",
        "position": "right",
        "language": None,
        "form": [],
        "files": {"max_bytes": 20971520},
        "open": True,
        "opens_at": None,
        "after_hours": "email",
        "transcripts": True,
        "identity_required": False,
    }


async def test_the_questions_are_told_and_the_secrets_are_not(office: Office, page: Page) -> None:
    answer = await page.ask("GET", "/v1/chat/config?endpoint=form")
    assert answer.body["form"] == [{**msgspec.to_builtins(field), "choices": list(field.choices)} for field in FORM]
    assert "secret" not in answer.raw.decode()
    assert (await page.ask("GET", "/v1/chat/config?endpoint=help")).body["files"] is None


@pytest.mark.parametrize(
    ("query", "status"), [("", 422), ("?endpoint=nowhere", 404), ("?endpoint=WEB", 422), ("?endpoint=web&x=1", 422)]
)
async def test_what_is_no_chat_is_told_so(page: Page, query: str, status: int) -> None:
    assert (await page.ask("GET", f"/v1/chat/config{query}")).status == status
