"""The file-size gate finds what is too long, and only that."""

from pathlib import Path

import pytest

from tests.check.file_sizes import main, too_long


def write(path: Path, lines: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x\n" * lines)


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("duetime/router/offer.py", 400),
        ("tests/router/test_offer.py", 500),
        ("duetime/web/widget/log.js", 400),
        ("duetime/web/widget/style.css", 400),
        ("benchmarks/offer.py", 400),
        ("duetime/queues/lua/offer_accept.lua", 80),
        ("duetime/queues/lua/include/match.lua", 80),
    ],
)
def test_a_file_may_reach_its_limit_and_not_pass_it(tmp_path: Path, name: str, limit: int) -> None:
    write(tmp_path / name, limit)
    assert list(too_long(tmp_path)) == []

    write(tmp_path / name, limit + 1)
    assert list(too_long(tmp_path)) == [f"{name} has {limit + 1} lines, 1 over the limit of {limit}"]


def test_the_gate_names_every_file_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "duetime/a.py", 401)
    write(tmp_path / "tests/b.py", 600)

    assert main(tmp_path) == 1
    assert capsys.readouterr().out.splitlines() == [
        "duetime/a.py has 401 lines, 1 over the limit of 400",
        "tests/b.py has 600 lines, 100 over the limit of 500",
        "file sizes: 2 too long",
    ]
