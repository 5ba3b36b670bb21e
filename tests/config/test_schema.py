"""The JSON Schema that editors check documents with."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from duetime.config.schema import json_schema
from duetime.config.settings import EXAMPLE_ROUTING

EVERY_KEY = Path(__file__).parents[2] / "examples" / "every_key.toml"
SMALLEST = 'default_queue = "general"\n[queues.general]\nname = "General"\n'


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", [EXAMPLE_ROUTING, EVERY_KEY], ids=lambda path: path.name)
def test_the_examples_are_valid(schema: Draft202012Validator, path: Path) -> None:
    assert list(schema.iter_errors(tomllib.loads(path.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[queue.x]\nname = 'X'", []),
        ("[queues.billing]\nname = 'X'\nroutes = []", ["queues", "billing"]),
        ("[queues.billing]", ["queues", "billing"]),
        ("[queues.billing]\nname = 'X'\noffer_timeout_s = 0", ["queues", "billing", "offer_timeout_s"]),
        ("[queues.billing]\nname = 'X'\noverload = 'panic'", ["queues", "billing", "overload"]),
        ("[queues.BILLING]\nname = 'X'", ["queues"]),
        ("[calendars.office]\nhours = { mon = ['9-17'] }", ["calendars", "office", "hours", "mon", 0]),
        ("[calendars.office]\nhours = { lunes = [] }", ["calendars", "office", "hours"]),
        ("[[triage]]\nname = 'A'\nwhen = { channel = 'fax' }", ["triage", 0, "when", "channel"]),
    ],
)
def test_it_finds_what_is_wrong_where_it_is(schema: Draft202012Validator, text: str, place: list[Any]) -> None:
    assert list(schema.iter_errors(tomllib.loads(SMALLEST))) == []
    assert [list(error.absolute_path) for error in schema.iter_errors(tomllib.loads(SMALLEST + text))] == [place]


def test_every_key_says_what_it_means(schema: Draft202012Validator) -> None:
    described = [
        (name, key, about["description"])
        for name, component in json_schema()["$defs"].items()
        for key, about in component.get("properties", {}).items()
    ]
    assert len(described) > 80
    assert [(name, key) for name, key, text in described if not text.endswith((".", '"office"'))] == []


def test_no_key_can_be_null(schema: Draft202012Validator) -> None:
    assert "null" not in str(json_schema())
    assert "None" not in str(json_schema())
