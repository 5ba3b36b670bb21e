"""Everything that Duetime keeps in Redis for one workspace, in one place to hold."""

import asyncio
from collections.abc import Callable

from duetime.queues.associates import AssociateCalls
from duetime.queues.chat_sessions import ChatSessions
from duetime.queues.configs import Configs
from duetime.queues.connection import Pipeline
from duetime.queues.contacts import Contacts
from duetime.queues.conversations import ConversationCalls
from duetime.queues.journal import Journal
from duetime.queues.keys import root
from duetime.queues.leases import Leases
from duetime.queues.lines import Lines
from duetime.queues.merging import Merging
from duetime.queues.message_parts import MessageParts
from duetime.queues.opt_outs import OptOuts
from duetime.queues.outbox import Outbox
from duetime.queues.pace import Pace
from duetime.queues.positions import Positions
from duetime.queues.scripts import Scripts
from duetime.queues.secrets import Secrets
from duetime.queues.timers import Timers
from duetime.queues.tokens import Tokens
from duetime.queues.topology import Topology
from duetime.queues.views import Views
from duetime.queues.waiting import Waiting


class Store:
    """Made by the composition root; two connections, one of which only follows the journal."""

    def __init__(self, pipeline: Pipeline, tail: Pipeline, workspace: str, clock: Callable[[], int]) -> None:
        self.pipeline = pipeline
        self._tail = tail
        self.root = root(workspace)
        self.clock = clock
        scripts = Scripts(pipeline, self.root)
        self.conversations = ConversationCalls(scripts)
        self.merging = Merging(scripts)
        self.associates = AssociateCalls(scripts)
        self.timers = Timers(scripts)
        self.journal = Journal(pipeline, tail, self.root, clock)
        self.views = Views(pipeline, scripts, self.root, clock)
        self.waiting = Waiting(pipeline, self.root)
        self.contacts = Contacts(pipeline, scripts, self.root, clock)
        self.tokens = Tokens(pipeline, self.journal, self.root)
        self.configs = Configs(pipeline, scripts, self.root, clock)
        self.topology = Topology(pipeline, scripts, self.root, clock)
        self.chat_sessions = ChatSessions(pipeline, self.root)
        self.lines = Lines(pipeline, self.root)
        self.outbox = Outbox(pipeline, scripts, self.root)
        self.positions = Positions(pipeline, scripts, self.root)
        self.opt_outs = OptOuts(pipeline, scripts, self.root)
        self.pace = Pace(scripts)
        self.message_parts = MessageParts(scripts)
        self.leases = Leases(scripts)
        self.secrets = Secrets(pipeline, self.root)

    async def ping(self) -> None:
        """Raises ServerLost when Redis does not answer."""
        await self.pipeline.call("PING")

    async def close(self) -> None:
        await asyncio.gather(self.pipeline.close(), self._tail.close())
