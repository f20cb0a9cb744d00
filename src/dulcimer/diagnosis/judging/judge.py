"""Judges recorded connections while they are read: events in, one verdict for each connection out.

Memory is bounded: for each connection the PDU that is not whole yet, if it is none of data, the bytes in which PDUs are
looked for, and what waits for the other end; in all `JudgeBounds.held` bytes. Beyond that the connections that hold
most give it up, and their verdicts say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeAlias

from dulcimer._generated.codes import PduType
from dulcimer.captures.collected import RECOGNISED, CapturedConnection, Direction
from dulcimer.captures.dicom_streams import DICOM, beginning_of_pdus, seems_to_be
from dulcimer.captures.events import (
    CapturedBytes,
    CapturedEnding,
    CapturedGap,
    CaptureEvent,
    ConnectionEnded,
    ConnectionOpened,
    FollowedConnection,
)
from dulcimer.diagnosis.judging.connection import ConnectionJudge, JudgingListener
from dulcimer.diagnosis.judging.followed_end import Judgements
from dulcimer.diagnosis.judging.holding import HeldBytes
from dulcimer.diagnosis.judging.skimming import SEARCHED
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, EndVerdict, OtherConnection
from dulcimer.diagnosis.judging.wording import STATE_RULE
from dulcimer.fuzz.oracle.ends import LinkEnd

Judged: TypeAlias = AssociationVerdict | OtherConnection
"""What is said of a connection."""

_REQUEST: Final = int(PduType.A_ASSOCIATE_RQ)
_EVENT_SIZE: Final = 256
"""Bytes of memory that an event takes, without its data."""
_GIVEN_UP: Final = "{}, not looked at to its end: too much had to be kept"


@dataclass(frozen=True, slots=True)
class JudgeBounds:
    """`held`: bytes that are kept for judging, over all connections; `recognised`: bytes of an end of a connection that
    may not be DICOM at all.
    """

    held: int = 64 << 20
    recognised: int = SEARCHED


class WasMasked(Protocol):
    """Says whether bytes of an end were left out of a recording, and zeros put in their place."""

    def __call__(self, connection: int, *, by_client: bool, start: int, stop: int) -> bool:
        """Whether some of those from `start` to `stop` were, counted from the first byte that the end sent."""


def judge_events(events: Iterable[CaptureEvent], bounds: JudgeBounds | None = None) -> Iterator[Judged]:
    """The verdict on each connection, when it has ended."""
    judge = EventJudge(bounds)
    for event in events:
        if (found := judge.take(event)) is not None:
            yield found


class EventJudge:
    """The same, for those who have the events one by one.

    `was_masked`: of a recording that leaves bytes out; `listener`: is told what is judged, with `keeps_data` also the
    payload of data.
    """

    def __init__(
        self,
        bounds: JudgeBounds | None = None,
        was_masked: WasMasked | None = None,
        listener: JudgingListener | None = None,
        *,
        keeps_data: bool = False,
    ) -> None:
        self._listener, self._keeps_data = listener, keeps_data
        self._was_masked = was_masked
        self._bounds = bounds or JudgeBounds()
        self._judgements = Judgements()
        self._judges: dict[int, ConnectionJudge] = {}
        self._unknown: dict[int, _Unrecognised] = {}
        self._room = HeldBytes(self._bounds.held)
        self._latest = 0.0

    @property
    def held(self) -> int:
        """Bytes of memory that wait to be judged, roughly."""
        return self._room.total

    def take(self, event: CaptureEvent) -> Judged | None:
        """The next event; the verdict on its connection, if that has ended with it."""
        connection = event.connection
        if event.t > self._latest:
            self._latest = event.t
        judge = self._judges.get(connection.number)
        if judge is not None:
            if type(event) is ConnectionEnded:
                del self._judges[connection.number]
                self._room.forget(connection.number)
                return self._without_masked(judge.finished(event, self._until(event)))
            if judge.take(event):
                self._room.note(connection.number, judge, event.frame)
            return None
        return self._take_unknown(event, connection)

    def _take_unknown(self, event: CaptureEvent, connection: FollowedConnection) -> Judged | None:
        """An event of a connection of which it is not known yet whether it speaks DICOM."""
        unknown = self._unknown.get(connection.number)
        if unknown is None:
            unknown = self._unknown[connection.number] = _Unrecognised(connection, self._bounds.recognised)
        if isinstance(event, ConnectionEnded):
            del self._unknown[connection.number]
            self._room.forget(connection.number)
            made = unknown.judge(self._made, is_last=True)
            if made is not None:
                return self._without_masked(made.finished(event, self._until(event)))
            frames = (connection.frame, event.frame)
            return OtherConnection(connection.number, connection.client, connection.server, unknown.name, frames)
        unknown.add(event)
        made = unknown.judge(self._made)
        if made is not None:
            del self._unknown[connection.number]
            self._judges[connection.number] = made
        self._room.note(connection.number, made or unknown, event.frame)
        return None

    def _until(self, event: ConnectionEnded) -> float:
        """Up to which time more of a connection would have been seen."""
        return self._latest if event.ending is CapturedEnding.END_OF_CAPTURE else event.t

    def _made(self, connection: FollowedConnection, known: _Beginning) -> ConnectionJudge:
        return ConnectionJudge(
            connection,
            self._judgements,
            knows_beginning=known.is_open,
            sees_request=known.sees_request,
            searching=known.searching,
            is_flipped=known.is_flipped,
            keeps_data=self._keeps_data,
            listener=self._listener,
        )

    def _without_masked(self, verdict: AssociationVerdict) -> AssociationVerdict:
        """Nothing is concluded from zeros that were not sent."""
        was_masked = self._was_masked
        if was_masked is None:
            return verdict

        def known(end: EndVerdict) -> EndVerdict:
            by_client = end.end is LinkEnd.CLIENT
            kept = tuple(
                one
                for one in end.breaches
                if one.rule.startswith(STATE_RULE)
                or not was_masked(
                    verdict.number,
                    by_client=by_client,
                    start=one.place.offset,
                    stop=one.place.offset + one.place.size,
                )
            )
            return replace(end, breaches=kept)

        return replace(verdict, client=known(verdict.client), server=known(verdict.server))


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What is known of the beginning of a connection, as `ConnectionJudge` takes it."""

    is_open: bool
    sees_request: bool
    searching: frozenset[LinkEnd]
    is_flipped: bool


