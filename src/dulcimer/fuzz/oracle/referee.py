"""The verdict on each reply of one connection."""

from __future__ import annotations

from collections.abc import Set

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.model.oracle import CLOSE, Cell, VisibleOutput
from dulcimer.conformance.model.seen import SILENCE, pdu_name
from dulcimer.fuzz.oracle.automaton import TIMERS, Arrival, Automaton, Situation
from dulcimer.fuzz.oracle.closing import UNTIMED, CloseTiming
from dulcimer.fuzz.oracle.inputs import CLOSED, Input
from dulcimer.fuzz.oracle.reading import EVENT_OF_TYPE, MOST_READINGS, InputReader, KnownContexts, Readings
from dulcimer.fuzz.oracle.verdicts import Oddity, ReplyVerdict, Unexplained, is_sure
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.wire.codec import Decoded
from dulcimer.wire.model import Pdu

_ABORT = PduType.A_ABORT.label
_ABORT_LENGTH, _SOURCE = 10, 8
_TABLE = "PS3.8 Table 9-10"
MOST_INPUTS = 1000
"""Inputs that a target may not have taken yet; with more, nothing is known of its state."""
_OPENS = "transport_connect"
_ASKING = {
    cell: outcome.next_state
    for cell, action in TABLE.items()
    for outcome in ACTIONS[action].outcomes
    if _OPENS in outcome.effects
}
"""The cells in which a requestor asks for the connection, and the states in which it waits for that."""
INCOMPLETE = "the connection ended in the middle of a PDU"


class Judgement:
    """What is shared by the verdicts on all connections to targets of one role: what was found out before.

    `most_readings`: PDUs that are kept with what was read in them, at most; with 0 none is kept. `most_inputs`: with
    more that the target may not have taken yet, nothing is known of its state; each costs time. `begins_anywhere`: the
    connections were open before anything is known of them. `readings`: those of others that read the same PDUs.
    """

    def __init__(
        self,
        role: TargetRole,
        most_readings: int = MOST_READINGS,
        most_inputs: int = MOST_INPUTS,
        *,
        begins_anywhere: bool = False,
        readings: Readings | None = None,
    ) -> None:
        self.automaton = Automaton(role, begins_anywhere=begins_anywhere)
        self.begins_anywhere = begins_anywhere
        self.readings = readings or Readings(most_readings)
        self.most_inputs = most_inputs


