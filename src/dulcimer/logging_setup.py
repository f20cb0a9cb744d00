"""The package's logger, how to show all of it, and how faults in handlers of users are logged."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from dulcimer.escaping import escaped, escaped_lines

LOGGER = logging.getLogger("dulcimer")
HANDLER_FAULTS = logging.getLogger("dulcimer.handlers")
"""The logger for faults in handlers of users, and for their results that cannot be used."""

_Error = TypeVar("_Error", bound=BaseException)
_LIBRARY = Path(logging.__file__).parent.parent
_OWN_CODE = (
    *(str(folder) + os.sep for folder in (Path(__file__).parent, _LIBRARY / "asyncio", _LIBRARY / "concurrent")),
    str(_LIBRARY / "threading.py"),
)
"""Paths of the code of dulcimer and of the event loop."""


class _LastResort(logging.Handler):
    """Prints faults in handlers of users on standard error while logging is not set up.

    A library stays silent until its user sets up logging, but it must not hide faults in the user's own code.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Print it if no other handler does."""
        if record.name == HANDLER_FAULTS.name and not self._others():
            print(self.format(record), file=sys.stderr)

    def _others(self) -> bool:
        handlers = [*HANDLER_FAULTS.handlers, *LOGGER.handlers, *logging.getLogger().handlers]
        return any(handler is not self and not isinstance(handler, logging.NullHandler) for handler in handlers)


_last_resort = _LastResort(logging.WARNING)
_last_resort.setFormatter(logging.Formatter("dulcimer: %(message)s"))
LOGGER.addHandler(_last_resort)


class LogFormatter(logging.Formatter):
    """A line for each record, with the first letter of its level.

    Records contain text from peers and files: none of it reaches a terminal as a control character, or forges a line.
    The lines of a traceback are indented.
    """

    def __init__(self) -> None:
        super().__init__("%(levelname).1s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name in logging
        """The line."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - its name in logging
        """The traceback, under the line."""
        return "  " + escaped_lines(super().formatException(ei))  # type: ignore[arg-type]  # types of logging are narrower than its documentation


def debug_logger() -> None:
    """Show every log record of dulcimer on standard error, with the first letter of its level.

    Called again, it replaces the handler of the first call.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.DEBUG)


def handler_failed(what: str, error: BaseException) -> None:
    """Log that a handler of the user raised; the traceback begins where the user's code does."""
    HANDLER_FAULTS.error("%s failed", what, exc_info=(type(error), error, of_user(error.__traceback__)))


def shortened(error: _Error) -> _Error:
    """`error` without the frames of the event loop, in it and its causes: its message says enough."""
    cause: BaseException | None = error
    while cause is not None:
        cause.__traceback__ = None
        cause = cause.__cause__
    return error


def of_user(trace: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that begins with the first frame outside of dulcimer and the event loop."""
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_OWN_CODE):
        trace = trace.tb_next
    return trace
