"""The associations of a capture as a trace: each PDU with the numbers of its frames.

The lines are in the order in which the PDUs are judged: what an end had acknowledged comes before what it sent then. So
the trace can be judged as the capture can, although it says nothing of acknowledgements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import BinaryIO, Final

from dulcimer import __version__
from dulcimer.captures.chunks import CaptureSource
from dulcimer.captures.events import FollowedConnection
from dulcimer.captures.following import CaptureReader
from dulcimer.diagnosis.judging.connection import MissingBytes
from dulcimer.diagnosis.judging.judge import EventJudge, Judged
from dulcimer.diagnosis.judging.skimming import SkimmedPdu
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.trace.masking import Masks, PduMasker
from dulcimer.trace.records import (
    BytesMissing,
    BytesPassed,
    HostAndPort,
    PduPassed,
    TraceHeader,
    TraceRecord,
    TransportClosed,
    TransportOpened,
    TransportReset,
)
from dulcimer.trace.writing import TraceWriter

_NETWORK: Final = "network"
_LATEST: Final = 2.0**36
"""Seconds: a capture that says a later time than the year 4147 is damaged there."""


@dataclass(slots=True)
class ImportedCapture:
    """What was imported: `verdicts` on all connections, frames, damage and remarks of the reader."""

    verdicts: list[Judged] = field(default_factory=list)
    frames: int = 0
    damage: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def associations(self) -> int:
        """How many connections are in the trace."""
        return sum(isinstance(one, AssociationVerdict) for one in self.verdicts)


def import_capture(source: CaptureSource, file: BinaryIO, masks: Masks, title: str = "") -> ImportedCapture:
    """Write the associations of a capture as a trace. Raises OSError."""
    reader = CaptureReader(source)
    writer: _Writer | None = None
    imported = ImportedCapture()
    judge: EventJudge | None = None
    for event in reader:
        if judge is None:
            header = TraceHeader(
                f"dulcimer {__version__}",
                title,
                _NETWORK,
                event.t if event.t < _LATEST else None,
                masks.data_sets,
                masks.secrets,
                masks.pseudonyms is not None,
            )
            writer = _Writer(TraceWriter(file, header), event.t, masks)
            judge = EventJudge(listener=writer, keeps_data=not masks.data_sets)
        if (found := judge.take(event)) is not None:
            imported.verdicts.append(found)
    imported.frames, imported.damage, imported.remarks = reader.frames, reader.damage, tuple(reader.remarks())
    return imported


class _Writer:
    """Writes what is judged, as records of a trace."""

    def __init__(self, trace: TraceWriter, begun: float, masks: Masks) -> None:
        self._trace = trace
        self._begun = begun
        self._masks = masks
        self._maskers: dict[tuple[int, LinkEnd], PduMasker] = {}

    def begun(self, connection: FollowedConnection, *, is_open: bool) -> None:
        """A connection speaks DICOM; `is_open`: its beginning was captured."""
        if is_open:
            ends = (HostAndPort(*connection.client), HostAndPort(*connection.server))
            self._write(connection, connection.t, TransportOpened(_NETWORK, *ends))

    def pdu(self, connection: FollowedConnection, end: LinkEnd, pdu: SkimmedPdu) -> None:
        """A PDU, or the beginning of one."""
        masker = self._maskers.setdefault((connection.number, end), PduMasker(self._masks))
        size = len(pdu.data) if pdu.is_cut else pdu.size
        raw = masker.masked(pdu.data, size)
        if pdu.is_cut:
            self._write(connection, pdu.t, BytesPassed(end.role, raw))
            return
        self._write(connection, pdu.t, PduPassed(end.role, raw, pdu.frames[0], pdu.frame))

    def missing(self, connection: FollowedConnection, end: LinkEnd, missing: MissingBytes) -> None:
        """Bytes are not known."""
        self._write(connection, missing.t, BytesMissing(end.role, missing.size, missing.why))

    def ended(self, connection: FollowedConnection, end: LinkEnd, frame: int, t: float, *, reset: bool) -> None:  # noqa: ARG002  (a record of the end has no frame)
        """An end has closed its direction, or reset the connection."""
        self._write(connection, t, TransportReset(end.role) if reset else TransportClosed(end.role))

    def _write(self, connection: FollowedConnection, t: float, record: TraceRecord) -> None:
        self._trace.write(max(0.0, t - self._begun), str(connection.number), record)
