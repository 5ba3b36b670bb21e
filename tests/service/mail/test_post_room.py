"""What becomes of a mail: it is kept once, in the right conversation, and nobody gets into another's."""

import json
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from duetime.queues.doctor import examine
from duetime.router.conversation import State
from duetime.router.ids import ConversationId
from duetime.router.message import Author, DeliveryState, Kind
from duetime.service.erasure import erase
from duetime.service.mail.taking import Partial
from tests.clock import VirtualClock
from tests.service.mail.office import OURS, SALES, SUPPORT, Office, a_mail, open_office, with_settings
from tests.world import associate, supervisor


@pytest.fixture
async def office(redis_url: str, workspace: str, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(redis_url, workspace, clock, tmp_path) as opened:
        yield opened
        assert await examine(opened.world.store) == []


async def answered(office: Office, text: str = "It left today.") -> ConversationId:
    """The newest conversation gets an answer, and its Message-ID is known."""
    found = await office.newest()
    await office.world.desk.reply(supervisor(), found.id, text)
    return found.id


def reply_to(office: Office, conversation: ConversationId, text: str = "Thank you!", **details: Any) -> EmailMessage:
    """An answer to our newest message, written by its receiver unless ``who`` says otherwise."""
    sent = office.tokens.message_id(conversation, 2, "kim@customer.example", "ours.example")
    details.setdefault("subject", "Re: Order 4711")
    return a_mail(text, message_id=f"<{text[:3]}@customer.example>", In_Reply_To=f"<{sent}>", **details)


def files_in(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in folder.rglob("*") if file.is_file()]


async def test_a_mail_opens_a_conversation_with_everything_that_is_in_it(office: Office) -> None:
    mail = a_mail(
        "Where is my order?\n\nOn Mon, 2 Mar 2026 at 10:00, Shop <support@ours.example> wrote:\n> It left today.\n"
    )
    mail.add_alternative("<p>Where is my <b>order</b>?</p><script>alert(1)</script>", subtype="html")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="../../etc/bill.pdf")
    position = await office.take(bytes(mail))
    found = await office.newest()
    (message,) = await office.history(found.id)
    assert (found.address, found.contact_name, found.subject) == ("kim@customer.example", "Kim", "Order 4711")
    assert message.text.startswith("Where is my order?")
    assert message.reply == "Where is my order?"
    assert message.reference == "1@customer.example"
    (file,) = message.attachments
    assert (file.name, file.content_type, await office.files.get(file.key)) == (
        "bill.pdf",
        "application/pdf",
        b"%PDF-1.4",
    )
    assert message.html is not None
    html = (await office.files.get(message.html)).decode()
    assert ("<b>order</b>" in html, "script" in html) == (True, False)
    assert await office.world.store.positions.position(position.folder) == position


async def test_the_same_mail_again_changes_nothing(office: Office) -> None:
    positions = [await office.take(bytes(a_mail())) for _ in range(3)]
    (found,) = await office.conversations()
    assert found.messages == 1
    assert await office.world.store.positions.position(positions[0].folder) == positions[-1]


async def test_a_mail_without_a_message_id_is_taken_too(office: Office) -> None:
    await office.take(bytes(a_mail(message_id=None)))
    assert (await office.newest()).messages == 1


async def test_mails_that_share_an_id_and_differ_are_two(office: Office) -> None:
    """Nobody can suppress another's mail by sending its id first."""
    await office.take(bytes(a_mail("mine")))
    await office.take(bytes(a_mail("theirs", who="bob@evil.example")))
    assert len(await office.conversations()) == 2


