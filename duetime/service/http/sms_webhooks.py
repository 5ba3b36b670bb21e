"""What SMS providers call: messages of contacts, and how far ours got.

No token is asked for: the provider's signature proves who calls, over the address that the settings name and never the
one that the request does. 2xx is answered once everything is kept. Whoever is not proven learns nothing, not even
whether there is such a number of ours.
"""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from aiohttp import hdrs, web

from duetime.channels.sms.provider import BadSignature, Webhook
from duetime.router.errors import NotReady, Refusal, Unauthenticated, Unreadable
from duetime.router.ids import EndpointId
from duetime.service.client_address import client_address, client_ip
from duetime.service.http.metrics import Metrics
from duetime.service.http.problem import SECURITY_HEADERS, problem
from duetime.service.http.reading import read_body
from duetime.service.http.serve import STORAGE_AWAY
from duetime.service.parts import Parts
from duetime.service.sms.our_number import OurNumber

PATH: Final = "/channels/sms/{endpoint}/"
INBOUND, STATUS = "inbound", "status"
METHODS: Final = (hdrs.METH_GET, hdrs.METH_POST)

log = structlog.get_logger(__name__)

Take = Callable[[OurNumber, Webhook], Awaitable[None]]


class SmsWebhooks:
    def __init__(self, parts: Parts, metrics: Metrics) -> None:
        self._parts = parts
        self._address_of = client_address(parts.settings.http.trusted_proxies)
        self._ip_of = client_ip(parts.settings.http.trusted_proxies)
        self._metrics = metrics

    def handlers(self) -> Mapping[str, Callable[[web.Request], Awaitable[web.Response]]]:
        """By path."""
        return {f"{PATH}{INBOUND}": self._handler(INBOUND), f"{PATH}{STATUS}": self._handler(STATUS)}

    def _handler(self, kind: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        records = {method: self._metrics.recorder(method, f"{PATH}{kind}") for method in METHODS}
        take = self._take_inbound if kind == INBOUND else self._take_status

        async def serve(request: web.Request) -> web.Response:
            started_s = time.perf_counter()
            response = await self._answer(request, kind, take)
            records[request.method](response.status, time.perf_counter() - started_s)
            return response

        return serve

    async def _answer(self, request: web.Request, kind: str, take: Take) -> web.Response:
        try:
            if self._parts.stopping.is_set():
                raise NotReady("The daemon is stopping. Another one takes it, or this one a little later.")
            number, webhook = await self._verified(request, kind)
            await take(number, webhook)
        except Refusal as refusal:
            return problem(refusal)
        except STORAGE_AWAY as error:
            log.warning("webhook_without_storage", kind=kind, reason=str(error))
            return problem(NotReady("The storage cannot be reached just now. Send it again."))
        except Exception:
            log.exception("webhook_failed", kind=kind)
            return problem(NotReady("This is our fault, and was logged. Send it again."))
        acknowledged = number.provider.acknowledged
        headers = {**SECURITY_HEADERS, hdrs.CONTENT_TYPE: acknowledged.content_type}
        return web.Response(status=acknowledged.status, body=acknowledged.body, headers=headers)

    async def _verified(self, request: web.Request, kind: str) -> tuple[OurNumber, Webhook]:
        """Raises Unauthenticated in the same words for whatever is wrong, TooMany, TooLarge, Malformed."""
        body = await read_body(request)
        number = self._parts.sms.numbers.get(EndpointId(request.match_info["endpoint"]))
        if number is not None:
            webhook = self._webhook(request, number, kind, body)
            try:
                number.provider.verify(webhook)
            except BadSignature:
                log.warning("webhook_not_proven", endpoint=number.id, kind=kind)
            else:
                return number, webhook
        self._parts.limits.wrong_tokens.take(self._address_of(request))
        raise Unauthenticated("This is not signed as we expect it.")

    def _webhook(self, request: web.Request, number: OurNumber, kind: str, body: bytes) -> Webhook:
        url = number.webhook_url(kind) or str(request.url.with_query(None))
        query = request.raw_path.partition("?")[2]
        ip = self._ip_of(request)
        return Webhook(
            method=request.method,
            url=f"{url}?{query}" if query else url,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            at=self._parts.store.clock(),
            client="" if ip is None else str(ip),
        )

    async def _take_inbound(self, number: OurNumber, webhook: Webhook) -> None:
        with _told(number, INBOUND):
            messages = number.provider.read_inbound(webhook)
        for sms in messages:
            await self._parts.sms.reception.take(number, sms)

    async def _take_status(self, number: OurNumber, webhook: Webhook) -> None:
        with _told(number, STATUS):
            receipts = number.provider.read_receipts(webhook)
        for receipt in receipts:
            await self._parts.sms.receipts.take(number, receipt)


@contextmanager
def _told(number: OurNumber, kind: str) -> Iterator[None]:
    """One that cannot be read is refused, which its provider shows; ours reads it in the log."""
    try:
        yield
    except Unreadable as error:
        log.warning("webhook_not_readable", endpoint=number.id, kind=kind, reason=error.detail)
        raise
