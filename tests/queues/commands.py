"""What clients, associates and daemons do, as data: each command picks its subjects from what there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from duetime.router.associate import Presence
from duetime.router.errors import Refusal
from duetime.router.ids import AssociateId, ConversationId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.service.staff import AssociateChange
from tests.queues.documents import DOCUMENTS
from tests.queues.ledger import Ledger
from tests.queues.picture import Picture
from tests.world import World, associate, supervisor

PEOPLE = ("ana", "ben", "cem", "dee")
QUEUES = ("general", "billing", "fast", "late")
HELD = ("offered", "assigned", "wrap_up", "parked")


@dataclass
class Scene:
    """Where a command is carried out: by one daemon's parts, on what was seen last."""

    world: World
    picture: Picture
    ledger: Ledger

    def pick(self, number: int, *states: str) -> tuple[ConversationId, dict[str, str]]:
        """One of the conversations in these states, else any. Raises Refusal when there is none."""
        names = self.picture.in_states(*states) or sorted(self.picture.conversations)
        if not names:
            raise Refusal("There is no conversation yet.")
        name = names[number % len(names)]
        return ConversationId(name), self.picture.conversations[name]


@dataclass(frozen=True)
class Command:
    pick: int
    """Which of the conversations that it may be for."""

    async def run(self, scene: Scene) -> None:
        """Raises Refusal."""
        raise NotImplementedError

    @property
    def may_exceed(self) -> frozenset[str]:
        """Whose load it may leave above their capacity."""
        return frozenset()

    @property
    def is_one_transition(self) -> bool:
        """Whether at most one script changes anything."""
        return True


@dataclass(frozen=True)
class Write(Command):
    who: int
    channel: Channel
    text: str
    language: str | None
    plan: str
    verified: bool
    refers: bool
    again: bool

    async def run(self, scene: Scene) -> None:
        known = scene.ledger.inbound
        if self.again and known:
            external_id = sorted(known)[self.pick % len(known)]
            before = known[external_id]
            accepted = await scene.world.intake.receive(before.message)
            assert accepted.duplicate
            assert (accepted.conversation, accepted.number) == (before.conversation, before.number)
            return
        message = scene.world.message(
            self.text,
            who=f"contact-{self.who}",
            channel=self.channel,
            language=self.language,
            verified=self.verified,
            attributes={"plan": self.plan},
            conversation=scene.pick(self.pick)[0] if self.refers else None,
            external_id=scene.ledger.next_id(),
        )
        accepted = await scene.world.intake.receive(message)
        assert not accepted.duplicate
        scene.ledger.took_in(message, accepted)


@dataclass(frozen=True)
class Be(Command):
    who: str
    presence: Presence
    lease_s: int

    async def run(self, scene: Scene) -> None:
        await scene.world.staff.set_presence(supervisor(), AssociateId(self.who), self.presence, lease_s=self.lease_s)


@dataclass(frozen=True)
class Answer(Command):
    """Accept or decline, sometimes under a wrong name or number."""

    accept: bool
    who: str | None
    off_by: int

    async def run(self, scene: Scene) -> None:
        name, c = scene.pick(self.pick, "offered")
        actor = associate(self.who or c.get("holder", "ana"))
        offer = int(c.get("offer", 0)) - self.off_by
        if self.accept:
            await scene.world.desk.accept_offer(actor, name, offer)
        else:
            await scene.world.desk.decline_offer(actor, name, offer, "busy")


@dataclass(frozen=True)
class Say(Command):
    note: bool
    by_supervisor: bool
    again: bool

    async def run(self, scene: Scene) -> None:
        name, c = scene.pick(self.pick, "assigned", "wrap_up", "parked")
        client_id = scene.ledger.client_id(name, self.again)
        actor = supervisor() if self.by_supervisor else associate(c.get("holder", "ana"))
        say = scene.world.desk.add_note if self.note else scene.world.desk.reply
        scene.ledger.said(name, await say(actor, name, f"text of {client_id}", client_id), client_id)


@dataclass(frozen=True)
class Handle(Command):
    """Park, snooze, wake, close or finish."""

    how: str
    by_supervisor: bool

    async def run(self, scene: Scene) -> None:
        desk = scene.world.desk
        name, c = scene.pick(self.pick, *{"wake": ("parked",), "finish": ("wrap_up",)}.get(self.how, ("assigned",)))
        actor = supervisor() if self.by_supervisor else associate(c.get("holder", "ana"))
        does: dict[str, Callable[[], Awaitable[object]]] = {
            "park": lambda: desk.park(actor, name),
            "snooze": lambda: desk.park(actor, name, wake_at=scene.world.clock() + 40_000),
            "wake": lambda: desk.wake(actor, name),
            "close": lambda: desk.close(actor, name, disposition="done"),
            "finish": lambda: desk.finish_wrap_up(actor, name),
        }
        await does[self.how]()


@dataclass(frozen=True)
class Transfer(Command):
    to: str
    by_supervisor: bool

    async def run(self, scene: Scene) -> None:
        name, c = scene.pick(self.pick, *HELD, "waiting")
        actor = supervisor() if self.by_supervisor else associate(c.get("holder", "ana"))
        person = AssociateId(self.to) if self.to in PEOPLE else None
        briefing = scene.ledger.next_id()
        await scene.world.desk.transfer(
            actor, name, queue=None if person else QueueId(self.to), associate=person, briefing=briefing
        )
        scene.ledger.briefed(name, briefing)

    @property
    def is_one_transition(self) -> bool:
        return self.to in PEOPLE


