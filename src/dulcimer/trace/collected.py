"""A whole trace, sorted by association, for those who look at it more than once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from dulcimer.captures.chunks import CaptureSource
from dulcimer.trace.reading import TraceReader
from dulcimer.trace.records import (
    ACCEPTOR,
    NETWORK,
    REQUESTOR,
    MachineStep,
    TraceHeader,
    TraceLine,
    TransportOpened,
)


@dataclass
class TracedAssociation:
    """The events of one association; `number` counts those of the file from 1."""

    number: int
    group: str
    lines: list[TraceLine] = field(default_factory=list)

    @cached_property
    def opened(self) -> TransportOpened | None:
        """When the connection was opened; None if that is not in the trace."""
        return next((line.record for line in self.lines if isinstance(line.record, TransportOpened)), None)

    @cached_property
    def role(self) -> str:
        """Who recorded it: `REQUESTOR`, `ACCEPTOR` or `NETWORK`."""
        if self.opened is not None and self.opened.role:
            return self.opened.role
        step = next((line.record for line in self.lines if isinstance(line.record, MachineStep)), None)
        return NETWORK if step is None else step.fsm

    @property
    def steps(self) -> Iterator[MachineStep]:
        """What the machines did."""
        return (line.record for line in self.lines if isinstance(line.record, MachineStep))

    @property
    def other(self) -> str:
        """The end that did not record it; of a trace of the network the acceptor."""
        return REQUESTOR if self.role == ACCEPTOR else ACCEPTOR


@dataclass(frozen=True)
class RecordedTrace:
    """A trace in memory. `remarks`: in sentences, what of the file could not be read."""

    header: TraceHeader
    associations: tuple[TracedAssociation, ...]
    remarks: tuple[str, ...] = ()

    @classmethod
    def read(cls, source: CaptureSource) -> RecordedTrace:
        """The trace of a file, a stream or bytes, also with gzip. Raises OSError, TraceFormatError."""
        reader = TraceReader(source)
        found: dict[str, TracedAssociation] = {}
        for line in reader:
            group = found.get(line.group)
            if group is None:
                group = found[line.group] = TracedAssociation(len(found) + 1, line.group)
            group.lines.append(line)
        return cls(reader.header, tuple(found.values()), tuple(reader.remarks()))
