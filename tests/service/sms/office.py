"""A daemon with numbers of ours at a provider that misbehaves when told to."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from duetime.config.settings import Limits, Outbound
from duetime.config.sms_providers import Twilio, Vonage
from duetime.config.sms_settings import Sms, SmsEndpoint
from duetime.queues.outbox import Delivery
from duetime.queues.records import Conversation
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import DeliveryState, Message
from tests.service.http.api import PLENTY, Answer, Api, running_api
from tests.service.sms.peer import KEY, PUBLIC, SID, SIGNATURE, TOKEN, Peer, TwilioCaller, running_peer
from tests.waiting import wait_until

KIM = "+4915112345678"
OURS, SALES = "+14155550100", "+14155550111"
TEXT = EndpointId("text")


class Office:
    def __init__(self, api: Api, peer: Peer) -> None:
        self.api = api
        self.peer = peer
        self.twilio = TwilioCaller(api.session, api.url, "text", OURS)
        self.sales = TwilioCaller(api.session, api.url, "sales", SALES)
        peer.tell = self.twilio.tell

    async def write(self, text: str = "Where is my order?", who: str = KIM, **details: Any) -> None:
        assert await self.twilio.write(text, who, **details) == 200

    async def conversations(self) -> list[Conversation]:
        """The newest first."""
        return (await self.api.parts.store.views.conversations()).conversations

    async def the_conversation(self) -> Conversation:
        (found,) = await self.conversations()
        return found

    async def history(self, conversation: ConversationId | None = None) -> list[Message]:
        found = conversation or (await self.the_conversation()).id
        return await self.api.parts.store.views.messages(found)

    async def reply(self, text: str = "It left today.", conversation: ConversationId | None = None) -> Answer:
        found = conversation or (await self.the_conversation()).id
        return await self.api.post(f"/v1/conversations/{found}/reply", {"text": text}, self.api.supervisor)

    async def answered(self, text: str = "It left today.") -> ConversationId:
        """A conversation whose answer is on its way."""
        await self.write()
        found = await self.the_conversation()
        assert (await self.reply(text)).status == 201
        return found.id

    async def delivery(self, conversation: ConversationId, number: int = 2) -> Delivery:
        return (await self.api.parts.store.outbox.deliveries(conversation))[number]

    async def reaches(self, conversation: ConversationId, *states: DeliveryState, number: int = 2) -> Delivery:
        async def look() -> Delivery | None:
            found = await self.delivery(conversation, number)
            return found if found.state in states else None

        return await wait_until(look, 10, f"message {number} to be {' or '.join(states)}")

    async def tried(self, conversation: ConversationId, times: int = 1) -> Delivery:
        """Once an attempt is over."""

        async def look() -> Delivery | None:
            found = await self.delivery(conversation)
            return found if found.attempts >= times else None

        return await wait_until(look, 10, f"{times} attempts")

    async def try_now(self, conversation: ConversationId) -> None:
        """What waits to be tried again is tried at once."""
        store = self.api.parts.store
        await store.pipeline.call("ZADD", f"{store.root}:outbox:text", 0, conversation)
        await store.journal.append("DeliveryChanged", {"number": 2, "delivery": {"state": "queued", "endpoint": TEXT}})


def settings(peer: Peer) -> Sms:
    twilio = Twilio(account_sid=SID, auth_token=TOKEN, api_url=peer.url)
    words = {"stop_text": "You will hear no more.", "start_text": "Welcome back.", "help_text": "Example Ltd."}
    return Sms(
        endpoints={
            "text": SmsEndpoint(number=OURS, name="Text", messages_per_s=1000, twilio=twilio, **words),  # type: ignore[arg-type]
            "sales": SmsEndpoint(number=SALES, name="Sales", messages_per_s=1000, twilio=twilio),
            "parts": SmsEndpoint(
                number="+442079460000",
                vonage=Vonage(api_key=KEY, api_secret="secret", signature_secret=SIGNATURE, api_url=peer.url),
            ),
        },
        public_url=PUBLIC,
    )


def changed(sms: Sms, **changes: Any) -> Sms:
    """The same with other settings of the number ``text``."""
    return replace(sms, endpoints={**sms.endpoints, "text": replace(sms.endpoints["text"], **changes)})


@asynccontextmanager
async def open_office(
    redis_url: str, workspace: str, folder: Path, *, limits: Limits = PLENTY, **changes: Any
) -> AsyncIterator[Office]:
    async with running_peer() as peer:
        sms = changed(settings(peer), **changes)
        outbound = Outbound(private_networks=("127.0.0.0/8",))
        async with running_api(redis_url, workspace, folder, limits, sms=sms, outbound=outbound) as api:
            yield Office(api, peer)
