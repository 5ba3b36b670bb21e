"""Mails of ours: what was written is what is read, one header each, and nobody's name writes a header."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.compose import Composed, Ours, compose
from duetime.channels.email.compose_headers import LAST_REFERENCES, header_lines, reply_subject
from duetime.channels.email.parse import parse_mail
from duetime.channels.email.tokens import ReplyTokens
from duetime.router.errors import Invalid
from duetime.router.ids import ConversationId, EndpointId, MessageId, QueueId, make_id
from duetime.router.message import Attachment, Channel, Kind, OutboundMessage

TOKENS = ReplyTokens(b"s" * 32)
OURS = Ours(address="support@shop.example", name="Shop Support")
AT = 1_790_000_000_123
MESSAGE = OutboundMessage(
    id=MessageId(make_id("ms", AT, 1)),
    conversation=ConversationId(make_id("cv", AT, 2)),
    channel=Channel.EMAIL,
    endpoint=EndpointId("support"),
    queue=QueueId("general"),
    number=2,
    at=AT,
    to="maria@example.org",
    to_name="Maria",
    text="It comes tomorrow.",
    subject="Where is my parcel?",
)
BILL = Attachment(key="k/1", name="Rechnung März.pdf", content_type="application/pdf", size_bytes=3)

# What compose leaves out on purpose: control characters, and what is no character.
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t"))
HEADERS_ONCE = ("Date", "From", "To", "Reply-To", "Subject", "Message-ID", "MIME-Version", "Content-Type")


def composed(ours: Ours = OURS, contents: dict[str, bytes] | None = None, **changed: object) -> Composed:
    return compose(msgspec.structs.replace(MESSAGE, **changed), ours, TOKENS, contents)


def parsed(mail: Composed) -> EmailMessage:
    found = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def spaced(text: str) -> str:
    return " ".join(text.split())


def read_name(mail: Composed) -> str:
    """The recipient's name. The newer parser puts blanks between the encoded words of a long one, this one does not."""
    name, _ = parseaddr(str(message_from_bytes(mail.raw)["To"]).replace("\r\n", ""))
    return str(make_header(decode_header(name)))


