"""Where and how the process logs."""

import logging
import sys
from typing import Literal

import structlog


def set_up_logs(level: str, style: Literal["console", "json"] = "console") -> None:
    """Logs go to stderr, so that what is printed for people stays readable."""
    renderer = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=_on_stderr,
    )


def _on_stderr(*_: object) -> structlog.PrintLogger:
    # Asked for with every line: whoever runs a command in a process of their own may replace stderr at any time.
    return structlog.PrintLogger(sys.stderr)
