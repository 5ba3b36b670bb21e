"""Providers as they are on the wire, at a port of this machine: they misbehave by name, and sign what they send."""

import asyncio
import hmac
import itertools
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from hashlib import sha256

import aiohttp
from aiohttp import web

SID, TOKEN = "AC0123456789abcdef", "hush-hush"
KEY, SIGNATURE = "abcd1234", "signature-secret"
PUBLIC = "https://care.example.com"
OPTED_OUT = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}


class Misbehaviour(StrEnum):
    NONE = "none"
    SAYS_500 = "says_500"
    SAYS_429 = "says_429"
    SAYS_400 = "says_400"
    SAYS_OPTED_OUT = "says_opted_out"
    SAYS_401 = "says_401"
    SAYS_NONSENSE_WITH_500 = "says_nonsense_with_500"
    SLOW = "slow"
    DROPS_BEFORE_READING = "drops_before_reading"
    DROPS_AFTER_TAKING = "drops_after_taking"
    TELLS_RECEIPT_FIRST = "tells_receipt_first"
    ANSWERS_IN_PIECES = "answers_in_pieces"


class Peer:
    """Twilio's Messages API, and a store of media. ``misbehaves`` may be changed at any time; what was taken although
    the client heard nothing of it counts."""

    def __init__(self) -> None:
        self.url = ""
        self.elsewhere = ""
        """The same under another address, which is not the provider's."""
        self.misbehaves = Misbehaviour.NONE
        self.calls = 0
        self.taken: list[dict[str, str]] = []
        self.media: dict[str, tuple[str, bytes]] = {}
        self.media_asked: list[Mapping[str, str]] = []
        self.freely = asyncio.Event()
        """While it is not set, a slow one keeps waiting."""
        self.tell: Callable[[str, str], Awaitable[object]] | None = None
        """Calls our status webhook with an id and a state."""
        self._numbers = itertools.count(1)

    @property
    def texts(self) -> list[str]:
        return [message["Body"] for message in self.taken]

    async def messages(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        fields = {name: str(value) for name, value in (await request.post()).items()}
        assert request.headers["Authorization"] == "Basic " + b64encode(f"{SID}:{TOKEN}".encode()).decode()
        match self.misbehaves:
            case Misbehaviour.SAYS_500:
                return web.json_response({"message": "fault"}, status=500)
            case Misbehaviour.SAYS_NONSENSE_WITH_500:
                return web.Response(status=500, body=b"\xff\x00<html>" * 1000)
            case Misbehaviour.SAYS_429:
                error = {"code": 20429, "message": "Too Many Requests", "status": 429}
                return web.json_response(error, status=429, headers={"Retry-After": "600"})
            case Misbehaviour.SAYS_400:
                return web.json_response({"code": 21211, "message": "Invalid 'To'", "status": 400}, status=400)
            case Misbehaviour.SAYS_OPTED_OUT:
                return web.json_response(OPTED_OUT, status=400)
            case Misbehaviour.SAYS_401:
                return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
            case Misbehaviour.DROPS_BEFORE_READING:
                return self._dropped(request)
        sid = f"SM{next(self._numbers):032x}"
        self.taken.append({**fields, "sid": sid})
        match self.misbehaves:
            case Misbehaviour.DROPS_AFTER_TAKING:
                return self._dropped(request)
            case Misbehaviour.SLOW:
                await self.freely.wait()
            case Misbehaviour.TELLS_RECEIPT_FIRST:
                assert self.tell is not None
                await self.tell(sid, "delivered")
                await self.tell(sid, "sent")
            case Misbehaviour.ANSWERS_IN_PIECES:
                return await self._in_pieces(request, sid)
        return web.json_response({"sid": sid, "status": "queued"}, status=201)

    async def file(self, request: web.Request) -> web.Response:
        self.media_asked.append(request.headers)
        content_type, content = self.media[request.path]
        return web.Response(body=content, content_type=content_type)

    @staticmethod
    async def _in_pieces(request: web.Request, sid: str) -> web.StreamResponse:
        response = web.StreamResponse(status=201)
        await response.prepare(request)
        for piece in (b'{"sid"', b': "', sid.encode(), b'"}'):
            await response.write(piece)
            await asyncio.sleep(0.01)
        return response

    @staticmethod
    def _dropped(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()


@asynccontextmanager
async def running_peer() -> AsyncIterator[Peer]:
    peer = Peer()
    app = web.Application()
    app.router.add_post(f"/2010-04-01/Accounts/{SID}/Messages.json", peer.messages)
    app.router.add_get("/media/{name}", peer.file)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    await web.TCPSite(runner, "127.0.0.2", port).start()
    peer.url, peer.elsewhere = f"http://127.0.0.1:{port}", f"http://127.0.0.2:{port}"
    try:
        yield peer
    finally:
        peer.freely.set()
        with suppress(asyncio.CancelledError):
            await runner.cleanup()


def twilio_signature(url: str, fields: Mapping[str, str], token: str = TOKEN) -> str:
    """As Twilio's page "Webhooks security" has it."""
    signed = url + "".join(name + fields[name] for name in sorted(fields))
    return b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


def vonage_signed(fields: Mapping[str, str], at_s: int) -> dict[str, str]:
    """As Vonage's page "Signing messages" has it, with HMAC-SHA256."""
    stamped = {**fields, "timestamp": str(at_s)}
    plain = "".join(f"&{name}={stamped[name].translate({38: '_', 61: '_'})}" for name in sorted(stamped))
    return {**stamped, "sig": hmac.new(SIGNATURE.encode(), plain.encode(), sha256).hexdigest()}


class TwilioCaller:
    """Twilio, as it calls one endpoint of ours."""

    def __init__(self, session: aiohttp.ClientSession, url: str, endpoint: str, number: str) -> None:
        self._session = session
        self._url = url
        self.endpoint = endpoint
        self.number = number

    async def call(
        self, kind: str, fields: Mapping[str, str], *, query: str = "", signature: str | None = None
    ) -> tuple[int, bytes]:
        """Status and body of our answer. What is signed is the public address, whatever the request goes to."""
        path = f"/channels/sms/{self.endpoint}/{kind}{query}"
        right = twilio_signature(PUBLIC + path, fields)
        headers = {"X-Twilio-Signature": right if signature is None else signature}
        async with self._session.post(self._url + path, data=fields, headers=headers) as response:
            return response.status, await response.read()

    def inbound(
        self, text: str, who: str, sid: str | None = None, media: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The fields of a message; ``media`` is address → type."""
        fields = {
            "MessageSid": sid or f"SM{uuid.uuid4().hex}",
            "AccountSid": SID,
            "From": who,
            "To": self.number,
            "Body": text,
            "NumMedia": str(len(media or {})),
        }
        for place, (url, content_type) in enumerate((media or {}).items()):
            fields |= {f"MediaUrl{place}": url, f"MediaContentType{place}": content_type}
        return fields

    async def write(self, text: str, who: str, sid: str | None = None, media: Mapping[str, str] | None = None) -> int:
        """A contact writes; the status of our answer."""
        status, _ = await self.call("inbound", self.inbound(text, who, sid, media))
        return status

    async def tell(self, sid: str, state: str, code: int | None = None) -> int:
        """A receipt; the status of our answer."""
        fields = {"MessageSid": sid, "MessageStatus": state, "AccountSid": SID, "From": self.number, "To": "+1"}
        if code is not None:
            fields["ErrorCode"] = str(code)
        status, _ = await self.call("status", fields)
        return status
