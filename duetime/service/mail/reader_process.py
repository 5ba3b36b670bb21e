"""A process that reads mails under limits, one after another: ``python -m duetime.service.mail.reader_process``.

It takes a mail on stdin and writes a `Result` to stdout, each as a frame: four bytes of length, then that many. It
ends when stdin does. `readers.py` is the other side and kills it when a mail takes too long. Its arguments are the
names of our own mail servers.
"""

import resource
import signal
import struct
import sys
import traceback
from typing import BinaryIO, Final

import msgspec

from duetime.channels.email.mail import Mail
from duetime.channels.email.parse import parse_mail
from duetime.router.errors import Unreadable

LENGTH: Final = struct.Struct(">I")
MEMORY_BYTES: Final = 1 << 30
ALARM_S: Final = 30
"""Ends a process that nobody is left to kill."""


class Understood(msgspec.Struct, frozen=True, tag="mail"):
    mail: Mail


class NotUnderstood(msgspec.Struct, frozen=True, tag="unreadable"):
    """``reason`` is the sentence for the person who looks at the mail."""

    reason: str


Result = Understood | NotUnderstood


def read(raw: bytes, authserv_ids: frozenset[str]) -> Result:
    try:
        return Understood(parse_mail(raw, authserv_ids=authserv_ids))
    except Unreadable as error:
        return NotUnderstood(str(error))
    except MemoryError:
        return NotUnderstood(f"Reading the mail needed more memory than {MEMORY_BYTES >> 30} GiB.")
    except Exception as error:
        # A defect of ours: told with its place, without the mail, and the next mail is read.
        traceback.print_tb(error.__traceback__)
        return NotUnderstood(f"Reading the mail failed with {type(error).__name__}, which is a defect of Duetime.")


def serve(source: BinaryIO, target: BinaryIO, authserv_ids: frozenset[str]) -> None:
    """Answers mails until ``source`` ends."""
    encoder = msgspec.msgpack.Encoder()
    while len(head := source.read(LENGTH.size)) == LENGTH.size:
        (length,) = LENGTH.unpack(head)
        raw = source.read(length)
        signal.alarm(ALARM_S)
        answer = encoder.encode(read(raw, authserv_ids))
        signal.alarm(0)
        target.write(LENGTH.pack(len(answer)))
        target.write(answer)
        target.flush()


def main() -> None:
    # Ctrl-C in a terminal reaches all its processes; this one ends when its parent does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    serve(sys.stdin.buffer, sys.stdout.buffer, frozenset(sys.argv[1:]))


if __name__ == "__main__":
    main()
