"""What happened on one connection, in order, as lines of the report."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_HEX_SHOWN = 512
_HEAD, _TAIL = 10_000, 1_000
"""So many lines of a trace are kept from its beginning and from its end."""


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
    """The lines so far, the first and the last of them if there are many; `started` is on the clock of the loop."""

    started: float
    entries: list[dict[str, Any]] = field(default_factory=list)
    _left_out: int = 0

    def add(self, kind: Kind, text: str, data: bytes = b"") -> None:
        """A line about now."""
        self.entries.append(trace_line(self.now(), kind, text, data))
        if len(self.entries) > _HEAD + 1 + _TAIL:
            self._left_out += 1 if self._left_out else 2
            self.entries.pop(_HEAD + 1)
            told = f"{self._left_out} lines are left out here"
            self.entries[_HEAD] = trace_line(self.entries[_HEAD]["t"], Kind.NOTE, told)

    def now(self) -> float:
        """Seconds since the start."""
        return asyncio.get_running_loop().time() - self.started
