"""A site that embeds chats: its pages, and the secret with which it signs who its visitors are."""

import hmac
import io
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import aiohttp
import msgspec
from joserfc import jwt
from joserfc.jwk import OctKey

from duetime.config.chat_settings import Chat, ChatEndpoint, FieldKind, FormField
from tests.service.http.api import Answer

SECRET = "a secret of the site, with 32 characters"
SHOP = "https://shop.example"
EVIL = "https://evil.example"
FORM = (
    FormField(name="who", kind=FieldKind.NAME),
    FormField(name="mail", kind=FieldKind.EMAIL, required=True),
    FormField(name="phone", kind=FieldKind.PHONE),
    FormField(name="about", kind=FieldKind.CHOICE, label="About?", choices=("An order", "Something else")),
    FormField(name="order", kind=FieldKind.TEXT, label="Which order?"),
)
CHATS = Chat(
    endpoints={
        "web": ChatEndpoint(
            name="Shop",
            allowed_origins=(SHOP,),
            email_endpoint="support",
            after_hours="email",
            transcripts=True,
            continue_by_email_after_s=1,
            identity_secret=SECRET,
        ),
        "help": ChatEndpoint(files=False),
        "open": ChatEndpoint(allowed_origins=("*",)),
        "members": ChatEndpoint(identity_secret=SECRET, identity_required=True),
        "form": ChatEndpoint(form=FORM, identity_secret=SECRET),
    }
)


def signed(sub: object = "7", *, secret: str = SECRET, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A JWT of the site, good for an hour; a claim that is None is left out."""
    now_s = int(time.time())
    told = {"sub": sub, "iat": now_s, "exp": now_s + 3600, **claims}
    kept = {name: value for name, value in told.items() if value is not None}
    algorithm = (header or {}).get("alg", "HS256")
    return jwt.encode(dict(header or {"alg": "HS256"}), kept, OctKey.import_key(secret), algorithms=[algorithm])


def hashed(user: str, secret: str = SECRET) -> str:
    """The short form of an identity."""
    return f"{user}:{hmac.new(secret.encode(), f'user:{user}'.encode(), sha256).hexdigest()}"


@dataclass(frozen=True)
class PageAnswer(Answer):
    """An answer as a browser has it."""

    @property
    def may_be_read(self) -> bool:
        """A browser gives it to the page that asked."""
        return "Access-Control-Allow-Origin" in self.headers


class Page:
    """Asks over HTTP as a page of that origin does; without one, like a program that is no browser."""

    def __init__(self, session: aiohttp.ClientSession, url: str, origin: str | None = None) -> None:
        self._session = session
        self._url = url
        self._origin = origin

    async def ask(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> PageAnswer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self._origin is not None:
            sent["Origin"] = self._origin
        data = io.BytesIO(raw) if raw else None  # bytes alone hold up the loop
        if body is not None:
            data = io.BytesIO(msgspec.json.encode(body))
            sent.setdefault("Content-Type", "application/json")
        async with self._session.request(method, self._url + path, data=data, headers=sent) as response:
            return PageAnswer(response.status, response.headers, await response.read())

    async def poll(self, **fields: Any) -> Any:
        answer = await self.ask("POST", "/v1/chat/poll", {"endpoint": "web", **fields})
        assert answer.status == 200, answer.raw
        return answer.body

    async def send(self, token: str, *frames: Any, endpoint: str = "web") -> list[Any]:
        answer = await self.ask(
            "POST", "/v1/chat/send", {"endpoint": endpoint, "resume_token": token, "frames": list(frames)}
        )
        assert answer.status == 200, answer.raw
        results: list[Any] = answer.body["results"]
        return results

    async def upload(
        self, token: str, content: bytes, name: str = "photo.png", kind: str = "image/png", endpoint: str = "web"
    ) -> PageAnswer:
        return await self.ask(
            "POST",
            f"/v1/chat/files?endpoint={endpoint}&name={name}",
            raw=content,
            Authorization=f"Bearer {token}",
            Content_Type=kind,
        )
