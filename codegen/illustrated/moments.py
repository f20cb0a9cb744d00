"""A session, played and recorded: each PDU with the states of both ends and the line that sent it."""

from __future__ import annotations

import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from codegen.illustrated.wire import Wire
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.records import ACCEPTOR, REQUESTOR, MachineStep, PduReceived, PduSent, TraceLine

Session = Callable[[Wire], None]


@dataclass(frozen=True, slots=True)
class Moment:
    """A PDU on its way. `t` and `arrived`: seconds; `line`: of the session, counted from 0."""

    sender: str
    data: bytes
    t: float
    arrived: float
    sent_by: MachineStep
    received_by: MachineStep
    line: int

    @property
    def receiver(self) -> str:
        """The other end."""
        return ACCEPTOR if self.sender == REQUESTOR else REQUESTOR


@dataclass(frozen=True, slots=True)
class PlayedSession:
    """A session: its text, line by line, its moments in the order of sending, and the traces of both ends."""

    name: str
    source: tuple[str, ...]
    moments: tuple[Moment, ...]
    traces: dict[str, bytes]


def played(session: Session) -> PlayedSession:
    """Play it."""
    with tempfile.TemporaryDirectory() as folder:
        wire = Wire(Path(folder), session.__code__)
        session(wire)
        traces = {role: end.path.read_bytes() for role, end in wire.ends.items()}
        lines = {role: end.lines for role, end in wire.ends.items()}
        began = {role: end.note.began or 0.0 for role, end in wire.ends.items()}
    return PlayedSession(session.__name__, source_of(session), tuple(_moments(traces, lines, began)), traces)


def source_of(session: Session) -> tuple[str, ...]:
    """Its text."""
    return tuple(textwrap.dedent(inspect.getsource(session)).splitlines())


def _moments(traces: dict[str, bytes], lines: dict[str, list[int]], began: dict[str, float]) -> list[Moment]:
    found = []
    for sender, receiver in ((REQUESTOR, ACCEPTOR), (ACCEPTOR, REQUESTOR)):
        sent = list(_sent(_lines_of(traces[sender])))
        received = list(_received(_lines_of(traces[receiver])))
        for (one, step), (other, taken), line in zip(sent, received, lines[sender], strict=True):
            assert isinstance(one.record, PduSent)
            data = one.record.raw.filled()
            t, arrived = one.t + began[sender], other.t + began[receiver]
            found.append(Moment(sender, data, t, arrived, step, taken, line))
    return sorted(found, key=lambda moment: moment.t)


def _lines_of(trace: bytes) -> list[TraceLine]:
    (only,) = RecordedTrace.read(trace).associations
    return only.lines


def _sent(lines: list[TraceLine]) -> Iterator[tuple[TraceLine, MachineStep]]:
    """The PDUs that the recording end sent, each with the step of the machine that sent it."""
    step: MachineStep | None = None
    for line in lines:
        if isinstance(line.record, MachineStep):
            step = line.record
        elif isinstance(line.record, PduSent):
            assert step is not None
            yield line, step


def _received(lines: list[TraceLine]) -> Iterator[tuple[TraceLine, MachineStep]]:
    """The PDUs that it received, each with the step that it caused."""
    for number, line in enumerate(lines):
        if isinstance(line.record, PduReceived):
            yield line, next(one.record for one in lines[number:] if isinstance(one.record, MachineStep))
