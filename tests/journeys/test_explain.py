"""Asking why: five conversations of one small company, explained as a person would say it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon import Daemon, daemon_here
from tests.journeys.desk import accept
from tests.waiting import wait_until

ROUTING = """
default_queue = "general"

[skills]
german = "German"

[teams]
support = "Support"
tech = "Engineering"

[channels.api]
cost_units = 1

[associates.ana]
name = "Ana Ruiz"
teams = ["support"]
skills = { german = 2 }
capacity_units = 2

[associates.ben]
name = "Ben Okafor"
teams = ["support"]
capacity_units = 2

[associates.tom]
name = "Tom Lee"
teams = ["tech"]
capacity_units = 2

[queues.general]
name = "General"
teams = ["support"]
targets = [{ first_response_s = 86_400 }]
offer_timeout_s = 86_400

[queues.tech]
name = "Technical"
teams = ["tech"]
targets = [{ first_response_s = 86_400 }]
[[queues.tech.route]]
after_s = 86_400
add_teams = ["support"]

[[triage]]
name = "Technical words"
queue = "tech"
when = { text_contains = ["router"] }

[[triage]]
name = "German"
skills = { german = 4 }
when = { language = "de" }
"""


@pytest.fixture
async def company(tmp_path: Path, redis_url: str, workspace: str) -> AsyncIterator[Daemon]:
    async with daemon_here(tmp_path, ROUTING, redis_url=redis_url, workspace=workspace) as clients:
        yield clients


async def said(company: Daemon, conversation: str) -> list[str]:
    """The sentences, with "a while" for every duration: tests do not know how fast they run."""
    explained = await company.get(f"/v1/conversations/{conversation}/explain")
    return [re.sub(r"\b\d+ (s|min|h \d+ min|h|days)\b", "a while", sentence) for sentence in explained["sentences"]]


async def write(company: Daemon, text: str, **fields: str) -> str:
    """Somebody new writes."""
    return str((await company.write(text, who=f"contact {text}", **fields))["conversation"])


async def test_an_assigned_one_says_how_it_was_decided(company: Daemon) -> None:
    ana = await company.desk("ana")
    conversation = await write(company, "Hello")
    await accept(ana, conversation)
    await company.desk("ben")
    assert await said(company, conversation) == [
        "No triage rule fits it, so it went to the default queue General.",
        "Ana Ruiz has it, and an answer is due in a while.",
        "Of those who fitted best and had room for it when it came, Ana Ruiz had the smallest share of capacity in"
        " use: 0 of 2 units.",
        "As things are now, of the others who may take it Ben Okafor could take it now.",
    ]


async def test_one_that_waits_for_room_says_who_is_full_and_who_is_not_there(company: Daemon) -> None:
    ana = await company.desk("ana")
    for text in ("one", "two"):
        await accept(ana, await write(company, text))
    await write(company, "three")
    waiting = await write(company, "four")
    assert await said(company, waiting) == [
        "No triage rule fits it, so it went to the default queue General.",
        "It has waited for a while and is due in a while.",
        "It needs somebody in the team Support who takes api.",
        "2 people may take it, and none can now: Ana Ruiz is full (2 of 2 units) and Ben Okafor is offline.",
        "1 of its queue goes first.",
        "When it will be taken cannot be said yet: too few conversations have ended to know how long one takes.",
    ]


async def test_one_whose_people_are_away_says_what_the_next_step_changes(company: Daemon) -> None:
    await company.desk("ana")
    waiting = await write(company, "My router blinks")
    assert await said(company, waiting) == [
        "The triage rule “Technical words” sent it to the queue Technical.",
        "It has waited for a while and is due in a while.",
        "It needs somebody in the team Engineering who takes api.",
        "Only Tom Lee may take it, who is offline.",
        "It is the next of its queue.",
        "Four of five like it are taken within a while from now.",
        "In a while its route goes on and asks for somebody in the team Support or Engineering who takes api: then 2"
        " people more may take it: Ana Ruiz could take it now and Ben Okafor is offline.",
    ]


async def test_one_that_nobody_can_ever_take_says_what_would_help_and_that_helps(company: Daemon) -> None:
    ana = await company.desk("ana")
    never = await write(company, "Guten Tag", language="de")
    assert await said(company, never) == [
        "The triage rule “German” sent it to the queue General.",
        "It has waited for a while and is due in a while.",
        "As things are nobody can ever take it: it needs somebody in the team Support with German at 4 or more who"
        " takes api, and there is nobody like that.",
        "One change is enough. Raise German of Ana Ruiz from 2 to 4.",
        "Or: give Ben Okafor the skill German at 4.",
        "Or: add a step to the route of General that relaxes German from 4 to 2, which Ana Ruiz has.",
        "Or: add a step to the route of General that drops German, for Ben Okafor.",
    ]
    (listed,) = await company.get("/v1/unroutable")
    assert (listed["kind"], listed["conversations"]) == ("nobody_ever", [never])
    assert await alarm(company, "nobody_ever") == 1

    remedy = listed["remedies"][0]
    before = await company.get(f"/v1/associates/{remedy['associate']}")
    change = {"skills": {remedy["skill"]: remedy["value"]}}
    answer = await company.call(
        "PATCH",
        f"/v1/associates/{remedy['associate']}",
        change,
        token=company.tokens.admin,
        If_Match=f'"{before["profile"]["version"]}"',
    )
    assert answer.status == 200
    await accept(ana, never)
    assert await company.get("/v1/unroutable") == []
    assert await alarm(company, "nobody_ever") == 0


async def test_a_resting_one_says_with_whom_and_until_when(company: Daemon) -> None:
    ana = await company.desk("ana")
    conversation = await write(company, "Hello")
    held = await accept(ana, conversation)
    await ana.do("park", conversation=conversation, wake_at=held["arrived_at"] + 7_200_000)
    assert await said(company, conversation) == [
        "No triage rule fits it, so it went to the default queue General.",
        "It is snoozed with Ana Ruiz for a while more, or until the contact writes.",
        "It uses nobody's capacity. It comes back to Ana Ruiz if there is room, else by the route of the queue"
        " General.",
    ]


async def test_the_command_line_says_the_same(company: Daemon) -> None:
    conversation = await write(company, "My router blinks")
    explained = await company.get(f"/v1/conversations/{conversation}/explain")
    told = await asyncio.to_thread(company.command, "explain", conversation, "--url", company.url)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0] == explained["sentences"][0]
    assert len(told.stdout.splitlines()) == len(explained["sentences"])


async def test_an_associate_may_ask_about_what_they_may_see_only(company: Daemon) -> None:
    waiting = await write(company, "My router blinks")
    path = f"/v1/conversations/{waiting}/explain"
    for who, status in (("tom", 200), ("ana", 404)):
        assert (await company.call("GET", path, token=company.token_of(who))).status == status


async def test_what_was_handled_teaches_how_long_the_next_will_wait(company: Daemon) -> None:
    ana = await company.desk("ana")
    for text in ("one", "two", "three", "four"):
        conversation = await write(company, text)
        await accept(ana, conversation)
        await ana.do("close", conversation=conversation)
    held = [await write(company, text) for text in ("five", "six")]
    for conversation in held:
        await accept(ana, conversation)
    waiting = await write(company, "seven")

    async def known() -> bool:
        return "Four of five like it are taken within a while from now." in await said(company, waiting)

    await wait_until(known)
    (queue,) = [queue for queue in await company.get("/v1/queues") if queue["queue"] == "general"]
    assert queue["expected_waits"]["api"].keys() == {"within_s"}
    forecast = await company.get("/v1/forecast?likely=0")
    assert (forecast["waiting"], forecast["overdue"]) == (1, 0)
    assert [each["conversation"] for each in forecast["conversations"]] == [waiting]


async def alarm(company: Daemon, kind: str) -> float:
    """What the metric says."""
    answer = await company.call("GET", "/metrics", token=company.tokens.admin)
    found = re.search(rf'^duetime_unroutable_conversations{{kind="{kind}"}} (\S+)$', answer.raw.decode(), re.MULTILINE)
    assert found is not None
    return float(found[1])


async def test_a_visitor_is_told_how_long_it_may_take_once_that_is_known(company: Daemon) -> None:
    ana = await company.desk("ana")
    for text in ("one", "two", "three", "four"):
        conversation = await write(company, text)
        await accept(ana, conversation)
        await ana.do("close", conversation=conversation)
    for text in ("five", "six"):
        await accept(ana, await write(company, text))
    visitor = await company.chat(name="Maria")
    await visitor.do("message", text="Hello?")
    told = await visitor.state(state="waiting", position=1, expected_wait_s=10)
    assert told["expected_wait_s"] == 10
