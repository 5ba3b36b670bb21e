"""What the composition root made, handed to the HTTP and websocket handlers as one value."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from duetime.config.settings import Settings
from duetime.queues.store import Store
from duetime.router.routing import Routing
from duetime.service.access import Authenticator, Tickets
from duetime.service.attachments import AttachmentStore
from duetime.service.changes import Changes
from duetime.service.desk import Desk
from duetime.service.estimates import Estimates
from duetime.service.experience import Experience
from duetime.service.explain import Explainer
from duetime.service.feed import Feed
from duetime.service.forecast import Forecaster
from duetime.service.hints import Hints
from duetime.service.intake import Intake
from duetime.service.limits import RateLimits
from duetime.service.links import LinkSigner
from duetime.service.mail.mailbox import MailboxState
from duetime.service.sms.side import SmsSide
from duetime.service.staff import Staff
from duetime.service.unroutable import Unroutables


@dataclass(frozen=True, kw_only=True)
class Parts:
    settings: Settings
    store: Store
    routing: Callable[[], Routing]
    """The routing configuration in force."""
    changes: Changes
    intake: Intake
    attachments: AttachmentStore
    links: LinkSigner
    desk: Desk
    staff: Staff
    feed: Feed
    experience: Experience
    estimates: Estimates
    explainer: Explainer
    unroutables: Unroutables
    forecaster: Forecaster
    hints: Hints
    authenticator: Authenticator
    tickets: Tickets
    limits: RateLimits
    sms: SmsSide
    """Our numbers, and what takes in what their providers bring."""
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the daemon goes quiet: no new work is taken, sockets are asked to reconnect elsewhere."""
    mailboxes: Callable[[], list[MailboxState]] = list
    """How each mailbox does that this daemon is told to read."""
    problems: Callable[[], list[str]] = list
    """Why the daemon is not ready, as sentences; empty when it is."""
