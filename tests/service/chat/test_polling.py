"""Chat over plain HTTP: the same as over a websocket, and nothing lost between two polls."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from duetime.config.settings import Limits
from duetime.service.chat import lobby
from duetime.service.sockets.chat_view import newest_conversation
from tests.service.chat.site import Page, signed
from tests.service.sockets.clients import DeskClient
from tests.service.sockets.office import Office
from tests.waiting import wait_until

MESSAGE = {"type": "message", "id": "m1", "text": "hello"}


@pytest.fixture
def limits() -> Limits:
    return Limits(connections_per_ip=6)


@pytest.fixture(autouse=True)
def _quick_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "POSITIONS_EVERY_S", 0.1)


class Poller:
    """A client that polls, and keeps what a client keeps."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.token = ""
        self.conversation: str | None = None
        self.after = 0
        self.state: Any = None
        self.frames: list[Any] = []

    @property
    def texts(self) -> list[str]:
        return [frame["text"] for frame in self.frames if frame["type"] == "message"]

    async def begin(self, **hello: Any) -> Any:
        welcome = (await self.page.poll(**hello))["welcome"]
        self.token = welcome["resume_token"]
        self.take(welcome["messages"])
        if welcome["conversation"]:
            self.take([welcome["conversation"]])
        return welcome

    @property
    def seen(self) -> dict[str, Any]:
        known = {"resume_token": self.token, "after": self.after, "state": self.state}
        return known | ({"conversation": self.conversation} if self.conversation else {})

    async def poll(self, wait_s: int = 20, **hello: Any) -> list[Any]:
        answer = await self.page.poll(wait_s=wait_s, **self.seen, **hello)
        assert answer["welcome"] is None
        self.take(answer["frames"])
        found: list[Any] = answer["frames"]
        return found

    async def until(self, text: str) -> None:
        while text not in self.texts:
            assert await self.poll(), f"{text} never came"

    def take(self, frames: list[Any]) -> None:
        for frame in frames:
            self.frames.append(frame)
            if frame["type"] == "state":
                if frame["conversation"] != self.conversation:
                    self.after = 0
                self.conversation, self.state = frame["conversation"], frame
            elif frame["type"] == "message":
                self.conversation, self.after = frame["conversation"], frame["number"]


def _telling(doing: Callable[..., Awaitable[Any]], event: asyncio.Event) -> Callable[..., Awaitable[Any]]:
    """The same function, which says when it is called."""

    async def told(*args: Any) -> Any:
        event.set()
        return await doing(*args)

    return told


@pytest.fixture
async def poller(page: Page) -> Poller:
    found = Poller(page)
    await found.begin()
    return found


async def begin_talk(office: Office, poller: Poller) -> tuple[DeskClient, str]:
    ana = await office.desk("ana", presence="available")
    (result,) = await poller.page.send(poller.token, MESSAGE)
    conversation = result["data"]["conversation"]
    await office.accept(ana, conversation)
    return ana, conversation


async def test_a_visitor_without_a_socket_writes_and_is_answered(office: Office, poller: Poller) -> None:
    ana, conversation = await begin_talk(office, poller)
    await poller.until("hello")
    while (poller.state or {}).get("state") != "assigned":
        await poller.poll()
    waiting = asyncio.create_task(poller.poll())
    await ana.do("reply", conversation=conversation, text="Good morning.")
    (answer,) = await waiting
    assert (answer["author"], answer["name"], answer["text"]) == ("associate", "Ana Ruiz", "Good morning.")
    assert poller.texts == ["hello", "Good morning."]


async def test_a_poll_with_nothing_new_waits_and_is_then_empty(poller: Poller) -> None:
    assert await poller.poll(wait_s=1) == []


