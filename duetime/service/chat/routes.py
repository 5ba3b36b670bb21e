"""The visitors' HTTP routes, which ask for no token of ours; ``docs/frames.md`` describes them."""

from collections.abc import Callable
from typing import Any, Final

from aiohttp import hdrs, web

from duetime.config.fields import Slug
from duetime.service.chat.about import AboutChat, about_chat
from duetime.service.chat.door import Door
from duetime.service.chat.lobby import Lobby
from duetime.service.chat.poll_frames import Batch, Poll
from duetime.service.chat.polling import Polling
from duetime.service.chat.uploads import FileQuery, Uploads
from duetime.service.http.metrics import Record
from duetime.service.http.route import Input
from duetime.service.parts import Parts
from duetime.service.sockets.admission import Admission

CONFIG: Final = "/v1/chat/config"
POLL: Final = "/v1/chat/poll"
SEND: Final = "/v1/chat/send"
FILES: Final = "/v1/chat/files"
PATHS: Final = frozenset({CONFIG, POLL, SEND, FILES})


class AboutQuery(Input, frozen=True, kw_only=True):
    endpoint: Slug


def doors(parts: Parts, lobby: Lobby, admission: Admission, recorder: Callable[[str, str], Record]) -> list[Door[Any]]:
    polling = Polling(lobby, admission, parts.stopping)
    uploads = Uploads(lobby, admission, parts.attachments)

    async def about(request: web.Request, query: AboutQuery) -> AboutChat:
        return about_chat(
            query.endpoint,
            lobby.reception.endpoint(query.endpoint),
            parts.routing(),
            parts.store.clock(),
            file_bytes=parts.attachments.file_bytes,
            refused=(),
        )

    def door(method: str, path: str, *args: Any, **options: Any) -> Door[Any]:
        return Door(method, path, *args, lobby=lobby, admission=admission, record=recorder(method, path), **options)

    return [
        door(hdrs.METH_GET, CONFIG, AboutQuery, about, from_query=True),
        door(hdrs.METH_POST, POLL, Poll, polling.poll),
        door(hdrs.METH_POST, SEND, Batch, polling.send),
        door(hdrs.METH_POST, FILES, FileQuery, uploads.take, from_query=True, status=201),
    ]
