"""The application entities with which an archive requests associations: C-MOVE destinations, receivers of reports."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dulcimer.errors import DulcimerError

_HIGHEST_PORT = 65535
_LONGEST_TITLE = 16


class RemoteError(DulcimerError):
    """The address of a remote cannot be understood."""


@dataclass(frozen=True, slots=True)
class Remote:
    """Where an application entity listens, and whether it needs TLS."""

    ae_title: str
    host: str
    port: int
    tls: bool = False

    @classmethod
    def parse(cls, text: str) -> Remote:
        """Read `AET=HOST:PORT`, for IPv6 `AET=[ADDRESS]:PORT`. Raises RemoteError."""
        title, equals, where = text.partition("=")
        if not equals:
            raise RemoteError(f"{text!r} is not AET=HOST:PORT")
        return cls(_title(title), *_place(where))


def read_remotes(path: Path) -> list[Remote]:
    """The table `[remotes]` of a TOML file: `AET = "HOST:PORT"`, or `AET = { host = "...", port = N, tls = true }`.

    Raises RemoteError, OSError.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8")).get("remotes")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RemoteError(f"{path} is not TOML: {error}") from error
    if not isinstance(table, dict):
        raise RemoteError(f"{path} has no table [remotes]")
    return [_entry(title, value) for title, value in table.items()]


def by_title(remotes: Iterable[Remote]) -> Mapping[str, Remote]:
    """The remotes by AE title. Raises RemoteError if a title is given twice."""
    found: dict[str, Remote] = {}
    for remote in remotes:
        if found.setdefault(remote.ae_title, remote) != remote:
            raise RemoteError(f"{remote.ae_title} is given twice, with different addresses")
    return found


def _entry(title: str, value: Any) -> Remote:
    if isinstance(value, str):
        return Remote(_title(title), *_place(value))
    if not isinstance(value, dict) or value.keys() - {"host", "port", "tls"}:
        raise RemoteError(f'{title} is neither "HOST:PORT" nor a table of host, port and tls')
    host, port, tls = value.get("host"), value.get("port"), value.get("tls", False)
    if not (isinstance(host, str) and host and type(port) is int and isinstance(tls, bool)):
        raise RemoteError(f"{title} needs a host (text) and a port (number); tls is true or false")
    return Remote(_title(title), host, _port(str(port)), tls)


def _title(text: str) -> str:
    title = text.strip(" ")
    if not 1 <= len(title) <= _LONGEST_TITLE or not title.isascii() or not title.isprintable() or "\\" in title:
        raise RemoteError(f"{text!r} is not an AE title")
    return title


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise RemoteError(f"{text!r}: an IPv6 address needs brackets, as in [::1]:104")
    if not (colon and host):
        raise RemoteError(f"{text!r} is not HOST:PORT")
    return host, _port(port)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _HIGHEST_PORT):
        raise RemoteError(f"{text!r} is not a port from 1 to {_HIGHEST_PORT}")
    return int(text)
