"""docs/frames.md says what each event carries; real events carry nothing else."""

import re

from duetime.queues.opt_outs import Told
from duetime.router.events import EventType
from duetime.router.ids import AssociateId, ContactId, ConversationId, EndpointId
from duetime.router.message import Channel, InboundMessage, Kind, Sender
from duetime.service.access import Role, as_actor
from duetime.service.own_message import own_message
from duetime.service.staff import AssociateChange
from tests.service.sockets.clients import DeskClient
from tests.service.sockets.office import Office
from tests.service.sockets.test_frames_reference import DESK
from tests.world import admin, supervisor

ROWS = [row.split("|") for row in DESK.splitlines() if re.match(r"\| `[A-Z]", row)]
DOCUMENTED = {kind.strip(" `"): set(re.findall(r"`([a-z_]+)`", carries)) for _, kind, _, carries, _ in ROWS}
SLOW = {
    EventType.OFFER_EXPIRED,
    EventType.CONVERSATION_UNASSIGNED,
    EventType.CONVERSATION_CHANGED,
    EventType.TARGET_AT_RISK,
    EventType.TARGET_BREACHED,
}
"""What takes longer than a test should."""


async def everything_that_people_do(office: Office, ana: DeskClient) -> None:
    conversation = (await office.write()).conversation
    offer = await ana.event("OfferMade", conversation=conversation)
    ben = await office.desk("ben", presence="available")
    await ana.do("decline_offer", conversation=conversation, offer=offer["data"]["offer"], reason="break")
    await office.accept(ben, conversation)
    await ben.do("reply", conversation=conversation, text="hello")
    await ben.do("add_note", conversation=conversation, text="a note")
    await office.parts.desk.mark(conversation, delivered=2)
    await ben.do("park", conversation=conversation)
    await ben.do("wake", conversation=conversation)
    await ben.do("transfer", conversation=conversation, associate="ana", briefing="yours")
    await office.accept(ana, conversation)
    await ana.do("transfer", conversation=conversation, queue="later")
    mine = await ben.event("OfferMade", queue="later")
    await ben.do("set_presence", presence="away")
    await office.accept(ana, str(mine["conversation"]))
    await ana.do("close", conversation=conversation, disposition="solved")
    await ana.do("finish_wrap_up", conversation=conversation)
    await office.write("and another thing")
    await ana.event("ConversationReopened", conversation=conversation)
    mail = InboundMessage(
        channel=Channel.EMAIL, endpoint=EndpointId("mail"), external_id="1", sender=Sender("kim@example.org"), text="hi"
    )
    mailed = await office.parts.intake.receive(mail)
    await office.parts.desk.reply(supervisor(), mailed.conversation, "hello")
    await office.parts.desk.merge(supervisor(), mailed.conversation, ConversationId(conversation))
    await office.parts.desk.split(supervisor(), mailed.conversation, ConversationId(conversation))
    opt_outs, now, told = office.parts.store.opt_outs, office.parts.store.clock(), Told(at=1, by="contact", why="STOP")
    await opt_outs.opt_out(
        now, EndpointId("text"), "+4915112345678", told, own_message(now, "They wrote STOP.", Kind.NOTE)
    )
    await opt_outs.opt_in(
        now, EndpointId("text"), "+4915112345678", told, own_message(now, "They wrote START.", Kind.NOTE)
    )


async def everything_that_supervisors_do(office: Office) -> None:
    parts = office.parts
    erased = (await office.write("please forget me", who="somebody shy")).conversation
    await parts.desk.close(supervisor(), erased)
    await parts.desk.erase(admin(), erased)
    record = await parts.store.tokens.get(await office.token_of(None, Role.ADMIN))
    assert record is not None
    change = AssociateChange(capacity_units=7)
    await parts.staff.change(as_actor(record), AssociateId("ana"), change, version=None)
    contact = next(event.contact for event in await office.journal() if event.contact)
    await parts.store.contacts.change(ContactId(contact), name="Mia", attributes=None, version=None)
    await parts.store.tokens.revoke(record.id)


async def test_events_carry_what_the_reference_says(office: Office) -> None:
    await office.write("before anybody is there", who="an early bird")
    ana = await office.desk("ana", presence="available")
    await everything_that_people_do(office, ana)
    await everything_that_supervisors_do(office)
    events = await office.journal()
    undocumented = {(e.type, name) for e in events for name in e.data if name not in DOCUMENTED[e.type]}
    assert not undocumented
    assert {event.type for event in events} == set(EventType) - SLOW
