"""What a conversation needs of the person who takes it."""

import msgspec

from duetime.router.associate import Profile
from duetime.router.ids import SkillId, TeamId

PROFICIENCY_MIN, PROFICIENCY_MAX = 1, 5


class Requirement(msgspec.Struct, frozen=True):
    """All the skills, each at least at its proficiency, and membership in any of the teams (none named: any team)."""

    teams: frozenset[TeamId] = frozenset()
    skills: dict[SkillId, int] = {}

    def met_by(self, profile: Profile) -> bool:
        in_team = not self.teams or not self.teams.isdisjoint(profile.teams)
        return in_team and all(profile.skills.get(skill, 0) >= level for skill, level in self.skills.items())

    def plus(self, skills: dict[SkillId, int]) -> "Requirement":
        """This and more skills; where both name a skill the higher proficiency holds."""
        levels = {skill: max(skills.get(skill, 0), self.skills.get(skill, 0)) for skill in {*skills, *self.skills}}
        return Requirement(self.teams, levels)
