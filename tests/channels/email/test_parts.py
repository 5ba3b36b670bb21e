"""Parts: which are the text, which are attachments, how they are encoded and called."""

import base64

import pytest

from duetime.channels.email.limits import DEPTH, PARTS
from duetime.channels.email.parse import parse_mail
from tests.channels.email.letters import letter, multipart, read

PDF = (
    'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    "Content-Disposition: attachment\r\n\r\naGVsbG8="
)


def test_text_html_and_files_of_a_mail_are_told_apart() -> None:
    inner, body = multipart(
        "Content-Type: text/plain\r\n\r\nHello", "Content-Type: text/html\r\n\r\n<p>Hello</p>", kind="alternative"
    )
    head, body = multipart(f"{inner.replace('=b', '=i')}\r\n\r\n{body.replace('=b', '=i')}", PDF)
    mail = read(head, body=body)
    assert (mail.text, mail.html) == ("Hello", "<p>Hello</p>")
    assert [(found.name, found.content, found.inline) for found in mail.attachments] == [("a.pdf", b"hello", False)]


def test_all_inline_texts_belong_to_the_text() -> None:
    head, body = multipart("\r\nfirst", PDF, "Content-Type: text/plain\r\nContent-Disposition: inline\r\n\r\nsecond")
    assert read(head, body=body).text == "first\n\nsecond"


def test_a_mail_in_html_only_has_the_text_that_it_shows() -> None:
    mail = read("Content-Type: text/html; charset=utf-8", body="<p>Gr&uuml;&szlig;e<br>Mia</p>")
    assert (mail.text, mail.html) == ("Grüße\nMia", "<p>Grüße<br>Mia</p>")


def test_an_empty_text_beside_html_does_not_hide_it() -> None:
    head, body = multipart(
        "Content-Type: text/plain\r\n\r\n \r\n", "Content-Type: text/html\r\n\r\n<b>Hello</b>", kind="alternative"
    )
    assert read(head, body=body).text == "Hello"


def test_a_page_above_a_list_s_footer_is_in_the_text() -> None:
    head, body = multipart("Content-Type: text/html\r\n\r\n<b>Hello</b>", "Content-Type: text/plain\r\n\r\n-- list")
    assert read(head, body=body).text == "Hello\n\n-- list"


def test_a_mail_in_a_mail_is_one_attachment() -> None:
    head, body = multipart("\r\nsee below", "Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\nnested")
    mail = read(head, body=body)
    assert mail.text == "see below"
    assert [(found.content_type, found.content) for found in mail.attachments] == [
        ("message/rfc822", b"Subject: x\r\n\r\nnested")
    ]


@pytest.mark.parametrize("content_type", ["text/calendar; method=REQUEST", "application/ms-tnef; name=winmail.dat"])
def test_what_only_programs_read_is_an_attachment(content_type: str) -> None:
    head, body = multipart("\r\nHello", f"Content-Type: {content_type}\r\n\r\nx")
    assert [found.content_type for found in read(head, body=body).attachments] == [content_type.partition(";")[0]]


def test_an_image_of_the_text_keeps_its_content_id() -> None:
    head, body = multipart(
        "Content-Type: text/html\r\n\r\n<img src=cid:logo@x>",
        "Content-Type: image/png\r\nContent-ID: <logo@x>\r\n\r\nx",
        kind="related",
    )
    mail = read(head, body=body)
    assert mail.html == '<img src="cid:logo@x">'
    assert [(found.content_id, found.inline, found.name) for found in mail.attachments] == [("logo@x", True, None)]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ('Content-Disposition: attachment; filename="a b.txt"', "a b.txt"),
        ("Content-Disposition: attachment; filename=a b.txt", "a b.txt"),
        ("Content-Disposition: attachment; filename*=utf-8''%C3%A4.txt", "ä.txt"),
        ("Content-Disposition: attachment; filename*0*=utf-8''%C3%A4; filename*1=b.txt", "äb.txt"),
        ("Content-Disposition: attachment; filename*1=b.txt; filename*0=a", "ab.txt"),
        ("Content-Disposition: attachment; filename=old.txt; filename*=iso-8859-1''%E4.txt", "ä.txt"),
        ('Content-Disposition: attachment; filename="=?utf-8?q?=C3=A4.txt?="', "ä.txt"),
        ('Content-Disposition: attachment; filename="a\\"b.txt"', 'a"b.txt'),
        ('Content-Disposition: attachment; filename="ä.txt"', "ä.txt"),
        ("Content-Disposition: attachment; filename=", None),
        ("Content-Disposition: attachment;; filename=a.txt", "a.txt"),
        ('Content-Disposition: attachment; filename="never closed.txt', "never closed.txt"),
        ("Content-Disposition: attachment\r\nContent-Type: image/png; name=a.png", "a.png"),
        ("Content-Disposition: attachment; filename=../../etc/passwd", "../../etc/passwd"),
    ],
)
def test_files_are_called_what_the_sender_calls_them(headers: str, name: str | None) -> None:
    head, body = multipart("\r\nHello", f"{headers}\r\n\r\nx")
    assert [found.name for found in read(head, body=body).attachments] == [name]


