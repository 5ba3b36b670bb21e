"""The files of messages as visitors see them: with links that need no token, and end."""

from collections.abc import Iterable

from duetime.router.ids import SessionId
from duetime.router.message import Attachment
from duetime.service.links import Linked, LinkSigner, Show
from duetime.service.redraw import DRAWABLE
from duetime.service.sockets.chat_frames import ChatFile


def visitor_folder(session: SessionId) -> str:
    """Where the files lie that a visitor sent up. Their messages may take files from there alone."""
    return f"{session}/sent"


def shown_files(links: LinkSigner, attachments: Iterable[Attachment], now_ms: int) -> tuple[ChatFile, ...]:
    return tuple(_shown(links, attachment, now_ms) for attachment in attachments)


def _shown(links: LinkSigner, attachment: Attachment, now_ms: int) -> ChatFile:
    linked = Linked(key=attachment.key, name=attachment.name, content_type=attachment.content_type)
    drawn = Linked(
        key=attachment.key, name=attachment.name, content_type=attachment.content_type, show=Show.EMBEDDED_IMAGE
    )
    return ChatFile(
        name=attachment.name,
        content_type=attachment.content_type,
        size_bytes=attachment.size_bytes,
        link=links.sign(linked, now_ms),
        image=links.sign(drawn, now_ms) if attachment.content_type in DRAWABLE else None,
    )