class _Unrecognised:
    """A connection of which it is not known yet whether it speaks DICOM: its events so far, and the first bytes."""

    def __init__(self, connection: FollowedConnection, most: int) -> None:
        self._most = most
        client, server = connection.client, connection.server
        self._found = CapturedConnection(connection, Direction(client, server), Direction(server, client))
        self._events: list[tuple[CaptureEvent, int]] = []
        self._next_try = {True: 0, False: 0}
        self._is_given_up = self._is_full = False
        self._name = ""

    @property
    def name(self) -> str:
        """What it seems to be."""
        return self._name or seems_to_be(self._found)

    @property
    def held(self) -> int:
        """Bytes of memory that wait, roughly: the bytes of each end are there twice."""
        return _EVENT_SIZE * len(self._events) + 2 * sum(len(one.data) for one in self._found.both)

    def give_up(self, _frame: int) -> None:
        """Look no further: too much is held."""
        self._leave(_GIVEN_UP.format(self.name))

    def _leave(self, name: str) -> None:
        self._name = name
        self._is_given_up = True
        self._events.clear()
        for end in self._found.both:
            end.data.clear()

    def add(self, event: CaptureEvent) -> None:
        """One more event."""
        if self._is_given_up or isinstance(event, ConnectionEnded):
            return
        by_client = event.by_client
        end = self._found.client if by_client else self._found.server
        self._events.append((event, event.connection.received_by(by_client) or 0))
        match event:
            case CapturedBytes():
                end.data += event.data
            case CapturedGap():
                end.gaps.append((len(end.data), event.size))
            case ConnectionOpened():
                end.opened = True
            case _:
                pass
        enough = RECOGNISED if end.opened else self._most
        if all(len(one.data) >= (RECOGNISED if one.opened else self._most) for one in self._found.both) or (
            len(end.data) > 2 * max(enough, self._most)
        ):
            self._is_full = True

    def judge(
        self, made: Callable[[FollowedConnection, _Beginning], ConnectionJudge], *, is_last: bool = False
    ) -> ConnectionJudge | None:
        """A judge that has taken all events so far, if the connection speaks DICOM."""
        if self._is_given_up or not self._is_time(is_last=is_last or self._is_full):
            return None
        if (name := self.name) != DICOM:
            if self._is_full:
                self._leave(name)
            return None
        judge = made(self._found.followed, self._beginning())
        for event, needs in self._events:
            judge.take(event, needs)
        return judge

    def _is_time(self, *, is_last: bool) -> bool:
        """Whether so many bytes have come since the last try that another one is worth it."""
        found = is_last
        for by_client, end in ((True, self._found.client), (False, self._found.server)):
            if len(end.data) >= self._next_try[by_client]:
                found = True
        if found:
            for by_client, end in ((True, self._found.client), (False, self._found.server)):
                self._next_try[by_client] = len(end.data) + 1 + len(end.data) // 4
        return found

    def _beginning(self) -> _Beginning:
        client, server = self._found.both
        begins = {True: beginning_of_pdus(client), False: beginning_of_pdus(server)}
        is_open = client.opened and server.opened
        is_flipped = not is_open and begins[False] == 0 and server.data[:1] == bytes((_REQUEST,))
        first = server if is_flipped else client
        requests = begins[not is_flipped] == 0 and first.data[:1] == bytes((_REQUEST,))
        searching = set()
        for by_client, end in ((True, client), (False, server)):
            at_start = end.opened or (begins[by_client] == 0) or ((is_open or requests) and by_client is not is_flipped)
            if not at_start:
                searching.add(LinkEnd.CLIENT if by_client is not is_flipped else LinkEnd.SERVER)
        return _Beginning(is_open, requests, frozenset(searching), is_flipped)
