"""A second start on the same data continues exactly where the first one was."""

import asyncio
import os
import signal
from typing import Any

from tests.daemon import DaemonProcess
from tests.journeys.desk import accept, offer_on
from tests.waiting import wait_until

LISTS = ("/v1/conversations", "/v1/associates", "/v1/contacts", "/v1/queues", "/v1/tokens")


async def everything(daemon: DaemonProcess) -> dict[str, Any]:
    """All that an admin can read of the workspace."""
    found = {path: await daemon.get(path) for path in LISTS}
    for conversation in found["/v1/conversations"]["conversations"]:
        path = f"/v1/conversations/{conversation['id']}/messages"
        found[path] = await daemon.get(path)
    return found


async def busy_day(daemon: DaemonProcess) -> str:
    """Conversations in every state; gives the cursor up to which ana's desk knows them."""
    ana = await daemon.desk("ana")
    held, closed = [(await daemon.write("Hello", who=who))["conversation"] for who in ("maria", "jo")]
    await accept(ana, held)
    await accept(ana, closed)
    await ana.do("reply", conversation=held, text="Good morning.")
    await ana.do("close", conversation=closed, disposition="spam")
    parked = (await daemon.write("Hello", who="lee"))["conversation"]
    await accept(ana, parked)
    await ana.do("park", conversation=parked)
    await offer_on(ana, (await daemon.write("Where is my order?", who="kim"))["conversation"])
    await daemon.write("Router broken", who="sam")
    cursor = ana.cursor
    await ana.close()
    return cursor


async def test_after_a_stop_in_order_everything_is_as_it_was(daemon: DaemonProcess) -> None:
    cursor = await busy_day(daemon)
    before = await everything(daemon)
    states = {conversation["state"] for conversation in before["/v1/conversations"]["conversations"]}
    assert states == {"assigned", "closed", "parked", "offered", "waiting"}

    assert await daemon.stop() == 0
    await daemon.start()

    assert await everything(daemon) == before
    ana = await daemon.desk("ana", cursor=cursor)
    assert (await ana.do("ping"))["cursor"] >= cursor
    assert [event for event in ana.events if event.get("conversation")] == []
    assert "Everything agrees" in daemon.examine()


async def test_after_a_kill_everything_is_as_it_was(daemon: DaemonProcess) -> None:
    await busy_day(daemon)
    before = await everything(daemon)

    daemon.kill()
    await daemon.start()

    assert await everything(daemon) == before
    assert "Everything agrees" in daemon.examine()


async def test_the_first_start_makes_the_tokens_and_later_ones_keep_them(daemon: DaemonProcess) -> None:
    tokens = daemon.tokens
    assert tokens.admin in daemon.printed
    assert (daemon.data_dir / "tokens.json").stat().st_mode & 0o777 == 0o600

    assert await daemon.stop() == 0
    await daemon.start()

    assert daemon.tokens == tokens
    assert (await daemon.get("/v1/me"))["role"] == "admin"


async def test_a_changed_routing_file_is_in_force_after_the_next_start(daemon: DaemonProcess) -> None:
    waiting = (await daemon.write("Router broken"))["conversation"]
    assert await daemon.stop() == 0
    file = daemon.directory / "routing.toml"
    file.write_text(
        file.read_text().replace('name = "Technical"\nteams = ["tech"]', 'name = "Technical"\nteams = ["support"]')
    )

    await daemon.start()

    ana = await daemon.desk("ana")
    await ana.do("ping")
    assert (await daemon.see(waiting))["associate"] == "ana"


async def test_a_request_under_way_is_finished_before_the_daemon_ends(daemon: DaemonProcess) -> None:
    conversation = (await daemon.write("Hello"))["conversation"]
    os.kill(daemon.server_pid, signal.SIGSTOP)  # so that the request takes as long as we want
    path = f"/v1/conversations/{conversation}/notes"
    writing = asyncio.create_task(daemon.post(path, {"text": "Written while it stopped."}))
    await wait_until(lambda: not_ready(daemon), what="the daemon to notice the server")

    daemon.ask_to_stop()
    await wait_until(lambda: "stopping" in daemon.log)
    os.kill(daemon.server_pid, signal.SIGCONT)

    assert (await writing)["text"] == "Written while it stopped."
    assert await daemon.ended() == 0
    await daemon.start()
    notes = await daemon.get(f"/v1/conversations/{conversation}/messages")
    assert [note["text"] for note in notes] == ["Hello", "Written while it stopped."]


async def not_ready(daemon: DaemonProcess) -> bool:
    return not await daemon.ready()
