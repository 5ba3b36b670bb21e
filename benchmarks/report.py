"""Results as tables: on the terminal, and in a document between the markers of their section."""

import os
import platform
import re
from pathlib import Path

import msgspec
import rich.table
from rich.console import Console

DOCUMENTS = Path(__file__).parent.parent / "docs"


class Table(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    columns: list[str]
    rows: list[list[str]]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    tables: list[Table]
    notes: list[str] = []
    """Sentences under the tables, such as what could not be measured."""
    document: str = "performance.md"


def show(section: Section) -> None:
    console = Console(width=150, markup=False)
    for table in section.tables:
        shown = rich.table.Table(*table.columns, title=table.title, title_justify="left")
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    for note in section.notes:
        console.print(note)


def write(section: Section, server_version: str) -> None:
    """Puts the section's tables between its markers. Raises ValueError when the document has no such markers."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version().rpartition('.')[0]}, {server_version}"
    body = f"Measured on: {machine}.\n\n{_markdown(section)}"
    path = DOCUMENTS / section.document
    path.write_text(_replace(path.read_text(), section, body))


def _markdown(section: Section) -> str:
    parts = []
    for table in section.tables:
        lines = [table.columns, ["---"] * len(table.columns), *table.rows]
        grid = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        parts.append(f"**{table.title}**\n\n{grid}\n")
    parts += [f"{note}\n" for note in section.notes]
    return "\n".join(parts)


def _replace(text: str, section: Section, body: str) -> str:
    name = section.name
    begin, end = f"<!-- {name}: written by make bench -->", f"<!-- end of {name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not found.search(text):
        raise ValueError(f"{section.document} has no place for the results of {name}: {begin} … {end}")
    return found.sub(lambda _: f"{begin}\n\n{body}\n{end}", text)
