"""Addresses as people write them, `host:port`, and as tuples."""

from __future__ import annotations

from typing import TypeAlias

Address: TypeAlias = "str | tuple[str, int]"
"""`host:port`, `[IPv6 address]:port`, `:port` for every address of this machine, or host and port."""
PeerAddress: TypeAlias = "str | tuple[str, int, int]"
"""A host name or IP address, or an IPv6 address with flow info and scope ID."""
OwnAddress: TypeAlias = "tuple[str, int] | tuple[str, int, int, int]"
"""Host and port, for IPv6 with flow info and scope ID."""

_MOST = 0xFFFF


def host_and_port(address: Address) -> tuple[str, int]:
    """Host and port; ValueError if it is not an address."""
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


def peer_host(addr: PeerAddress) -> str:
    """The host to connect to, with its scope; TypeError if it is not the address of a peer."""
    match addr:
        case str():
            return addr
        case (str() as host, int(), int() as scope):
            return f"{host}%{scope}" if scope else host
    raise TypeError(f"'addr' must be a host, or (IPv6 address, flow info, scope ID), not {addr!r}")


def own_address(address: OwnAddress) -> tuple[str, int]:
    """Host, with its scope, and port to bind; TypeError if it is not an address of this end."""
    match tuple(address):
        case (str() as host, int() as port):
            return host, port
        case (str() as host, int() as port, int(), int() as scope):
            return f"{host}%{scope}" if scope else host, port
    raise TypeError(f"an address is (host, port) or (IPv6 address, port, flow info, scope ID), not {address!r}")
