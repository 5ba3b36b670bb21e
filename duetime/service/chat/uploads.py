"""Files that visitors send up for a message."""

import secrets

import msgspec
from aiohttp import hdrs, web

from duetime.config.fields import Slug
from duetime.router.errors import Forbidden, Invalid, Unauthenticated
from duetime.service.attachments import AttachmentStore
from duetime.service.chat.lobby import Lobby
from duetime.service.chat.shown_files import visitor_folder
from duetime.service.http.fields import FileName
from duetime.service.http.reading import FILE_TIMEOUT_S, read_body
from duetime.service.http.route import Input
from duetime.service.sockets.admission import Admission

MEGABYTE = 1_000_000


class FileQuery(Input, frozen=True, kw_only=True):
    endpoint: Slug
    name: FileName


class SentUp(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is kept, as a message names it, and its size."""

    key: str
    name: str
    content_type: str
    size_bytes: int


class Uploads:
    def __init__(self, lobby: Lobby, admission: Admission, files: AttachmentStore) -> None:
        self._lobby = lobby
        self._admission = admission
        self._files = files

    async def take(self, request: web.Request, query: FileQuery) -> SentUp:
        """Raises Unauthenticated, Forbidden, TooMany, TooLarge, Invalid."""
        with self._admission.place(request) as address:
            scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
            if scheme.lower() != "bearer":
                raise Unauthenticated("Send the session's resume_token in the header Authorization: Bearer … .")
            visitor = await self._lobby.reception.recognise(query.endpoint, token.strip(), address)
            if not visitor.endpoint.files:
                raise Forbidden("This chat takes no files.")
            session = visitor.session.id
            self._lobby.rates.files.take(session, address)
            content = await read_body(request.clone(client_max_size=self._files.file_bytes), FILE_TIMEOUT_S)
            if not content:
                raise Invalid("The file is empty: send its bytes as the body.")
            self._lobby.rates.file_mb.take(session, address, len(content) / MEGABYTE)
            content_type = request.headers.get(hdrs.CONTENT_TYPE)
            # Each in a folder of its own: what one conversation is erased with, no other one needs.
            folder = f"{visitor_folder(session)}/{secrets.token_hex(8)}"
            kept = await self._files.put(folder, content, query.name, content_type)
        return SentUp(key=kept.key, name=kept.name, content_type=kept.content_type, size_bytes=kept.size_bytes)
