"""A whole trace, sorted by association, for those who look at it more than once."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.captures.chunks import CaptureSource
from dulcimer.counting import counted
from dulcimer.trace.reading import TraceReader
from dulcimer.trace.records import TraceHeader
from dulcimer.trace.traced import TracedAssociation


@dataclass(frozen=True, repr=False)
class RecordedTrace:
    """A trace in memory. `remarks`: in sentences, what of the file could not be read."""

    header: TraceHeader
    associations: tuple[TracedAssociation, ...]
    remarks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """How many associations and events there are: all of them would fill the screen."""
        events = sum(len(one.lines) for one in self.associations)
        return f"<trace: {counted(len(self.associations), 'association')}, {counted(events, 'event')}>"

    def _repr_html_(self) -> str:
        """The sequence diagram, for notebooks."""
        from dulcimer.trace.html import trace_part  # only loaded when it is shown

        return trace_part(self)

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
