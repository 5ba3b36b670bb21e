"""Where visitors come in: whose session it is, who they are, what they said of themselves.

A session belongs to one user at most. One that is anonymous becomes a user's when it comes with their identity, and
keeps its history; whoever then comes with another identity, or with none, gets a session of their own, so that the next
person at a shared computer reads nobody's chat.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from duetime.config.chat_settings import ChatEndpoint
from duetime.queues.chat_sessions import ChatSession, Identity, Said
from duetime.queues.store import Store
from duetime.router.errors import Invalid, NotFound, Unauthenticated
from duetime.router.ids import ContactId, EndpointId, SessionId, make_id
from duetime.router.message import Channel, Sender
from duetime.service.access import hash_secret
from duetime.service.chat.forms import check_form, claimed_addresses, given_name, with_signed
from duetime.service.chat.identity import read_identity
from duetime.service.limits import RateLimit
from duetime.service.sockets.chat_frames import Hello

PAGE_KEPT_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who speaks, by a token that only their client has."""

    session: ChatSession
    token: str
    address: str
    """Where they connect from, for limits."""
    endpoint: ChatEndpoint

    @property
    def token_hash(self) -> str:
        return hash_secret(self.token)

    @property
    def name(self) -> str | None:
        """What they are called: the site's word goes before theirs."""
        identity, said = self.session.identity, self.session.said
        signed = identity.name if identity else None
        return signed or given_name(self.endpoint.form, said.form or {}) or said.name

    @property
    def sender(self) -> Sender:
        return Sender(self.session.id, self.name, verified=self.session.identity is not None)

    @property
    def attributes(self) -> dict[str, str]:
        """What triage rules and associates see of them."""
        said = self.session.said
        form = said.form or {}
        answers = {f"form.{name}": answer for name, answer in form.items()}
        return answers | claimed_addresses(self.endpoint.form, form) | ({"page": said.page} if said.page else {})


class Reception:
    def __init__(self, store: Store, endpoints: Mapping[str, ChatEndpoint], new_sessions: RateLimit) -> None:
        """``new_sessions``: how many from one address."""
        self._store = store
        self._endpoints = endpoints
        self._new_sessions = new_sessions

    def endpoint(self, name: str) -> ChatEndpoint:
        """Raises NotFound."""
        found = self._endpoints.get(name)
        if found is None:
            raise NotFound("There is no chat by that name.", endpoint=name)
        return found

    async def receive(self, hello: Hello, address: str) -> tuple[Visitor, bool]:
        """The visitor who says this, and whether they were here before. Raises NotFound, Unauthenticated, Invalid,
        TooMany."""
        endpoint = self.endpoint(hello.endpoint)
        identity, ends_at = self._identity(hello, endpoint)
        form = None
        if hello.form is not None:
            form = check_form(endpoint.form, with_signed(endpoint.form, hello.form, identity))
        known = await self._known(hello.resume_token, hello.endpoint) if hello.resume_token else None
        if known is not None and not await self._may_resume(known, identity):
            known = None
        if known is None:
            self._new_sessions.take(address)
        found = known or self._new_session(hello.endpoint)
        token = hello.resume_token if hello.resume_token and known else secrets.token_urlsafe(32)
        session = _updated(found, hello, form, identity, ends_at)
        if known is None:
            if identity is not None:
                await self._identify(session, identity)
            await self._store.chat_sessions.add(hash_secret(token), session)
        elif session != known:
            await self._store.chat_sessions.change(hash_secret(token), session)
        return Visitor(session, token, address, endpoint), known is not None

    async def recognise(self, endpoint_name: str, resume_token: str, address: str) -> Visitor:
        """The visitor who was received with this token. Raises NotFound; Unauthenticated when they have to say hello
        first."""
        endpoint = self.endpoint(endpoint_name)
        session = await self._known(resume_token, endpoint_name)
        if session is None:
            raise Unauthenticated(
                "This session is not known, or no longer. Say hello again, and go on with its answer."
            )
        if session.identity_ends_at is not None and session.identity_ends_at <= self._store.clock():
            raise Unauthenticated("The identity of the visitor has expired. Say hello with a new one.")
        return Visitor(session, resume_token, address, endpoint)

    def _identity(self, hello: Hello, endpoint: ChatEndpoint) -> tuple[Identity | None, int | None]:
        if hello.identity is None:
            if endpoint.identity_required:
                raise Unauthenticated("This chat is for visitors whose site says who they are: identity is missing.")
            return None, None
        if endpoint.identity_secret is None:
            raise Invalid("This chat takes no identity: its settings have no identity_secret.", at="identity")
        return read_identity(hello.identity, hello.endpoint, endpoint.identity_secret, self._store.clock())

    async def _known(self, token: str, endpoint: str) -> ChatSession | None:
        """The session, if it is of this endpoint: two of them may belong to two sites."""
        found = await self._store.chat_sessions.resume(hash_secret(token))
        return found if found is not None and found.endpoint == endpoint else None

    async def _may_resume(self, known: ChatSession, identity: Identity | None) -> bool:
        """Whether whoever comes with this identity may go on with the session, which is theirs from then on."""
        if identity == known.identity:
            return True
        if identity is None or (known.identity is not None and identity.user != known.identity.user):
            return False
        try:
            await self._identify(known, identity)
        except NotFound:  # its visitor turned out to be somebody else before
            return False
        return True

    def _new_session(self, endpoint: str) -> ChatSession:
        now = self._store.clock()
        return ChatSession(
            id=SessionId(make_id("se", now, secrets.randbits(48))), endpoint=EndpointId(endpoint), created_at=now
        )

    async def _identify(self, session: ChatSession, identity: Identity) -> None:
        """Their messages and those that their user sent by other ways are one contact's from now on."""
        now = self._store.clock()
        proven = ((Channel.EMAIL, identity.email), (Channel.SMS, identity.phone))
        await self._store.contacts.identify(
            now,
            ContactId(make_id("ct", now, secrets.randbits(48))),
            session.id,
            f"{session.endpoint}/{identity.user}",
            [(channel, address) for channel, address in proven if address],
            identity.name,
        )


def _updated(
    session: ChatSession, hello: Hello, form: dict[str, str] | None, identity: Identity | None, ends_at: int | None
) -> ChatSession:
    """The session with what this hello says; what it leaves out stays as it was."""
    said = Said(
        name=hello.name or session.said.name,
        language=hello.language or session.said.language,
        page=hello.page[:PAGE_KEPT_CHARS] if hello.page else session.said.page,
        form=session.said.form if form is None else form,
    )
    return msgspec.structs.replace(session, said=said, identity=identity, identity_ends_at=ends_at)
