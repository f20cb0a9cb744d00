"""Whether the user may test another machine: not by accident."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import typer


def permit(host: str, permitted: Sequence[str], harm: str) -> None:
    """Refuse a host other than this machine, unless the user confirms that it may be tested.

    `harm`: a sentence that says what may happen to it, without a full stop.
    """
    if host in permitted:
        return
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return  # whoever connects will report that it cannot be reached
    if not all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found):
        raise typer.BadParameter(
            f"{host} is not this machine. {harm}: add --i-may-test {host} if you may test it, and never test a "
            "clinical system",
            param_hint="'HOST'",
        )
