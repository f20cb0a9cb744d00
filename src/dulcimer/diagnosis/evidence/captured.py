"""Evidence from a capture or a trace: every connection of it, with DICOM or without, while the file is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.chunks import CaptureSource
from dulcimer.captures.events import (
    CapturedBytes,
    CapturedFin,
    CapturedGap,
    CapturedReset,
    CaptureEvent,
    ConnectionEnded,
    ConnectionOpened,
    FollowedConnection,
)
from dulcimer.captures.following import CaptureReader
from dulcimer.counting import counted
from dulcimer.diagnosis.evidence.conversations import Evidence, SeenConnection
from dulcimer.diagnosis.evidence.facts import PlaceKind, SeenPlace
from dulcimer.diagnosis.evidence.watching import ConversationWatcher
from dulcimer.trace.as_capture import TraceAsCapture
from dulcimer.trace.reading import TraceReader

MOST_CONVERSATIONS: Final = 20_000
"""Connections whose facts are kept."""


def evidence_of_capture(source: CaptureSource, bounds: CaptureBounds | None = None) -> Evidence:
    """The facts of all connections of a capture. Raises OSError."""
    reader = CaptureReader(source, bounds)
    found = evidence_of_events(reader)
    found.remarks += reader.remarks()
    if reader.damage:
        found.remarks.append(f"Read up to frame {reader.frames} only: {reader.damage}.")
    return found


def evidence_of_trace(source: CaptureSource) -> Evidence:
    """The facts of all associations of a trace. Raises OSError, TraceFormatError.

    Traces mask data sets, so the keys of queries are not looked at.
    """
    reader = TraceReader(source)
    found = evidence_of_events(TraceAsCapture(reader), PlaceKind.LINE, reads_keys=False)
    if reader.damaged:
        found.remarks.append(f"Left out: {counted(reader.damaged, 'line')} that cannot be read.")
    return found


def evidence_of_events(
    events: Iterable[CaptureEvent], kind: PlaceKind = PlaceKind.FRAME, *, reads_keys: bool = True
) -> Evidence:
    """The facts of these events; the numbers of their frames count what `kind` says."""
    watchers: dict[int, ConversationWatcher] = {}
    found: dict[int, SeenConnection] = {}
    left_out = 0
    until: float | None = None
    for event in events:
        until = event.t if until is None else max(until, event.t)
        connection = event.connection
        watcher = watchers.get(connection.number)
        if watcher is None:
            if connection.number in found:
                continue
            if len(found) >= MOST_CONVERSATIONS:
                left_out += isinstance(event, ConnectionEnded)
                continue
            watcher = ConversationWatcher(_conversation(connection, kind), kind=kind, reads_keys=reads_keys)
            watchers[connection.number] = watcher
            found[connection.number] = watcher.conversation
        watcher.conversation.has_beginning = connection.has_beginning
        match event:
            case ConnectionOpened():
                watcher.opened(event.by_client, event.t)
            case CapturedBytes():
                watcher.bytes_of(event.by_client, event.data, event.frame, event.t)
            case CapturedGap():
                watcher.gap(event.by_client)
            case CapturedFin() | CapturedReset():
                watcher.closed(event.by_client, isinstance(event, CapturedReset), event.frame, event.t)
            case ConnectionEnded():
                watcher.ended(connection.syns, event.frame, event.t)
                del watchers[connection.number]
    remarks = [f"Left out: {counted(left_out, 'connection')} beyond {MOST_CONVERSATIONS}."] if left_out else []
    return Evidence([found[number] for number in sorted(found)], remarks, until)


def _conversation(connection: FollowedConnection, kind: PlaceKind) -> SeenConnection:
    began = SeenPlace(kind, connection.frame, connection.t)
    return SeenConnection(connection.number, connection.client, connection.server, began)
