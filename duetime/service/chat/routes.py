"""The visitors' HTTP routes, which ask for no token of ours; ``docs/frames.md`` describes them."""

from typing import Any, Final

from aiohttp import hdrs, web

from duetime.config.fields import Slug
from duetime.service.chat.about import AboutChat, about_chat
from duetime.service.chat.door import Door, House
from duetime.service.chat.poll_frames import Batch, Poll
from duetime.service.chat.polling import Polling
from duetime.service.chat.uploads import FileQuery, Uploads
from duetime.service.http.route import Input
from duetime.service.parts import Parts

CONFIG: Final = "/v1/chat/config"
POLL: Final = "/v1/chat/poll"
SEND: Final = "/v1/chat/send"
FILES: Final = "/v1/chat/files"
PATHS: Final = frozenset({CONFIG, POLL, SEND, FILES})


class AboutQuery(Input, frozen=True, kw_only=True):
    endpoint: Slug


def doors(parts: Parts, house: House) -> list[Door[Any]]:
    files = parts.settings.attachments
    polling = Polling(house.lobby, house.admission, parts.stopping)
    uploads = Uploads(house.lobby, house.admission, parts.attachments)

    async def about(request: web.Request, query: AboutQuery) -> AboutChat:
        return about_chat(
            query.endpoint,
            house.lobby.reception.endpoint(query.endpoint),
            parts.routing(),
            parts.store.clock(),
            file_bytes=files.file_bytes,
            refused=(*files.refused_extensions, *files.refused_types),
        )

    return [
        Door(house, hdrs.METH_GET, CONFIG, AboutQuery, about, from_query=True),
        Door(house, hdrs.METH_POST, POLL, Poll, polling.poll),
        Door(house, hdrs.METH_POST, SEND, Batch, polling.send),
        Door(house, hdrs.METH_POST, FILES, FileQuery, uploads.take, from_query=True, status=201),
    ]