async def test_an_answer_that_was_lost_comes_again_and_none_comes_twice(office: Office, poller: Poller) -> None:
    ana, conversation = await begin_talk(office, poller)
    await poller.until("hello")
    for number in range(5):
        await ana.do("reply", conversation=conversation, text=f"line {number}")
        await ana.do("add_note", conversation=conversation, text="secret")
    lost = await poller.page.poll(wait_s=20, **poller.seen)
    await poller.until("line 4")
    assert [frame["text"] for frame in lost["frames"] if frame["type"] == "message"]
    assert poller.texts == ["hello", *(f"line {number}" for number in range(5))]
    assert "secret" not in str(lost)


async def test_who_comes_back_is_welcomed_with_their_history(office: Office, poller: Poller, page: Page) -> None:
    await begin_talk(office, poller)
    welcome = await Poller(page).begin(resume_token=poller.token)
    assert (welcome["resumed"], [message["text"] for message in welcome["messages"]]) == (True, ["hello"])
    socket = await office.sockets.chat(resume_token=poller.token)
    assert socket.texts == ["hello"]


async def test_a_visitor_in_line_is_told_their_position(office: Office, poller: Poller, page: Page) -> None:
    first = Poller(page)
    await first.begin()
    (sent,) = await page.send(first.token, MESSAGE)
    await page.send(poller.token, MESSAGE)
    while (poller.state or {}).get("position") != 2:
        await poller.poll()
    ana = await office.desk("ana", presence="away")
    waiting = asyncio.create_task(poller.poll())
    await ana.do("assign", conversation=sent["data"]["conversation"])
    (moved,) = await waiting
    assert (moved["type"], moved["position"]) == ("state", 1)


async def test_typing_reaches_both_sides(office: Office, poller: Poller) -> None:
    ana, conversation = await begin_talk(office, poller)
    while (poller.state or {}).get("state") != "assigned":
        await poller.poll()
    await poller.page.send(poller.token, {"type": "typing"})
    await ana.frame("typing")
    waiting = asyncio.create_task(poller.poll())

    async def typed() -> bool:
        await ana.send(type="typing", conversation=conversation)
        return waiting.done()

    await wait_until(typed, what="the poll to end")
    assert {"type": "typing"} in await waiting


async def test_marks_move(office: Office, poller: Poller) -> None:
    ana, conversation = await begin_talk(office, poller)
    await ana.do("reply", conversation=conversation, text="Good morning.")
    assert await poller.page.send(poller.token, {"type": "read", "number": 99}) == []
    moved = await ana.event("MarksMoved")
    assert moved["data"] == {"delivered": 2, "read": 2}


async def test_what_is_sent_again_is_taken_once_and_results_come_in_order(poller: Poller) -> None:
    frames = [MESSAGE, {"type": "typing"}, {"type": "ping", "id": "p"}, {**MESSAGE, "id": "m2", "text": ""}]
    first, again = [await poller.page.send(poller.token, *frames) for _ in range(2)]
    assert first == again
    assert [(result["id"], result["ok"]) for result in first] == [("m1", True), ("p", True), ("m2", False)]
    await poller.until("hello")
    assert await poller.poll(wait_s=1) == []


async def test_nobody_watches_another_s_conversation(office: Office, poller: Poller, page: Page) -> None:
    ana, conversation = await begin_talk(office, poller)
    stranger = Poller(page)
    await stranger.begin()
    stranger.conversation = conversation
    waiting = asyncio.create_task(stranger.poll(wait_s=1))
    await ana.do("reply", conversation=conversation, text="Only for you.")
    await ana.send(type="typing", conversation=conversation)
    assert await waiting == []