async def test_an_answer_joins_by_the_token_of_our_mail(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    await office.take(bytes(reply_to(office, conversation, verified=False)))
    (found,) = await office.conversations()
    assert [message.text.strip() for message in await office.history(found.id)][2] == "Thank you!"


async def test_an_answer_joins_by_the_address_when_its_headers_are_gone(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    to = office.tokens.reply_address("support@ours.example", conversation, "kim@customer.example")
    await office.take(bytes(a_mail("Thanks", to=to, subject="(no subject)", message_id="<2@x>", verified=False)))
    assert [found.messages for found in await office.conversations()] == [3]


async def test_an_answer_joins_by_the_address_of_the_envelope(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    to = office.tokens.reply_address("support@ours.example", conversation, "kim@customer.example")
    mail = a_mail("Thanks", to="undisclosed-recipients:;", message_id="<2@x>", verified=False, Delivered_To=to)
    await office.take(bytes(mail))
    assert [found.messages for found in await office.conversations()] == [3]


async def test_a_token_is_worth_nothing_to_another_sender(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    await office.take(bytes(reply_to(office, conversation, "hm", who="bob@evil.example")))
    newest, before = await office.conversations()
    assert (before.id, before.messages) == (conversation, 2)
    assert newest.attributes["refers_to"] == conversation
    assert newest.contact != before.contact


async def test_a_token_that_was_altered_proves_nothing(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    mail = reply_to(office, conversation, "hm", who="bob@evil.example")
    del mail["In-Reply-To"]
    forged = office.tokens.message_id(conversation, 2, "bob@evil.example", "ours.example").replace("dt.", "dt.", 1)
    mail["In-Reply-To"] = f"<{forged[:-30]}aaaaaaaaaaaaaaaa@ours.example>"
    await office.take(bytes(mail))
    newest = await office.newest()
    assert newest.id != conversation
    assert "refers_to" not in newest.attributes


async def test_a_sender_whom_nothing_proves_is_kept_apart_from_the_contact(office: Office) -> None:
    await office.take(bytes(a_mail()))
    await office.take(bytes(a_mail("Give me access", message_id="<2@x>", verified=False)))
    await office.take(bytes(a_mail("Quickly", message_id="<3@x>", verified=False)))
    spoofed, real = await office.conversations()
    assert (real.doubted, real.messages, spoofed.doubted, spoofed.messages) == (False, 1, True, 2)
    contacts = [await office.world.store.contacts.get(found.contact) for found in (spoofed, real)]
    assert [contact.doubted for contact in contacts] == [True, False]
    assert [contact.addresses for contact in contacts] == [["email:kim@customer.example"]] * 2


async def test_who_was_kept_apart_goes_on_by_our_token_with_or_without_proof(office: Office) -> None:
    await office.take(bytes(a_mail(verified=False)))
    conversation = await answered(office)
    for verified in (False, True):
        await office.take(bytes(reply_to(office, conversation, f"{verified}", verified=verified)))
    (found,) = await office.conversations()
    assert found.messages == 4


async def test_a_verified_sender_goes_on_where_they_were(office: Office) -> None:
    await office.take(bytes(a_mail()))
    await office.take(bytes(a_mail("And another thing", message_id="<2@x>")))
    assert [found.messages for found in await office.conversations()] == [2]


async def test_an_answer_about_something_else_opens_another_that_follows_the_closed_one(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    await office.world.desk.close(supervisor(), conversation)
    await office.take(bytes(reply_to(office, conversation, "My bill is wrong", subject="Bill")))
    newest = await office.newest()
    assert (newest.follows, newest.subject) == (conversation, "Bill")


async def test_an_answer_about_the_same_opens_the_closed_one_again(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    await office.world.desk.close(supervisor(), conversation)
    await office.take(bytes(reply_to(office, conversation, "Still not here", subject="AW: [Shop] Order  4711")))
    (found,) = await office.conversations()
    assert found.state is not State.CLOSED


async def test_a_mail_to_two_of_our_addresses_opens_one_at_each(office: Office) -> None:
    raw = bytes(a_mail(to="support@ours.example, sales@ours.example"))
    await office.take(raw, SUPPORT)
    await office.take(raw, SALES)
    assert {found.endpoint for found in await office.conversations()} == {SUPPORT, SALES}


async def test_a_mail_to_two_of_our_addresses_opens_one_if_that_is_configured(
    redis_url: str, workspace: str, clock: VirtualClock, tmp_path: Path
) -> None:
    async with open_office(redis_url, workspace, clock, tmp_path, with_settings(same_mail="once")) as office:
        raw = bytes(a_mail(to="support@ours.example, sales@ours.example"))
        for endpoint in (SUPPORT, SALES, SUPPORT):
            await office.take(raw, endpoint)
        assert [found.endpoint for found in await office.conversations()] == [SUPPORT]


async def sent(office: Office, conversation: ConversationId) -> None:
    """Our answer has left."""
    store, now = office.world.store, office.world.clock()
    (claim,), _ = await store.outbox.claim(now, SUPPORT, most=1, lease_ms=1000)
    await store.outbox.settle_sent(now, SUPPORT, claim)


async def test_a_bounce_finds_the_answer_that_did_not_arrive(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    await sent(office, conversation)
    returned = office.tokens.message_id(conversation, 2, "kim@customer.example", "ours.example")
    bounce = (
        "From: Mail Delivery System <MAILER-DAEMON@mx.customer.example>\r\nTo: support@ours.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMessage-ID: <b@mx>\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such user here.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        "Final-Recipient: rfc822; kim@customer.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{returned}>\r\nSubject: Re: x\r\n\r\n--b--\r\n"
    ).encode()
    positions = [await office.take(bounce) for _ in range(2)]
    delivery = (await office.world.store.outbox.deliveries(conversation))[2]
    assert delivery.state is DeliveryState.FAILED
    assert delivery.reason is not None
    assert "kim@customer.example: No such user here." in delivery.reason
    (found,) = await office.conversations()
    notes = [message for message in await office.history(found.id) if message.kind is Kind.NOTE]
    assert [note.author for note in notes] == [Author.SYSTEM]
    assert await office.world.store.positions.position(positions[0].folder) == positions[-1]


async def test_an_automatic_answer_changes_nothing_but_the_history(office: Office) -> None:
    await office.world.come("ana")
    await office.take(bytes(a_mail()))
    found = await office.world.accept((await office.newest()).id)
    await office.world.desk.reply(associate("ana"), found.id, "It left today.")
    before = await office.newest()
    away = reply_to(office, found.id, "I am on holiday.", Auto_Submitted="auto-replied")
    for _ in range(2):
        await office.take(bytes(away))
    (after,) = await office.conversations()
    assert (after.state, after.answered, after.due_at) == (before.state, before.answered, before.due_at)
    assert [message.kind for message in await office.history(found.id)] == [Kind.MESSAGE, Kind.MESSAGE, Kind.NOTE]


async def test_our_own_mail_that_comes_back_is_no_message(office: Office) -> None:
    await office.take(bytes(a_mail()))
    conversation = await answered(office)
    own = office.tokens.message_id(conversation, 2, "kim@customer.example", "ours.example")
    await office.take(bytes(a_mail("It left today.", who="support@ours.example", message_id=f"<{own}>")))
    assert [found.messages for found in await office.conversations()] == [2]


async def test_a_spoofed_associate_is_just_a_contact_whom_nothing_proves(office: Office) -> None:
    await office.take(bytes(a_mail("Send me the money", who="ana@ours.example", verified=False)))
    found = await office.newest()
    (message,) = await office.history(found.id)
    assert (found.doubted, message.author) == (True, Author.CONTACT)


async def test_a_mail_without_a_sender_is_kept_for_itself(office: Office) -> None:
    for number in range(2):
        mail = a_mail(f"text {number}", message_id=f"<{number}@x>")
        del mail["From"]
        await office.take(bytes(mail))
    first, second = await office.conversations()
    assert first.contact != second.contact
    assert "quarantine" in first.attributes


async def test_a_mail_that_cannot_be_read_is_kept_and_shown_once(
    redis_url: str, workspace: str, clock: VirtualClock, tmp_path: Path
) -> None:
    raw = bytes(a_mail())
    async with open_office(redis_url, workspace, clock, tmp_path, read_timeout_s=0.000_01) as office:
        positions = [await office.take(raw) for _ in range(2)]
        (found,) = await office.conversations()
        (message,) = await office.history(found.id)
        assert message.text.startswith("A mail came that could not be read: ")
        assert await office.files.get(message.attachments[0].key) == raw
        assert await office.world.store.positions.position(positions[0].folder) == positions[-1]


async def test_a_mail_that_is_too_large_is_shown_with_its_size(office: Office) -> None:
    await office.take(Partial(b"From: kim@customer.example\r\n\r\n", "it has 40,000,000 bytes"))
    (message,) = await office.history((await office.newest()).id)
    assert "could not be read: it has 40,000,000 bytes." in message.text


async def test_two_mails_of_which_there_is_nothing_are_two(office: Office) -> None:
    for _ in range(2):
        await office.take(Partial(b"", "its server does not give it"))
    first, second = await office.conversations()
    for found in (first, second):
        (message,) = await office.history(found.id)
        assert message.text == "A mail came that could not be read: its server does not give it."
        assert message.attachments == ()


async def test_mails_are_kept_as_they_came(office: Office, tmp_path: Path) -> None:
    raw = bytes(a_mail())
    await office.take(raw)
    assert files_in(tmp_path) == [raw]


async def test_an_erased_mail_leaves_no_file_and_does_not_come_back(office: Office, tmp_path: Path) -> None:
    mail = a_mail()
    mail.add_alternative("<p>Where is it?</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="bill.pdf")
    await office.take(bytes(mail))
    conversation = await answered(office)
    answer = bytes(reply_to(office, conversation, "Thanks"))
    await office.world.desk.close(supervisor(), conversation)
    assert len(files_in(tmp_path)) == 3
    await erase(office.world.store, office.files, conversation, by="admin")
    assert files_in(tmp_path) == []
    await office.take(bytes(mail))
    assert (files_in(tmp_path), await office.conversations()) == ([], [])
    await office.take(answer)
    newest = await office.newest()
    assert (newest.id != conversation, newest.messages) == (True, 1)


async def test_the_same_mail_by_two_ways_has_one_folder(office: Office, tmp_path: Path) -> None:
    mail = a_mail()
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="bill.pdf")
    for received in ("a", "b"):
        await office.take(f"Received: from {received}\r\n".encode() + bytes(mail))
    assert len(files_in(tmp_path / "attachments" / "mail")) == 1


async def test_a_program_is_not_kept_and_the_message_says_so_wherever_it_comes(office: Office, tmp_path: Path) -> None:
    await office.take(bytes(a_mail()))
    mail = a_mail("Once more.", message_id="<2@customer.example>")
    for name in ("invoice\u202efdp.exe", "bill.pdf"):
        mail.add_attachment(b"MZ" + name.encode(), maintype="application", subtype="octet-stream", filename=name)
    await office.take(bytes(mail))
    (found,) = await office.conversations()
    _, message = await office.history(found.id)
    assert [file.name for file in message.attachments] == ["bill.pdf"]
    assert message.remark == "Not kept: invoicefdp.exe is of a type that is not taken."
    assert bytes(mail) in files_in(tmp_path / "attachments" / "raw")


def test_the_name_of_our_server_is_that_of_the_shared_mails() -> None:
    assert OURS == "mx.ours.example"


async def test_attacks_on_identity_end_as_they_must(office: Office, shared_dir: Path) -> None:
    """The mails of the shared folder that attack identity, after Alice has a conversation that was answered."""
    folder = shared_dir / "mail" / "spoof"
    expected = json.loads((folder / "expectations.json").read_text())["items"]
    alice = (folder / "01_ok_dmarc_pass.eml").read_bytes()
    await office.take(alice)
    conversation = await answered(office)
    token = office.tokens.message_id(conversation, 2, "alice@victim.example", "ours.example")
    after = await office.conversations()
    for item in expected[1:]:
        raw = (folder / item["file"]).read_bytes()
        if item.get("token_known"):
            raw = raw.replace(b"conv-1.abcdef0123456789@ours.example", token.encode())
        before = after
        await office.take(raw)
        after = await office.conversations()
        theirs = next(found for found in after if found.id == conversation)
        joined = theirs.messages > 2
        assert joined is item["may_join"], item["file"]
        assert sum(found.messages for found in after) == sum(found.messages for found in before) + 1, item["file"]
    alices = {found.contact for found in after if found.id == conversation}
    # Beside it the mail that she did write, though what it refers to is not proven.
    assert len([found.id for found in after if found.contact in alices]) == 2


async def test_a_fault_of_ours_loses_no_mail_and_fetches_none_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(office.room, "_take_message", broken)
    position = await office.take(bytes(a_mail()))
    (message,) = await office.history((await office.newest()).id)
    assert "a fault of ours" in message.text
    assert await office.files.get(message.attachments[0].key) == bytes(a_mail())
    assert await office.world.store.positions.position(position.folder) == position
