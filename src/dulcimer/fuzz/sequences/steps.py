"""The steps of one connection to a target, as values that are written to files and read again.

The JSON form is versioned: reproducers are made of it. Bytes are hexadecimal, cells are written as Evt10-Sta6.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from dulcimer._generated.fsm import EVENTS, STATES, Events, States
from dulcimer.conformance.model.oracle import Cell
from dulcimer.errors import DulcimerError

VERSION = 1
"""Of the JSON form."""

_LONGEST = 1e9
"""Seconds; no time in a sequence is longer."""

TargetRole: TypeAlias = Literal["acceptor", "requestor"]
"""Whether the target accepts associations or requests them."""
_ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")


class SequenceFormatError(DulcimerError, ValueError):
    """JSON that is not a sequence of this version."""


@dataclass(frozen=True, slots=True)
class SendBytes:
    """Send `data`. `operators`: what was changed in it, as symbolic paths; none if it is as the standard has it."""

    data: bytes
    label: str
    operators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chunks:
    """Send `data` in pieces of these sizes in bytes, the rest in one more, with a pause of `seconds` between them."""

    data: bytes
    label: str
    operators: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    seconds: float = 0.0

    def pieces(self) -> Iterator[bytes]:
        """The pieces, none of them empty; together they are `data`."""
        ends = [0]
        for size in self.sizes:
            ends.append(min(ends[-1] + max(size, 0), len(self.data)))
        return (self.data[start:end] for start, end in pairwise((*ends, len(self.data))) if start < end)


@dataclass(frozen=True, slots=True)
class AwaitReply:
    """Wait for a PDU with one of these names, such as A-ASSOCIATE-AC, or for anything.

    Not longer than usual; or not longer than `seconds`, if that is more.
    """

    kinds: tuple[str, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Pause:
    """Send nothing for a time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class HalfClose:
    """Close the sending direction (FIN), and read on."""


@dataclass(frozen=True, slots=True)
class Reset:
    """End the connection with RST."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection in both directions."""


@dataclass(frozen=True, slots=True)
class RefuseConnection:
    """Do not accept the connection that a requestor asks for: nobody listens. It is the only step then."""


FuzzStep: TypeAlias = SendBytes | Chunks | AwaitReply | Pause | HalfClose | Reset | Close | RefuseConnection


@dataclass(frozen=True, slots=True)
class FuzzSequence:
    """The steps of one connection. `role` is that of the target; `cell` of Table 9-10 is the one it is meant for."""

    role: TargetRole
    steps: tuple[FuzzStep, ...] = ()
    cell: Cell | None = None

    def to_json(self) -> dict[str, Any]:
        """A value for `json.dump`."""
        return {
            "version": VERSION,
            "role": self.role,
            "cell": None if self.cell is None else cell_name(self.cell),
            "steps": [step_to_json(step) for step in self.steps],
        }

    @classmethod
    def from_json(cls, value: object) -> FuzzSequence:
        """The sequence of a value that `json.load` has given. Raises SequenceFormatError."""
        fields = _mapping(value, "a sequence")
        if fields.get("version") != VERSION:
            raise SequenceFormatError(f"version {fields.get('version')!r} is not {VERSION}")
        role: TargetRole | None = next((each for each in _ROLES if each == fields.get("role")), None)
        if role is None:
            raise SequenceFormatError(f"role {fields.get('role')!r} is neither 'acceptor' nor 'requestor'")
        name = fields.get("cell")
        return cls(
            role,
            tuple(map(step_from_json, _list(fields, "steps"))),
            None if name is None else cell_of(name),
        )

    @property
    def canonical(self) -> bytes:
        """The one JSON text of this sequence."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def sent(self) -> bytes:
        """All bytes that are sent."""
        return b"".join(step.data for step in self.steps if isinstance(step, SendBytes | Chunks))

    @property
    def operators(self) -> tuple[str, ...]:
        """What was changed in the bytes of its steps, as symbolic paths; none if nothing was."""
        sending = (step for step in self.steps if isinstance(step, SendBytes | Chunks))
        return tuple(text for step in sending for text in step.operators)


def cell_name(cell: Cell) -> str:
    """A cell of Table 9-10 in the standard's names, such as Evt10-Sta6."""
    event, state = cell
    return f"{EVENTS[event].label}-{STATES[state].label}"


