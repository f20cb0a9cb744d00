"""One recorded connection with DICOM, judged while it is read.

A capture shows what passed one point of the network. What an end had acknowledged when it sent something, it may have
answered: so that is judged first, also where the capture has it later. All else is in the order of the capture.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from dulcimer._generated.fsm import States
from dulcimer.captures.events import (
    CapturedBytes,
    CapturedFin,
    CapturedGap,
    CapturedReset,
    CaptureEvent,
    ConnectionEnded,
    FollowedConnection,
)
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.counting import counted
from dulcimer.diagnosis.judging.followed_end import FollowedEnd, Found, Judgements, WireReading
from dulcimer.diagnosis.judging.history import WireHistory, landmarks
from dulcimer.diagnosis.judging.skimming import PduSkimmer, SkimmedPart, SkimmedPdu, Skipped
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, Breach, Doubt, DoubtCause, EndVerdict
from dulcimer.diagnosis.judging.waiting import LONG_WAIT, ArtimWatch
from dulcimer.diagnosis.judging.wording import breach_of
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.wire.model import AssociateRq

MOST_BREACHES: Final = 100
"""Different breaches of an end that are listed."""
_MOST_DOUBTS: Final = 20
_MOST_WAITING: Final = 10_000
_MOST_WAITING_BYTES: Final = 4 << 20
_PDV_AT: Final = 6
_LAST: Final = 2
_SEVERE: Final = "S2"
_NO_ORDER: Final = "what was sent is not known in the order of the two ends"
_NOT_CUT: Final = "they could not be cut into PDUs"
_WAITING_SIZE: Final = 256
"""Bytes of memory that something takes which waits, without its data."""


class _End(NamedTuple):
    """An end has closed its direction, or reset the connection; `remains`: of a PDU that is not whole."""

    remains: SkimmedPdu | None
    reset: bool
    frame: int
    t: float


class MissingBytes(NamedTuple):
    """So many bytes of an end are not known, or could not be cut into PDUs."""

    size: int
    why: str
    frame: int
    t: float


class JudgingListener(Protocol):
    """Is told what is judged, in the order in which it is."""

    def begun(self, connection: FollowedConnection, *, is_open: bool) -> None:
        """A connection speaks DICOM; `is_open`: its beginning was captured."""

    def pdu(self, connection: FollowedConnection, end: LinkEnd, pdu: SkimmedPdu) -> None:
        """A PDU of an end."""

    def missing(self, connection: FollowedConnection, end: LinkEnd, missing: MissingBytes) -> None:
        """Bytes are missing."""

    def ended(self, connection: FollowedConnection, end: LinkEnd, frame: int, t: float, *, reset: bool) -> None:
        """An end has closed its direction, or reset the connection."""


class _Waiting(NamedTuple):
    """Something of an end that begins at `offset`, to be judged when the other one was judged up to `needs`."""

    what: SkimmedPdu | _End | MissingBytes
    needs: int
    offset: int


@dataclass(slots=True)
class _Side:
    """One end, and what is known of it."""

    end: LinkEnd
    skimmer: PduSkimmer
    follower: FollowedEnd
    waiting: deque[_Waiting] = field(default_factory=deque)
    waiting_bytes: int = 0
    breaches: list[Breach] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)
    pdus: int = 0
    left_out: int = 0
    is_over: bool = False

    @property
    def reached(self) -> int:
        """How much of what it sent was read and judged, with the end of its direction."""
        return self.waiting[0].offset if self.waiting else self.skimmer.position + self.is_over

    def doubt(self, cause: DoubtCause, text: str, frame: int) -> None:
        """Something could not be judged."""
        if len(self.doubts) < _MOST_DOUBTS:
            self.doubts.append(Doubt(cause, text, frame))

    def verdict(self) -> EndVerdict:
        """The verdict so far."""
        return EndVerdict(self.end, tuple(self.breaches), tuple(self.doubts), self.pdus, self.left_out)


class ConnectionJudge:
    """Judges one connection; `take` its events, which are in the order of each stream.

    `knows_beginning`: of both ends nothing was sent before; `sees_request`: what comes first is the request, although
    the capture does not have the beginning of the connection; `searching`: where the first PDU of an end begins is not
    known; `is_flipped`: the end that the capture takes for the server has requested the association.
    """

    def __init__(
        self,
        connection: FollowedConnection,
        judgements: Judgements,
        *,
        knows_beginning: bool,
        sees_request: bool = False,
        searching: frozenset[LinkEnd] = frozenset(),
        is_flipped: bool = False,
        keeps_data: bool = False,
        listener: JudgingListener | None = None,
    ) -> None:
        self._connection = connection
        self._listener = listener
        self._is_flipped = is_flipped
        self._sides = {
            end: _Side(
                end,
                PduSkimmer(is_searching=end in searching, keeps_data=keeps_data),
                FollowedEnd(end, judgements, knows_beginning=knows_beginning, sees_request=sees_request),
            )
            for end in LinkEnd
        }
        client, server = self._sides[LinkEnd.CLIENT], self._sides[LinkEnd.SERVER]
        self._pair = ((server, client), (client, server)) if not is_flipped else ((client, server), (server, client))
        self._history = WireHistory()
        self._artim = ArtimWatch(connection.t)
        self._last_data: tuple[LinkEnd, int, bytes] | None = None
        if listener is not None:
            listener.begun(connection, is_open=knows_beginning)
        self._titles = ("", "")
        if not knows_beginning:
            for side in self._sides.values():
                side.doubt(
                    DoubtCause.BEGINNING,
                    f"the capture begins later: what the {side.end} sent before is not known",
                    connection.frame,
                )

    @property
    def held(self) -> int:
        """Bytes of memory that wait, roughly."""
        one, other = self._pair[0]
        return one.skimmer.held + one.waiting_bytes + other.skimmer.held + other.waiting_bytes

    def give_up(self, frame: int) -> None:
        """Judge what waits, in the order of the capture, and leave out what is kept of PDUs that are not whole."""
        self._hurry(force=True)
        for side in self._pair[0]:
            if size := side.skimmer.give_up():
                text = f"{counted(size, 'byte')} of the {side.end} were not looked at: too much had to be kept"
                side.doubt(DoubtCause.CUT_OFF, text, frame)

    def take(self, event: CaptureEvent, needs: int | None = None) -> bool:
        """The next event of this connection; `needs`: of the bytes of the other end it may answer so many.

        Whether more or less may be held now.
        """
        if type(event) is CapturedBytes:
            side, other = self._pair[event.by_client]
            parts = side.skimmer.feed(event.data, event.frame, event.t)
            if not parts and not other.waiting:
                return False
            self._take_parts(side, other, parts, event.by_client, needs)
        elif isinstance(event, CapturedGap):
            side, other = self._pair[event.by_client]
            self._take_gap(side, other, event, needs)
        elif isinstance(event, CapturedFin | CapturedReset):
            side, other = self._pair[event.by_client]
            if not side.is_over:
                side.is_over = True
                remains = next(iter(side.skimmer.end()), None)
                ending = _End(remains, isinstance(event, CapturedReset), event.frame, event.t)
                self._take_part(side, other, ending, event.by_client, needs)
                self._hurry()
        return True

    def finished(self, event: ConnectionEnded, until: float | None = None) -> AssociationVerdict:
        """The verdict, when nothing more comes; `until`: the time up to which it would have been seen."""
        self._hurry(force=True)
        self._pass_time(event.t if until is None else max(event.t, until), event.frame)
        connection = self._connection
        client, server = connection.client, connection.server
        if self._is_flipped:
            client, server = server, client
        first, second = self._sides[LinkEnd.CLIENT], self._sides[LinkEnd.SERVER]
        for side in (first, second):
            if side.skimmer.is_lost:
                side.doubt(DoubtCause.CUT_OFF, "after a PDU of unknown type nothing can be cut into PDUs", event.frame)
            if connection.conflicting:
                text = f"{counted(connection.conflicting, 'byte')} came again with other values; the first ones count"
                side.doubt(DoubtCause.CONFLICT, text, event.frame)
        calling, called = self._titles
        return AssociationVerdict(
            connection.number,
            client,
            server,
            first.verdict(),
            second.verdict(),
            (connection.frame, event.frame),
            connection.t,
            max(0.0, event.t - connection.t),
            event.ending,
            called,
            calling,
        )

    # ------------------------------------------------------------------ in which order

    def _take_parts(
        self, side: _Side, other: _Side, parts: Iterable[SkimmedPart], by_client: bool, needs: int | None
    ) -> None:
        for part in parts:
            if isinstance(part, Skipped):
                if part.size:
                    side.doubt(
                        DoubtCause.GAP,
                        f"{counted(part.size, 'byte')} of the {side.end} left out, up to what looks like PDUs: a guess",
                        part.frame,
                    )
                    missing = MissingBytes(part.size, _NOT_CUT, part.frame, part.t)
                    self._take_part(side, other, missing, by_client, 0)
            else:
                self._take_part(side, other, part, by_client, needs)
        if other.waiting:
            self._hurry()

    def _take_part(
        self, side: _Side, other: _Side, part: SkimmedPdu | _End | MissingBytes, by_client: bool, needs: int | None
    ) -> None:
        if needs is None:
            needs = self._connection.received_by(by_client) or 0
        if side.waiting or needs > other.reached:
            offset = part.offset if isinstance(part, SkimmedPdu) else side.skimmer.position
            side.waiting.append(_Waiting(part, needs, offset))
            side.waiting_bytes += _weight(part)
            if len(side.waiting) > _MOST_WAITING or side.waiting_bytes > _MOST_WAITING_BYTES:
                self._hurry(force=True)
        else:
            self._judge(side, other, part)

    def _hurry(self, *, force: bool = False) -> None:
        """Judge what no longer waits; `force`: all, in the order of the capture, which may be the wrong one."""
        sides = tuple(self._sides.values())
        forced = False
        while True:
            ready = [
                (side.waiting[0], side, other)
                for side, other in (sides, sides[::-1])
                if side.waiting and (force or side.waiting[0].needs <= other.reached)
            ]
            if not ready:
                return
            first, side, other = min(ready, key=lambda one: (one[0].what.frame, one[1].end))
            if first.needs > other.reached:
                self._begin_again(None if forced else DoubtCause.ORDER, _NO_ORDER, first.what.frame)
                if self._listener is not None and not forced:
                    for one in sides:
                        missing = MissingBytes(0, _NO_ORDER, first.what.frame, first.what.t)
                        self._listener.missing(self._connection, one.end, missing)
                forced = True
            side.waiting.popleft()
            side.waiting_bytes -= _weight(first.what)
            self._judge(side, other, first.what)

    def _take_gap(self, side: _Side, other: _Side, event: CapturedGap, needs: int | None) -> None:
        parts = list(side.skimmer.gap(event.size, event.frame, event.t))
        side.doubt(DoubtCause.GAP, f"{counted(event.size, 'byte')} of the {side.end} {_gap_words(event)}", event.frame)
        if side.skimmer.is_searching:
            # What waits of the other end may answer what is missing. What waits of this one was sent before that: when
            # it has been judged, both begin again once more.
            self._begin_again(None, "", event.frame)
            missing = MissingBytes(event.size, str(event.reason), event.frame, event.t)
            self._take_part(side, other, missing, event.by_client, 0)
        self._take_parts(side, other, parts, event.by_client, needs)

    def _begin_again(self, cause: DoubtCause | None, text: str, frame: int) -> None:
        self._last_data = None
        for side in self._sides.values():
            side.follower.begins_again()
            if cause is not None:
                side.doubt(cause, text, frame)

    # ------------------------------------------------------------------ judging

    def _judge(self, side: _Side, other: _Side, what: SkimmedPdu | _End | MissingBytes) -> None:
        if self._listener is not None:
            self._tell_listener(self._listener, side, what)
        if what.t - self._artim.last >= LONG_WAIT:
            self._pass_time(what.t, what.frame)
        elif what.t > self._artim.last:
            self._artim.last = what.t
        if isinstance(what, _End):
            self._judge_end(side, other, what)
            return
        if isinstance(what, MissingBytes):
            self._begin_again(None, "", what.frame)
            return
        side.pdus += 1
        self._artim.sent(side.end, what.t)
        if what.is_skimmed:
            # Again a piece of a data set, as long as the one before, and nothing between them: the same applies.
            shape = (side.end, what.size, what.data[_PDV_AT:])
            if shape == self._last_data and not what.has_hole:
                self._history.add(side.end, "P-DATA-TF, data set", what.frame)
                return
            self._last_data = shape if not what.data[-1] & _LAST else None
        else:
            self._last_data = None
        if not other.waiting:
            side.follower.given_beginning(other.skimmer.beginning)
        states = side.follower.states
        reading = side.follower.read(what)
        found = side.follower.sent(what, reading)
        self._note(side, what, reading)
        if found:
            self._last_data = None
            for one in found:
                self._tell(side, one, what, reading, states)
        other.follower.given(what, reading)
        if found and any(isinstance(one, Violation) and one.rule.severity <= _SEVERE for one in found):
            other.follower.distrusts()

    def _pass_time(self, t: float, frame: int) -> None:
        """Nothing was seen until then."""
        for end, text in self._artim.lasted(t, [side.follower for side in self._sides.values()]):
            self._sides[end].doubt(DoubtCause.ARTIM, text, frame)

    def _tell_listener(self, listener: JudgingListener, side: _Side, what: SkimmedPdu | _End | MissingBytes) -> None:
        if isinstance(what, SkimmedPdu):
            listener.pdu(self._connection, side.end, what)
        elif isinstance(what, MissingBytes):
            listener.missing(self._connection, side.end, what)
        else:
            if what.remains is not None:
                listener.pdu(self._connection, side.end, what.remains)
            listener.ended(self._connection, side.end, what.frame, what.t, reset=what.reset)

    def _note(self, side: _Side, pdu: SkimmedPdu, reading: WireReading) -> None:
        text = "P-DATA-TF, data set" if reading.sense.is_data else reading.label
        self._history.add(side.end, text, pdu.frame)
        if isinstance(reading.pdu, AssociateRq) and self._titles == ("", ""):
            self._titles = reading.pdu.calling_ae_title.strip(), reading.pdu.called_ae_title.strip()

    def _judge_end(self, side: _Side, other: _Side, end: _End) -> None:
        self._last_data = None
        how = "reset of the connection" if end.reset else "end of the connection"
        remains = end.remains
        pdu = remains or SkimmedPdu(side.skimmer.position, 0, b"", ((0, end.frame),), end.frame, end.t, is_cut=True)
        states = side.follower.states
        is_judged = not (side.skimmer.is_lost or side.skimmer.is_searching)
        if is_judged and not remains and not end.reset and (text := self._artim.closes(side.follower, end.t)):
            side.doubt(DoubtCause.ARTIM, text, end.frame)
        found = side.follower.ended(pdu.data, reset=end.reset) if is_judged else []
        self._history.add(side.end, how if not remains else f"{how} within {pdu_name(remains.data)}", end.frame)
        for one in found:
            self._tell(side, one, pdu, None, states)
        other.follower.given_the_end()

    def _tell(
        self,
        side: _Side,
        found: Found,
        pdu: SkimmedPdu,
        reading: WireReading | None,
        states: frozenset[States],
    ) -> None:
        story = landmarks(self._history.steps, pdu.frame)
        whole = reading.data if reading is not None and reading.data is not None else pdu.data
        breach = breach_of(side.end, found, pdu, whole, states, story)
        key = breach.rule, breach.observed
        if key in side.told:
            return
        if len(side.told) >= MOST_BREACHES:
            side.left_out += 1
            return
        side.told.add(key)
        side.breaches.append(breach)


def _gap_words(event: CapturedGap) -> str:
    return f"are missing: {event.reason}"


def _weight(what: SkimmedPdu | _End | MissingBytes) -> int:
    """Bytes of memory, roughly."""
    return _WAITING_SIZE + (len(what.data) if isinstance(what, SkimmedPdu) else 0)
