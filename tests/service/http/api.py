"""A running daemon and a client that speaks to it in any role."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from duetime.config.settings import Attachments, Data, Http, Limits, Redis, RoutingSource, Settings
from duetime.queues.records import Accepted, Conversation
from duetime.router.associate import Presence
from duetime.router.ids import AssociateId, ConversationId
from duetime.service.access import Actor, Role, Scope, new_token
from duetime.service.daemon import start_daemon
from duetime.service.parts import Parts
from tests.queues.conftest import DOCUMENT

PLENTY = Limits(requests_per_s_per_token=100_000, logins_per_minute_per_ip=100_000)
EVERY_SCOPE = tuple(Scope)
A_DAY_S = 86_400
FILE_BYTES = 1_000_000


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def body(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def code(self) -> str:
        """Of a problem, which must be a whole one."""
        assert self.headers["Content-Type"] == "application/problem+json", self.raw
        problem = self.body
        assert problem["status"] == self.status
        assert problem["type"] == f"urn:duetime:problem:{problem['code']}"
        assert problem["title"]
        assert problem["detail"]
        return str(problem["code"])


class Api:
    """``admin``, ``supervisor``, ``ana`` and so on are the texts of tokens."""

    def __init__(self, parts: Parts, url: str, session: aiohttp.ClientSession) -> None:
        self.parts = parts
        self.url = url
        self.session = session
        self.admin = self.supervisor = self.integration = self.ana = self.ben = self.tom = ""
        self._numbers = itertools.count(1)

    async def token(
        self, role: Role, name: str | None = None, scopes: tuple[Scope, ...] = (), *, lasts_s: int = A_DAY_S
    ) -> str:
        now = self.parts.store.clock()
        associate = AssociateId(name) if name else None
        text, record = new_token(role, now=now, expires_at=now + 1000 * lasts_s, associate=associate, scopes=scopes)
        await self.parts.store.tokens.create(record)
        return text

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        raw: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """``body`` goes as JSON, ``raw`` as it is; headers are written ``If_Match="..."``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        data = raw
        if body is not None:
            data = msgspec.json.encode(body)
            sent.setdefault("Content-Type", "application/json")
        async with self.session.request(method, self.url + path, data=data, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, token: str | None = None, **headers: Any) -> Answer:
        return await self.call("GET", path, token=token or self.admin, **headers)

    async def post(self, path: str, body: Any = None, token: str | None = None, **headers: Any) -> Answer:
        return await self.call("POST", path, body, token=token or self.admin, **headers)

    async def write(self, text: str = "hello", *, who: str | None = None, **fields: Any) -> Accepted:
        """A contact (a new one unless named) writes through the integration."""
        sender = {"address": who or f"contact-{next(self._numbers)}"}
        answer = await self.post("/v1/messages", {"sender": sender, "text": text, **fields}, self.integration)
        assert answer.status == 202, answer.raw
        return msgspec.json.decode(answer.raw, type=Accepted)

    async def see(self, conversation: str) -> Conversation:
        return await self.parts.store.views.conversation(ConversationId(conversation))

    async def come(self, *names: str) -> None:
        """These associates become available."""
        boss = Actor(role=Role.SUPERVISOR, token_id="tk_test")
        for name in names:
            await self.parts.staff.set_presence(boss, AssociateId(name), Presence.AVAILABLE, lease_s=A_DAY_S)

    async def held_by_ana(self, text: str = "hello") -> str:
        """The id of a conversation that ana has accepted."""
        await self.come("ana")
        accepted = await self.write(text)
        found = await self.see(accepted.conversation)
        answer = await self.post(f"/v1/conversations/{found.id}/offer/accept", {"offer": found.offer}, self.ana)
        assert answer.status == 200, answer.raw
        return found.id


@asynccontextmanager
async def running_api(
    redis_url: str, workspace: str, folder: Path, limits: Limits = PLENTY, **more: Any
) -> AsyncIterator[Api]:
    """A daemon on a free port, with a token for every role. ``more`` are sections of its settings."""
    routing = folder / "routing.toml"
    await asyncio.to_thread(routing.write_text, DOCUMENT)
    settings = Settings(
        workspace=workspace,
        http=Http(port=0),
        data=Data(dir=folder / "data"),
        attachments=Attachments(file_bytes=FILE_BYTES),
        redis=Redis(url=redis_url),
        routing=RoutingSource(file=routing),
        limits=limits,
        **more,
    )
    async with AsyncExitStack() as stack:
        daemon = await start_daemon(settings, stack)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        api = Api(daemon.parts, daemon.url, session)
        api.admin = await api.token(Role.ADMIN)
        api.supervisor = await api.token(Role.SUPERVISOR)
        api.integration = await api.token(Role.INTEGRATION, scopes=EVERY_SCOPE)
        api.ana, api.ben, api.tom = [await api.token(Role.ASSOCIATE, name) for name in ("ana", "ben", "tom")]
        yield api
