"""The attachment store, on a real folder and in memory."""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace
from obstore.store import MemoryStore, S3Store

from duetime.config.settings import Attachments
from duetime.router.errors import NotFound, NotReady, RefusedType, TooLarge
from duetime.service.attachments import AttachmentStore, open_store
from tests.service.s3 import BUCKET, s3_server
from tests.waiting import wait_until

SMALL = Attachments(file_bytes=1024 * 1024)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["folder", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AttachmentStore:
    if request.param == "memory":
        return AttachmentStore(MemoryStore(), SMALL)
    if request.param == "folder":
        return open_store(SMALL, tmp_path)
    for name, value in (
        ("ENDPOINT_URL", request.getfixturevalue("s3")),
        ("ACCESS_KEY_ID", "me"),
        ("SECRET_ACCESS_KEY", "x"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    folder = sha256(request.node.name.encode()).hexdigest()[:8]
    return open_store(replace(SMALL, url=f"s3://{BUCKET}/{folder}"), tmp_path)


async def read(store: AttachmentStore, key: str) -> bytes:
    stored = await store.stream(key)
    content = b"".join([chunk async for chunk in stored.chunks])
    assert len(content) == stored.size_bytes
    return content


async def test_what_was_put_is_got_by_its_key(store: AttachmentStore) -> None:
    kept = await store.put("cv_1/in", b"hello", "Bill.PDF", "Application/PDF; name=x", "logo@shop")
    assert kept.key == f"cv_1/in/{sha256(b'hello').hexdigest()}"
    assert (kept.name, kept.content_type, kept.size_bytes) == ("Bill.PDF", "application/pdf", 5)
    assert kept.content_id == "logo@shop"
    assert await store.get(kept.key) == await read(store, kept.key) == b"hello"


async def test_a_file_of_many_pieces_comes_whole(store: AttachmentStore) -> None:
    content = bytes(range(256)) * 4096
    kept = await store.put("cv_1", content, "big.bin", None)
    assert await read(store, kept.key) == content


async def test_the_same_file_in_the_same_folder_is_one_object(store: AttachmentStore) -> None:
    first = await store.put("cv_1", b"same", "a.txt", "text/plain")
    again = await store.put("cv_1", b"same", "b.txt", "text/plain")
    elsewhere = await store.put("cv_2", b"same", "a.txt", "text/plain")
    assert first.key == again.key != elsewhere.key
    await store.delete_folder("cv_1")
    assert await store.get(elsewhere.key) == b"same"


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("a.exe", "application/pdf"),
        ("invoice.pdf.exe", ""),
        ("INVOICE.EXE", ""),
        ("a.exe.", ""),
        ("a.exe . ", ""),
        ("a.exe\x00", ""),
        ("a.ex\u200ce", ""),
        ("a.\uff45\uff58\uff45", ""),
        ("photo\u202egpj.exe", "image/jpeg"),
        ("a.exe::$DATA", ""),
        ("a.exe:b.txt", ""),
        ("folder/..\\a.exe", ""),
        ("x" * 196 + ".exe" + "y" * 300, ""),
        ("a.settingcontent-ms", ""),
        ("a", "Application/X-MSDownload; name=a.pdf"),
        (None, "application/x-msdownload"),
    ],
)
async def test_what_a_double_click_would_run_is_refused(store: AttachmentStore, name: str | None, media: str) -> None:
    with pytest.raises(RefusedType, match="not taken"):
        await store.put("cv_1", b"MZ", name, media)


@pytest.mark.parametrize("name", ["a.exe.pdf", "exe", ".exe", "a.exec", "a.js.txt", "a", "a: b.pdf"])
async def test_what_only_sounds_like_a_program_is_taken(store: AttachmentStore, name: str) -> None:
    assert (await store.put("cv_1", b"x", name, "text/plain")).size_bytes == 1


async def test_the_settings_say_what_is_refused(tmp_path: Path) -> None:
    store = open_store(Attachments(refused_extensions=("zip",), refused_types=("image/gif",)), tmp_path)
    assert (await store.put("cv_1", b"x", "a.exe", None)).name == "a.exe"
    for name, media in [("a.zip", None), ("a", "image/gif")]:
        with pytest.raises(RefusedType):
            await store.put("cv_1", b"x", name, media)


async def test_a_file_that_was_taken_cannot_be_called_a_program_later(store: AttachmentStore) -> None:
    kept = await store.put("cv_1", b"MZ", "a.txt", "text/plain")
    with pytest.raises(RefusedType, match=r"\.exe"):
        await store.describe(kept.key, "a.exe", "text/plain")


async def test_what_we_make_ourselves_may_be_of_any_size(store: AttachmentStore) -> None:
    content = bytes(SMALL.file_bytes + 1)
    assert await store.get(await store.keep("raw/support", content)) == content


async def test_erasing_a_folder_erases_all_in_it_and_nothing_beside_it(store: AttachmentStore) -> None:
    gone = [await store.put(folder, b"x", "x", None) for folder in ("cv_1", "cv_1/in/3", "cv_1/sent")]
    stays = [await store.put(folder, b"x", "x", None) for folder in ("cv_10", "cv_2/cv_1")]
    await store.delete_folder("cv_1")
    await store.delete_folder("cv_1")
    for kept in gone:
        with pytest.raises(NotFound):
            await store.get(kept.key)
    assert [await store.get(kept.key) for kept in stays] == [b"x", b"x"]


async def test_what_is_older_than_a_moment_is_swept(store: AttachmentStore, tmp_path: Path) -> None:
    kept = await store.put("raw/support", b"mail", None, "message/rfc822")
    assert await store.delete_older("raw", 0) == 0
    assert await store.get(kept.key) == b"mail"
    assert await store.delete_older("raw", 2**52) == 1
    with pytest.raises(NotFound):
        await store.get(kept.key)


async def test_a_file_that_is_too_large_is_refused_with_the_limit(store: AttachmentStore) -> None:
    with pytest.raises(TooLarge, match="1048576 bytes"):
        await store.put("cv_1", bytes(1024 * 1024 + 1), "a", None)


@pytest.mark.parametrize(
    "key", ["", "/", "..", "cv_1", "../../etc/passwd", f"../{'a' * 64}", f"a//{'a' * 64}", f"a/{'A' * 64}", "a/" * 20]
)
async def test_a_key_that_is_none_names_nothing(store: AttachmentStore, key: str) -> None:
    for asked in (store.get(key), store.stream(key), store.describe(key, "x", None)):
        with pytest.raises(NotFound):
            await asked


@pytest.mark.parametrize("folder", ["", ".", "..", "a/../b", "/a", "a/", "a b", "a\nb", ".git", "a//b"])
async def test_nothing_is_kept_or_erased_outside_a_folder(store: AttachmentStore, folder: str) -> None:
    with pytest.raises(ValueError, match="no folder"):
        await store.put(folder, b"x", "x", None)
    with pytest.raises(ValueError, match="no folder"):
        await store.delete_folder(folder)


async def test_the_name_of_a_file_is_never_part_of_its_place(store: AttachmentStore, tmp_path: Path) -> None:
    kept = await store.put("cv_1", b"x", "../../../../tmp/evil.sh", None)
    assert kept.name == "evil.sh"
    assert "evil" not in kept.key


async def test_a_file_is_described_by_what_is_stored(store: AttachmentStore) -> None:
    kept = await store.put("cv_1", b"12345", "a.txt", "text/plain")
    assert await store.describe(kept.key, "b/\u202ec.txt", "text/html; x") == type(kept)(
        key=kept.key, name="c.txt", content_type="text/html", size_bytes=5
    )
    with pytest.raises(NotFound):
        await store.describe(f"cv_2/{'0' * 64}", "a", None)


async def test_many_at_once_are_all_kept(store: AttachmentStore) -> None:
    contents = [str(number).encode() for number in range(50)]
    kept = await asyncio.gather(*(store.put("cv_1", content, "n", None) for content in contents))
    assert [await store.get(one.key) for one in kept] == contents


async def test_the_folder_of_the_settings_is_made_for_us_alone(tmp_path: Path) -> None:
    for settings, folder in [
        (Attachments(), tmp_path / "data" / "attachments"),
        (Attachments(url=f"file://{tmp_path}/other"), tmp_path / "other"),
    ]:
        kept = await open_store(settings, tmp_path / "data").put("cv_1", b"x", "x", None)
        assert (folder / kept.key).read_bytes() == b"x"
        assert folder.stat().st_mode & 0o077 == 0


async def test_a_folder_that_cannot_be_made_is_told_when_starting(tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("a file")
    with pytest.raises(FileExistsError):
        open_store(Attachments(), tmp_path)


async def test_a_store_in_the_s3_way_is_made_from_its_url_and_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in [("REGION", "eu-central-1"), ("ACCESS_KEY_ID", "id"), ("SECRET_ACCESS_KEY", "secret")]:
        monkeypatch.setenv(f"AWS_{name}", value)
    made = open_store(Attachments(url="s3://bucket/some/prefix"), tmp_path)._objects
    assert isinstance(made, S3Store)
    assert (made.config["bucket"], made.prefix) == ("bucket", "some/prefix")
    assert not (tmp_path / "attachments").exists()


async def test_what_an_s3_store_is_asked_goes_to_its_endpoint_and_its_absence_is_no_fault_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for name, value in [
        ("ENDPOINT_URL", f"http://127.0.0.1:{port}"),
        ("REGION", "here"),
        ("ACCESS_KEY_ID", "id"),
        ("SECRET_ACCESS_KEY", "hush"),
    ]:
        monkeypatch.setenv(f"AWS_{name}", value)
    store = open_store(Attachments(url="s3://bucket/prefix"), tmp_path)
    with pytest.raises(NotReady) as refused:
        await store.put("cv_1", b"x", "x", None)
    await wait_until(lambda: asked)
    assert asked[0].startswith(f"PUT /bucket/prefix/cv_1/{sha256(b'x').hexdigest()} ".encode())
    assert "127.0.0.1" not in refused.value.detail
    server.close()
    await server.wait_closed()
