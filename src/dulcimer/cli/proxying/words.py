"""Words of the proxy that several of its outputs have."""

from __future__ import annotations

import socket

from dulcimer.errors import TransportError


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
            return f"the server cannot be reached: {error.strerror or error}"


def transport_error(error: OSError, host: str, port: int) -> TransportError:
    """The same as the failures of other commands have it, with its cause."""
    found = TransportError(f"{host} port {port}: {error.strerror or error or 'no answer in time'}")
    found.__cause__ = error
    return found
