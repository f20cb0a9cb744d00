"""Playing a sequence: its steps, then the settle rule."""

from __future__ import annotations

import ssl
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry
from dulcimer.fuzz.engine.link import TargetLink
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzSequence,
    FuzzStep,
    HalfClose,
    Pause,
    RefuseConnection,
    Reset,
    SendBytes,
)

_TYPES = {kind.label: int(kind) for kind in PduType}


@dataclass(frozen=True, slots=True)
class Address:
    """Where the target listens; with TLS if there is a context, under this `name` in its certificate."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    name: str | None = None


class PlayReader(Protocol):
    """Reads along while a sequence is played: the record has grown each time that `follow` is called."""

    @abstractmethod
    def follow(self, entries: Sequence[Entry]) -> None:
        """Take the entries that were not there the last time."""

    @property
    @abstractmethod
    def may_wait(self) -> bool:
        """Whether the target may take what was sent last for the beginning of something, and wait for the rest."""


def play(
    sequence: FuzzSequence, target: Address, timing: SettleTiming, reader: PlayReader | None = None
) -> ConnectionRecord:
    """Connect to an acceptor, and play the sequence; a connection that is refused is in the record, too."""
    try:
        link = TargetLink.open(target.host, target.port, timing, target.tls, target.name)
    except OSError:
        return ConnectionRecord((Ended(0.0, EndKind.REFUSED),))
    with link:
        run(sequence, link, timing, reader)
        return link.conversation


def run(sequence: FuzzSequence, link: TargetLink, timing: SettleTiming, reader: PlayReader | None = None) -> None:
    """Play the steps on an open link; the record then has an end.

    After the last step: wait for a reply if there is none yet, close the sending direction, and read to the end. A
    target that waits for more bytes takes the close as the end of the connection, so that nothing waits for its timers;
    what it still has to send comes before its own close. If the `reader` says that the target may wait for more, the
    close comes at once.
    """
    steps = sequence.steps
    last = next((number for number in range(len(steps), 0, -1) if not isinstance(steps[number - 1], AwaitReply)), 0)
    for number, step in enumerate(steps[:last]):
        if link.ended:
            return
        _do(step, number, link, timing)
    if link.ended:
        return
    if reader is not None:
        reader.follow(link.entries)
    if reader is None or not reader.may_wait:
        for number, step in enumerate(steps[last:], last):
            _do(step, number, link, timing)
        if not link.ended and link.is_unanswered and not link.is_silent and not link.is_over:
            link.read(timing.grace)
    if not link.ended:
        link.half_close()
        if reader is not None:
            reader.follow(link.entries)
        link.read_to_end(timing.close)


def _do(step: FuzzStep, number: int, link: TargetLink, timing: SettleTiming) -> None:
    match step:
        case SendBytes(data=data):
            link.send(data, number)
        case Chunks():
            for count, piece in enumerate(step.pieces()):
                if count and step.seconds:
                    link.rest(step.seconds)
                if link.ended or not link.send(piece, number):
                    break
        case AwaitReply() if link.is_over:
            pass
        case AwaitReply(kinds=kinds, seconds=seconds):
            types = tuple(_TYPES[kind] for kind in kinds if kind in _TYPES)
            link.read(max(timing.grace, seconds), types, is_patient=seconds > timing.grace)
        case Pause(seconds=seconds):
            link.rest(seconds)
        case HalfClose():
            link.half_close()
            link.read_to_end(timing.close)
        case Reset():
            link.close(reset=True)
        case Close() | RefuseConnection():
            link.close()
        case _:
            assert_never(step)