@pytest.mark.parametrize(
    ("encoding", "written", "read_as"),
    [
        ("base64", "SGVsbG8=", "Hello"),
        ("BASE64", "SGVs\r\nbG8", "Hello"),
        ("base64", "SGVsbG8=\r\n-- \r\nfooter", "Hello"),
        ("quoted-printable", "H=65llo=\r\n there=20", "Hello there"),
        ("quoted-printable", "100=% =zz", "100=% =zz"),
        ("x-uuencode", "begin 644 a\n%2&5L;&\\\n`\nend\n", "Hello"),
        ("7bit", "Hello", "Hello"),
        ("rot13", "Hello", "Hello"),
        ("", "Hello", "Hello"),
    ],
)
def test_transfer_encodings_are_undone_as_far_as_they_are_true(encoding: str, written: str, read_as: str) -> None:
    text = read(f"Content-Transfer-Encoding: {encoding}", body=written).text
    assert text.strip().startswith(read_as)


@pytest.mark.parametrize(
    ("charset", "raw"),
    [
        ("utf-8", "Grüße".encode()),
        ("iso-8859-1", "Grüße".encode("latin-1")),
        ("us-ascii", "Grüße".encode()),
        ("us-ascii", "Grüße".encode("cp1252")),
        ("utf-8", "Grüße".encode("cp1252")),
        ("X-UNKNOWN", "Grüße".encode()),
        ("''", "Grüße".encode()),
        ("base64", "Grüße".encode()),
        ("utf-7", "Grüße".encode("utf-7")),
        ("utf-16", "Grüße".encode("utf-16")),
        ("macintosh", "Grüße".encode("mac-roman")),
        ("cp-850", "Grüße".encode("cp850")),
    ],
)
def test_charsets_are_believed_where_they_fit(charset: str, raw: bytes) -> None:
    assert read(f"Content-Type: text/plain; charset={charset}", body=raw).text == "Grüße"


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("gb2312", "gb18030", "镕基"),
        ("x-gbk", "gbk", "你好"),
        ("ks_c_5601-1987", "cp949", "뷁안녕"),
        ("shift_jis", "cp932", "①髙"),
        ("iso-2022-jp", "iso2022_jp", "日本語"),
        ("windows-874", "cp874", "สวัสดี"),
        ("koi8-r", "koi8-r", "Привет"),
        ("big5", "big5hkscs", "你好"),
    ],
)
def test_charsets_are_read_with_what_is_sent_under_their_name(charset: str, codec: str, text: str) -> None:
    assert read(f"Content-Type: text/plain; charset={charset}", body=text.encode(codec)).text == text


def test_a_page_tells_its_own_charset() -> None:
    body = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">Привет'.encode("cp1251")
    assert read("Content-Type: text/html", body=body).text == "Привет"


def test_flowed_lines_are_joined_and_quoted_ones_stay() -> None:
    head = "Content-Type: text/plain; format=flowed"
    assert (
        read(head, body="One \r\ntwo\r\n> three \r\n> four\r\n-- \r\nMia").text == "One two\n> three \n> four\n-- \nMia"
    )


def test_flowed_lines_without_spaces_between_words_lose_the_space() -> None:
    assert read("Content-Type: text/plain; format=flowed; delsp=yes", body="日 \r\n本").text == "日本"


@pytest.mark.parametrize("closing", ["--=b--", "", "--=b"])
def test_a_multipart_ends_where_the_mail_ends(closing: str) -> None:
    mail = read('Content-Type: multipart/mixed; boundary="=b"', body=f"preamble\r\n--=b\r\n\r\nHello\r\n{closing}")
    assert mail.text == "Hello"


@pytest.mark.parametrize("head", ["multipart/mixed", "multipart/mixed; boundary=x", "multipart/mixed; boundary="])
def test_a_multipart_whose_boundary_is_missing_is_text(head: str) -> None:
    assert read(f"Content-Type: {head}", body="Hello").text == "Hello"


def test_a_boundary_that_begins_like_another_is_another() -> None:
    head, body = multipart("\r\none\r\n--=bb\r\nis text", "\r\ntwo")
    assert read(head, body=body).text == "one\n--=bb\nis text\n\ntwo"


def test_a_body_needs_no_mime() -> None:
    assert parse_mail(letter(body="Hello")).text == "Hello"


def test_parts_beyond_the_limit_are_not_read_and_the_mail_says_so() -> None:
    head, body = multipart(*("\r\nx" for _ in range(2 * PARTS)))
    mail = read(head, body=body)
    assert mail.text.count("x") == PARTS - 1
    assert mail.cut == ("More than 1,000 parts; the others were not read.",)


def test_parts_deeper_than_the_limit_are_not_taken_apart_and_the_mail_says_so() -> None:
    body = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(500))
    mail = parse_mail(f"From: a@b.c\r\n{body}\r\nHello".encode())
    assert "Hello" in mail.text
    assert mail.cut == (f"Parts within parts deeper than {DEPTH}; they were not taken apart.",)


def test_a_part_s_bytes_come_back_as_they_were() -> None:
    content = bytes(range(256)) * 50
    encoded = base64.encodebytes(content).decode()
    head, body = multipart(
        "\r\nHello", f"Content-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}"
    )
    assert [found.content for found in read(head, body=body).attachments] == [content]
