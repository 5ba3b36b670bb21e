"""What goes on at the daemon while a visitor writes."""

from tests.daemon import Daemon
from tests.journeys.desk import accept
from tests.service.sockets.clients import DeskClient
from tests.waiting import wait_until


async def only_conversation(office: Daemon) -> str:
    """Wait until somebody's message is stored."""

    async def found() -> str | None:
        conversations = (await office.get("/v1/conversations"))["conversations"]
        return conversations[0]["id"] if conversations else None

    return await wait_until(found)


async def answered(office: Daemon, name: str = "ana") -> tuple[DeskClient, str]:
    """An associate sits down and takes the only conversation."""
    conversation = await only_conversation(office)
    desk = await office.desk(name)
    await accept(desk, conversation)
    return desk, conversation


async def stored(office: Daemon) -> list[str]:
    """The texts of the only conversation."""
    conversation = await only_conversation(office)
    return [message["text"] for message in await office.get(f"/v1/conversations/{conversation}/messages")]