async def test_after_a_merge_a_poll_goes_on_with_the_conversation_that_stands_for_both(
    office: Office, poller: Poller
) -> None:
    other = await office.sockets.chat()
    ana, standing = await begin_talk(office, poller)
    merged = (await other.do("message", text="and another thing"))["conversation"]
    await office.accept(ana, merged)
    elsewhere = Poller(poller.page)
    await elsewhere.begin(resume_token=other.welcome["resume_token"])
    await ana.do("merge", conversation=standing, other=merged)
    await ana.do("reply", conversation=standing, text="To both of you.")
    await elsewhere.until("To both of you.")
    while await elsewhere.poll(wait_s=1):
        pass
    assert elsewhere.conversation == standing
    assert "hello" not in elsewhere.texts
    assert len(elsewhere.texts) <= 3
    await elsewhere.page.send(elsewhere.token, {**MESSAGE, "id": "m2", "text": "Thanks."})
    await elsewhere.until("Thanks.")


async def test_a_poll_ends_when_the_daemon_goes_quiet(
    office: Office, poller: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_in = asyncio.Event()
    told = _telling(newest_conversation, is_in)
    monkeypatch.setattr("duetime.service.chat.lobby.newest_conversation", told)
    waiting = asyncio.create_task(poller.poll())
    await is_in.wait()
    office.parts.stopping.set()
    assert await waiting == [{"type": "goodbye", "reason": "restarting"}]
    later = await poller.page.ask("POST", "/v1/chat/poll", {"endpoint": "web"})
    sent = await poller.page.ask(
        "POST", "/v1/chat/send", {"endpoint": "web", "resume_token": poller.token, "frames": [MESSAGE]}
    )
    assert [later.status, sent.status] == [503, 503]


async def test_an_unknown_session_begins_anew_by_a_poll_and_sends_nothing(page: Page, poller: Poller) -> None:
    answer = await page.poll(resume_token="gone", wait_s=20, conversation="cv_00000000000000000000", after=3)
    assert (answer["welcome"]["resumed"], answer["frames"]) == (False, [])
    for token, endpoint in (("gone", "web"), (poller.token, "help")):
        sent = await page.ask(
            "POST", "/v1/chat/send", {"endpoint": endpoint, "resume_token": token, "frames": [MESSAGE]}
        )
        assert (sent.status, sent.body["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("fields", [{"wait_s": 26}, {"wait_s": -1}, {"surprise": 1}, {"state": {"state": "happy"}}])
async def test_a_poll_that_is_none_is_refused(page: Page, fields: dict[str, object]) -> None:
    answer = await page.ask("POST", "/v1/chat/poll", {"endpoint": "web", **fields})
    assert (answer.status, answer.body["code"]) == (422, "invalid")


@pytest.mark.parametrize("frames", [[], [{"type": "hello", "endpoint": "web"}], [{"type": "typing"}] * 21, "message"])
async def test_a_batch_that_is_none_is_refused(poller: Poller, frames: object) -> None:
    answer = await poller.page.ask(
        "POST", "/v1/chat/send", {"endpoint": "web", "resume_token": poller.token, "frames": frames}
    )
    assert (answer.status, answer.body["code"]) == (422, "invalid")


async def test_polls_and_sockets_of_one_address_are_counted_together(
    office: Office, poller: Poller, page: Page
) -> None:
    polls = [asyncio.create_task(poller.page.poll(wait_s=2, **poller.seen)) for _ in range(4)]
    sockets = [await office.sockets.chat() for _ in range(2)]
    answer = await page.ask("POST", "/v1/chat/poll", {"endpoint": "web"})
    assert (answer.status, answer.body["code"]) == (429, "too_many_connections")
    assert len(sockets + await asyncio.gather(*polls)) == 6
    await page.poll()


async def test_an_identity_that_has_expired_sends_nothing_more(
    page: Page, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = Poller(page)
    await member.begin(identity=signed("7"))
    now_ms = office.parts.store.clock()
    monkeypatch.setattr(office.parts.store, "clock", lambda: now_ms + 2 * 3600 * 1000)
    sent = await page.ask(
        "POST", "/v1/chat/send", {"endpoint": "web", "resume_token": member.token, "frames": [MESSAGE]}
    )
    assert (sent.status, sent.body["code"]) == (401, "unauthenticated")
    assert "expired" in sent.body["detail"]
