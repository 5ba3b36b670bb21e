"""The attachment store: files of messages, in a folder of this machine or in an S3-compatible store.

A file lies under ``<folder>/<SHA-256 of its bytes>``, in the folder of what it belongs to. The same file again is the
same object, and erasing the folder erases everything in it. Names and types stand in the message, not here.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec
import obstore
import structlog
from msgspec import Meta
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store, from_url

from duetime.config.settings import Attachments
from duetime.router.errors import NotFound, NotReady, RefusedType, TooLarge
from duetime.router.ids import ConversationId
from duetime.router.message import Attachment
from duetime.service.file_names import clean_name, clean_type, extensions

CHUNK_BYTES: Final = 256 * 1024
TRIES_FOR: Final = timedelta(seconds=20)

log = structlog.get_logger(__name__)

_SEGMENT: Final = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
_FOLDER: Final = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,7}}")
_KEY: Final = re.compile(rf"{_FOLDER.pattern}/[0-9a-f]{{64}}")

FILES_MOST: Final = 20
"""So many files in one reply."""


class SentFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that was sent up, as a reply names it: what sending it up gave."""

    key: Annotated[str, Meta(min_length=1, max_length=400)]
    name: Annotated[str, Meta(max_length=400)]
    content_type: Annotated[str, Meta(max_length=200)]


def sent_folder(conversation: ConversationId) -> str:
    """Where the files of our own messages lie. A reply may take its files from there alone."""
    return f"{conversation}/sent"


@dataclass(frozen=True)
class Stored:
    """A file on its way out."""

    size_bytes: int
    chunks: AsyncIterator[bytes]


class AttachmentStore:
    """All methods raise NotReady when the store cannot be reached."""

    def __init__(self, objects: ObjectStore, settings: Attachments) -> None:
        self._objects = objects
        self._refused_extensions = frozenset(settings.refused_extensions)
        self._refused_types = frozenset(settings.refused_types)
        self.file_bytes = settings.file_bytes
        """The largest file."""

    async def put(
        self, folder: str, content: bytes, name: str | None, content_type: str | None, content_id: str | None = None
    ) -> Attachment:
        """Keeps a file that somebody gave; when this returns it is stored. Raises TooLarge, RefusedType; ValueError
        for a folder that is none."""
        kept_name, kept_type = self._admitted(name, content_type)
        if len(content) > self.file_bytes:
            raise TooLarge(f"A file has at most {self.file_bytes} bytes.", limit=self.file_bytes)
        key = await self.keep(folder, content)
        return Attachment(
            key=key, name=kept_name, content_type=kept_type, size_bytes=len(content), content_id=content_id
        )

    async def keep(self, folder: str, content: bytes) -> str:
        """Keeps what is no file of somebody's, of any type and size, and gives its key. Raises ValueError for a folder
        that is none."""
        if not _FOLDER.fullmatch(folder):
            raise ValueError(f"{folder!r} is no folder of the attachment store")
        digest = await asyncio.to_thread(sha256, content)  # of a large file it takes longer than the loop may stand
        key = f"{folder}/{digest.hexdigest()}"
        with _reached():
            await obstore.put_async(self._objects, key, content)
        return key

    async def describe(self, key: str, name: str | None, content_type: str | None) -> Attachment:
        """A file that was put before, with the size it has. Raises NotFound; RefusedType for a name that `put`
        would not have taken."""
        kept_name, kept_type = self._admitted(name, content_type)
        with _found():
            found = await obstore.head_async(self._objects, _checked(key))
        return Attachment(key=key, name=kept_name, content_type=kept_type, size_bytes=found["size"])

    def _admitted(self, name: str | None, content_type: str | None) -> tuple[str, str]:
        """The cleaned name and type: what the file will be called is what decides, not what it was called."""
        kept_name, kept_type = clean_name(name), clean_type(content_type)
        refused = sorted(extensions(kept_name) & self._refused_extensions)
        if refused:
            what = f"Files that end in .{refused[0]} are not taken (attachments.refused_extensions)."
        elif kept_type in self._refused_types:
            what = f"Files of the type {kept_type} are not taken (attachments.refused_types)."
        else:
            return kept_name, kept_type
        raise RefusedType(f"{what} Send it as another type, such as a PDF, or in an archive.", name=kept_name)

    async def get(self, key: str) -> bytes:
        """Raises NotFound."""
        with _found():
            found = await obstore.get_async(self._objects, _checked(key))
            return bytes(await found.bytes_async())

    async def stream(self, key: str) -> Stored:
        """The file in pieces of about `CHUNK_BYTES`. Raises NotFound."""
        with _found():
            found = await obstore.get_async(self._objects, _checked(key))
        return Stored(found.meta["size"], _chunks(found))

    async def delete(self, keys: Iterable[str]) -> None:
        """Erases these files; what is not there is erased already."""
        for key in keys:
            with _reached(), suppress(FileNotFoundError):
                await obstore.delete_async(self._objects, _checked(key))

    async def delete_folder(self, folder: str) -> None:
        """Erases everything in it; what is not there is erased already."""
        await self._delete(folder, None)

    async def delete_older(self, folder: str, before_ms: int) -> int:
        """Erases what was put into the folder before then (epoch ms); gives how many files that were."""
        return await self._delete(folder, before_ms)

    async def _delete(self, folder: str, before_ms: int | None) -> int:
        if not _FOLDER.fullmatch(folder):
            raise ValueError(f"{folder!r} is no folder of the attachment store")
        deleted = 0
        with _reached():
            async for page in obstore.list(self._objects, prefix=f"{folder}/", chunk_size=500):
                keys = [
                    item["path"]
                    for item in page
                    if before_ms is None or item["last_modified"].timestamp() * 1000 < before_ms
                ]
                if keys:
                    await obstore.delete_async(self._objects, keys)
                    deleted += len(keys)
        return deleted


def open_store(settings: Attachments, data_dir: Path) -> AttachmentStore:
    """The store that the settings name; nothing is asked over the network yet. Raises OSError when the folder cannot
    be made, ValueError when an S3 store lacks what it needs."""
    if settings.url is None or settings.url.startswith("file:"):
        folder = data_dir / "attachments" if settings.url is None else Path(settings.url.removeprefix("file://"))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return AttachmentStore(LocalStore(folder.absolute(), automatic_cleanup=True), settings)
    return AttachmentStore(_s3(settings.url), settings)


def _s3(url: str) -> S3Store:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    try:
        store = from_url(
            url,
            client_options={"allow_http": endpoint.startswith("http://"), "timeout": "60s", "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": TRIES_FOR},
        )
    except BaseError as error:
        raise ValueError(f"attachments.url cannot be used: {error}") from error
    assert isinstance(store, S3Store)  # noqa: S101 - the settings allow no other scheme
    return store


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise NotFound("There is no such file.")
    return key


async def _chunks(found: "obstore.GetResult") -> AsyncIterator[bytes]:
    with _found():
        async for chunk in found.stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(chunk)


@contextmanager
def _found() -> Iterator[None]:
    """What the store says when it is asked for a file, in our words."""
    with _reached():
        try:
            yield
        except FileNotFoundError:
            raise NotFound("There is no such file.") from None


@contextmanager
def _reached() -> Iterator[None]:
    """What goes wrong with the store is for its operator to read; a bucket that is not there, too."""
    try:
        yield
    except (BaseError, OSError) as error:
        log.warning("attachment_store", reason=str(error).partition("\n")[0][:300])
        raise NotReady("The attachment store cannot be reached just now. Come back in a moment.") from error