@dataclass(frozen=True)
class Merge(Command):
    other: int
    by_supervisor: bool

    async def run(self, scene: Scene) -> None:
        name, c = scene.pick(self.pick, *HELD, "waiting")
        actor = supervisor() if self.by_supervisor else associate(c.get("holder", "ana"))
        await scene.world.desk.merge(actor, name, scene.pick(self.other)[0])


@dataclass(frozen=True)
class Split(Command):
    """One of those that were merged goes on for itself."""

    async def run(self, scene: Scene) -> None:
        merged = sorted(
            (name, c["merged_into"]) for name, c in scene.picture.conversations.items() if "merged_into" in c
        )
        if not merged:
            raise Refusal("Nothing was merged yet.")
        other, name = merged[self.pick % len(merged)]
        await scene.world.desk.split(supervisor(), ConversationId(name), ConversationId(other))


@dataclass(frozen=True)
class Assign(Command):
    who: str
    override: bool
    by_self: bool

    async def run(self, scene: Scene) -> None:
        name, _ = scene.pick(self.pick, "waiting") if self.by_self else scene.pick(self.pick, *HELD, "waiting")
        actor = associate(self.who) if self.by_self else supervisor()
        override = self.override and not self.by_self
        await scene.world.desk.assign(actor, name, AssociateId(self.who), override=override)

    @property
    def may_exceed(self) -> frozenset[str]:
        return frozenset({self.who})


@dataclass(frozen=True)
class Change(Command):
    """An associate learns, forgets, moves, or may do more or less at once."""

    who: str
    german: int
    money: int
    team: str
    units: int
    chats: int
    emails: int

    async def run(self, scene: Scene) -> None:
        skills = {SkillId(name): level for name, level in (("german", self.german), ("money", self.money)) if level}
        limits = {Channel.API: 3, Channel.SMS: 2, Channel.CHAT: self.chats, Channel.EMAIL: self.emails}
        change = AssociateChange(
            skills=skills, teams=frozenset({TeamId(self.team)}), capacity_units=self.units, limits=limits
        )
        await scene.world.staff.change(supervisor(), AssociateId(self.who), change, version=None)

    @property
    def may_exceed(self) -> frozenset[str]:
        return frozenset({self.who})

    @property
    def is_one_transition(self) -> bool:
        return False


@dataclass(frozen=True)
class Mark(Command):
    read: int

    async def run(self, scene: Scene) -> None:
        name, _ = scene.pick(self.pick)
        await scene.world.desk.mark(name, delivered=self.read + 1, read=self.read)


@dataclass(frozen=True)
class Prefer(Command):
    """Another priority."""

    priority: str

    async def run(self, scene: Scene) -> None:
        name, _ = scene.pick(self.pick, *HELD, "waiting")
        await scene.world.desk.set_priority(supervisor(), name, self.priority)


@dataclass(frozen=True)
class Apply(Command):
    """A second configuration, or the first one again."""

    document: int

    async def run(self, scene: Scene) -> None:
        await scene.world.apply(DOCUMENTS[self.document])

    @property
    def may_exceed(self) -> frozenset[str]:
        return frozenset(PEOPLE)

    @property
    def is_one_transition(self) -> bool:
        return False


picks = st.integers(0, 7)
people = st.sampled_from(PEOPLE)
writes = st.builds(
    Write,
    picks,
    who=st.integers(0, 11),
    channel=st.sampled_from(Channel),
    text=st.sampled_from(["hello", "an invoice", "quick one", "later please"]),
    language=st.sampled_from([None, None, "de"]),
    plan=st.sampled_from(["none", "none", "gold", "slow"]),
    verified=st.booleans(),
    refers=st.sampled_from([*[False] * 5, True]),
    again=st.sampled_from([False, False, False, False, True]),
)
merges = st.builds(Merge, picks, other=picks, by_supervisor=st.sampled_from([True, True, False]))
splits = st.builds(Split, picks)
presences = st.builds(
    Be, picks, who=people, presence=st.sampled_from(Presence), lease_s=st.sampled_from([0, 50, 86_400, 86_400])
)
arrivals = st.builds(Be, picks, who=people, presence=st.just(Presence.AVAILABLE), lease_s=st.just(86_400))
answers = st.builds(
    Answer,
    picks,
    accept=st.booleans(),
    who=st.sampled_from([*[None] * 12, *PEOPLE]),
    off_by=st.sampled_from([*[0] * 9, 1]),
)
sayings = st.builds(
    Say,
    picks,
    note=st.sampled_from([False, False, True]),
    by_supervisor=st.sampled_from([False, False, True]),
    again=st.sampled_from([False, False, True]),
)
handlings = st.builds(
    Handle,
    picks,
    how=st.sampled_from(["park", "snooze", "wake", "close", "finish"]),
    by_supervisor=st.booleans(),
)
transfers = st.builds(Transfer, picks, to=st.sampled_from([*QUEUES, *PEOPLE]), by_supervisor=st.booleans())
assignments = st.builds(Assign, picks, who=people, override=st.booleans(), by_self=st.booleans())
changes = st.builds(
    Change,
    picks,
    who=people,
    german=st.integers(0, 4),
    money=st.integers(0, 3),
    team=st.sampled_from(["support", "tech"]),
    units=st.integers(1, 6),
    chats=st.integers(0, 2),
    emails=st.integers(0, 1),
)
preferences = st.builds(Prefer, picks, priority=st.sampled_from(["gold", "normal", "slow"]))
marks = st.builds(Mark, picks, read=st.integers(0, 9))
applications = st.builds(Apply, picks, document=st.integers(0, 1))
anything: st.SearchStrategy[Command] = st.one_of(
    writes, writes, writes, presences, arrivals, answers, answers, sayings, handlings, transfers, assignments, changes,
    marks, preferences, applications, merges, splits,
)  # fmt: skip
