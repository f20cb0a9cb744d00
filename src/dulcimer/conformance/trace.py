"""What happened on one connection, in order, as lines of the report."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_HEX_SHOWN = 512


class Kind(StrEnum):
    """What a line of a trace is. `OUTPUT`: what the command under test has written."""

    SENT = "sent"
    RECEIVED = "received"
    OPENED = "opened"
    TESTER_FIN = "tester-fin"
    TESTER_RST = "tester-rst"
    PEER_FIN = "peer-fin"
    PEER_RST = "peer-rst"
    SILENCE = "silence"
    OUTPUT = "output"
    NOTE = "note"

    @property
    def direction(self) -> str:
        """One of ">" (the tester sent it), "<" (it received it) and "event" (anything else)."""
        return {Kind.SENT: ">", Kind.RECEIVED: "<"}.get(self, "event")


def trace_line(t: float, kind: Kind, text: str, data: bytes = b"") -> dict[str, Any]:
    """A line of a trace, `t` seconds after its start; of `data` the first 512 bytes are shown."""
    entry: dict[str, Any] = {"t": round(t, 6), "dir": kind.direction, "kind": str(kind), "pdu": text}
    if data:
        entry["hex"] = data[:_HEX_SHOWN].hex()
        entry["length"] = len(data)
    return entry


@dataclass
class Trace:
    """The lines so far; `started` is on the clock of the running loop."""

    started: float
    entries: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: Kind, text: str, data: bytes = b"") -> None:
        """A line about now."""
        self.entries.append(trace_line(self.now(), kind, text, data))

    def now(self) -> float:
        """Seconds since the start."""
        return asyncio.get_running_loop().time() - self.started
