"""docs/frames.md is the whole of what the sockets say: every frame and event is there, and its examples are
real."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from duetime.router.events import EventType
from duetime.service.sockets import chat_frames, desk_frames, frames
from duetime.service.sockets.frames import ClientFrame, ServerFrame

TEXT = (Path(__file__).parents[3] / "docs" / "frames.md").read_text()
COMMON, _, _rest = TEXT.partition("\n## The desk")
DESK, _, CHAT = _rest.partition("\n## The chat")
BASES = {frames.ClientFrame, frames.ServerFrame, desk_frames.Request}


def classes(module: Any, base: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, base) and value not in BASES
    ]


def tag(frame: type[msgspec.Struct]) -> str:
    return str(frame.__struct_config__.tag)


def examples(text: str) -> list[dict[str, Any]]:
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    return [msgspec.json.decode(line) for block in blocks for line in block.splitlines()]


def is_example_of(example: dict[str, Any], frame: type[msgspec.Struct]) -> bool:
    try:
        decoded = msgspec.convert(example, frame, str_keys=True)
    except msgspec.ValidationError:
        return False
    unknown = example.keys() - {"type", *frame.__struct_fields__}
    return not unknown and msgspec.to_builtins(decoded)["type"] == example["type"]


SECTIONS = [
    (COMMON, frames, ServerFrame),
    (DESK, desk_frames, ClientFrame),
    (DESK, desk_frames, ServerFrame),
    (CHAT, chat_frames, ClientFrame),
    (CHAT, chat_frames, ServerFrame),
]
FRAMES = [
    pytest.param(text, frame, id=f"{module.__name__.rsplit('.', 1)[1]}-{frame.__name__}")
    for text, module, base in SECTIONS
    for frame in classes(module, base)
    if frame.__module__ == module.__name__
]


@pytest.mark.parametrize(("text", "frame"), FRAMES)
def test_every_frame_has_an_example(text: str, frame: type[msgspec.Struct]) -> None:
    assert any(is_example_of(example, frame) for example in examples(text)), tag(frame)


@pytest.mark.parametrize(("text", "frame"), FRAMES)
def test_every_field_is_named(text: str, frame: type[msgspec.Struct]) -> None:
    missing = [name for name in frame.__struct_fields__ if f"`{name}`" not in TEXT and f'"{name}"' not in text]
    assert not missing


@pytest.mark.parametrize("text", [COMMON, DESK, CHAT], ids=["common", "desk", "chat"])
def test_every_example_is_a_frame(text: str) -> None:
    known = [frame for _, module, base in SECTIONS for frame in classes(module, base)]
    strange = [example for example in examples(text) if not any(is_example_of(example, frame) for frame in known)]
    assert examples(text)
    assert not strange


def test_no_two_frames_of_one_direction_have_the_same_type() -> None:
    for _, module, base in SECTIONS:
        tags = [tag(frame) for frame in classes(module, base)]
        assert len(tags) == len(set(tags))


@pytest.mark.parametrize("event_type", list(EventType))
def test_every_event_is_listed(event_type: EventType) -> None:
    assert f"| `{event_type.value}` |" in DESK


def test_every_close_code_is_explained() -> None:
    codes = [value for name, value in vars(frames).items() if name.startswith("CLOSE_")]
    assert codes
    assert all(re.search(rf"^\| {code} \|", COMMON, re.MULTILINE) for code in codes)
