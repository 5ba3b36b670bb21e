"""Files of messages: fetched from the provider, in the time in which it waits for our answer."""

import asyncio
import mimetypes
import time
from hashlib import sha256
from typing import Final

from duetime.channels.sms.provider import InboundSms, Media
from duetime.router.errors import RefusedType
from duetime.router.message import Attachment
from duetime.service.attachments import AttachmentStore
from duetime.service.file_names import clean_type
from duetime.service.safe_fetch import Fetched, FetchRefused, SafeFetch
from duetime.service.sms.our_number import OurNumber

TOGETHER_S: Final = 8.0
"""For all files of a message: providers wait for 15 s, Vonage for less, and then bring it again."""
FILES_MOST: Final = 10


class MediaRoom:
    def __init__(self, fetch: SafeFetch, files: AttachmentStore) -> None:
        self._fetch = fetch
        self._files = files

    async def keep(self, number: OurNumber, sms: InboundSms) -> tuple[tuple[Attachment, ...], str]:
        """Its files in the store, and a sentence about those that could not be had. Raises NotReady when the store
        cannot be reached: then the provider brings the message again."""
        folder = f"sms/{number.id}/{sha256(sms.id.encode(errors='surrogatepass')).hexdigest()}"
        until_s = time.monotonic() + TOGETHER_S
        wanted = list(enumerate(sms.media[:FILES_MOST], start=1))
        found = await asyncio.gather(*(self._keep(number, folder, place, media, until_s) for place, media in wanted))
        refused = [
            f"File {place}: {one}" for (place, _), one in zip(wanted, found, strict=True) if isinstance(one, str)
        ]
        if len(sms.media) > FILES_MOST:
            refused.append(f"It had {len(sms.media)} files; only {FILES_MOST} are looked at.")
        kept = tuple(one for one in found if not isinstance(one, str))
        return kept, f"Not kept: {' '.join(refused)}" if refused else ""

    async def _keep(self, number: OurNumber, folder: str, place: int, media: Media, until_s: float) -> Attachment | str:
        """The file, or why it is not kept."""
        try:
            fetched = await self._fetch.get(
                media.url,
                most_bytes=self._files.file_bytes,
                timeout_s=max(0.1, until_s - time.monotonic()),
                headers=number.provider.media_headers,
            )
        except FetchRefused as error:
            return str(error)
        return await self._put(folder, place, media, fetched)

    async def _put(self, folder: str, place: int, media: Media, fetched: Fetched) -> Attachment | str:
        content_type = clean_type(media.content_type or fetched.content_type)
        name = f"file-{place}{mimetypes.guess_extension(content_type) or ''}"
        try:
            return await self._files.put(folder, fetched.content, name, content_type)
        except RefusedType:
            return "It is of a type that is not taken."
