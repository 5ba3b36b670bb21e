"""Contacts: the people outside. An associate sees those whose conversations they hold."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from duetime.channels.api import AttributeName, AttributeValue
from duetime.queues.records import Contact
from duetime.router.errors import Invalid, NotFound, Stale
from duetime.service.access import Role, Scope
from duetime.service.http.fields import Cursor, Limit, ShortText
from duetime.service.http.route import (
    EVERYONE,
    SUPERVISORS,
    AnyRoute,
    Call,
    IfMatch,
    Input,
    Nothing,
    Route,
    no_such,
)


class Paged(Input, frozen=True, kw_only=True):
    cursor: Cursor | None = None
    limit: Limit = 50


class ContactPage(msgspec.Struct, frozen=True):
    contacts: list[Contact]
    cursor: str | None
    """Continues after this page; null at the end."""


class ContactChange(Input, frozen=True, kw_only=True):
    """What is left out, or null, stays as it is."""

    name: ShortText | None = None
    attributes: Annotated[dict[AttributeName, AttributeValue], Meta(max_length=50)] | None = None
    """Replaces all that there are."""


async def list_contacts(call: Call[Paged]) -> ContactPage:
    cursor = call.input.cursor or "0"
    if not cursor.isdecimal() or len(cursor) > 15:
        raise Invalid("The cursor is not one that a page of this list gave.", at="cursor")
    contacts, following = await call.parts.store.contacts.list(int(cursor), call.input.limit)
    return ContactPage(contacts, None if following is None else str(following))


async def get_contact(call: Call[Nothing]) -> Contact:
    await check_contact(call)
    return await call.parts.store.contacts.get(call.contact)


async def change_contact(call: Call[ContactChange]) -> Contact:
    await check_contact(call)
    change = call.input
    return await call.parts.store.contacts.change(
        call.contact, name=change.name, attributes=change.attributes, version=call.version
    )


async def check_contact(call: Call[Any]) -> None:
    """Raises NotFound when an associate asks for somebody whom they do not serve."""
    actor = call.actor
    if actor.role is not Role.ASSOCIATE:
        return
    page = await call.parts.store.views.conversations(associate=actor.associate, contact=call.contact, limit=1)
    if actor.associate is None or not page.conversations:
        raise no_such("contact", call.contact)


def version_of(contact: Contact) -> int:
    return contact.version


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/contacts",
        handler=list_contacts,
        takes=Paged,
        gives=ContactPage,
        summary="All contacts, newest first.",
        roles=SUPERVISORS | {Role.INTEGRATION},
        scope=Scope.CONTACTS_READ,
    ),
    Route(
        method="GET",
        path="/v1/contacts/{contact}",
        handler=get_contact,
        takes=Nothing,
        gives=Contact,
        summary="One contact. An associate sees those whom they serve.",
        roles=EVERYONE,
        scope=Scope.CONTACTS_READ,
        refuses=(NotFound,),
        etag=version_of,
    ),
    Route(
        method="PATCH",
        path="/v1/contacts/{contact}",
        handler=change_contact,
        takes=ContactChange,
        gives=Contact,
        summary="Change the name or attributes of a contact.",
        roles=EVERYONE,
        scope=Scope.CONTACTS_WRITE,
        refuses=(NotFound, Stale),
        if_match=IfMatch.REQUIRED,
        etag=version_of,
    ),
)
