"""The versions of the routing configuration."""

import asyncio

import pytest

from duetime.config.build import load_routing
from duetime.queues import configs
from duetime.router.errors import Stale
from tests.queues.conftest import DOCUMENT
from tests.world import World


async def apply(world: World, why: str, *, current: int, document: str = DOCUMENT) -> int:
    changes = [f"{why} changed"]
    routing = load_routing(document)
    return await world.store.configs.apply(document, routing, current=current, who="ana", why=why, changes=changes)


async def test_a_version_says_who_when_why_and_what_changed(world: World) -> None:
    world.clock.advance(60)
    assert await apply(world, "more people", current=1, document=f"# 2\n{DOCUMENT}") == 2
    found = await world.store.configs.current()
    assert found is not None
    assert (found.version, found.who, found.why, found.at) == (2, "ana", "more people", world.clock())
    assert found.changes == ["more people changed"]
    assert found.document == f"# 2\n{DOCUMENT}"


async def test_older_versions_stay_with_their_documents(world: World) -> None:
    await apply(world, "second", current=1, document=f"# 2\n{DOCUMENT}")
    first = await world.store.configs.version(1)
    assert first is not None
    assert first.document == DOCUMENT
    assert await world.store.configs.version(3) is None


async def test_versions_are_listed_newest_first_in_pages(world: World) -> None:
    for version in range(1, 5):
        await apply(world, f"change {version + 1}", current=version)
    newest = await world.store.configs.versions(limit=2)
    assert [(note.version, note.why) for note in newest] == [(5, "change 5"), (4, "change 4")]
    rest = await world.store.configs.versions(before=4, limit=20)
    assert [note.version for note in rest] == [3, 2, 1]
    assert await world.store.configs.versions(before=1, limit=20) == []


async def test_of_two_who_apply_at_once_one_is_refused(world: World) -> None:
    outcomes = await asyncio.gather(
        apply(world, "one", current=1), apply(world, "two", current=1), return_exceptions=True
    )
    assert sorted(map(type, outcomes), key=str) == [Stale, int]
    assert [note.version for note in await world.store.configs.versions()] == [2, 1]


async def test_only_so_many_versions_are_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configs, "VERSIONS_MAX", 3)
    for version in range(1, 6):
        await apply(world, "again", current=version)
    assert [note.version for note in await world.store.configs.versions()] == [6, 5, 4]


async def test_how_far_associates_are_introduced_only_goes_on_from_where_it_was(world: World) -> None:
    store = world.store.configs
    assert await store.introduced() == 0
    assert await store.mark_introduced(0, 2)
    assert not await store.mark_introduced(0, 3)
    assert await store.introduced() == 2
    assert await store.mark_introduced(2, 3)
    # One that was slower makes the newer one's work start over after its own.
    assert await store.mark_introduced(0, 1)
    assert await store.introduced() == 1


async def test_what_was_last_taken_from_a_file_is_remembered(world: World) -> None:
    store = world.store.configs
    assert await store.origin("/etc/routing.toml") is None
    await store.remember_origin("/etc/routing.toml", "abc")
    assert await store.origin("/etc/routing.toml") == "abc"
    assert await store.origin("/etc/other.toml") is None
