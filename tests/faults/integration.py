"""A program that posts messages, and sometimes is not sure."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from tests.faults.town import LOST, Frame, Place, Town


class Integration:
    """Posts messages, each until it is accepted, and sometimes once more."""

    def __init__(self, town: Town, name: str, token: str, contacts: int) -> None:
        self.town, self.name, self.token, self.contacts = town, name, token, contacts
        self.accepted: dict[str, Place] = {}
        """Key of a message to where it was stored."""

    async def run(self, numbers: Iterator[int], enough: Callable[[int], bool], subjects: list[str]) -> None:
        """Post a message for each number, until there are enough."""
        while not enough(number := next(numbers)):
            await self.write(f"{self.name}-{number}", self.town.dice.choice(subjects))

    async def write(self, key: str, subject: str) -> None:
        """A contact writes."""
        dice = self.town.dice
        contact = f"{self.name}-contact-{dice.randrange(self.contacts)}"
        body = {"sender": {"address": contact}, "text": f"<{key}> {subject}"}
        self.accepted[key] = await self._post(key, body)
        self.town.counts["messages"] += 1
        if dice.random() < 0.05 and await self._post(key, body) != self.accepted[key]:
            self.town.faults.append(f"{key} was accepted in two places")

    async def _post(self, key: str, body: Frame) -> Place:
        while True:
            with suppress(*LOST):
                status, reply = await self.town.post("/v1/messages", body, self.token, key)
                if status == 202:
                    return reply["conversation"], reply["number"]
                if status != 503:
                    self.town.faults.append(f"a message was answered with {status}: {reply}")
            await self.town.pause()
