"""What visitors answer to an endpoint's form, checked."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from duetime.config.chat_settings import FieldKind, FormField
from duetime.queues.chat_sessions import Identity
from duetime.router.errors import Invalid
from duetime.service.chat.own_addresses import read_email, read_phone

NAME_CHARS: Final = 80
ANSWER_CHARS: Final = 1000

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def check_form(form: Sequence[FormField], answers: Mapping[str, str]) -> dict[str, str]:
    """The answers by the names of their fields, on one line each; those that are empty are left out. Raises Invalid,
    which names the field."""
    fields = {field.name: field for field in form}
    for name in answers:
        if name not in fields:
            known = ", ".join(fields) or "none"
            raise Invalid(f"There is no field {name} in the form. There is: {known}.", at=f"form.{name}", field=name)
    found: dict[str, str] = {}
    for field in form:
        text = _CONTROLS.sub(" ", answers.get(field.name, "")).strip()
        if text:
            found[field.name] = _checked(field, text)
        elif field.required:
            raise _refused(field, "is needed")
    return found


def with_signed(form: Sequence[FormField], answers: Mapping[str, str], identity: Identity | None) -> dict[str, str]:
    """The answers, with what the site has signed in the place of what the visitor typed."""
    signed = {
        FieldKind.NAME: identity.name if identity else None,
        FieldKind.EMAIL: identity.email if identity else None,
        FieldKind.PHONE: identity.phone if identity else None,
    }
    return {**answers, **{field.name: text for field in form if (text := signed.get(field.kind))}}


def given_name(form: Sequence[FormField], answers: Mapping[str, str]) -> str | None:
    """What they said they are called."""
    return _answer(form, answers, FieldKind.NAME)


def claimed_addresses(form: Sequence[FormField], answers: Mapping[str, str]) -> dict[str, str]:
    """Where else they said they can be reached, as ``email`` and ``phone``. Nothing of it is proven."""
    found = {kind.value: _answer(form, answers, kind) for kind in (FieldKind.EMAIL, FieldKind.PHONE)}
    return {kind: address for kind, address in found.items() if address}


def _answer(form: Sequence[FormField], answers: Mapping[str, str], kind: FieldKind) -> str | None:
    return next((answers.get(field.name) for field in form if field.kind is kind), None)


def _checked(field: FormField, text: str) -> str:
    match field.kind:
        case FieldKind.NAME:
            if len(text) > NAME_CHARS:
                raise _refused(field, f"has at most {NAME_CHARS} characters")
        case FieldKind.EMAIL:
            address = read_email(text)
            if address is None:
                raise _refused(field, "is not an email address")
            return address
        case FieldKind.PHONE:
            number = read_phone(text)
            if number is None:
                raise _refused(field, "is not a phone number with its country, such as +49 30 123456")
            return number
        case FieldKind.CHOICE:
            if text not in field.choices:
                raise _refused(field, f"is one of: {', '.join(field.choices)}")
        case FieldKind.TEXT:
            if len(text) > ANSWER_CHARS:
                raise _refused(field, f"has at most {ANSWER_CHARS} characters")
    return text


def _refused(field: FormField, why: str) -> Invalid:
    return Invalid(f"form.{field.name} {why}.", at=f"form.{field.name}", field=field.name)