class Referee:
    """Follows one connection to a target, whose bytes are cut into PDUs already.

    `certain` and `possible`: the cells that the target has gone through, or may have gone through, so far. Once
    something impossible was seen, only the encoding is judged: nothing is known of the state then.
    """

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement
        self._contexts = KnownContexts(is_beginning_known=not judgement.begins_anywhere)
        self._inputs = InputReader(judgement.automaton.role, self._contexts, judgement.readings)
        self._situation: Situation | None = judgement.automaton.start
        self.certain: set[Cell] = set()
        self.possible: set[Cell] = set()

    @property
    def states(self) -> frozenset[States]:
        """The states that the target may be in; none if nothing is known."""
        return self._situation.states if self._situation is not None else frozenset()

    @property
    def resting(self) -> frozenset[States]:
        """The states of the target once it has taken all that was sent, if its user and its timer do nothing."""
        return self._situation.resting if self._situation is not None else frozenset()

    @property
    def due_last(self) -> frozenset[Cell]:
        """The cells in which the target may take what was sent last; none if nothing is known."""
        return self._situation.due_last if self._situation is not None else frozenset()

    @property
    def waits_for_artim(self) -> bool:
        """Whether the target has to do something until ARTIM expires, if its user does nothing and nothing comes."""
        return self._situation is not None and self._situation.outlasted() is None

    @property
    def owed(self) -> tuple[str, ...]:
        """What the target has to show, whatever its user and its timer do; nothing if it may be silent."""
        situation = self._situation
        if situation is None or situation.silent() is not None:
            return ()
        return tuple(_label(output) for output in situation.allowed)

    @property
    def timed_out_in(self) -> frozenset[States]:
        """The states in which ARTIM may have expired, if only that explains it that the target closes now."""
        return self._situation.timed_out_in if self._situation is not None else frozenset()

    @property
    def may_wait(self) -> bool:
        """Whether the target may take what was sent last for the beginning of something, or nothing is known."""
        situation = self._situation
        if situation is None or self._inputs.is_within_pdu:
            return True
        return any(None in given.options for given in situation.inputs[-1:])

    # ------------------------------------------------------------------ what the tester does

    def connected(self) -> None:
        """The connection is open: a target that requests associations has asked for it."""
        if self._judgement.automaton.role == "requestor":
            self.certain |= _ASKING.keys()
            self.possible |= _ASKING.keys()

    def refused(self) -> None:
        """The tester has not accepted the connection of a requestor: nothing shows whether it was asked for."""
        refused = {(event, state) for state in _ASKING.values() for event in CLOSED.options if event is not None}
        self.possible |= _ASKING.keys() | refused

    def sent(self, data: bytes, *, changed: bool = False) -> None:
        """The tester has sent bytes; `changed`: not as the standard has them."""
        if self._situation is not None:
            for given in self._inputs.take(data, changed=changed):
                if len(self._situation.inputs) >= self._judgement.most_inputs:
                    self._situation = None
                    return
                self._situation = self._situation.sent(given)

    def took(self, given: Input) -> None:
        """The target is given something whose bytes are not known."""
        if self._situation is not None:
            self._situation = self._situation.sent(given)

    def closed(self) -> None:
        """The tester has closed its direction, or the connection."""
        if self._situation is not None:
            for given in (*self._inputs.end(), CLOSED):
                self._situation = self._situation.sent(given)

    # ------------------------------------------------------------------ what the target does

    def received(self, data: bytes) -> tuple[ReplyVerdict, ...]:
        """The verdicts on a whole PDU of the target: as a reply, and as bytes if they deviate from the schema."""
        decoded = self._judgement.readings.of(data)
        malformed = _malformed(data, decoded)
        if data[0] not in EVENT_OF_TYPE:
            self._situation = None
            return malformed
        found = self._reply(data, decoded.pdu)
        return (*found, *malformed) if malformed else found

    def silent(self, *, past_artim: bool = False) -> tuple[ReplyVerdict, ...]:
        """The verdict on silence that lasts longer than the target ever takes; its user may take any time.

        `past_artim`: the silence was also longer than the ARTIM timer of the target.
        """
        situation = self._situation
        if situation is None:
            return ()
        arrival = situation.outlasted() if past_artim else situation.silent()
        if arrival is not None:
            return self._arrived(arrival)
        self._situation = None
        return (_unexplained(situation, Oddity.SILENCE, SILENCE),)

    def ended(self, *, reset: bool = False, timing: CloseTiming = UNTIMED) -> tuple[ReplyVerdict, ...]:
        """The verdict on the end of the connection by the target; with RST, what it sent last may be lost.

        `timing`: what the time says of the close. That makes cells certain, but it makes nothing a deviation.
        """
        situation = self._situation
        if situation is None:
            return ()
        soon = not timing.may_have_expired
        arrival = (situation.closed(soon=soon) if timing.has_noticed else None) or situation.seen(CLOSE)
        if arrival is None and reset:
            arrival = situation.lost()
        self._situation = None
        if arrival is not None:
            return self._arrived(arrival, TIMERS if soon else frozenset())
        return (_unexplained(situation, Oddity.CLOSE, f"{CLOSE} by reset" if reset else CLOSE),)

    def remains(self, data: bytes, *, reset: bool = False) -> tuple[ReplyVerdict, ...]:
        """The verdict on bytes of the target that are not a whole PDU."""
        self._situation = None
        name = pdu_name(data)
        return (Unexplained(Oddity.MALFORMED, name, (), frozenset(), "PS3.8 9.3.1", not reset, INCOMPLETE),)

    # ------------------------------------------------------------------ inside

    def _reply(self, data: bytes, pdu: Pdu | None) -> tuple[ReplyVerdict, ...]:
        situation = self._situation
        if situation is None:
            return ()
        name = EVENTS[EVENT_OF_TYPE[data[0]]].subject
        source = data[_SOURCE] if name == _ABORT and len(data) == _ABORT_LENGTH else None
        if pdu is not None:
            self._contexts.received(pdu)
        arrival = situation.seen(name, source)
        if arrival is not None:
            return self._arrived(arrival)
        seen = name if source is None else f"{name}({source})"
        if name != _ABORT:
            self._situation = None
            return (_unexplained(situation, Oddity.IMPOSSIBLE, seen),)
        allowed = situation.seen(name)
        # Whatever called for it, after an A-ABORT the association is over.
        self._situation = allowed.situation if allowed else situation.assume(States.STA_13)
        return (_unexplained(situation, Oddity.ABORT_SOURCE if allowed else Oddity.ABORT, seen),)

    def _arrived(self, arrival: Arrival, unsure: Set[Events] = frozenset()) -> tuple[ReplyVerdict, ...]:
        """Take it; cells of the `unsure` events are possible at best."""
        if self._situation is not None:
            self._situation = arrival.situation
        certain = arrival.verdict.certain
        self.certain |= {cell for cell in certain if cell[0] not in unsure} if unsure else certain
        self.possible |= arrival.verdict.possible
        return (arrival.verdict,)


def _unexplained(situation: Situation, oddity: Oddity, seen: str) -> Unexplained:
    expected = [_label(output) for output in situation.allowed]
    if situation.silent() is not None:
        expected.append(SILENCE)
    after_the_end = all(state is States.STA_13 for _, state in situation.due)
    sure = is_sure(oddity) and not (oddity is Oddity.SILENCE and after_the_end)
    return Unexplained(oddity, seen, tuple(expected), situation.due, _clause(situation), sure)


def _label(output: VisibleOutput) -> str:
    sources = " or ".join(map(str, sorted(output.sources)))
    return f"{output.name}({sources})" if sources else output.name


def _clause(situation: Situation) -> str:
    """The cells if there are few, else the states."""
    cells = [f"{EVENTS[event].label}/{STATES[state].label} {TABLE[event, state]}" for event, state in situation.due]
    if 0 < len(cells) <= 3:
        return f"{_TABLE} {', '.join(sorted(cells))}"
    states = ", ".join(STATES[state].label for state in sorted(situation.states))
    return f"{_TABLE} {states}"


def _malformed(data: bytes, decoded: Decoded) -> tuple[ReplyVerdict, ...]:
    if not decoded.deviations:
        return ()
    first = decoded.deviations[0]
    detail = f"{first.path}: {first.problem}"
    return (Unexplained(Oddity.MALFORMED, pdu_name(data), (), frozenset(), first.clause, sure=True, detail=detail),)
