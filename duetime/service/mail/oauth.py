"""Access tokens for mailboxes (XOAUTH2): from a refresh grant (RFC 6749), or from a command that prints one."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec
from msgspec import Meta

from duetime.config.email_settings import OAuth

ANSWER_S: Final = 30
ANSWER_BYTES: Final = 65_536
EARLY_S: Final = 60
"""So long before its end a token is not used any more."""
COMMAND_TTL_S: Final = 60
"""What a command printed is used for so long: it does not say when it ends."""
GRANT_TTL_S: Final = 600
"""The same for an answer that does not say."""


class TokenRefused(Exception):
    """There is no access token; the message says why and what to do, and never holds a secret."""


class _Granted(msgspec.Struct, frozen=True):
    """What a token endpoint answers."""

    access_token: Annotated[str, Meta(min_length=1, max_length=16_384)]
    expires_in: float = GRANT_TTL_S
    refresh_token: str | None = None
    """Takes the place of the one that was used."""


class _Error(msgspec.Struct, frozen=True):
    error: str = "no reason"


class AccessTokens:
    """The tokens of one mailbox, each used until shortly before its end. ``clock_s`` counts seconds."""

    def __init__(self, settings: OAuth, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock_s = clock_s
        self._refresh_token = settings.refresh_token
        self._token = ""
        self._until_s = float("-inf")
        self._one_asks = asyncio.Lock()

    async def token(self) -> str:
        """Raises TokenRefused."""
        async with self._one_asks:
            if self._clock_s() >= self._until_s:
                ask = self._run if self._settings.command else self._refresh
                self._token, lasts_s = await ask()
                self._until_s = self._clock_s() + lasts_s
            return self._token

    def forget(self) -> None:
        """The server does not take the token: the next one is asked for anew."""
        self._until_s = float("-inf")

    async def _refresh(self) -> tuple[str, float]:
        settings = self._settings
        if settings.token_url is None or self._refresh_token is None:
            raise TokenRefused("The oauth settings need token_url and refresh_token, or a command.")
        place = urlsplit(settings.token_url).hostname
        form = {
            "grant_type": "refresh_token",
            "client_id": settings.client_id,
            "refresh_token": self._refresh_token,
            **({"client_secret": settings.client_secret} if settings.client_secret else {}),
        }
        status, body = await _post(settings.token_url, form, f"{place} gives no access token")
        try:
            if status != 200:
                error = msgspec.json.decode(body, type=_Error).error
                raise TokenRefused(
                    f"{place} gives no access token ({status}, {_word(error)}): sign in again and set refresh_token."
                )
            granted = msgspec.json.decode(body, type=_Granted)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise TokenRefused(f"{place} gives no access token: its answer ({status}) cannot be read.") from None
        self._refresh_token = granted.refresh_token or self._refresh_token
        return granted.access_token, max(0.0, granted.expires_in - EARLY_S)

    async def _run(self) -> tuple[str, float]:
        program, *arguments = self._settings.command
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise TokenRefused(f"The command {program} cannot be run: {error.strerror}.") from None
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            async with asyncio.timeout(ANSWER_S):
                printed = await _read(process.stdout)
                code = await process.wait()
        except TimeoutError:
            raise TokenRefused(f"The command {program} gave no access token within {ANSWER_S} s.") from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
        token = printed.decode("ascii", "replace").strip()
        if code != 0:
            raise TokenRefused(f"The command {program} failed with exit code {code}.")
        if not token or not token.isprintable() or " " in token or len(printed) > ANSWER_BYTES:
            raise TokenRefused(f"The command {program} has to print an access token and nothing else.")
        return token, COMMAND_TTL_S


async def _post(url: str, form: dict[str, str], trouble: str) -> tuple[int, bytes]:
    """Status and body of the answer. A redirect is not followed: it would take the secret elsewhere."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=form, headers={"Accept": "application/json"}, allow_redirects=False) as answer,
        ):
            return answer.status, await _read(answer.content)
    except TimeoutError:
        raise TokenRefused(f"{trouble}: it did not answer within {ANSWER_S} s.") from None
    except aiohttp.ClientError as error:
        raise TokenRefused(f"{trouble}: it cannot be reached ({type(error).__name__}).") from None


async def _read(stream: asyncio.StreamReader | aiohttp.StreamReader) -> bytes:
    """All of it, or one byte more than `ANSWER_BYTES`: enough to see that it is too long."""
    read = b""
    while len(read) <= ANSWER_BYTES and (more := await stream.read(ANSWER_BYTES + 1 - len(read))):
        read += more
    return read


def _word(text: str) -> str:
    """An error code as the endpoint calls it; anything longer may hold what was sent."""
    return text if len(text) <= 40 and text.replace("_", "").isalnum() else "no reason"
