"""What visitors may answer to a form."""

import pytest

from duetime.queues.chat_sessions import Identity
from duetime.router.errors import Invalid
from duetime.service.chat.forms import check_form, claimed_addresses, given_name, with_signed
from duetime.service.chat.own_addresses import read_email, read_phone
from tests.service.chat.site import FORM

MAIL = {"mail": "mia@customer.example"}


def test_answers_are_kept_by_the_names_of_their_fields() -> None:
    typed = {
        "mail": " Mia@Customer.Example ",
        "phone": "+49 30 123456",
        "about": "An order",
        "who": "Mia\x00",
        "order": "",
    }
    found = check_form(FORM, typed)
    assert found == {"mail": "mia@customer.example", "phone": "+4930123456", "about": "An order", "who": "Mia"}
    assert given_name(FORM, found) == "Mia"
    assert claimed_addresses(FORM, found) == {"email": "mia@customer.example", "phone": "+4930123456"}


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({}, "mail"),
        ({"mail": "   "}, "mail"),
        ({"mail": "mia"}, "mail"),
        ({"mail": "mia@localhost"}, "mail"),
        ({"mail": "a@b.example, c@d.example"}, "mail"),
        ({"mail": "a@b.example\r\nBcc: c@d.example"}, "mail"),
        ({**MAIL, "phone": "030 123456"}, "phone"),
        ({**MAIL, "phone": "+49"}, "phone"),
        ({**MAIL, "phone": "+1 555"}, "phone"),
        ({**MAIL, "about": "Nothing"}, "about"),
        ({**MAIL, "who": "x" * 81}, "who"),
        ({**MAIL, "order": "x" * 1001}, "order"),
        ({**MAIL, "vip": "yes"}, "vip"),
    ],
)
def test_a_wrong_answer_is_refused_by_the_name_of_its_field(answers: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_form(FORM, answers)
    assert refusal.value.about["field"] == field
    assert f"{field}" in refusal.value.detail


def test_what_the_site_signed_goes_before_what_was_typed() -> None:
    mia = Identity(user="7", name="Mia", email="mia@customer.example")
    assert check_form(FORM, with_signed(FORM, {"who": "Eve", "mail": "eve@evil.example"}, mia)) == {
        "who": "Mia",
        **MAIL,
    }
    assert check_form(FORM, with_signed(FORM, {}, mia)) == {"who": "Mia", **MAIL}


@pytest.mark.parametrize(
    "text", ["", "@", "a@b", "a b@c.example", "a@b..example", "<a@b.example>", "a@b.example\n", "x" * 400]
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert read_email(text) in (None, text.strip())
    assert read_phone(text) is None
