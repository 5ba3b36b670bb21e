"""From what Redis replies to records. The names of fields stand in `keys` and in the scripts."""

from typing import Any

import msgspec

from duetime.queues.keys import DOUBTED
from duetime.queues.records import Associate, Contact, Conversation
from duetime.router.associate import Presence, Profile
from duetime.router.conversation import ParkReason, State
from duetime.router.ids import AssociateId, ClassId, ContactId, ConversationId, EndpointId, QueueId, SessionId
from duetime.router.message import Channel, Destination, Message
from duetime.router.targets import Target


class About(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What routing decided on and people see, but no script reads."""

    subject: str | None = None
    language: str | None = None
    contact_name: str | None = None
    attributes: dict[str, str] = {}
    rule: str | None = None
    """The triage rule that chose the queue; None for the default queue."""


_about = msgspec.json.Decoder(About).decode
_message = msgspec.json.Decoder(Message).decode
_profile = msgspec.json.Decoder(Profile).decode


def pairs(flat: list[Any]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def conversation(conversation_id: str, flat: list[Any], about_text: str | None) -> Conversation:
    """``flat`` is the reply of HGETALL and must not be empty."""
    f = pairs(flat)
    about = _about(about_text) if about_text else About()

    def optional(name: str) -> int | None:
        return int(float(f[name])) if name in f else None

    def number(name: str) -> int:
        return optional(name) or 0

    runs = [target for target in Target if f"due_{target}" in f]
    return Conversation(
        id=ConversationId(conversation_id),
        state=State(f["state"]),
        version=number("version"),
        queue=QueueId(f["queue"]),
        step=number("step"),
        line=ClassId(f["line"]),
        unplaced="unplaced" in f,
        base=ClassId(f["base"]),
        channel=Channel(f["channel"]),
        endpoint=EndpointId(f["endpoint"]),
        contact=ContactId(f["contact"]),
        contact_name=about.contact_name,
        address=f["address"],
        moved_to=_destination(f),
        merged_into=ConversationId(f["merged_into"]) if "merged_into" in f else None,
        chats={SessionId(name[5:]): int(value) for name, value in f.items() if name.startswith("chat:")},
        merged=[ConversationId(name) for name in f.get("merged", "").split()],
        priority=f["priority"],
        subject=about.subject,
        language=about.language,
        attributes=about.attributes,
        associate=AssociateId(f["holder"]) if "holder" in f else None,
        last_associate=AssociateId(f["last_holder"]) if "last_holder" in f else None,
        opened_at=number("opened_at"),
        arrived_at=number("arrived_at"),
        due_at=number("due_at"),
        due_first=optional("due_first"),
        due_next=optional("due_next"),
        due_resolution=optional("due_resolution"),
        risk_first=optional("risk_first"),
        risk_next=optional("risk_next"),
        risk_resolution=optional("risk_resolution"),
        at_risk=[target for target in runs if f.get(f"mark_{target}") == "risk"],
        breached=[target for target in runs if f.get(f"mark_{target}") == "breach"],
        doubted="doubted" in f,
        urgent="urgent" in f,
        boost=number("boost"),
        raised=number("raised"),
        events=number("events"),
        pending=f.get("pending", "").split(),
        first_answered_at=optional("first_at"),
        resolution_since=optional("resolution_since"),
        resolution_used_ms=number("resolution_used"),
        paused_at=optional("paused_at"),
        answered=f.get("answered") == "1",
        messages=number("messages"),
        last_message_at=number("last_message_at"),
        delivered=number("delivered"),
        read=number("read"),
        offer=number("offer"),
        offer_expires_at=optional("offer_until"),
        park_reason=ParkReason(f["park_reason"]) if "park_reason" in f else None,
        wake_at=optional("wake_at"),
        wrap_up_until=optional("wrap_until"),
        reassign_at=optional("reassign_at"),
        closed_at=optional("closed_at"),
        disposition=f.get("disposition"),
        override=f.get("override") == "1",
        follows=ConversationId(f["follows"]) if "follows" in f else None,
    )


def _destination(f: dict[str, str]) -> Destination | None:
    if "to_channel" not in f:
        return None
    return Destination(channel=Channel(f["to_channel"]), endpoint=EndpointId(f["to_endpoint"]), address=f["to_address"])


def messages(rows: list[Any], first_number: int) -> list[Message]:
    """Rows of the list of messages, of which the first has this number."""
    return [msgspec.structs.replace(_message(row), number=first_number + place) for place, row in enumerate(rows)]


def associate(flat: list[Any], profile_text: str) -> Associate:
    f = pairs(flat)
    profile = msgspec.structs.replace(_profile(profile_text), version=int(f["version"]))
    return Associate(
        profile=profile,
        presence=Presence(f["presence"]),
        wanted=Presence(f["wanted"]),
        load_units=int(f.get("load", 0)),
        counts={channel: int(f[f"n:{channel}"]) for channel in Channel if f.get(f"n:{channel}", "0") != "0"},
        over_units=int(f.get("over", 0)),
        missed_offers=int(f.get("missed_offers", 0)),
        pool=f.get("pool"),
        kept_for=ConversationId(f["kept_for"]) if "kept_for" in f else None,
        last_assigned_at=int(float(f.get("last_assigned_at", 0))),
    )


def contact(contact_id: str, flat: list[Any]) -> Contact:
    f = pairs(flat)
    stored = [name[2:].partition(":") for name in f if name.startswith("a:")]
    proven = [name[2:] for name, value in f.items() if name.startswith("a:") and value == "1"]
    return Contact(
        id=ContactId(contact_id),
        name=f.get("name"),
        proven=proven,
        addresses=[f"{channel}:{address.removeprefix(DOUBTED)}" for channel, _, address in stored],
        doubted=any(address.startswith(DOUBTED) for _, _, address in stored),
        attributes={name[2:]: value for name, value in f.items() if name.startswith("x:")},
        created_at=int(f["created_at"]),
        version=int(f["version"]),
        merged_into=ContactId(f["merged_into"]) if "merged_into" in f else None,
    )
