"""What happened on one connection, in order, as lines of the report."""

from __future__ import annotations

import asyncio
import functools
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dulcimer._generated.headers import PDU_HEADER
from dulcimer.counting import counted

WHOLE = 5 << 15
"""Bytes: what one line sends or receives is recorded completely up to this length."""
START = 1 << 12
"""Bytes: of longer data, the PDUs that end before `WHOLE` are recorded, and this much of the next one."""
MOST_LINES = 1000
MOST_BYTES = 1 << 20
"""A trace with more lines, or recorded bytes, loses lines after its first three quarters; one line says so."""

LEFT_OUT = "not recorded here: "
"""How a line begins that stands for those that are left out."""

FEW = 16
"""Equal PDUs in a row have a line each up to this number."""

_NUMBER = re.compile(r"\d+")
_EQUAL_PAYLOADS = 128


class Kind(StrEnum):
    """The kind of a line of a trace. `OUTPUT`: what the command under test has written."""

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
    """A line of a trace, `t` seconds after its start; `recorded` says which of the `data` is kept."""
    entry: dict[str, Any] = {"t": round(t, 6), "dir": kind.direction, "kind": str(kind), "pdu": text}
    if data:
        entry["hex"] = _hex(recorded(data))
        entry["length"] = len(data)
    return entry


def recorded(data: bytes) -> bytes:
    """The part of bytes, sent or received at once, that is kept: all, or complete PDUs and the start of the next."""
    return data if len(data) <= WHOLE else data[: end_of_whole_pdus(data, WHOLE) + START]


def end_of_whole_pdus(data: bytes, limit: int) -> int:
    """The end of the last PDU in `data` that ends at `limit` or before."""
    end = 0
    while end + PDU_HEADER.size <= len(data):
        following = end + PDU_HEADER.size + int(PDU_HEADER.unpack_from(data, end)[1])
        if following > limit:
            break
        end = following
    return end


@functools.lru_cache(maxsize=_EQUAL_PAYLOADS)
def _hex(data: bytes) -> str:
    """`data` in hexadecimal. A client sends the same in every case, so the text is kept once."""
    return data.hex()


@dataclass
class Trace:
    """The lines so far; `started` is on the clock of the running loop.

    A few equal PDUs in a row have a line each. More of them, and octets that are sent one at a time, share one line
    that has all their bytes and a count (`times`).
    """

    started: float
    entries: list[dict[str, Any]] = field(default_factory=list)
    _bytes: int = 0
    _equal: int = 0
    _alike: dict[str, tuple[dict[str, Any], str, int]] = field(default_factory=dict)
    _gap: int = 0
    _left_out: tuple[int, int] = (0, 0)

    def add(self, kind: Kind, text: str, data: bytes = b"") -> None:
        """A line for now."""
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
        """The same again; the bytes are recorded up to the length that one line may have."""
        if line["length"] + len(data) <= WHOLE:
            line["hex"] += data.hex()
            self._bytes += len(data)
        line["length"] += len(data)
        line["times"] = line.get("times", 1) + 1

    def note_alike(self, text: str) -> None:
        """A note for now; notes that differ only in numbers are one, with a count."""
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
            f"{LEFT_OUT}{counted(self._left_out[0], 'line')} of the trace, with {counted(self._left_out[1], 'byte')}"
        )


def _size(entry: dict[str, Any]) -> int:
    return len(entry.get("hex", "")) // 2
