"""A target that was missed reaches those whom the queue wants to know, at their desks."""

from pathlib import Path

import pytest

from duetime.config.settings import Settings
from duetime.service.access import Role, as_actor
from duetime.service.staff import AssociateChange
from tests.service.sockets.office import Office, settings_for

ROUTING = """
default_queue = "hasty"
[teams]
front = "Front"
back = "Back"
[associates.ana]
name = "Ana"
teams = ["front"]
[associates.ben]
name = "Ben"
teams = ["back"]
[associates.cem]
name = "Cem"
teams = ["front"]
capacity_units = 1
limits = { api = 0 }
[queues.hasty]
name = "Hasty"
teams = ["front"]
auto_accept = true
targets = [{ first_response_s = 1 }]
at_risk_s = 0
on_breach = { notify = ["team"] }
"""


@pytest.fixture
def settings(redis_url: str, workspace: str, tmp_path: Path) -> Settings:
    made = settings_for(redis_url, workspace, tmp_path)
    made.routing.file.write_text(ROUTING)
    return made


async def test_holder_team_and_supervisors_are_told_and_nobody_else(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    ben, cem = await office.desk("ben"), await office.desk("cem")
    boss = await office.desk(None, role=Role.SUPERVISOR)
    conversation = (await office.write()).conversation
    for desk in (ana, cem, boss):
        breach = await desk.event("TargetBreached", conversation=conversation)
        assert (breach["associate"], breach["data"]["teams"], breach["data"]["target"]) == ("ana", ["front"], "first")
    await ben.do("ping")
    assert not [event for event in ben.events if event.get("conversation") == conversation]
    assert [event["type"] for event in cem.events if event.get("conversation") == conversation] == ["TargetBreached"]


async def test_who_was_away_from_their_desk_is_told_when_they_resume(office: Office) -> None:
    boss = await office.desk(None, role=Role.SUPERVISOR)
    cursor = await office.parts.store.journal.last_cursor()
    conversation = (await office.write()).conversation
    await boss.event("TargetBreached", conversation=conversation)
    cem = await office.desk("cem", cursor=cursor)
    assert (await cem.event("TargetBreached", conversation=conversation))["data"]["state"] == "waiting"


async def test_who_joins_the_team_is_told_from_then_on(office: Office) -> None:
    ben = await office.desk("ben")
    record = await office.parts.store.tokens.get(await office.token_of(None, Role.SUPERVISOR))
    assert record is not None
    joins = AssociateChange(teams=frozenset({"front"}))  # type: ignore[arg-type]
    await office.parts.staff.change(as_actor(record), "ben", joins, version=None)  # type: ignore[arg-type]
    await ben.event("AssociateChanged")
    conversation = (await office.write()).conversation
    assert (await ben.event("TargetBreached", conversation=conversation))["data"]["teams"] == ["front"]
