"""The package's logger, and how to see all of it."""

from __future__ import annotations

import logging

from dulcimer.escaping import escaped, escaped_lines

LOGGER = logging.getLogger("dulcimer")
# A library stays silent until its user asks; without a handler, warnings would go to standard error.
LOGGER.addHandler(logging.NullHandler())


class LogFormatter(logging.Formatter):
    """A line for each record, with the first letter of its level.

    Records name what peers and files say of themselves: nothing of it reaches a terminal as a control character, or
    makes a line of its own. The lines of a traceback are indented.
    """

    def __init__(self) -> None:
        super().__init__("%(levelname).1s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name in logging
        """The line."""
        return escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802 - its name in logging
        """The traceback, under the line."""
        return "  " + escaped_lines(super().formatException(ei))  # type: ignore[arg-type]


def debug_logger() -> None:
    """Show every log record of dulcimer on standard error, with the first letter of its level.

    Called again, it replaces the handler of the first call.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.DEBUG)
