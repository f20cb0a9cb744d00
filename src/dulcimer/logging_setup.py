"""The package's logger, and how to see all of it."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("dulcimer")
# A library stays silent until its user asks; without a handler, warnings would go to standard error.
LOGGER.addHandler(logging.NullHandler())


def debug_logger() -> None:
    """Show every log record of dulcimer on standard error, with the first letter of its level.

    Called again, it replaces the handler of the first call.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname).1s: %(message)s"))
    LOGGER.handlers = [handler]
    LOGGER.setLevel(logging.DEBUG)
