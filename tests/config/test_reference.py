"""The generated reference has every key, with an example that works."""

import re
import tomllib
from typing import Any

import pytest

from duetime.config.build import load_routing
from duetime.config.check import check_routing
from duetime.config.document import Document
from duetime.config.reference import PAGE, ROUTING_EXAMPLE, SETTINGS_EXAMPLE, Table, page, tables, uncommented
from duetime.config.settings import Settings, load_settings

TEXT = ROUTING_EXAMPLE.read_text(encoding="utf-8")
ROUTING_TABLES = list(tables(Document))


def test_the_page_is_up_to_date() -> None:
    made = PAGE.read_text(encoding="utf-8") == page()
    assert made, "run: python -m duetime.config.reference"


def test_the_example_of_every_key_has_no_problems() -> None:
    assert check_routing(TEXT) == []
    assert load_routing(TEXT).queues


def rows(table: Table) -> list[list[str]]:
    """The cells of a table of the page."""
    kind = Settings if table in list(tables(Settings)) else Document
    head, _, routing = page().partition("## Routing configuration\n")
    title = f"### `{table.header}`\n" if table.path else f"### {table.header.capitalize()}\n"
    body = (head if kind is Settings else routing).partition(title)[2].partition("\n### ")[0]
    lines = [line for line in body.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("table", ROUTING_TABLES, ids=lambda table: table.header)
def test_every_key_has_a_kind_a_default_a_meaning_and_an_example(table: Table) -> None:
    found = rows(table)
    assert found
    for key, kind, _default, example, meaning in found:
        assert kind, key
        assert meaning.endswith((".", '"')), key
        assert example, f"{key} of {table.header} is missing in {ROUTING_EXAMPLE.name}"


@pytest.mark.parametrize("table", list(tables(Settings)), ids=lambda table: table.header)
def test_every_setting_has_an_example_and_a_meaning(table: Table) -> None:
    for key, kind, _default, example, meaning in rows(table):
        assert all((kind, example, meaning)), key


def test_the_examples_are_toml() -> None:
    for table in ROUTING_TABLES:
        for key, _, default, example, _ in rows(table):
            for text in (default, example):
                if text.startswith("`"):
                    assert tomllib.loads(f"{key.strip('`')} = {text.strip('`')}") != {}


def test_the_settings_with_every_key_load(tmp_path: Any) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(uncommented(SETTINGS_EXAMPLE.read_text(encoding="utf-8")).replace("url_file", "# url_file"))
    assert load_settings(path, {}).stop.quiet_s == 0
