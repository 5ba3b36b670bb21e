"""Who meets a requirement."""

import pytest
from hypothesis import given

from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, SkillId, TeamId
from duetime.router.skill import Requirement
from tests.router import strategies

GERMAN, REFUNDS = SkillId("german"), SkillId("refunds")
SUPPORT, TECH, SALES = TeamId("support"), TeamId("tech"), TeamId("sales")
ANA = Profile(id=AssociateId("ana"), name="Ana", teams=frozenset({SUPPORT, TECH}), skills={GERMAN: 3, REFUNDS: 1})


@pytest.mark.parametrize(
    ("requirement", "is_met"),
    [
        (Requirement(), True),
        (Requirement(skills={GERMAN: 3}), True),
        (Requirement(skills={GERMAN: 4}), False),
        (Requirement(skills={GERMAN: 1, REFUNDS: 1}), True),
        (Requirement(skills={GERMAN: 1, REFUNDS: 2}), False),
        (Requirement(skills={SkillId("vip"): 1}), False),
        (Requirement(frozenset({SUPPORT})), True),
        (Requirement(frozenset({SALES, TECH})), True),
        (Requirement(frozenset({SALES})), False),
        (Requirement(frozenset({SALES}), {GERMAN: 1}), False),
    ],
)
def test_all_skills_and_any_of_the_teams_are_asked_for(requirement: Requirement, is_met: bool) -> None:
    assert requirement.met_by(ANA) is is_met


@given(strategies.requirements, strategies.skills, strategies.staffs())
def test_more_skills_are_met_by_who_meets_both(
    requirement: Requirement, more: dict[SkillId, int], staff: list[Profile]
) -> None:
    both = requirement.plus(more)
    for profile in staff:
        meets_both = requirement.met_by(profile) and Requirement(skills=more).met_by(profile)
        assert both.met_by(profile) == meets_both
