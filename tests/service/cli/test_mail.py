"""`duetime mail inspect`: one JSON object a line for every file, in order, without a daemon."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from duetime.service.cli.main import execute
from tests.service.cli.running import COMMAND, clean_environment

LETTER = (
    b"From: Mia <mia@example.org>\r\nTo: help@example.com\r\nSubject: Order\r\nMessage-ID: <1@example.org>\r\n"
    b"In-Reply-To: <0@example.com>\r\nReferences: <0@example.com>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes.\r\n\r\n-- \r\nMia\r\n"
    b"--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nx\r\n--b--\r\n"
)


def inspect(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> list[dict[str, Any]]:
    assert execute(["mail", "inspect", *args]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_mail_is_shown_as_it_was_understood(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "letter.eml"
    file.write_bytes(LETTER)
    (seen,) = inspect(capsys, str(file))
    assert {
        name: seen[name] for name in ("file", "from_addr", "subject", "message_id", "in_reply_to", "references")
    } == {
        "file": str(file),
        "from_addr": "mia@example.org",
        "subject": "Order",
        "message_id": "1@example.org",
        "in_reply_to": "0@example.com",
        "references": ["0@example.com"],
    }
    assert (seen["text"], seen["reply_text"], seen["machine"]) == ("Yes.\n\n-- \nMia", "Yes.", "none")
    assert [attachment["name"] for attachment in seen["attachments"]] == ["a.pdf"]
    assert seen["error"] is None


def test_the_files_keep_their_order(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = [str(tmp_path / f"{number}.eml") for number in range(30)]
    for number, file in enumerate(files):
        Path(file).write_bytes(b"Subject: %d\r\n\r\n" % number + b"x" * (1000 * (30 - number)))
    seen = inspect(capsys, *files)
    assert [(one["file"], one["subject"]) for one in seen] == [(file, str(number)) for number, file in enumerate(files)]


def test_nothing_is_null_or_empty(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "empty.eml"
    file.write_bytes(b"")
    (seen,) = inspect(capsys, str(file))
    assert (seen["from_addr"], seen["message_id"], seen["in_reply_to"], seen["html"]) == (None, None, None, None)
    assert (seen["subject"], seen["text"], seen["references"], seen["attachments"]) == ("", "", [], [])
    assert seen["quarantine"] == "The mail has no From."


def test_a_mail_that_cannot_be_read_says_why_and_is_no_failure(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "long.eml"
    file.write_bytes(b"x" * 25_000_001)
    (seen,) = inspect(capsys, str(file))
    assert (seen["error"], seen["from_addr"]) == ("The mail is longer than 25 MB.", None)


def test_a_file_that_cannot_be_opened_says_so_and_the_others_are_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "letter.eml"
    file.write_bytes(LETTER)
    missing, seen = inspect(capsys, str(tmp_path / "no.eml"), str(file), code=1)
    assert missing["error"] == "The file cannot be opened: No such file or directory."
    assert seen["subject"] == "Order"


def test_a_dash_is_stdin(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LETTER)))
    (seen,) = inspect(capsys, "-")
    assert (seen["file"], seen["subject"]) == ("-", "Order")


def test_our_own_servers_can_be_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "letter.eml"
    file.write_bytes(b"Authentication-Results: mx.ours.example; dmarc=pass header.from=example.org\r\n" + LETTER)
    assert inspect(capsys, str(file), "--authserv-id", "mx.ours.example")[0]["authenticated"]
    assert not inspect(capsys, str(file))[0]["authenticated"]


def test_a_terminal_obeys_nothing_that_a_mail_says(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "hostile.eml"
    file.write_bytes("Subject: x\r\n\r\n\x1b]0;title\x07\x9b2J\x7f\u202e".encode())
    assert execute(["mail", "inspect", str(file)]) == 0
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.strip().isprintable()


def test_without_files_the_command_says_what_it_wants(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["mail", "inspect"]) == 2
    assert "FILE" in capsys.readouterr().err


def test_nine_hundred_mails_are_inspected_in_time(shared_dir: Path) -> None:
    files = sorted(map(str, (shared_dir / "mail" / "dev" / "mail").iterdir()))
    ended = subprocess.run(
        [*COMMAND, "mail", "inspect", *files], capture_output=True, timeout=30, env=clean_environment(), check=True
    )
    seen = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [one["file"] for one in seen] == files
    assert [one["error"] for one in seen] == [None] * len(files)
