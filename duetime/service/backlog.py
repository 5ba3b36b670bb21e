"""What waits, known from a few places of each line, so that a hundred thousand cost little more than a hundred."""

from bisect import bisect_left

import msgspec

from duetime.queues.lines import Lines
from duetime.router.ids import ClassId, ConversationId

PLACES_MOST = 4_000
"""Places read in all; each line has its share of them."""
PLACES_PER_LINE = 32
LINES_MOST = 500


class Place(msgspec.Struct, frozen=True):
    """One conversation that was looked at."""

    number: int
    """How many of its line are before it."""
    conversation: ConversationId
    rank: int


class Line(msgspec.Struct, frozen=True):
    length: int
    places: list[Place]
    """In order; always the first and the last."""

    def before(self, rank: float) -> float:
        """How many wait before a rank: exact where neighbours were looked at, else in proportion between them."""
        at = bisect_left(self.places, rank, key=lambda place: place.rank)
        if at == 0:
            return 0.0
        if at == len(self.places):
            return float(self.length)
        left, right = self.places[at - 1], self.places[at]
        if right.number == left.number + 1:
            return float(right.number)
        share = (rank - left.rank) / (right.rank - left.rank)
        return left.number + 1 + share * (right.number - left.number - 1)


class Backlog(msgspec.Struct, frozen=True):
    lines: dict[ClassId, Line]
    left_out: int
    """Conversations in lines beyond the `LINES_MOST` longest."""

    def before(self, line: ClassId, rank: float) -> float:
        found = self.lines.get(line)
        return found.before(rank) if found else 0.0


async def read_backlog(lines: Lines) -> Backlog:
    lengths = {line: length for line, length in (await lines.lengths(list(await lines.heads()))).items() if length}
    longest = sorted(lengths, key=lambda line: -lengths[line])
    chosen = longest[:LINES_MOST]
    most = max(2, min(PLACES_PER_LINE, PLACES_MOST // max(1, len(chosen))))
    asked = [(line, number) for line in chosen for number in _spread(lengths[line], most)]
    found = await lines.places([(line, number, number) for line, number in asked])
    places: dict[ClassId, list[Place]] = {line: [] for line in chosen}
    for (line, number), rows in zip(asked, found, strict=True):
        # The line may have become shorter meanwhile, and an order that changed under the look is put right.
        places[line] += [Place(number, name, rank) for name, rank in rows]
    read = {
        line: Line(max(lengths[line], rows[-1].number + 1), sorted(rows, key=lambda place: place.rank))
        for line, rows in places.items()
        if rows
    }
    return Backlog(read, sum(lengths[line] for line in longest[LINES_MOST:]))


def _spread(length: int, most: int) -> list[int]:
    """At most so many places of a line from the first to the last, evenly."""
    if length <= most:
        return list(range(length))
    return [round(number * (length - 1) / (most - 1)) for number in range(most)]
