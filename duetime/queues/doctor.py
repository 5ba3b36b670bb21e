"""The invariants of the model, checked against a live Redis.

Each check reads what several keys say about one thing and reports where they disagree. A running system changes while
it is read, so a suspicion counts only if it is still there each time it is looked at again.
"""

import asyncio

from duetime.queues.doctor_matching import check_associates, check_graph, check_lines, check_matched, check_rooms
from duetime.queues.doctor_outbox import check_outbox, check_parts
from duetime.queues.doctor_places import check_conversations, check_queues, check_sequences, check_timers
from duetime.queues.findings import Finding, Reader
from duetime.queues.store import Store

LOOKS = 3
PAUSE_S = 0.05
CHECKS = (
    check_associates,
    check_conversations,
    check_queues,
    check_lines,
    check_rooms,
    check_graph,
    check_matched,
    check_timers,
    check_sequences,
    check_outbox,
    check_parts,
)


async def examine(store: Store) -> list[Finding]:
    """Everything that is wrong and stays wrong."""
    suspected = await _look(store)
    for _ in range(LOOKS - 1):
        if not suspected:
            break
        await asyncio.sleep(PAUSE_S)
        suspected &= await _look(store)
    return sorted(suspected)


async def _look(store: Store) -> set[Finding]:
    reader = Reader(store)
    found: set[Finding] = set()
    for check in CHECKS:
        async for finding in check(reader):
            found.add(finding)
    return found
