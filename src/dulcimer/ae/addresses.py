"""Addresses as people write them: `host:port`."""

from __future__ import annotations

from typing import TypeAlias

Address: TypeAlias = "str | tuple[str, int]"
"""`host:port`, `[IPv6 address]:port`, `:port` for every address of this machine, or host and port."""

_MOST = 0xFFFF


def host_and_port(address: Address) -> tuple[str, int]:
    """Host and port; ValueError for what is no address."""
    if isinstance(address, str):
        host, colon, port = address.rpartition(":")
        if host.startswith("[") and host.endswith("]"):
            host = host[1:-1]
        elif ":" in host:
            colon = ""
        if not colon or not (port.isascii() and port.isdigit()):
            raise ValueError(f"an address is 'host:port' or '[IPv6 address]:port', not {address!r}")
        address = host, int(port)
    host, number = address
    if not isinstance(host, str) or not isinstance(number, int) or not 0 <= number <= _MOST:
        raise ValueError(f"an address is a host and a port of 0 to {_MOST}, not {address!r}")
    return host, number
