"""Other machines are not tested by fixtures: what they get crashes and hangs real servers."""

from __future__ import annotations

import ipaddress


def refuse_other_machines(host: str, command: str) -> None:
    """Raises ValueError for another machine, with the `command` that tests it."""
    if host != "localhost" and not _is_loopback(host):
        raise ValueError(f"{host} is not this machine: use `{command}`")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
