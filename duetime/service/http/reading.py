"""From a request to what its route takes, or a refusal that says what to send instead."""

import asyncio
import re
from collections.abc import Mapping
from typing import Final, Generic
from urllib.parse import unquote

import msgspec
from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError

from duetime.router.errors import Invalid, Stale, TooLarge
from duetime.router.ids import SLUG, is_id
from duetime.service.http.problem import Malformed, UnsupportedMedia, VersionNeeded
from duetime.service.http.route import IfMatch, Taken, Upload, no_such

JSON: Final = "application/json"
BODY_TIMEOUT_S: Final = 30.0
FILE_TIMEOUT_S: Final = 300.0
"""A file of 20 MB takes that long over half a Mbit/s."""
FILE_NAME: Final = "X-File-Name"

_ID_PREFIXES: Final = {"conversation": "cv", "contact": "ct", "token": "tk"}
_SLUG = re.compile(SLUG)
_ETAG = re.compile(r'"([0-9]{1,15})"')
_AT = re.compile(r"(?P<what>.*) - at `(?:key in )?\$\.?(?P<at>.*)`", re.DOTALL)


class InputReader(Generic[Taken]):
    """Reads the query or the body of one route."""

    def __init__(self, takes: type[Taken], *, from_query: bool, body_bytes: int | None = None) -> None:
        """``body_bytes``: the largest body; None: as the settings say."""
        fields = msgspec.structs.fields(takes)  # type: ignore[arg-type]  # what a route takes is a Struct
        self._takes = takes
        self._body_bytes = body_bytes
        self._from_query = from_query
        self._may_be_empty = not any(field.required for field in fields)
        self._known = ", ".join(field.encode_name for field in fields)
        self._decoder = msgspec.json.Decoder(takes)

    async def read(self, request: web.Request) -> Taken:
        """Raises Invalid, Malformed, TooLarge or UnsupportedMedia."""
        try:
            if self._from_query:
                return msgspec.convert(_single(request), self._takes, strict=False)
            body = await read_body(request if self._body_bytes is None else self._larger(request, self._body_bytes))
            if not body and self._may_be_empty:
                return self._takes()
            _check_media(request)
            return self._decoder.decode(body)
        except msgspec.ValidationError as error:
            raise self._explained(error) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"The body is not valid JSON in UTF-8: {error}.") from None

    @staticmethod
    def _larger(request: web.Request, body_bytes: int) -> web.Request:
        """The same request, of which so much is read, unless the settings allow more."""
        return request.clone(client_max_size=max(request.client_max_size, body_bytes))

    def _explained(self, error: msgspec.ValidationError) -> Invalid:
        sentence = str(error)
        at = ""
        if found := _AT.fullmatch(sentence):
            sentence, at = found["what"], found["at"]
        if not at and "unknown field" in sentence:
            sentence += f". There is: {self._known}" if self._known else ". Nothing is taken here"
        return Invalid(f"{at}: {sentence}." if at else f"{sentence}.", at=at or None)


def _single(request: web.Request) -> dict[str, str]:
    query = request.rel_url.query
    if len(set(query)) != len(query):
        raise Invalid("A query parameter may be given once only.")
    return dict(query)


async def read_upload(request: web.Request, file_bytes: int) -> Upload:
    """Raises Invalid, Malformed, TooLarge."""
    if request.query:
        raise Invalid("Nothing is taken in the query: the name goes into the header X-File-Name.")
    name = request.headers.get(FILE_NAME, "").strip()
    if not name:
        raise Invalid(f"Send the file's name in the header {FILE_NAME}, percent-encoded as UTF-8.")
    content = await read_body(request.clone(client_max_size=file_bytes), FILE_TIMEOUT_S)
    if not content:
        raise Invalid("The file is empty: send its bytes as the body.")
    return Upload(content=content, name=unquote(name), content_type=request.headers.get(hdrs.CONTENT_TYPE, ""))


async def read_body(request: web.Request, timeout_s: float = BODY_TIMEOUT_S) -> bytes:
    """Raises TooLarge, and Malformed when the body does not come, or not whole."""
    try:
        if request.content.is_eof():
            return await request.read()
        async with asyncio.timeout(timeout_s):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge(f"The body is larger than {request.client_max_size} bytes.") from None
    except TimeoutError:
        raise Malformed(f"The body did not come within {timeout_s:.0f} s.") from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Malformed("The body is not what its headers announce, or it ended too early.") from None


def read_path(request: web.Request) -> dict[str, str]:
    """The variable parts of the path. Raises NotFound for what cannot be an id: it is none of ours, and would
    not be one by another spelling."""
    path = dict(request.match_info)
    for kind, name in path.items():
        prefix = _ID_PREFIXES.get(kind)
        if not (is_id(prefix, name) if prefix else _SLUG.fullmatch(name)):
            raise no_such(kind, name)
    return path


def read_version(headers: Mapping[str, str], if_match: IfMatch) -> int | None:
    """The version in ``If-Match``; None for ``*`` or, where that is allowed, none at all.

    Raises VersionNeeded, Invalid; Stale for a tag that never was one of ours.
    """
    if if_match is IfMatch.UNUSED:
        return None
    text = headers.get(hdrs.IF_MATCH, "").strip()
    if text == "*" or (not text and if_match is IfMatch.OPTIONAL):
        return None
    if not text:
        raise VersionNeeded("Send the ETag that you read in the header If-Match, or * to change any version.")
    if "," in text:
        raise Invalid("Send one ETag in the header If-Match.")
    found = _ETAG.fullmatch(text)
    if found is None:
        raise Stale('If-Match is not an ETag of ours: those are numbers in quotes, such as "7".')
    return int(found[1])


def read_idempotency_key(headers: Mapping[str, str]) -> str | None:
    """Raises Invalid for an empty one: its sender believes to be protected from sending twice."""
    key = headers.get("Idempotency-Key")
    if key is not None and not key.strip():
        raise Invalid("The header Idempotency-Key is empty. Give every message a key of its own, or leave it out.")
    return key


def _check_media(request: web.Request) -> None:
    if request.headers.get(hdrs.CONTENT_TYPE) == JSON:  # as nearly everybody writes it: nothing to take apart
        return
    if request.content_type != JSON or (request.charset or "utf-8").lower() != "utf-8":
        raise UnsupportedMedia("Send the body as application/json in UTF-8, and say so in Content-Type.")
