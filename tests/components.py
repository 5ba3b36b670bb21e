"""Components that a test needs and a machine may lack: skipped loudly, a failure under CI=true."""

import os
import re
from typing import Final, NoReturn

import pytest

MISSING: Final = re.compile(r"(?:Skipped: )?(.+? is missing\. .+)", re.DOTALL)
"""What a test says that was skipped for it; printed at the end of the run."""


def missing(component: str, remedy: str, *, optional: bool = False) -> NoReturn:
    """End the test because `component` is not there. `remedy` is a sentence that says how to get it.

    An optional component is one that CI may lack as well.
    """
    if os.environ.get("CI") == "true" and not optional:
        pytest.fail(f"{component} is missing, and CI runs everything. {remedy}")
    pytest.skip(f"{component} is missing. {remedy}")
