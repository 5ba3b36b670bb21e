"""Headers: folding, encoded words, raw bytes of any charset, and what is among them by mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.headers import decode_words, read_headers
from duetime.channels.email.limits import HEADER_BYTES, HEADER_LINES, Cuts
from duetime.channels.email.parse import parse_mail
from tests.channels.email.letters import letter, read


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1*de?Q?Gr=FC=DFe?=", "Grüße"),
        ("=?UTF-8?B?R3LD?= =?UTF-8?B?vMOfZQ?=", "Grüße"),
        ("=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?q?one?==?utf-8?q?two?=", "onetwo"),
        ("=?utf-8?q?one?= and =?utf-8?q?two?=", "one and two"),
        ("Re: =?utf-8?q?one?=", "Re: one"),
        ("=?utf-8?q?what?_now?=", "what? now"),
        ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("=?x-unknown?q?plain?=", "plain"),
        ("=?x-unknown?q?Gr=C3=BC?=", "Grü"),
        ("=?gb2312?b?xOO6ww==?=", "你好"),
        ("=?iso-2022-jp?b?GyRCLSEbKEI=?=", "①"),
        ("=?windows-1252?q?=80?=", "€"),
        ("=?utf-8?q?never ends", "=?utf-8?q?never ends"),
        ("=?utf-8?z?no_such_encoding?=", "=?utf-8?z?no_such_encoding?="),
        ("=?base64?q?codec?=", "codec"),
    ],
)
def test_encoded_words_are_decoded_as_programs_write_them(written: str, read_as: str) -> None:
    assert read(f"Subject: {written}").subject == read_as


@pytest.mark.parametrize(
    ("raw", "read_as"),
    [
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("latin-1"), "Grüße"),
        ("日本".encode("iso2022_jp"), "日本"),
    ],
)
def test_raw_bytes_in_a_header_are_read_as_what_they_look_like(raw: bytes, read_as: str) -> None:
    mail = parse_mail(b"From: a@example.org\r\nSubject: " + raw + b"\r\n\r\nHello")
    assert mail.subject == read_as


def test_raw_bytes_in_a_header_are_in_the_charset_of_the_body_when_it_names_one() -> None:
    raw = b"From: a@example.org\r\nContent-Type: text/plain; charset=koi8-r\r\nSubject: "
    assert parse_mail(raw + "Привет".encode("koi8-r") + b"\r\n\r\n").subject == "Привет"


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), min_size=1, max_size=30))
def test_a_folded_header_is_the_header_on_one_line(words: list[str]) -> None:
    value = " ".join(words)
    folded = "\r\n ".join(words)
    one, other = (
        read_headers(raw, 0, len(raw), Cuts()).headers.text("x-a")
        for raw in (f"X-A: {value}\r\n\r\n".encode(), f"X-A: {folded}\r\n\r\n".encode())
    )
    assert one == other == value


@given(st.text(max_size=200))
def test_what_holds_no_encoded_word_stays(text: str) -> None:
    text = text.replace("=?", "")
    assert decode_words(text) == text


@pytest.mark.parametrize(
    "raw",
    [
        b"From: mia@example.org\nSubject: Hi\n\nHello",
        b"From: mia@example.org\rSubject: Hi\r\rHello",
        b"\xef\xbb\xbfFrom: mia@example.org\r\nSubject: Hi\r\n\r\nHello",
        b"From mia@example.org Sat Nov 21 10:00:00 2026\nFrom: mia@example.org\nSubject: Hi\n\nHello",
        b"\r\n\r\nFrom: mia@example.org\r\nSubject: Hi\r\n\r\nHello",
        b"FROM : mia@example.org\r\nsubject\t: Hi\r\n\r\nHello",
        b"From: mia@example.org\r\nrubbish without a colon\r\nSubject: Hi\r\n\r\nHello",
        b"From: mia@example.org\r\nSubject: Hi\r\nHello",
    ],
)
def test_line_ends_and_rubbish_around_headers_do_not_matter(raw: bytes) -> None:
    mail = parse_mail(raw)
    assert (mail.from_addr, mail.subject, mail.text) == ("mia@example.org", "Hi", "Hello")


def test_a_bare_cr_in_a_header_makes_no_header_of_its_own() -> None:
    mail = parse_mail(b"From: mia@example.org\r\nX-A: b\rReply-To: evil@example.net\r\n\r\nHello")
    assert mail.reply_to == ()


def test_more_lines_than_the_limit_are_not_read_and_the_mail_says_so() -> None:
    mail = read(*(f"X-{number}: v" for number in range(2 * HEADER_LINES)), "Subject: too far", body="Still here")
    assert (mail.subject, mail.text) == ("", "Still here")
    assert mail.cut == ("More than 1,000 lines of headers; the others were not read.",)


def test_a_header_longer_than_the_limit_is_cut_and_the_mail_says_so() -> None:
    mail = read("Subject: " + "a" * (HEADER_BYTES + 10))
    assert mail.subject.startswith("aaa")
    assert mail.cut == ("The header subject is longer than 64 KB; the rest of it was not read.",)


@pytest.mark.parametrize(
    ("header", "message_id"),
    [
        ("<a@b>", "a@b"),
        ("  < a@b > ", "a@b"),
        ("a@b", "a@b"),
        ("<a@b> (made by hand)", "a@b"),
        ("", None),
        ("<>", None),
    ],
)
def test_message_ids_come_without_brackets(header: str, message_id: str | None) -> None:
    assert parse_mail(f"From: a@b.c\r\nMessage-ID: {header}\r\n\r\n".encode()).message_id == message_id


def test_a_mail_without_message_id_is_read() -> None:
    assert parse_mail(b"From: mia@example.org\r\n\r\nHello").message_id is None


def test_references_are_ids_in_order_each_once() -> None:
    mail = read("References: <1@a> <2@a>\r\n\t<1@a><3@a>", "In-Reply-To: Your message of Monday <3@a>")
    assert (mail.references, mail.in_reply_to) == (("1@a", "2@a", "3@a"), ("3@a",))


def test_of_too_many_references_the_first_and_the_last_stay() -> None:
    mail = read("References: " + " ".join(f"<{number}@a>" for number in range(900)))
    assert (len(mail.references), mail.references[0], mail.references[-1]) == (500, "0@a", "899@a")


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Sat, 21 Nov 2026 10:00:00 +0000", 1_795_255_200_000),
        ("Sat, 21 Nov 2026 11:00:00 +0100 (CET)", 1_795_255_200_000),
        ("yesterday", None),
        ("Sat, 21 Nov 99999 10:00:00 +0000", None),
        ("", None),
    ],
)
def test_dates_are_moments_or_nothing(header: str, date: int | None) -> None:
    assert parse_mail(letter(f"Date: {header}")).date == date
