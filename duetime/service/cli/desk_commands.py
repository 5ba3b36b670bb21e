"""The words that an associate types at a desk, as typed commands. No I/O.

A line whose first word is no command is a reply. One whose first word is a command but whose rest does not
fit it is refused and not sent: "close the window, please" must neither close a conversation nor be guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from duetime.router.associate import Presence
from duetime.service.cli.exits import Refused
from duetime.service.cli.terminal import parse_span

_SLASHED: Final = re.compile(r"/[A-Za-z]+$")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


class NotUnderstood(Refused):
    """The line is no command and no reply; the message says why, and nothing was done."""


@dataclass(frozen=True)
class Command:
    """One line, understood. What a verb does not use stays as it is here."""

    verb: str
    text: str = ""
    """The text of a reply or note, the reason of a decline, the briefing of a transfer."""
    number: int | None = None
    """Which conversation, by its number at the desk; None: the current one, or the only one that fits."""
    duration_s: int | None = None
    word: str | None = None
    """A disposition, presence, queue, associate (with ``@``) or conversation id."""


@dataclass(frozen=True)
class Verb:
    usage: str
    help: str
    parse: Callable[[str, str], Command]


def parse_command(line: str) -> Command | None:
    """The command in a line, None for an empty one. Raises NotUnderstood."""
    line = line.strip()
    if not line:
        return None
    verb, _, rest = line.partition(" ")
    known = VERBS.get(verb.lower())
    if known is None and _SLASHED.match(verb):
        # Elsewhere such words are commands, so it is hardly meant for the contact.
        hint = f"it is written without the slash: `{verb[1:].lower()}`" if verb[1:].lower() in VERBS else "try `help`"
        raise NotUnderstood(f"`{verb}` is no command; {hint}. Put `reply` before the line to send it as it is.")
    if known is None:
        return Command("reply", line)
    try:
        return known.parse(verb.lower(), rest.strip())
    except ValueError as error:
        raise NotUnderstood(
            f"{error} Write `{known.usage}`, or put `reply` before the line to send it as it is."
        ) from error


def _bare(verb: str, rest: str) -> Command:
    if rest:
        raise ValueError(f"`{verb}` stands alone.")
    return Command(verb)


def _text(verb: str, rest: str) -> Command:
    if not rest:
        raise ValueError(f"`{verb}` needs a text.")
    return Command(verb, rest)


def _number(verb: str, rest: str) -> Command:
    return Command(verb, number=_as_number(rest) if rest else None)


def _which(verb: str, rest: str) -> Command:
    return Command(verb, number=_as_number(rest))


def _decline(verb: str, rest: str) -> Command:
    first, _, reason = rest.partition(" ")
    if first.removeprefix("#").isdecimal():
        return Command(verb, reason.strip(), number=_as_number(first))
    return Command(verb, rest)


def _duration(verb: str, rest: str) -> Command:
    return Command(verb, duration_s=parse_span(rest) if rest else None)


def _disposition(verb: str, rest: str) -> Command:
    if rest and not _WORD.fullmatch(rest):
        raise ValueError("A disposition is one word of small letters, digits, - and _.")
    return Command(verb, word=rest or None)


def _presence(verb: str, rest: str) -> Command:
    choices = [presence.value for presence in Presence]
    if rest not in choices:
        raise ValueError(f"A presence is one of {', '.join(choices)}.")
    return Command(verb, word=rest)


def _transfer(verb: str, rest: str) -> Command:
    target, _, briefing = rest.partition(" ")
    if not _WORD.fullmatch(target.removeprefix("@")):
        raise ValueError("Say to which queue, or to which @associate.")
    return Command(verb, briefing.strip(), word=target)


def _take(verb: str, rest: str) -> Command:
    if not rest.startswith("cv_"):
        raise ValueError("`waiting` shows the ids of what can be taken.")
    return Command(verb, word=rest)


def _other(verb: str, rest: str) -> Command:
    """By its number at the desk, or by its id."""
    return Command(verb, word=rest) if rest.startswith("cv_") else Command(verb, number=_as_number(rest))


def _as_number(text: str) -> int:
    digits = text.removeprefix("#")
    if not digits.isdecimal() or len(digits) > 9:
        raise ValueError("The conversations at this desk have numbers: `list` shows them.")
    return int(digits)


VERBS: Final = {
    "accept": Verb("accept [N]", "take an offer: the one that ends first, or number N", _number),
    "decline": Verb("decline [N] [REASON]", "give an offer back", _decline),
    "reply": Verb("reply TEXT", "answer the current conversation; a line that is no command does the same", _text),
    "note": Verb("note TEXT", "write what only associates see", _text),
    "park": Verb("park [10m]", "set it aside for a time, or until the contact writes", _duration),
    "wake": Verb("wake", "bring a parked conversation back", _bare),
    "transfer": Verb("transfer QUEUE|@NAME [BRIEFING]", "hand it over, with what they should know", _transfer),
    "merge": Verb("merge N|ID", "let the current conversation stand for that one, too", _other),
    "split": Verb("split ID", "undo that: the other one goes on for itself", _take),
    "close": Verb("close [DISPOSITION]", "end it; the queue may grant time for wrap-up", _disposition),
    "finish": Verb("finish [DISPOSITION]", "end the wrap-up", _disposition),
    "list": Verb("list", "everything at this desk, the soonest due first", _bare),
    "open": Verb("open N", "make N the current conversation and show it", _which),
    "history": Verb("history", "everything said in the current conversation", _bare),
    "waiting": Verb("waiting", "what waits in the queues that you may take from", _bare),
    "take": Verb("take ID", "take a waiting conversation by hand", _take),
    "presence": Verb("presence available|busy|away|offline", "say whether you take offers", _presence),
    "wait": Verb("wait [60s]", "for scripts: until something at this desk needs you", _duration),
    "help": Verb("help", "this list", _bare),
    "quit": Verb("quit", "leave the desk (so does the end of the input)", _bare),
}
