"""What is understood of real mails: the figures, printed, and that they are as good as they should be."""

from pathlib import Path

import msgspec
import pytest

from benchmarks.mail_accuracy import AIMS, Score, measure_accuracy
from duetime.channels.email.parse import parse_mail


@pytest.fixture(scope="module")
def scores(shared_dir: Path) -> dict[str, Score]:
    return measure_accuracy(shared_dir)


def test_every_mail_parses_and_the_figures_are_shown(
    scores: dict[str, Score], capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        print()
        for name, score in scores.items():
            print(f"  mail: {name:16} {score}")
    assert set(AIMS) <= set(scores)


@pytest.mark.parametrize("name", AIMS)
def test_what_is_understood_is_what_the_mail_says(scores: dict[str, Score], name: str) -> None:
    assert scores[name].percent >= AIMS[name], scores[name].wrong


def test_spoofed_senders_are_nobody_or_not_believed(shared_dir: Path) -> None:
    folder = shared_dir / "mail" / "spoof"
    expected = msgspec.json.decode((folder / "expectations.json").read_bytes())
    ours = frozenset([expected["authserv_id"]])
    for item in expected["items"]:
        mail = parse_mail((folder / item["file"]).read_bytes(), authserv_ids=ours)
        understood = (mail.from_addr, mail.authenticated)
        assert understood == (item["from_addr"], item["authenticated"]), item["file"]
        assert (mail.quarantine is None) == (mail.from_addr is not None), item["file"]
        if item.get("auto"):
            assert not mail.answerable, item["file"]


def test_two_spoofed_mails_of_one_message_id_are_two_mails(shared_dir: Path) -> None:
    folder = shared_dir / "mail" / "spoof"
    first = parse_mail((folder / "01_ok_dmarc_pass.eml").read_bytes())
    second = parse_mail((folder / "18_message_id_collision.eml").read_bytes())
    assert first.message_id == second.message_id
    assert first.body_hash != second.body_hash
