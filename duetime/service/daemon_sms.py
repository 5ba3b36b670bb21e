"""The SMS side of the daemon: everything that takes SMS in and sends them is made here."""

from contextlib import AsyncExitStack

import aiohttp

from duetime.channels.sms.providers import provider_of
from duetime.config.settings import Settings
from duetime.queues.store import Store
from duetime.router.ids import EndpointId
from duetime.service.attachments import AttachmentStore
from duetime.service.duties import Duty
from duetime.service.intake import Intake
from duetime.service.links import LinkSigner
from duetime.service.safe_fetch import SafeFetch
from duetime.service.sms.courier import CALL_S, CONNECT_S, SmsCourier
from duetime.service.sms.media import MediaRoom
from duetime.service.sms.our_number import OurNumber
from duetime.service.sms.receipts import Receipts
from duetime.service.sms.reception import Reception
from duetime.service.sms.side import SmsSide
from duetime.service.sms.wishes import Answer, Wishes

JOIN_LATE_EVERY_S = 10.0
LINKS_TTL_S = 7 * 24 * 3600
"""A link may stand in the text of a message, which somebody reads days later."""


async def start_sms(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    store: Store,
    intake: Intake,
    files: AttachmentStore,
) -> SmsSide:
    """Nothing is taken or sent before the duties run and HTTP is served; ``stack`` stops what is started here."""
    numbers = our_numbers(settings)
    links = LinkSigner(await store.secrets.get("links"), LINKS_TTL_S)
    fetch = SafeFetch(settings.outbound.private_networks)
    stack.push_async_callback(fetch.close)
    timeout = aiohttp.ClientTimeout(total=CALL_S, connect=CONNECT_S)
    session = await stack.enter_async_context(
        aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
    )
    couriers = {
        name: SmsCourier(number, session, store=store, links=links, retry_for_s=settings.sms.retry_for_s)
        for name, number in numbers.items()
    }

    async def say(answer: Answer) -> None:
        await couriers[answer.endpoint].say(answer)

    wishes = Wishes(store, say)
    reception = Reception(
        numbers,
        store=store,
        intake=intake,
        media=MediaRoom(fetch, files),
        wishes=wishes,
        text_chars=settings.limits.text_chars,
    )
    duties = [
        Duty("answer STOP, START and HELP", wishes.run),
        Duty("join parts of SMS", reception.join_late, every_s=JOIN_LATE_EVERY_S),
    ]
    return SmsSide(numbers, couriers, reception, Receipts(store), duties if numbers else [])


def our_numbers(settings: Settings) -> dict[EndpointId, OurNumber]:
    public_url = settings.sms.public_url or settings.http.public_url
    return {
        EndpointId(name): OurNumber(EndpointId(name), endpoint, provider_of(endpoint), public_url)
        for name, endpoint in settings.sms.endpoints.items()
    }
