"""Two daemons of one workspace: what comes in at one is answered at the other, and either may go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon import Daemon, DaemonProcess, daemon_here, daemon_process
from tests.journal import cursors_of, read_journal, shown_to
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept, offer_on
from tests.waiting import wait_until

BOTH_WAYS = pytest.mark.parametrize("processes", ["on one Redis", "on one data directory"], indirect=True)


@pytest.fixture
async def two(tmp_path: Path, redis_url: str, workspace: str) -> AsyncIterator[tuple[Daemon, Daemon]]:
    """Two daemons in this process."""
    settings: dict[str, object] = {"data_dir": tmp_path / "data", "redis_url": redis_url, "workspace": workspace}
    async with (
        daemon_here(tmp_path, ROUTING, **settings) as one,
        daemon_here(tmp_path, ROUTING, **settings) as other,
    ):
        yield one, other


@pytest.fixture
async def processes(
    request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, workspace: str
) -> AsyncIterator[tuple[DaemonProcess, DaemonProcess]]:
    """Two daemons that may be stopped and killed."""
    settings: dict[str, object] = {"data_dir": tmp_path / "data", "workspace": workspace}
    if request.param == "on one Redis":
        settings["redis_url"] = redis_url
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    async with (
        daemon_process(tmp_path / "one", ROUTING, **settings, stop_quiet_s=1) as one,
        daemon_process(tmp_path / "other", ROUTING, **settings) as other,
    ):
        yield one, other


async def test_a_desk_on_one_answers_what_came_in_at_the_other(two: tuple[Daemon, Daemon]) -> None:
    one, other = two
    ana = await one.desk("ana")
    conversation = (await other.write("Hello"))["conversation"]
    await accept(ana, conversation)
    await ana.do("reply", conversation=conversation, text="Good morning.")

    assert await other.answers(conversation) == ["Good morning."]


async def test_a_chat_on_one_and_a_desk_on_the_other_see_each_other_type(two: tuple[Daemon, Daemon]) -> None:
    one, other = two
    ana = await one.desk("ana")
    visitor = await other.chat()
    conversation = (await visitor.do("message", text="Hello"))["conversation"]
    await accept(ana, conversation)
    await visitor.state(state="assigned", associate="Ana Ruiz")

    async def heard(by: str) -> bool:
        # A hint that is sent before the other daemon listens is lost, and missed by nobody.
        await (visitor.send(type="typing") if by == "ana" else ana.send(type="typing", conversation=conversation))
        return any(frame["type"] == "typing" for frame in (ana if by == "ana" else visitor).frames)

    await wait_until(lambda: heard("ana"))
    await wait_until(lambda: heard("visitor"))
    await ana.do("reply", conversation=conversation, text="Good morning.")
    await visitor.text("Good morning.")


@BOTH_WAYS
async def test_a_daemon_that_stops_says_goodbye_and_its_desks_go_on_at_the_other(
    processes: tuple[DaemonProcess, DaemonProcess], workspace: str
) -> None:
    one, other = processes
    before = await one.desk("ana")
    start = before.cursor
    held = (await one.write("Hello", who="maria"))["conversation"]
    await accept(before, held)

    one.ask_to_stop()
    assert await before.frame("goodbye") == {"type": "goodbye", "reason": "restarting"}
    assert await before.ended() == 1012
    assert not await one.ready()
    assert await other.ready()
    body = {"sender": {"address": "jo"}, "text": "Anybody?"}
    refused = await one.call("POST", "/v1/messages", body, token=one.tokens.integration)
    assert (refused.status, refused.code) == (503, "not_ready")
    assert int(refused.headers["Retry-After"]) >= 1
    offered = (await other.write("Anybody?", who="jo"))["conversation"]
    await other.write("Still there?", who="maria")

    after = await other.desk("ana", cursor=before.cursor)
    await after.do("reply", conversation=held, text="Still here.")
    await offer_on(after, offered)
    await accept(after, offered)
    assert await one.ended() == 0

    expected = shown_to("ana", read_journal(other.redis_url, workspace, after=start))
    await wait_until(lambda: [*cursors_of(before.frames), *cursors_of(after.frames)] == expected)
    assert await other.answers(held) == ["Still here."]
    assert "Everything agrees" in other.examine()


async def test_a_skill_changed_at_one_routes_what_waits_to_a_desk_of_the_other(two: tuple[Daemon, Daemon]) -> None:
    one, other = two
    ana = await one.desk("ana")
    conversation = (await other.write("Guten Tag", language="de"))["conversation"]
    assert (await one.see(conversation))["state"] == "waiting"

    await other.call("PATCH", "/v1/associates/ana", {"skills": {"german": 3}}, token=other.tokens.admin, If_Match='"1"')

    await accept(ana, conversation)


async def test_a_token_revoked_at_one_closes_its_desk_at_the_other(two: tuple[Daemon, Daemon]) -> None:
    one, other = two
    made = await one.post("/v1/tokens", {"role": "associate", "associate": "ana", "label": "lost"})
    ana = await one.desk("ana", token=made["token"])

    answer = await other.call("DELETE", f"/v1/tokens/{made['id']}", token=other.tokens.admin)

    assert answer.status == 204
    assert await ana.ended() == 4001


@BOTH_WAYS
async def test_a_daemon_that_is_killed_leaves_its_desks_to_the_other(
    processes: tuple[DaemonProcess, DaemonProcess], workspace: str
) -> None:
    one, other = processes
    before = await one.desk("ana")
    start = before.cursor
    held = (await one.write("Hello"))["conversation"]
    await accept(before, held)

    one.kill()
    await before.ended()
    await other.write("Hello?")

    after = await other.desk("ana", cursor=before.cursor)
    await after.event("MessageReceived", conversation=held)
    expected = shown_to("ana", read_journal(other.redis_url, workspace, after=start))
    assert [*cursors_of(before.frames), *cursors_of(after.frames)] == expected
