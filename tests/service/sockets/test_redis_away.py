"""When Redis goes and comes back, the sockets stay and catch up by themselves."""

import asyncio
from pathlib import Path
from typing import Any

from duetime.router.ids import ConversationId
from duetime.router.message import Author
from duetime.service.hints import Typing
from tests.servers import own_server
from tests.service.chat.site import Page
from tests.service.sockets.clients import ChatClient
from tests.service.sockets.office import Office, open_office, settings_for
from tests.waiting import wait_until


async def hint_arrives(office: Office, visitor: ChatClient, conversation: ConversationId) -> bool:
    hint = Typing(conversation=conversation, author=Author.ASSOCIATE, associate=None, source="")
    await office.parts.hints.publish(hint)
    return any(frame["type"] == "typing" for frame in visitor.frames)


async def test_desks_and_visitors_catch_up_after_a_restart_of_redis(tmp_path: Path) -> None:
    async with own_server(tmp_path / "data") as server, open_office(settings_for(server.url, "w", tmp_path)) as office:
        ana = await office.desk("ana", presence="available")
        visitor = await office.sockets.chat()
        conversation = await office.talk(ana, visitor)
        server.kill()
        await server.start()
        reply: dict[str, Any] = {"conversation": conversation, "text": "after the restart", "client_id": "c1"}

        async def sent() -> bool:
            return bool((await ana.ask("reply", **reply))["ok"])

        await wait_until(sent, 10, what="a reply that is taken")
        await visitor.text("after the restart")
        await ana.event("MessageSent", conversation=conversation)
        await visitor.do("message", text="and back")
        await ana.event("MessageReceived", conversation=conversation)
        await wait_until(lambda: hint_arrives(office, visitor, conversation), 10, what="hints")
        cursors = [event["cursor"] for event in ana.events]
        assert cursors == sorted(set(cursors))
        assert visitor.texts == ["hello", "after the restart", "and back"]


async def test_while_redis_is_away_a_request_is_answered_as_not_ready(tmp_path: Path) -> None:
    async with own_server(tmp_path / "data") as server, open_office(settings_for(server.url, "w", tmp_path)) as office:
        ana = await office.desk("ana")
        visitor = await office.sockets.chat()
        page = Page(office.sockets.session, office.sockets.url, office.sockets.url)
        known = {"endpoint": "web", "resume_token": visitor.welcome["resume_token"]}
        server.kill()
        *answers, poll, batch = await asyncio.gather(
            ana.ask("set_presence", presence="away", within_s=15),
            visitor.ask("message", text="hello", within_s=15),
            page.ask("POST", "/v1/chat/poll", {**known, "wait_s": 20}),
            page.ask("POST", "/v1/chat/send", {**known, "frames": [{"type": "message", "id": "m1", "text": "hello"}]}),
        )
        assert [answer["error"]["code"] for answer in answers] == ["not_ready", "not_ready"]
        assert [(answer.status, answer.may_be_read) for answer in (poll, batch)] == [(503, True)] * 2
        await server.start()
