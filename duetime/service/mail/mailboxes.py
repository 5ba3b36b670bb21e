"""All mailboxes that this daemon is told to read, each folder on its own."""

import asyncio
from collections.abc import Callable, Mapping

from duetime.config.email_settings import EmailEndpoint
from duetime.queues.leases import Leases
from duetime.queues.positions import Positions
from duetime.router.ids import EndpointId
from duetime.service.mail.mailbox import Mailbox, MailboxState, Pace
from duetime.service.mail.oauth import AccessTokens
from duetime.service.mail.reading import Folder
from duetime.service.mail.taking import Take


class FolderLease:
    """The right to read one folder."""

    def __init__(self, leases: Leases, name: str, owner: str, ttl_s: float) -> None:
        self._leases = leases
        self._name = name
        self._owner = owner
        self._ttl_ms = round(ttl_s * 1000)

    async def hold(self) -> bool:
        return await self._leases.take(self._name, self._owner, self._ttl_ms)

    async def release(self) -> None:
        await self._leases.release(self._name, self._owner)


class Mailboxes:
    def __init__(
        self,
        endpoints: Mapping[str, EmailEndpoint],
        *,
        positions: Positions,
        leases: Leases,
        owner: str,
        take: Take,
        clock: Callable[[], int],
        mail_bytes: int,
        pace: Pace | None = None,
    ) -> None:
        """``owner`` names this daemon among those of the workspace. Endpoints without ``imap`` are not read.
        ``mail_bytes``: a larger mail is taken as `Partial`."""
        pace = pace or Pace()
        self._mailboxes: list[Mailbox] = []
        for endpoint, settings in endpoints.items():
            if settings.imap is None:
                continue
            tokens = AccessTokens(settings.imap.oauth) if settings.imap.oauth else None
            for name in dict.fromkeys(settings.imap.folders):
                folder = Folder(
                    endpoint=EndpointId(endpoint),
                    name=name,
                    settings=settings.imap,
                    mail_bytes=mail_bytes,
                    positions=positions,
                    take=take,
                    clock=clock,
                )
                lease = FolderLease(leases, f"mailbox:{folder.id}", owner, pace.lease_s)
                self._mailboxes.append(Mailbox(folder, lease, tokens, pace))

    async def run(self) -> None:
        """Reads them all until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for mailbox in self._mailboxes:
                tasks.create_task(mailbox.run())

    def states(self) -> list[MailboxState]:
        return [mailbox.state() for mailbox in self._mailboxes]

    def problems(self) -> list[str]:
        """One sentence for each folder that this daemon should read and cannot, or cannot put its mails away."""
        return [f"mailbox {state.endpoint}/{state.folder}: {state.problem}" for state in self.states() if state.problem]
