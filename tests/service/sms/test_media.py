"""Files of messages are fetched without harm; what could not be had is told to the associate."""

from pathlib import Path

import pytest

from duetime.config.settings import Outbound
from tests.service.http.api import FILE_BYTES, running_api
from tests.service.sms.office import Office, settings
from tests.service.sms.peer import running_peer

PICTURE = b"\x89PNG..."


def offer(office: Office, name: str = "one", content: bytes = PICTURE, content_type: str = "image/png") -> str:
    """The address of a file at the provider."""
    office.peer.media[f"/media/{name}"] = (content_type, content)
    return f"{office.peer.url}/media/{name}"


async def test_a_file_is_kept_with_its_message(office: Office) -> None:
    await office.write(
        "See this", media={offer(office): "image/png", offer(office, "two", b"v", "video/mp4"): "video/mp4"}
    )
    (message,) = await office.history()
    assert [(file.name, file.content_type) for file in message.attachments] == [
        ("file-1.png", "image/png"),
        ("file-2.mp4", "video/mp4"),
    ]
    assert await office.api.parts.attachments.get(message.attachments[0].key) == PICTURE
    assert message.remark is None


async def test_a_message_may_be_a_file_alone(office: Office) -> None:
    await office.write("", media={offer(office): "image/png"})
    (message,) = await office.history()
    assert (message.text, len(message.attachments)) == ("", 1)


async def test_the_accounts_credentials_go_to_its_provider_alone(office: Office) -> None:
    await office.write("", media={offer(office): "image/png"})
    await office.write("", media={f"{office.peer.elsewhere}/media/one": "image/png"})
    assert ["Authorization" in headers for headers in office.peer.media_asked] == [True, False]


async def test_a_file_that_is_too_large_is_told_and_the_message_taken(office: Office) -> None:
    large = offer(office, "large", b"x" * (FILE_BYTES + 1))
    await office.write("See this", media={large: "image/png", offer(office): "image/png"})
    (message,) = await office.history()
    assert len(message.attachments) == 1
    assert message.remark == f"Not kept: File 1: It is larger than {FILE_BYTES:,} bytes."


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/meta-data", "http://[::1]/x", "http://10.0.0.1/x", "http://localhost/x"],
)
async def test_an_address_inside_our_network_is_never_called(
    redis_url: str, workspace: str, tmp_path: Path, url: str
) -> None:
    async with (
        running_peer() as peer,
        running_api(redis_url, workspace, tmp_path, sms=settings(peer), outbound=Outbound()) as api,
    ):
        office = Office(api, peer)
        await office.write("See this", media={url: "image/png", offer(office): "image/png"})
        (message,) = await office.history()
        assert (message.attachments, peer.media_asked) == ((), [])
        assert message.remark is not None
        assert message.remark.count("not on the public internet") == 2


async def test_the_same_message_again_fetches_nothing(office: Office) -> None:
    for _ in range(3):
        await office.write("See this", sid="SM1", media={offer(office): "image/png"})
    assert len(office.peer.media_asked) == 1


async def test_a_picture_with_a_word_is_a_message(office: Office) -> None:
    await office.write("STOP", media={offer(office): "image/png"})
    assert (await office.the_conversation()).messages == 1


async def test_a_file_that_a_double_click_would_run_is_told_and_not_kept(office: Office) -> None:
    await office.write("See this", media={offer(office, "x", b"MZ", "application/x-msdownload"): "application/pdf"})
    (message,) = await office.history()
    assert [file.content_type for file in message.attachments] == ["application/pdf"]
    await office.write("And this", media={offer(office, "x", b"MZ", "application/x-msdownload"): ""})
    _, message = await office.history()
    assert (message.attachments, message.remark) == ((), "Not kept: File 1: It is of a type that is not taken.")


async def test_a_file_that_a_browser_would_run_is_for_saving_only(office: Office) -> None:
    script = offer(office, "page", b"<script>alert(1)</script>", "text/html")
    await office.write("See this", media={script: "text/html"})
    found = await office.the_conversation()
    path = f"/v1/conversations/{found.id}/messages/1/attachments"
    (file,) = (await office.api.get(path, office.api.supervisor)).body
    async with office.api.session.get(office.api.url + file["link"]) as response:
        assert response.headers["Content-Type"] == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment")
