"""Erasing a conversation: its files, what the journal tells of it, and at last the conversation itself.

The conversation goes last, so that whoever repeats it after a crash finishes it.
"""

from contextlib import suppress
from typing import Final

from duetime.queues.store import Store
from duetime.router.errors import NotFound
from duetime.router.ids import ConversationId
from duetime.router.message import InboundMessage, Message
from duetime.service.attachments import AttachmentStore

PAGE: Final = 100


def file_keys(message: Message | InboundMessage) -> list[str]:
    """Everything of it in the attachment store."""
    keys = (message.html, message.raw, *(attachment.key for attachment in message.attachments))
    return [key for key in keys if key]


async def erase(store: Store, attachments: AttachmentStore, conversation: ConversationId, *, by: str) -> None:
    """With those that were merged into it. Raises NotFound; Conflict for one that is not closed, or is part of another;
    NotReady when the attachment store cannot be reached."""
    await store.conversations.begin_erasing(store.clock(), conversation)
    for merged in (await store.views.conversation(conversation)).merged:
        with suppress(NotFound):  # it was erased before this was cut short
            await erase(store, attachments, merged, by=by)
    after = 0
    while messages := await store.views.messages(conversation, after=after, limit=PAGE):
        await attachments.delete([key for message in messages for key in file_keys(message)])
        after = messages[-1].number
    await attachments.delete_folder(conversation)
    await store.journal.forget(conversation)
    await store.conversations.finish_erasing(store.clock(), conversation, by=by)
