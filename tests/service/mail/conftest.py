"""Real mail servers for the tests, and mailboxes that are read from them."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.service.mail.desk_of_mail import MailDesk
from tests.service.mail.dovecot import Dovecot, new_user
from tests.world import World

OLD_FASHIONED = "imap_capability = IMAP4rev1 SASL-IR UIDPLUS LITERAL+"


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """An IMAP server that all tests share, each with a user of its own."""
    server = Dovecot()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def old_dovecot() -> Iterator[Dovecot]:
    """One that neither tells of new mail nor moves mails by itself."""
    server = Dovecot(more=OLD_FASHIONED)
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own_dovecot() -> Iterator[Dovecot]:
    """One that a test may kill."""
    server = Dovecot()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def user() -> str:
    return new_user()


@pytest.fixture
async def desk(world: World) -> AsyncIterator[MailDesk]:
    desk = MailDesk(world.store.positions, world.store.leases)
    yield desk
    await desk.stop()
