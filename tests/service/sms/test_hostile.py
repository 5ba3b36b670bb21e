"""Whatever stands in a webhook that is proven: it is taken as text, or refused; nothing falls over."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.sms.office import KIM, Office

TEXTS = [
    "\x00", "a\x00b", "\ud7ff\ue000", "\u202egnp.exe", "<script>alert(1)</script>", "{{7*7}}", "%s%n", "' OR 1=1 --",
    "\r\nX-Header: y", "=cmd|' /C calc'!A0", "😀" * 2000, "\ufeff", "a" * 60_000, "‮‭", "👩‍👩‍👧‍👦",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
async def test_any_text_is_a_message_but_for_what_no_screen_shows(office: Office, text: str) -> None:
    await office.write(text)
    (message,) = await office.history()
    assert message.text == text.replace("\x00", "")
    answer = await office.api.get(f"/v1/conversations/{(await office.the_conversation()).id}/messages")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    "change",
    [
        {"From": ""}, {"From": "x" * 5000}, {"From": "\x00"}, {"From": "+1\r\n2"}, {"MessageSid": ""},
        {"MessageSid": "x" * 5000}, {"MessageSid": "a b:c"}, {"NumMedia": "-1"}, {"NumMedia": "9" * 400},
        {"NumMedia": "10"}, {"NumMedia": "1", "MediaUrl0": "file:///etc/passwd"}, {"NumMedia": "1", "MediaUrl0": ""},
        {"NumMedia": "1", "MediaUrl0": "http://[::1"}, {"NumMedia": "x"}, {"To": ""}, {"OptOutType": "x" * 100},
    ],
)  # fmt: skip
async def test_any_field_is_read_or_refused(office: Office, change: dict[str, str]) -> None:
    status, _ = await office.twilio.call("inbound", office.twilio.inbound("hello", KIM) | change)
    assert status in (200, 422)
    listed = await office.conversations()
    assert len(listed) == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "fields",
    [
        {"MessageSid": "SM1", "MessageStatus": "flying"},
        {"MessageSid": "cv_00000000000000000000-1", "MessageStatus": "delivered"},
        {"MessageSid": "x" * 5000, "MessageStatus": "delivered"},
        {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "9" * 5000},
        {"MessageStatus": "delivered"},
        {},
    ],
)
async def test_any_receipt_is_read_or_refused(office: Office, fields: dict[str, str]) -> None:
    status, _ = await office.twilio.call("status", fields)
    assert status in (200, 422)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    fields=st.dictionaries(
        st.sampled_from(["MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "OptOutType", "x"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    )
)
async def test_no_fields_are_our_fault(office: Office, fields: dict[str, str]) -> None:
    status, _ = await office.twilio.call("inbound", fields)
    assert status in (200, 422)
