"""The mail side of the daemon: everything that takes mail in and sends it is made here."""

import os
import socket
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta

from duetime.channels.email.tokens import ReplyTokens
from duetime.config.settings import Settings
from duetime.queues.store import Store
from duetime.router.ids import EndpointId
from duetime.router.routing import Routing
from duetime.service.attachments import AttachmentStore
from duetime.service.delivery import Courier
from duetime.service.duties import Duty
from duetime.service.intake import Intake
from duetime.service.mail.courier import MailCourier
from duetime.service.mail.listener import MailListener
from duetime.service.mail.mailbox import MailboxState
from duetime.service.mail.mailboxes import Mailboxes
from duetime.service.mail.origin import Origins
from duetime.service.mail.post_room import RAW_FOLDER, PostRoom
from duetime.service.mail.readers import Readers
from duetime.service.mail.smtp import SmtpSender

SWEEP_EVERY_S = 3600.0


@dataclass(frozen=True)
class MailSide:
    couriers: Mapping[EndpointId, Courier]
    duties: list[Duty]
    mailboxes: Callable[[], list[MailboxState]]
    listener: MailListener | None = None
    """Takes mail from when it is started."""


async def start_mail(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    store: Store,
    routing: Callable[[], Routing],
    intake: Intake,
    files: AttachmentStore,
) -> MailSide:
    """Nothing is read or sent before the duties run; ``stack`` stops what is started here."""
    email = settings.email
    if not email.endpoints:
        return MailSide({}, [], list)
    tokens = ReplyTokens(await store.secrets.get("reply-tokens"))
    room = PostRoom(
        email=email,
        text_chars=settings.limits.text_chars,
        store=store,
        readers=await stack.enter_async_context(Readers(count=email.readers, authserv_ids=email.authserv_ids)),
        files=files,
        origins=Origins(
            store, tokens, [name for one in email.endpoints.values() for name in (one.address, *one.aliases)]
        ),
        intake=intake,
    )
    mailboxes = Mailboxes(
        email.endpoints,
        positions=store.positions,
        leases=store.leases,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        take=room.take,
        clock=store.clock,
        mail_bytes=email.mail_bytes,
    )
    couriers: dict[EndpointId, Courier] = {}
    for name, endpoint in email.endpoints.items():
        if endpoint.smtp is not None:
            sender = SmtpSender(endpoint.smtp)
            stack.push_async_callback(sender.close)
            couriers[EndpointId(name)] = MailCourier(
                endpoint, sender, routing=routing, files=files, tokens=tokens, retry_for_s=email.retry_for_s
            )

    async def sweep() -> None:
        """Mails as they came are kept for a while only."""
        before_ms = store.clock() - round(timedelta(days=email.keep_raw_days).total_seconds() * 1000)
        await files.delete_older(RAW_FOLDER, before_ms)

    duties = [Duty("read mailboxes", mailboxes.run), Duty("sweep old mails", sweep, every_s=SWEEP_EVERY_S)]
    listener = None
    if email.listen is not None:
        listener = MailListener(
            email.listen, email.endpoints, take=room.take, clock=store.clock, mail_bytes=email.mail_bytes
        )
    return MailSide(couriers, duties, mailboxes.states, listener)