def cell_of(name: object) -> Cell:
    """The cell of a name such as Evt10-Sta6. Raises SequenceFormatError."""
    event, _, state = name.partition("-") if isinstance(name, str) else ("", "", "")
    try:
        return Events.from_label(event), States.from_label(state)
    except KeyError:
        raise SequenceFormatError(f"{name!r} is not a cell of Table 9-10") from None


def step_to_json(step: FuzzStep) -> dict[str, Any]:
    """A value for `json.dump`."""
    match step:
        case SendBytes():
            return {"do": "send", **_sent_to_json(step)}
        case Chunks():
            return {
                "do": "chunks",
                **_sent_to_json(step),
                "sizes": list(step.sizes),
                "seconds": float(step.seconds),
            }
        case AwaitReply():
            longer = {"seconds": float(step.seconds)} if step.seconds else {}
            return {"do": "await", "kinds": list(step.kinds), **longer}
        case Pause():
            return {"do": "pause", "seconds": float(step.seconds)}
        case HalfClose():
            return {"do": "half-close"}
        case Reset():
            return {"do": "reset"}
        case Close():
            return {"do": "close"}
        case RefuseConnection():
            return {"do": "refuse"}


def step_from_json(value: object) -> FuzzStep:
    """The step of a value that `json.load` has given. Raises SequenceFormatError."""
    fields = _mapping(value, "a step")
    name = fields.get("do")
    read = _READERS.get(name) if isinstance(name, str) else None
    if read is None:
        raise SequenceFormatError(f"{name!r} is not a step")
    return read(fields)


def _sent_to_json(step: SendBytes | Chunks) -> dict[str, Any]:
    return {"data": step.data.hex(), "label": step.label, "operators": list(step.operators)}


def _send(fields: Mapping[str, object]) -> SendBytes:
    return SendBytes(_octets(fields, "data"), _text(fields, "label"), _texts(fields, "operators"))


def _chunks(fields: Mapping[str, object]) -> Chunks:
    sizes = _list(fields, "sizes")
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise SequenceFormatError(f"sizes {sizes!r} are not whole numbers of bytes")
    sent = _send(fields)
    return Chunks(sent.data, sent.label, sent.operators, tuple(sizes), _seconds(fields))


_READERS: dict[str, Callable[[Mapping[str, object]], FuzzStep]] = {
    "send": _send,
    "chunks": _chunks,
    "await": lambda fields: AwaitReply(_texts(fields, "kinds"), _seconds(fields) if "seconds" in fields else 0.0),
    "pause": lambda fields: Pause(_seconds(fields)),
    "half-close": lambda _: HalfClose(),
    "reset": lambda _: Reset(),
    "close": lambda _: Close(),
    "refuse": lambda _: RefuseConnection(),
}


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise SequenceFormatError(f"{what} is a JSON object, not {type(value).__name__}")
    return value


def _list(fields: Mapping[str, object], name: str) -> list[Any]:
    value = fields.get(name, [])
    if not isinstance(value, list):
        raise SequenceFormatError(f"{name} is a list, not {type(value).__name__}")
    return value


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise SequenceFormatError(f"{name} is a text, not {type(value).__name__}")
    return value


def _texts(fields: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = _list(fields, name)
    if not all(isinstance(value, str) for value in values):
        raise SequenceFormatError(f"{name} are texts")
    return tuple(values)


def _octets(fields: Mapping[str, object], name: str) -> bytes:
    try:
        return bytes.fromhex(_text(fields, name))
    except ValueError:
        raise SequenceFormatError(f"{name} is not hexadecimal") from None


def _seconds(fields: Mapping[str, object]) -> float:
    value = fields.get("seconds")
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < _LONGEST:
        raise SequenceFormatError(f"seconds {value!r} is not a time in seconds")
    return float(value)
