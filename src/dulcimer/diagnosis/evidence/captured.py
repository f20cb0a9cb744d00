"""Evidence from a capture or a trace: every connection of it, with DICOM or without, while the file is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from dulcimer.diagnosis.evidence.facts import PlaceKind, RuleBroken, SeenPlace
from dulcimer.diagnosis.evidence.watching import ConversationWatcher
from dulcimer.diagnosis.judging.judge import EventJudge
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict
from dulcimer.fuzz.oracle.ends import LinkEnd
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
    events = TraceAsCapture(reader)
    found = evidence_of_events(events, PlaceKind.LINE, EventJudge(was_masked=events.was_masked), reads_keys=False)
    if reader.damaged:
        found.remarks.append(f"Left out: {counted(reader.damaged, 'line')} that cannot be read.")
    return found


def evidence_of_events(
    events: Iterable[CaptureEvent],
    kind: PlaceKind = PlaceKind.FRAME,
    judge: EventJudge | None = None,
    *,
    reads_keys: bool = True,
) -> Evidence:
    """The facts of these events; the numbers of their frames count what `kind` says. `judge`: finds broken rules."""
    judge = judge or EventJudge()
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
        verdict = judge.take(event)
        if isinstance(verdict, AssociationVerdict):
            found[connection.number].facts += _broken(verdict, connection, kind)
    remarks = [f"Left out: {counted(left_out, 'connection')} beyond {MOST_CONVERSATIONS}."] if left_out else []
    return Evidence([found[number] for number in sorted(found)], remarks, until)


def _broken(verdict: AssociationVerdict, connection: FollowedConnection, kind: PlaceKind) -> Iterator[RuleBroken]:
    """The rules that both ends have broken."""
    requestor = verdict.client_address == connection.client
    for end in verdict.ends:
        for one in end.breaches:
            if not one.is_tolerated:
                shown = one.place.data.hex(" ").upper() + (" ..." if one.place.size > len(one.place.data) else "")
                # Its last frame: with that the other end had all of it.
                place = SeenPlace(kind, one.story[-1].frame if one.story else one.place.frames[-1], one.place.t, shown)
                yield RuleBroken(
                    place=place,
                    by_client=(one.end is LinkEnd.CLIENT) is requestor,
                    rule=one.rule,
                    severity=one.severity,
                    observed=one.observed,
                    clause=one.clause,
                )


def _conversation(connection: FollowedConnection, kind: PlaceKind) -> SeenConnection:
    began = SeenPlace(kind, connection.frame, connection.t)
    return SeenConnection(connection.number, connection.client, connection.server, began)
