"""A small client of the HTTP API, for the commands of this command line."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import aiohttp
import click
import msgspec
from yarl import URL

from duetime.service.cli.exits import Refused, Unreachable
from duetime.service.cli.terminal import clean

REQUEST_TIMEOUT_S: Final = 15

_Reply = TypeVar("_Reply")


class Problem(msgspec.Struct, frozen=True):
    """What a reply of type ``application/problem+json`` says."""

    code: str
    title: str
    detail: str = ""


class Client:
    """Calls to one daemon in the name of one token. They raise Unreachable, and Refused with its sentence."""

    def __init__(self, session: aiohttp.ClientSession, url: URL, token: str | None) -> None:
        self.session = session
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, reply: type[_Reply], **query: str | int) -> _Reply:
        return await self.call("GET", path, reply, query=query)

    async def post(self, path: str, reply: type[_Reply], body: Any, **headers: str) -> _Reply:
        return await self.call("POST", path, reply, body=body, headers=headers)

    async def call(
        self,
        method: str,
        path: str,
        reply: type[_Reply],
        *,
        body: Any = None,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> _Reply:
        """One request; ``path`` starts with a slash, the reply is decoded as ``reply``."""
        sent = {**self._headers, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else msgspec.json.encode(body)
        try:
            async with self.session.request(
                method,
                self.url / path.lstrip("/"),
                params=query,
                data=data,
                headers=sent,
                allow_redirects=False,
            ) as response:
                raw = await response.read()
        except aiohttp.InvalidURL as error:
            raise click.UsageError(f"'{error.url}' is not an address that can be asked.") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise unreachable(self.url, error) from error
        if response.status >= 300:
            raise refusal(response.status, raw, self.url)
        if reply is type(None):
            return None
        try:
            return msgspec.json.decode(raw, type=reply)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Unreachable(f"What answers at {self.url} is not a Duetime of this version: {error}") from error


@asynccontextmanager
async def connected(url: URL, token: str | None, *, timeout_s: int = REQUEST_TIMEOUT_S) -> AsyncIterator[Client]:
    """A client whose connections end with the block. ``HTTP_PROXY`` is not obeyed: a token would pass it."""
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield Client(session, url, token)


def unreachable(url: URL, error: BaseException) -> Unreachable:
    """The sentence for a daemon that cannot be spoken to."""
    if isinstance(error, TimeoutError):
        return Unreachable(f"{url} does not answer in time.")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientConnectorSSLError):
        return Unreachable(f"No trustworthy encrypted connection to {url}: {error}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable(f"Nothing answers at {url}: start the daemon with `make run`, or name another with --url.")
    return Unreachable(f"The connection to {url} broke: {str(error) or type(error).__name__}.")


def refusal(status: int, raw: bytes, url: URL) -> click.ClickException:
    """A reply that is not a success, as the exception that ends the command."""
    try:
        problem = msgspec.json.decode(raw, type=Problem)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return Unreachable(f"What answers at {url} is not Duetime: it said {status}.")
    sentence = clean(problem.detail or problem.title)
    if status == 401:
        sentence += " Give a valid token with --token or DUETIME_TOKEN."
    if status == 503:
        return Unreachable(f"Duetime at {url} is not ready: {sentence}")
    return Refused(sentence, problem.code)
