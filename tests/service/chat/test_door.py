"""Pages of other origins can neither connect nor read, unless the endpoint names them."""

import aiohttp
import msgspec
import pytest

from duetime.config.chat_settings import Chat
from duetime.config.settings import Settings
from duetime.service.sockets.frames import CLOSE_UNKNOWN
from tests.service.chat.site import EVIL, SHOP, Page
from tests.service.sockets.office import CONSOLE, Office, open_office

ROUTES = [
    ("GET", "/v1/chat/config?endpoint={endpoint}", None),
    ("POST", "/v1/chat/poll", {"endpoint": "{endpoint}"}),
    ("POST", "/v1/chat/send", {"endpoint": "{endpoint}", "resume_token": "x", "frames": [{"type": "ping", "id": "1"}]}),
    ("POST", "/v1/chat/files?endpoint={endpoint}&name=a.png", None),
]
each_route = pytest.mark.parametrize(("method", "path", "body"), ROUTES)


def filled_in(path: str, body: dict[str, object] | None, endpoint: str) -> tuple[str, dict[str, object] | None]:
    return path.format(endpoint=endpoint), body and {**body, "endpoint": endpoint}


@each_route
@pytest.mark.parametrize(
    ("origin", "endpoint"),
    [(EVIL, "web"), (CONSOLE, "web"), ("null", "web"), (SHOP, "help"), (SHOP, "nowhere"), ("http://[", "web")],
)
async def test_a_page_that_may_not_ask_can_read_nothing(
    office: Office, method: str, path: str, body: dict[str, object] | None, origin: str, endpoint: str
) -> None:
    path, body = filled_in(path, body, endpoint)
    answer = await Page(office.sockets.session, office.sockets.url, origin).ask(method, path, body)
    assert answer.status == (404 if endpoint == "nowhere" else 403)
    assert not answer.may_be_read
    assert answer.headers["Vary"] == "Origin"
    assert "resume_token" not in answer.raw.decode()


@each_route
async def test_a_page_that_may_ask_reads_refusals_too(
    office: Office, method: str, path: str, body: dict[str, object] | None
) -> None:
    for origin, endpoint in ((SHOP, "web"), (office.sockets.url, "help"), (EVIL, "open"), ("null", "open")):
        filled_path, filled_body = filled_in(path, body, endpoint)
        page = Page(office.sockets.session, office.sockets.url, origin)
        answer = await page.ask(method, filled_path, filled_body)
        assert answer.status in (200, 401), (origin, answer.raw)
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


async def test_a_program_that_is_no_browser_is_let_in(page: Page) -> None:
    answer = await page.ask("GET", "/v1/chat/config?endpoint=help")
    assert (answer.status, answer.may_be_read) == (200, False)


@each_route
async def test_a_browser_that_asks_first_is_answered(
    office: Office, method: str, path: str, body: dict[str, object] | None
) -> None:
    where = path.format(endpoint="web")
    told = await Page(office.sockets.session, office.sockets.url, SHOP).ask("OPTIONS", where)
    assert told.status == 204
    assert told.headers["Access-Control-Allow-Origin"] == SHOP
    assert told.headers["Access-Control-Allow-Methods"] == method
    assert told.headers["Access-Control-Allow-Headers"] == "authorization, content-type"


@each_route
async def test_what_the_browser_asks_first_does_not_decide(
    office: Office, method: str, path: str, body: dict[str, object] | None
) -> None:
    # One chat is open to every origin, and a preflight does not say in its body for which one it asks.
    page = Page(office.sockets.session, office.sockets.url, EVIL)
    told = await page.ask("OPTIONS", path.format(endpoint="web"))
    sent = await page.ask(method, *filled_in(path, body, "web"))
    assert (told.status, sent.status, sent.may_be_read) == (204, 403, False)


async def test_where_no_chat_is_open_to_all_a_foreign_page_is_refused_when_its_browser_asks(settings: Settings) -> None:
    chats = {name: chat for name, chat in settings.chat.endpoints.items() if name != "open"}
    strict = msgspec.structs.replace(settings, chat=Chat(endpoints=chats))
    async with open_office(strict) as office:
        page = Page(office.sockets.session, office.sockets.url, EVIL)
        for _, path, _ in ROUTES:
            told = await page.ask("OPTIONS", path.format(endpoint="web"))
            assert (told.status, told.may_be_read) == (403, False)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await office.sockets.chat(headers={"Origin": EVIL})
        assert refusal.value.status == 403


async def test_a_foreign_page_that_reached_the_socket_learns_nothing(office: Office) -> None:
    client = await office.sockets.raw("/v1/chat", Origin=EVIL)
    await client.send(type="hello", endpoint="web")
    assert await client.ended() == CLOSE_UNKNOWN
    assert [frame["type"] for frame in client.frames] == ["error"]
