"""How a command ends: its exit code, and the sentence on stderr when it did not do what was asked.

=====  ==================================================
code   meaning
=====  ==================================================
0      done
1      problems were found, or the request was refused
2      the command line was wrong
3      the daemon, or its Redis, cannot be reached
130    interrupted
=====  ==================================================
"""

import click

OK, REFUSED, USAGE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = "Exit codes: 0 done, 1 problems found or refused, 2 wrong usage, 3 cannot reach, 130 interrupted."


class Refused(click.ClickException):
    """The daemon understood and said no, or a wait ended without what was waited for."""

    exit_code = REFUSED

    def __init__(self, message: str, code: str = "refused") -> None:
        super().__init__(message)
        self.code = code
        """The stable code of the refusal, as `router.errors` and the API give it."""


class Unreachable(click.ClickException):
    """Nothing answers where the daemon, or its Redis, should be."""

    exit_code = UNREACHABLE
