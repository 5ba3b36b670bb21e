"""Changing the routing configuration: what is refused, what is stored, and what it would mean is told before."""

import asyncio
from pathlib import Path

import pytest

from duetime.config.build import load_routing
from duetime.config.problems import ConfigProblems
from duetime.config.settings import EXAMPLE_ROUTING
from duetime.queues.records import Conversation
from duetime.router.associate import Profile
from duetime.router.errors import NotFound, Stale
from duetime.router.ids import AssociateId, SkillId
from duetime.service.access import Actor, Role
from duetime.service.changes import BrokenConfiguration, Changes
from duetime.service.configuration import Configuration
from duetime.service.staff import AssociateChange
from tests.queues.conftest import DOCUMENT
from tests.world import World, supervisor

ADMIN = Actor(role=Role.ADMIN, token_id="tk_admin", associate=AssociateId("ana"))


class Office:
    """A world with somebody who changes its configuration."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.configuration = Configuration(world.store)
        self.changes = Changes(world.store, self.adopt)

    async def adopt(self) -> None:
        await self.configuration.adopt()
        await self.configuration.catch_up()
        self.world.routing = self.configuration.routing()

    async def apply(self, text: str, *, comment: str = "", expected: int | None = None) -> int:
        return (await self.changes.apply(ADMIN, text, comment=comment, expected=expected)).version

    async def means(self, text: str) -> list[str]:
        """The consequences that a document would have."""
        found = await self.changes.difference(text)
        return [consequence.sentence for consequence in found.consequences]

    async def profile(self, name: str) -> Profile:
        return (await self.world.store.views.associate(AssociateId(name))).profile

    async def waiting(self, text: str = "hello", *, language: str | None = None) -> Conversation:
        accepted = await self.world.write(text, language=language)
        return await self.world.see(accepted.conversation)


@pytest.fixture
async def office(world: World) -> Office:
    office = Office(world)
    await office.adopt()
    return office


def replaced(before: str, after: str) -> str:
    assert before in DOCUMENT
    return DOCUMENT.replace(before, after, 1)


SOONER = replaced(
    '[queues.general]\nname = "General"', '[queues.general]\nname = "General"\ntargets = [{ first_response_s = 1800 }]'
)


async def test_an_applied_document_is_in_force_with_its_author_reason_and_changes(office: Office) -> None:
    assert await office.apply(SOONER, comment="Mondays are busy", expected=1) == 2
    current = await office.changes.current()
    assert (current.version, current.document, current.who, current.why) == (2, SOONER, "ana", "Mondays are busy")
    assert current.changes == ["general: first response 1 h → 30 min"]
    assert office.configuration.routing().version == 2


async def test_a_broken_document_changes_nothing_and_says_everything_that_is_wrong(office: Office) -> None:
    with pytest.raises(BrokenConfiguration) as refused:
        await office.apply(DOCUMENT.replace("general", "genral", 1).replace("after_s = 50", "after_s = 0"))
    problems = refused.value.about["problems"]
    assert isinstance(problems, list)
    assert len(problems) == 2
    assert 'did you mean "general"?' in problems[0]
    assert (await office.changes.current()).version == 1


async def test_two_editors_of_one_version_conflict(office: Office) -> None:
    await office.apply(SOONER, comment="first", expected=1)
    with pytest.raises(Stale, match=r"Version 2 is in force, applied by ana: first\. Yours was made from version 1"):
        await office.apply(f"# mine\n{DOCUMENT}", expected=1)
    assert (await office.changes.current()).document == SOONER


async def test_of_editors_who_apply_at_the_same_moment_one_wins(office: Office) -> None:
    attempts = [office.apply(f"# {number}\n{DOCUMENT}", expected=1) for number in range(5)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Stale)] == [2]


async def test_what_is_in_force_already_makes_no_version(office: Office) -> None:
    assert await office.apply(DOCUMENT, expected=1) == 1
    assert len(await office.changes.versions(before=None, limit=9)) == 1


async def test_rolling_back_applies_the_old_document_as_a_new_version(office: Office) -> None:
    await office.apply(SOONER)
    applied = await office.changes.roll_back(ADMIN, 1, comment="too many late ones", expected=2)
    assert applied.version == 3
    current = await office.changes.current()
    assert (current.document, current.why) == (DOCUMENT, "roll back to version 1: too many late ones")
    assert [change.sentence for change in applied.changes] == ["general: first response 30 min → 1 h"]


async def test_there_is_no_way_back_to_a_version_that_is_not_there(office: Office) -> None:
    with pytest.raises(NotFound, match="There is no version 7"):
        await office.changes.roll_back(ADMIN, 7, comment="", expected=None)


async def test_a_rollback_meets_its_conflict_too(office: Office) -> None:
    await office.apply(SOONER)
    with pytest.raises(Stale):
        await office.changes.roll_back(ADMIN, 1, comment="", expected=1)


async def test_a_difference_changes_nothing(office: Office) -> None:
    conversation = await office.waiting()
    found = await office.changes.difference(SOONER)
    assert [change.sentence for change in found.changes] == ["general: first response 1 h → 30 min"]
    assert found.version == 1
    assert (await office.changes.current()).version == 1
    assert await office.world.see(conversation.id) == conversation


async def test_what_waits_becomes_due_sooner_and_some_of_it_is_overdue_at_once(office: Office) -> None:
    await office.waiting("an old one")
    office.world.clock.advance(2000)
    for _ in range(3):
        await office.waiting()
    assert await office.means(SOONER) == [
        "general: 4 waiting conversations become due sooner",
        "general: 1 waiting conversation is overdue at once",
    ]
    assert await office.means(SOONER.replace("1800", "7200", 1)) == [
        "general: 4 waiting conversations become due later"
    ]


async def test_what_was_foretold_happens_when_it_is_applied(office: Office) -> None:
    conversation = await office.waiting()
    assert await office.means(SOONER) == ["general: 1 waiting conversation becomes due sooner"]
    await office.apply(SOONER)
    assert (await office.world.see(conversation.id)).due_at == conversation.due_at - 1_800_000
    assert await office.means(SOONER) == []


async def test_what_waits_in_a_queue_that_goes_moves_to_the_default_queue(office: Office) -> None:
    document = DOCUMENT + '[queues.spare]\nname = "Spare"\nteams = ["tech"]\n[[triage]]\nname = "S"\nqueue = "spare"\n'
    await office.apply(
        document.replace(
            '[[triage]]\nname = "tech', '[[triage]]\nname = "Z"\nqueue = "spare"\n[[triage]]\nname = "tech', 1
        )
    )
    conversation = await office.waiting()
    assert conversation.queue == "spare"
    assert await office.means(DOCUMENT) == [
        "1 waiting conversation of spare moves to general",
        "tom leaves pool spare+tech and joins pool tech",
    ]
    await office.apply(DOCUMENT)
    assert (await office.world.see(conversation.id)).queue == "general"


async def test_who_leaves_which_pool_is_told(office: Office) -> None:
    await office.waiting("Guten Tag", language="de")
    assert await office.means(replaced("skills = { german = 4 }", "skills = { german = 2 }")) == [
        "general: nobody could take 1 waiting conversation by api with german 3 any more",
        "ana leaves pool general-german and joins pool general",
    ]


async def test_conversations_that_somebody_could_take_then_are_told(office: Office) -> None:
    await office.world.write("Guten Tag", language="de")
    await office.apply(replaced("skills = { german = 4 }", ""))
    assert await office.means(DOCUMENT) == [
        "general: somebody may take 1 waiting conversation by api with german 3, nobody now",
        "ana leaves pool general and joins pool general-german",
    ]


async def test_who_comes_new_joins_a_pool_and_who_may_take_more_is_told(office: Office) -> None:
    new = DOCUMENT + '[associates.zoe]\nname = "Zoe"\nteams = ["tech"]\nlimits = { chat = 0, email = 0 }\n'
    assert await office.means(new) == ["zoe joins pool tech-2"]
    without_step = replaced('[[queues.tech.route]]\nafter_s = 50\nadd_teams = ["support"]\n', "")
    assert await office.means(without_step) == ["ana and ben may no longer take tech"]


async def test_what_supervisors_changed_stays_unless_the_document_says_something_new(office: Office) -> None:
    await office.apply(f"# first\n{DOCUMENT}")
    await office.world.staff.change(supervisor(), AssociateId("ana"), AssociateChange(capacity_units=5), version=None)
    await office.apply(f"# second\n{SOONER}")
    assert (await office.profile("ana")).capacity_units == 5
    await office.apply(replaced("skills = { german = 4 }", "skills = { german = 5 }"))
    ana = await office.profile("ana")
    assert (ana.capacity_units, ana.skills) == (3, {SkillId("german"): 5})


async def test_associates_of_a_version_whose_daemon_died_are_introduced_by_the_next(office: Office) -> None:
    text = replaced("skills = { german = 4 }", "skills = { german = 5 }")
    store = office.world.store
    await office.apply(f"# known\n{DOCUMENT}")
    await store.configs.apply(text, load_routing(text), current=2, who="ana", why="and then the power went")
    assert (await office.profile("ana")).skills == {SkillId("german"): 4}
    await office.adopt()
    assert (await office.profile("ana")).skills == {SkillId("german"): 5}


async def test_a_file_is_brought_in_when_it_changed_since_it_last_was(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "routing.toml"
    file.write_text(SOONER)
    await office.changes.bring_in(file)
    assert (await office.changes.current()).why == "from the file routing.toml"
    await office.apply(DOCUMENT, comment="by hand")
    await office.changes.bring_in(file)
    assert (await office.changes.current()).why == "by hand"
    file.write_text(f"# changed\n{SOONER}")
    await office.changes.bring_in(file)
    assert (await office.changes.current()).document == f"# changed\n{SOONER}"


async def test_the_packaged_example_replaces_nothing(office: Office) -> None:
    await office.changes.bring_in(EXAMPLE_ROUTING)
    assert (await office.changes.current()).document == DOCUMENT


async def test_a_broken_file_is_told_by_its_name(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "routing.toml"
    file.write_text("= = =")
    with pytest.raises(ConfigProblems, match=r"routing\.toml, which routing\.file names"):
        await office.changes.bring_in(file)
    assert (await office.changes.current()).version == 1


async def test_a_version_that_cannot_be_read_any_more_is_told_and_can_be_replaced_by_a_file(
    office: Office, tmp_path: Path
) -> None:
    unreadable = f"{DOCUMENT}[gone]\nx = 1\n"
    await office.world.store.configs.apply(unreadable, office.world.routing, current=1, who="ana", why="long ago")
    with pytest.raises(ConfigProblems, match=r"version 2 of the routing configuration.*name that \(routing\.file"):
        await office.adopt()
    file = tmp_path / "routing.toml"
    file.write_text(SOONER)
    await office.changes.bring_in(file)
    await office.adopt()
    current = await office.changes.current()
    assert (current.version, current.changes) == (3, ["version 2 cannot be read any more"])
