"""The first state of a desk connection: what it missed since its cursor, or a snapshot."""

from typing import Final

from duetime.queues.journal import START, CursorTooOld, Journal, cursor_key
from duetime.queues.store import Store
from duetime.router.events import Event
from duetime.router.ids import AssociateId, TeamId
from duetime.service.access import Actor
from duetime.service.sockets.desk_frames import DeskConversation, Resumed, Snapshot
from duetime.service.sockets.desk_session import concerns, event_frame
from duetime.service.sockets.frames import encode

PAGE: Final = 1000
PAGES_MAX: Final = 5
"""Further back than this many pages of the journal, a snapshot costs less than reading on."""
MISSED_MAX: Final = 2000


async def first_frames(
    store: Store, actor: Actor, teams: frozenset[TeamId], cursor: str | None
) -> tuple[list[bytes], str]:
    """What to send first, and the cursor as of which it is complete. Raises ServerLost."""
    if cursor is not None:
        missed = await _missed(store.journal, actor, teams, cursor)
        if missed is not None:
            events, told = missed
            return [encode(Resumed(cursor=cursor)), *map(event_frame, events)], told
    snapshot = await _snapshot(store, actor.associate)
    return [encode(snapshot)], snapshot.cursor


async def _missed(
    journal: Journal, actor: Actor, teams: frozenset[TeamId], cursor: str
) -> tuple[list[Event], str] | None:
    """The events after the cursor that concern this desk, and the cursor up to which the journal was read.
    None if the journal does not reach back to it or never had it (it was restored from an older copy), or
    if they are too many."""
    if cursor == START or cursor_key(cursor) > cursor_key(await journal.last_cursor()):
        return None
    events: list[Event] = []
    for _ in range(PAGES_MAX):
        try:
            page = await journal.between(cursor, limit=PAGE)
        except CursorTooOld:
            return None
        events += [event for event in page if concerns(actor, teams, event)]
        cursor = page[-1].cursor if page else cursor
        if len(events) > MISSED_MAX:
            return None
        if len(page) < PAGE:
            return events, cursor
    return None


async def _snapshot(store: Store, associate: AssociateId | None) -> Snapshot:
    if associate is None:
        return Snapshot(cursor=await store.journal.last_cursor(), associate=None, conversations=[])
    desk = await store.views.desk_snapshot(associate)
    return Snapshot(
        cursor=desk.cursor,
        associate=desk.associate,
        conversations=[
            DeskConversation(conversation=conversation, messages=desk.histories[conversation.id])
            for conversation in desk.conversations
        ],
    )
