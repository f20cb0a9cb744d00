"""One association of a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from dulcimer.escaping import escaped
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

    @property
    def name(self) -> str:
        """What the file calls it; "" if that is a number."""
        return "" if self.group.isdecimal() else escaped(self.group)

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


class TraceContents(Protocol):
    """What is shown of a trace."""

    @property
    def header(self) -> TraceHeader: ...
    @property
    def associations(self) -> tuple[TracedAssociation, ...]: ...
    @property
    def remarks(self) -> tuple[str, ...]: ...
