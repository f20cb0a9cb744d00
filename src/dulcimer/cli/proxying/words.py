"""Words of the proxy that several of its outputs have."""

from __future__ import annotations

import socket

from dulcimer.cli.failures.diagnosis import failure_of
from dulcimer.cli.failures.failure import FailureInWords
from dulcimer.cli.failures.names_in_use import Names
from dulcimer.errors import TransportError
from dulcimer.transport.tcp import system_words


def not_reached(error: OSError) -> str:
    """Why the server was not reached, in a few words."""
    match error:
        case ConnectionRefusedError():
            return "the server refuses connections"
        case TimeoutError():
            return "the server does not answer"
        case socket.gaierror():
            return "the name of the server is not known"
        case _:
            return f"the server cannot be reached: {system_words(error)}"


def unreachable(error: OSError, who: Names) -> FailureInWords:
    """The same for the end of the command, as other commands have it."""
    found = TransportError(f"{who.where}: {system_words(error) if str(error) else 'no answer in time'}")
    found.__cause__ = error
    failure = failure_of(found, who)
    assert failure is not None
    return failure
