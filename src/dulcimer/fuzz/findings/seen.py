"""What was seen of the target when it was found, as a value for files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, assert_never

from dulcimer.fuzz.engine.conversation import (
    ConnectionRecord,
    Ended,
    EndKind,
    Entry,
    HalfClosed,
    Received,
    Remains,
    Sent,
    Silent,
)


class SeenKind(StrEnum):
    """What a line of a record is about."""

    SENT = "sent"
    PDU = "pdu"
    BYTES = "bytes"
    """Bytes of the target that are not a whole PDU."""
    SILENCE = "silence"
    HALF_CLOSED = "half-closed"
    END = "end"


@dataclass(frozen=True, slots=True)
class SeenLine:
    """One line: `at` seconds after the connection was opened. `step` and `count`: the bytes of which step were sent."""

    at: float
    kind: SeenKind
    data: bytes = b""
    step: int = 0
    count: int = 0
    end: EndKind | None = None


@dataclass(frozen=True, slots=True)
class SeenConversation:
    """The record of the last connection. `serves`: whether the target served afterwards; None if nobody asked."""

    lines: tuple[SeenLine, ...] = ()
    serves: bool | None = None

    @classmethod
    def of(cls, conversation: ConnectionRecord, serves: bool | None = None) -> SeenConversation:
        """What a conversation says."""
        return cls(tuple(map(_line, conversation.entries)), serves)

    @property
    def pdus(self) -> Iterator[bytes]:
        """The PDUs of the target."""
        return (line.data for line in self.lines if line.kind is SeenKind.PDU)

    @property
    def end(self) -> EndKind | None:
        """How the connection ended; None if that is not recorded."""
        return next((line.end for line in self.lines if line.end is not None), None)

    def to_json(self) -> dict[str, Any]:
        """A value for `json.dump`."""
        return {"serves": self.serves, "lines": [_to_json(line) for line in self.lines]}

    @classmethod
    def from_json(cls, value: Any) -> SeenConversation:
        """The record in a value that follows the schema of reproducers."""
        return cls(tuple(map(_from_json, value["lines"])), value["serves"])


def _line(entry: Entry) -> SeenLine:
    at = round(entry.at, 6)
    match entry:
        case Sent(step=step, data=data):
            return SeenLine(at, SeenKind.SENT, step=step, count=len(data))
        case Received(data=data):
            return SeenLine(at, SeenKind.PDU, data)
        case Remains(data=data):
            return SeenLine(at, SeenKind.BYTES, data)
        case Silent():
            return SeenLine(at, SeenKind.SILENCE)
        case HalfClosed():
            return SeenLine(at, SeenKind.HALF_CLOSED)
        case Ended(how=how):
            return SeenLine(at, SeenKind.END, end=how)
        case _:
            assert_never(entry)


def _to_json(line: SeenLine) -> dict[str, Any]:
    found: dict[str, Any] = {"at": line.at, "kind": str(line.kind)}
    if line.kind is SeenKind.SENT:
        found |= {"step": line.step, "count": line.count}
    elif line.kind in (SeenKind.PDU, SeenKind.BYTES):
        found["data"] = line.data.hex()
    elif line.end is not None:
        found["end"] = str(line.end)
    return found


def _from_json(value: Any) -> SeenLine:
    end = value.get("end")
    return SeenLine(
        float(value["at"]),
        SeenKind(value["kind"]),
        bytes.fromhex(value.get("data", "")),
        value.get("step", 0),
        value.get("count", 0),
        None if end is None else EndKind(end),
    )
