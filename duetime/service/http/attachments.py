"""The files of a conversation: sent up for a reply, and listed with links that fetch them."""

from typing import Final

import msgspec

from duetime.router.errors import NotFound, RefusedType
from duetime.router.message import Attachment, Message
from duetime.service.access import Scope
from duetime.service.attachments import sent_folder
from duetime.service.http.conversations import ONE
from duetime.service.http.route import EVERYONE, AnyRoute, Call, Input, Nothing, Route, Upload
from duetime.service.links import Linked, Show
from duetime.service.parts import Parts
from duetime.service.redraw import DRAWABLE

PAGE_IMAGES: Final = 20
"""So many of a message's own pictures are shown in its page."""


class FileLinks(msgspec.Struct, frozen=True, kw_only=True):
    attachment: Attachment
    link: str
    """Fetches it, for whoever has the link, until it expires. Begins at this server's address."""
    image: str | None
    """Shows it, if it is a picture: drawn anew, so that nothing but its pixels arrives."""


class PageLink(msgspec.Struct, frozen=True, kw_only=True):
    link: str
    """Shows the message's HTML; for a frame with `sandbox`. Begins at this server's address."""


class Showing(Input, frozen=True, kw_only=True):
    remote_images: bool = False
    """With the images that the message loads from elsewhere: whoever keeps them learns that it is read."""


async def upload_attachment(call: Call[Upload]) -> FileLinks:
    conversation = await call.parts.desk.view(call.actor, call.conversation)
    file = call.input
    attachment = await call.parts.attachments.put(
        sent_folder(conversation.id), file.content, file.name, file.content_type
    )
    return _links(call.parts, attachment)


async def list_attachments(call: Call[Nothing]) -> list[FileLinks]:
    message = await _message(call)
    return [_links(call.parts, attachment) for attachment in message.attachments]


async def show_html(call: Call[Showing]) -> PageLink:
    message = await _message(call)
    if message.html is None:
        raise NotFound("This message has no HTML.")
    images = tuple(
        (attachment.content_id, attachment.key)
        for attachment in message.attachments
        if attachment.content_id and attachment.content_type in DRAWABLE
    )
    show = Show.PAGE_WITH_IMAGES if call.input.remote_images else Show.PAGE
    page = Linked(
        key=message.html, name="message.html", content_type="text/html", show=show, images=images[:PAGE_IMAGES]
    )
    return PageLink(link=call.parts.links.sign(page, call.parts.store.clock()))


async def _message(call: Call[Nothing] | Call[Showing]) -> Message:
    """Raises NotFound when there is none, or the actor may not see it."""
    number = call.message_number
    found = await call.parts.desk.history(call.actor, call.conversation, after=number - 1, limit=1)
    if not found:  # or an integration asks for a note, which it does not see
        raise NotFound(f"There is no message {number} in this conversation.")
    return found[0]


def _links(parts: Parts, attachment: Attachment) -> FileLinks:
    now = parts.store.clock()
    linked = Linked(key=attachment.key, name=attachment.name, content_type=attachment.content_type)
    drawn = msgspec.structs.replace(linked, show=Show.IMAGE)
    return FileLinks(
        attachment=attachment,
        link=parts.links.sign(linked, now),
        image=parts.links.sign(drawn, now) if attachment.content_type in DRAWABLE else None,
    )


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{ONE}/attachments",
        handler=upload_attachment,
        takes=Upload,
        gives=FileLinks,
        status=201,
        summary="Send up a file for a reply in this conversation.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, RefusedType),
    ),
    Route(
        method="GET",
        path=f"{ONE}/messages/{{number}}/attachments",
        handler=list_attachments,
        takes=Nothing,
        gives=list[FileLinks],
        summary="The files of a message, with links that fetch them for a while.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound,),
    ),
    Route(
        method="GET",
        path=f"{ONE}/messages/{{number}}/html",
        handler=show_html,
        takes=Showing,
        gives=PageLink,
        summary="A link that shows the HTML of a message, made safe.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound,),
    ),
)
