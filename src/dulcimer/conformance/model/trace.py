"""What happened on one connection, in order, as lines of the report."""

from __future__ import annotations

import asyncio
import functools
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dulcimer._generated.headers import PDU_HEADER

WHOLE = 5 << 15
"""Bytes: what one line sends or receives is recorded whole up to this length."""
START = 1 << 12
"""Bytes: of longer ones the whole PDUs are recorded that end before `WHOLE`, and so much of the next."""
MOST_LINES = 1000
MOST_BYTES = 1 << 20
"""A trace with more lines, or recorded bytes, loses some behind its first three quarters; a line in it says so."""

FEW = 16
"""So many PDUs that come one after the other and read the same have lines of their own."""

_NUMBER = re.compile(r"\d+")
_EQUAL_PAYLOADS = 128


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
    """A line of a trace, `t` seconds after its start; `data` is recorded as `recorded` has it."""
    entry: dict[str, Any] = {"t": round(t, 6), "dir": kind.direction, "kind": str(kind), "pdu": text}
    if data:
        entry["hex"] = _hex(recorded(data))
        entry["length"] = len(data)
    return entry


def recorded(data: bytes) -> bytes:
    """What is kept of bytes that were sent or received at once: all, or whole PDUs and the start of the next."""
    return data if len(data) <= WHOLE else data[: end_of_whole_pdus(data, WHOLE) + START]


def end_of_whole_pdus(data: bytes, limit: int) -> int:
    """Where in `data` the last PDU ends that ends at `limit` or before."""
    end = 0
    while end + PDU_HEADER.size <= len(data):
        following = end + PDU_HEADER.size + int(PDU_HEADER.unpack_from(data, end)[1])
        if following > limit:
            break
        end = following
    return end


@functools.lru_cache(maxsize=_EQUAL_PAYLOADS)
def _hex(data: bytes) -> str:
    """`data` in hexadecimal. A client sends the same in every case: the text of it is there once."""
    return data.hex()


@dataclass
class Trace:
    """The lines so far; `started` is on the clock of the running loop.

    PDUs that come one after the other and read the same are lines of their own as long as they are few. More of them,
    and octets that are sent one at a time, are one line with its bytes behind each other and a count (`times`).
    """

    started: float
    entries: list[dict[str, Any]] = field(default_factory=list)
    _bytes: int = 0
    _equal: int = 0
    _alike: dict[str, tuple[dict[str, Any], str, int]] = field(default_factory=dict)
    _gap: int = 0
    _left_out: tuple[int, int] = (0, 0)

    def add(self, kind: Kind, text: str, data: bytes = b"") -> None:
        """A line about now."""
        last = self.entries[-1] if self.entries else {}
        equal = kind is Kind.RECEIVED and last.get("kind") == kind and last["pdu"] == text
        self._equal = self._equal + 1 if equal else 0
        if self._equal >= FEW and len(data) < START:
            self._extend(last, data)
            return
        self.entries.append(trace_line(self.now(), kind, text, data))
        self._bytes += _size(self.entries[-1])
        while len(self.entries) > max(2, self._gap + 2) and (
            len(self.entries) > MOST_LINES or self._bytes > MOST_BYTES
        ):
            self._leave_one_out()

    def add_octet(self, text: str, octet: bytes) -> None:
        """One of several octets that are sent one at a time."""
        last = self.entries[-1] if self.entries else {}
        if last.get("octets") and last["pdu"] == text:
            self._extend(last, octet)
        else:
            self.add(Kind.SENT, text, octet)
            self.entries[-1]["octets"] = True

    def _extend(self, line: dict[str, Any], data: bytes) -> None:
        """Once more the same; the bytes are recorded up to the length that one line may have."""
        if line["length"] + len(data) <= WHOLE:
            line["hex"] += data.hex()
            self._bytes += len(data)
        line["length"] += len(data)
        line["times"] = line.get("times", 1) + 1

    def note_alike(self, text: str) -> None:
        """A note about now; those that differ in numbers alone are one, with a count."""
        like = _NUMBER.sub("#", text)
        if like not in self._alike:
            self.add(Kind.NOTE, text)
            self._alike[like] = (self.entries[-1], text, 0)
            return
        entry, first, further = self._alike[like]
        self._alike[like] = (entry, first, further + 1)
        entry["pdu"] = f"{first} (and {further + 1} more like it)"

    def now(self) -> float:
        """Seconds since the start."""
        return asyncio.get_running_loop().time() - self.started

    def _leave_one_out(self) -> None:
        if not self._gap:
            self._gap = (len(self.entries) - 1) * 3 // 4
            self.entries.insert(self._gap, trace_line(self.entries[self._gap]["t"], Kind.NOTE, ""))
        left = self.entries.pop(self._gap + 1)
        self._bytes -= _size(left)
        lines, octets = self._left_out
        self._left_out = lines + 1, octets + left.get("length", 0)
        self.entries[self._gap]["pdu"] = (
            f"{self._left_out[0]} lines of the trace, with {self._left_out[1]} bytes, that stood here are not recorded"
        )


def _size(entry: dict[str, Any]) -> int:
    return len(entry.get("hex", "")) // 2