class Markup(HTMLParser):
    """What a page shows, and which tags it has."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href" and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_mail_says_who_writes_to_whom_about_what_and_when() -> None:
    made = composed()
    mail = parsed(made)
    assert mail["From"] == "Shop Support <support@shop.example>"
    assert mail["To"] == "Maria <maria@example.org>"
    assert mail["Subject"] == "Re: Where is my parcel?"
    assert parsedate_to_datetime(mail["Date"]).timestamp() == AT // 1000
    assert mail["Message-ID"] == f"<{made.message_id}>"
    assert TOKENS.proven([made.message_id], "maria@example.org")
    assert TOKENS.proven([mail["Reply-To"]], "maria@example.org")
    assert body(mail, "plain") == "It comes tomorrow.\n"
    assert (made.sender, made.recipient) == ("support@shop.example", "maria@example.org")


def test_the_same_message_is_the_same_mail() -> None:
    again = composed(contents={"k/1": b"abc"}, attachments=(BILL,))
    assert again.raw == composed(contents={"k/1": b"abc"}, attachments=(BILL,)).raw


def test_where_plus_addresses_are_not_delivered_none_is_asked_for() -> None:
    assert parsed(composed(msgspec.structs.replace(OURS, plus_addressing=False)))["Reply-To"] is None


def test_a_notice_says_that_no_person_wrote_it_and_is_answered_by_nothing() -> None:
    made = composed(kind=Kind.NOTICE)
    assert made.sender == ""
    assert parsed(made)["Auto-Submitted"] == "auto-replied"
    assert parsed(made)["X-Auto-Response-Suppress"] == "All"
    answer = parsed(composed())
    assert answer["Auto-Submitted"] is None
    assert not [name for name in answer if name.lower().startswith("list-") or name == "Precedence"]


def test_a_mail_threads_by_what_it_answers() -> None:
    mail = parsed(composed(references=("first@a", "second@b")))
    assert mail["In-Reply-To"] == "<second@b>"
    assert mail["References"] == "<first@a> <second@b>"
    assert parsed(composed())["References"] is None


def test_of_a_long_thread_the_first_and_the_last_ids_are_named() -> None:
    ids = tuple(f"{number}@x" for number in range(100))
    named = str(parsed(composed(references=ids))["References"]).split()
    assert named == ["<0@x>", *(f"<{number}@x>" for number in range(100 - LAST_REFERENCES, 100))]


@pytest.mark.parametrize("hostile", ["a@b>\r\nBcc: eve@evil.example", "a b@c", "ü@x", "", "x" * 600, "a@b><c@d"])
def test_an_id_that_no_header_can_hold_is_left_out(hostile: str) -> None:
    mail = parsed(composed(references=(hostile, "good@x")))
    assert mail["References"] == mail["In-Reply-To"] == "<good@x>"
    assert mail["Bcc"] is None


@pytest.mark.parametrize(
    "name",
    [
        "Eve\r\nBcc: eve@evil.example",
        "Eve\nBcc: eve@evil.example",
        "Eve\rBcc: eve@evil.example",
        "Eve\r\n\r\n<script>",
        'Eve" <eve@evil.example>, "Maria',
        "eve@evil.example, Maria",
        "Eve <eve@evil.example>",
        "=?utf-8?q?Eve=0D=0ABcc=3A_eve=40evil.example?=",
        "=?utf-8?b?PGV2ZUBldmlsLmV4YW1wbGU+LCA=?=",
        "Ève\u2028Bcc: eve@evil.example",
        "È\x85Bcc: eve@evil.example",
        "\\",
        '\\"',
        "Eve (comment) ; group: x;",
    ],
)
def test_no_recipient_is_injected_through_the_contacts_name(name: str) -> None:
    for made in (composed(to_name=name), composed(subject=name), composed(msgspec.structs.replace(OURS, name=name))):
        mail = parsed(made)
        assert [address.addr_spec for address in mail["To"].addresses] == ["maria@example.org"]
        assert [address.addr_spec for address in mail["From"].addresses] == ["support@shop.example"]
        assert {key.lower() for key in mail} == {key.lower() for key in HEADERS_ONCE}
        assert body(mail, "plain") == "It comes tomorrow.\n"


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: eve@x",
        "a@b, eve@x",
        "a@b eve@x",
        "<a@b>",
        "a",
        "@b",
        "a@",
        "a@b\x00",
        "a\u2028@b",
        "x" * 400 + "@b",
    ],
)
def test_an_address_that_is_none_is_refused_with_what_to_do(address: str) -> None:
    with pytest.raises(Invalid, match="correct it"):
        composed(to=address)


def test_a_line_end_that_no_one_foresaw_ends_in_an_error_and_not_in_a_mail() -> None:
    for value in ("a\r\nBcc: x", "a\nb", "a\rb", "a\r\n"):
        with pytest.raises(ValueError, match="line end"):
            header_lines([("Subject", value)])


@given(LINES, LINES)
def test_any_name_and_subject_is_read_as_it_was_written(name: str, subject: str) -> None:
    made = composed(to_name=name, subject=f"x {subject}")
    mail = parsed(made)
    assert mail["To"].addresses[0].addr_spec == "maria@example.org"
    assert read_name(made) == spaced(name[:400])[:100].rstrip()
    assert spaced(str(mail["Subject"])) == f"Re: {spaced(f'x {subject}')}"[:400].rstrip()
    for header in HEADERS_ONCE:
        assert len(mail.get_all(header, [])) == 1


@given(TEXTS)
def test_any_text_is_read_as_it_was_written_as_text_and_as_html(text: str) -> None:
    made = composed(text=text)
    mail = parsed(made)
    assert body(mail, "plain") == text.strip("\n") + "\n"
    page = Markup()
    page.feed(body(mail, "html"))
    assert page.tags <= {"html", "head", "meta", "body", "div", "br", "a"}
    assert page.text.replace("\xa0", " ").split() == text.replace("\xa0", " ").split()
    assert all(len(line) <= 998 for line in made.raw.split(b"\r\n"))
    assert b"\n" not in made.raw.replace(b"\r\n", b"")
    assert made.raw.isascii()


def test_links_can_be_clicked_and_nothing_else_is_markup() -> None:
    page = Markup()
    made = composed(text='See https://shop.example/a?b=1&c=(2), or <script>alert("1")</script> (http://x.example).')
    page.feed(body(parsed(made), "html"))
    assert page.links == ["https://shop.example/a?b=1&c=(2)", "http://x.example"]
    assert '<script>alert("1")</script>' in page.text
    assert "script" not in page.tags


@pytest.mark.parametrize("text", ["javascript:alert(1)", 'https://x"onmouseover="alert(1)', "https://x'><b>"])
def test_a_link_cannot_leave_its_place(text: str) -> None:
    page = Markup()
    page.feed(body(parsed(composed(text=text)), "html"))
    assert page.text.split() == text.split()
    assert set(page.links) <= {"https://x"}
    assert "b" not in page.tags


def test_a_signature_stands_below_the_text_in_both_forms() -> None:
    mail = parsed(composed(msgspec.structs.replace(OURS, signature="Ana <3\nShop")))
    assert body(mail, "plain") == "It comes tomorrow.\n\n-- \nAna <3\nShop\n"
    assert "-- <br>\nAna &lt;3<br>\nShop" in body(mail, "html")


def test_attachments_arrive_with_their_names_and_bytes() -> None:
    files = {"k/1": bytes(range(256)) * 20, "k/2": b"", "k/3": b"Subject: inner\r\n\r\nx"}
    names = ["Rechnung März.pdf", 'a "b" \\ 100%.txt', "inner.eml"]
    types = ["application/pdf", "text/plain", "message/rfc822"]
    listed = tuple(
        Attachment(key=key, name=name, content_type=media, size_bytes=len(files[key]))
        for key, name, media in zip(files, names, types, strict=True)
    )
    mail = parsed(composed(contents=files, attachments=listed))
    arrived = list(mail.iter_attachments())
    assert [part.get_filename() for part in arrived] == names
    assert [part.get_payload(decode=True) for part in arrived] == list(files.values())
    assert [part.get_content_type() for part in arrived] == [*types[:2], "application/octet-stream"]
    assert body(mail, "plain") == "It comes tomorrow.\n"


@given(st.binary(max_size=2000), LINES)
def test_any_file_arrives_as_it_was(content: bytes, name: str) -> None:
    file = Attachment(key="k", name=f"a{name}", content_type="application/octet-stream", size_bytes=len(content))
    made = composed(contents={"k": content}, attachments=(file,))
    part = next(parsed(made).iter_attachments())
    assert part.get_payload(decode=True) == content
    assert spaced(part.get_filename() or "") == spaced(f"a{name}")[:400].rstrip()
    assert made.raw.isascii()


@pytest.mark.parametrize(
    ("subject", "answered"),
    [
        ("Parcel", "Re: Parcel"),
        ("Re: Parcel", "Re: Parcel"),
        ("RE: AW: re: Parcel", "Re: Parcel"),
        ("Antwort: Paket", "Re: Paket"),
        ("Re[2]: Parcel", "Re: Parcel"),
        ("Re： 包裹", "Re: 包裹"),
        ("Regarding: Parcel", "Re: Regarding: Parcel"),
        ("Fwd: Re: Parcel", "Re: Fwd: Re: Parcel"),
        ("Re:", "Re: Support"),
        ("", "Re: Support"),
        (None, "Re: Support"),
    ],
)
def test_re_stands_once_before_the_subject(subject: str | None, answered: str) -> None:
    assert reply_subject(subject, "Support") == answered


def test_an_address_of_other_letters_is_written_as_the_servers_know_it() -> None:
    assert composed(to="maria@bücher.example").recipient == "maria@xn--bcher-kva.example"
    made = composed(to="märia@bücher.example")
    assert made.recipient == "märia@xn--bcher-kva.example"
    assert "märia@xn--bcher-kva.example".encode() in made.raw
    assert TOKENS.proven([made.message_id], "märia@bücher.example")


@pytest.mark.parametrize("kind", [Kind.MESSAGE, Kind.NOTICE])
def test_what_we_send_we_read_ourselves(kind: Kind) -> None:
    ours = msgspec.structs.replace(OURS, signature="Ana\nShop")
    made = composed(ours, {"k/1": b"abc"}, kind=kind, references=("a@b", "c@d"), attachments=(BILL,))
    read = parse_mail(made.raw)
    assert (read.from_addr, read.from_name, read.to) == ("support@shop.example", "Shop Support", ("maria@example.org",))
    assert (read.message_id, read.in_reply_to, read.references) == (made.message_id, ("c@d",), ("a@b", "c@d"))
    assert (read.text, read.reply_text) == ("It comes tomorrow.\n\n-- \nAna\nShop", "It comes tomorrow.")
    assert [(file.name, file.content) for file in read.attachments] == [(BILL.name, b"abc")]
    assert read.answerable == (kind is Kind.MESSAGE)
    assert read.cut == ()
