"""Who opens a conversation by mail hears at once that it is here; two machines never keep each other busy."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from duetime.queues.doctor import examine
from duetime.router.message import Author, Kind, Message
from tests.clock import VirtualClock
from tests.queues.conftest import DOCUMENT
from tests.service.mail.office import Office, a_mail, open_office

POLITE = DOCUMENT.replace(
    '[queues.general]\nname = "General"\n',
    '[queues.general]\nname = "General"\n'
    'acknowledgement = "Dear {contact}, {queue} has your mail about {subject}. Until {due}!"\n',
)


@pytest.fixture
async def office(redis_url: str, workspace: str, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Office]:
    assert POLITE != DOCUMENT
    async with open_office(redis_url, workspace, clock, tmp_path, routing=POLITE) as opened:
        yield opened
        assert await examine(opened.world.store) == []


async def notices(office: Office) -> list[Message]:
    """Every acknowledgement, once what is due was done."""
    await office.world.pass_time(1)
    return [
        message
        for found in await office.conversations()
        for message in await office.history(found.id)
        if message.kind is Kind.NOTICE
    ]


async def test_a_mail_that_opens_a_conversation_is_acknowledged(office: Office) -> None:
    await office.take(bytes(a_mail()))
    (notice,) = await notices(office)
    found = await office.newest()
    assert notice.author is Author.SYSTEM
    assert notice.text.startswith("Dear Kim, General has your mail about Order 4711. Until 20")
    assert notice.text.endswith(" UTC!")
    assert set(await office.world.store.outbox.deliveries(found.id)) == {2}


async def test_it_is_no_answer(office: Office) -> None:
    await office.take(bytes(a_mail()))
    before = await office.newest()
    await notices(office)
    after = await office.newest()
    assert (after.answered, after.first_answered_at, after.due_at) == (False, None, before.due_at)


async def test_a_second_mail_and_the_same_again_are_not_acknowledged(office: Office) -> None:
    for text, name in [("one", "<1@x>"), ("one", "<1@x>"), ("two", "<2@x>")]:
        await office.take(bytes(a_mail(text, message_id=name)))
    assert len(await notices(office)) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"List_Id": "<news.shop.example>"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "All"},
        {"who": "mailer-daemon@customer.example"},
        {"who": "support@ours.example"},
        {"who": "help@ours.example"},
    ],
    ids=lambda headers: "-".join(headers.values()),
)
async def test_what_a_machine_wrote_or_we_ourselves_is_not_acknowledged(
    office: Office, headers: dict[str, Any]
) -> None:
    await office.take(bytes(a_mail(**headers)))
    assert (len(await office.conversations()), await notices(office)) == (1, [])


async def test_an_address_gets_a_few_an_hour_whatever_its_mails_say(office: Office) -> None:
    """Two out-of-office programs that open a conversation with each mail, and say nothing of what they are."""
    for number in range(6):
        mail = a_mail(f"I am away {number}", message_id=f"<{number}@x>", In_Reply_To="<guessed@ours.example>")
        await office.take(bytes(mail))
    assert len(await office.conversations()) == 6
    assert len(await notices(office)) == 3
    office.world.clock.advance(3600)
    await office.take(bytes(a_mail("later", message_id="<l@x>", In_Reply_To="<guessed@ours.example>")))
    assert len(await notices(office)) == 4
