"""A state machine of Hypothesis that talks to an upper layer in memory, with Table 9-10 as the judge of its replies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENT_OF_PRIMITIVE, EVENTS, Events, States
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.fuzz.engine.conversation import PduCutter
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import Oddity, ReplyVerdict, Unexplained
from dulcimer.fuzz.sequences.moves import Act, PduKind, Script
from dulcimer.fuzz.sequences.planner import RECEIVED, Planner
from dulcimer.fuzz.sequences.rendering import BasePdus
from dulcimer.fuzz.sequences.steps import TargetRole, cell_name
from dulcimer.testing.adapter import UpperLayerAdapter
from dulcimer.testing.story import Story, UpperLayerDeviation, deviation_text, error_text
from dulcimer.testing.strategies.changed import changed_by_octets

__tracebackhide__ = True
"""Of all functions here, for pytest: the story says more."""
_CONNECTIONS, _STEPS = 6, 6
"""Of one run: each connection is brought into a cell, and the steps follow on the last one."""
_LONGEST_DAMAGED = 2048
_RUNS = 300
"""With so many, nearly all cells are visited."""
_VARIANTS = {
    (Events.EVT_6, PduKind.UNSUPPORTED): "with an unknown application context",
    (Events.EVT_6, PduKind.UNKNOWN_TITLE): "for an unknown AE title",
    (Events.EVT_10, PduKind.NO_MESSAGE): "that is not a message",
    (Events.EVT_16, PduKind.OF_PROVIDER): "of the service-provider",
}
_INVALID = "an invalid PDU"
SENDABLE: dict[str, tuple[Events, PduKind]] = {
    **{_INVALID if one is Events.EVT_19 else EVENTS[one].subject: (one, PduKind.USUAL) for one in RECEIVED},
    **{f"{EVENTS[event].subject} {words}": (event, kind) for (event, kind), words in _VARIANTS.items()},
}
"""What the tester sends, by its name in the story."""
_NAMES = {sent: name for name, sent in SENDABLE.items()}
_SENT_AS = {PduKind.ANSWER: PduKind.USUAL}
"""To a requestor the usual message is an answer."""
_PRIMITIVES = {event: name for name, event in EVENT_OF_PRIMITIVE.items()}
_NEXT = {States.STA_2: EVENTS[Events.EVT_6].subject, States.STA_5: EVENTS[Events.EVT_3].subject}
"""What continues the association in the states that wait for it."""
_PASSED = 2.0
"""How many times ARTIM passes when the tester waits for it."""

_names = st.sampled_from(tuple(SENDABLE))


@cache
def _judgement(role: TargetRole) -> Judgement:
    return Judgement(role)


@cache
def _ways(role: TargetRole) -> dict[str, Script]:
    """The cheapest way into each cell of Table 9-10, by the name of the cell, for a target with a connection."""
    found = [way for way in Planner(role).scripts.values() if all(move.act is not Act.REFUSE for move in way.moves)]
    return {cell_name(way.cell): way for way in sorted(found, key=lambda way: way.cost)}


@st.composite
def _visits(draw: st.DrawFn) -> list[tuple[str, str]]:
    """Some cells of Table 9-10, by their names, and the PDU that follows there, "" for none."""
    machine: UpperLayerMachine = draw(st.runner())
    return draw(st.lists(_visit(machine.role), min_size=1, max_size=_CONNECTIONS))


@cache
def _visit(role: TargetRole) -> st.SearchStrategy[tuple[str, str]]:
    return st.tuples(st.sampled_from(tuple(_ways(role))), st.sampled_from(("", *SENDABLE)))


@st.composite
def _actions(draw: st.DrawFn) -> str:
    """The name of something that the user can do now."""
    machine: UpperLayerMachine = draw(st.runner())
    return draw(st.sampled_from(sorted(machine.adapter.user_actions())))


class UpperLayerMachine(RuleBasedStateMachine):
    """Talks to an implementation of the upper layer as a peer of any kind, and checks each reply with Table 9-10.

    Subclass it, say what `implementation` is, and give its `TestCase` to pytest. The tester sends PDUs that belong into
    the state and others, whole, in pieces, several at once, damaged; it lets ARTIM expire, and closes the
    connection. It keeps all states that the implementation may be in, so that its user is free to act, or not.

    - `role`: of the implementation. `artim`: the longest that its ARTIM timer runs, in seconds.
    - `strict`: whether also what many products do fails: another Source in an A-ABORT, an A-ABORT of the provider that
      nothing has called for, and no answer after the end of the association.

    The run fails with `UpperLayerDeviation`.
    """

    role: ClassVar[TargetRole] = "acceptor"
    artim: ClassVar[float] = 30.0
    strict: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        """Give the test case of the subclass its usual settings: those of the profile, but `_RUNS` runs at least."""
        super().__init_subclass__(**options)
        case: Any = cls.TestCase
        runs = max(case.settings.max_examples, _RUNS)
        case.settings = settings(case.settings, max_examples=runs, stateful_step_count=_STEPS)

    def implementation(self) -> UpperLayerAdapter:
        """A new association of the implementation; called for each connection."""
        raise NotImplementedError(f"{type(self).__name__} has to say what its implementation() is")

    # ------------------------------------------------------------------ rules

    @initialize(visits=_visits())
    def connect(self, visits: list[tuple[str, str]]) -> None:
        """Connections, one after the other, each brought into a cell of Table 9-10; the last one is kept.

        What a cell has led to shows by the PDU that follows, and by what ARTIM does then.
        """
        for number, (cell, then) in enumerate(visits, 1):
            self._open()
            self._follow(_ways(self.role)[cell])
            if then and not self.is_over:
                self.send(then)
            if number < len(visits):
                self._leave()

    @precondition(lambda self: not self.is_over)
    @rule()
    def send_next(self) -> None:
        """What continues the association: the request, the acceptance, or data."""
        waits = next((name for state, name in _NEXT.items() if state in self.referee.states), None)
        self.send(waits or PduType.P_DATA_TF.label)

    @precondition(lambda self: not self.is_over)
    @rule(pdu=_names)
    def send(self, pdu: str) -> None:
        """A PDU, whether or not it has a place in the state."""
        self._send_segment([pdu])

    @precondition(lambda self: not self.is_over)
    @rule(first=_names, second=_names)
    def send_together(self, first: str, second: str) -> None:
        """Two PDUs in one segment."""
        self._send_segment([first, second])

    @precondition(lambda self: not self.is_over)
    @rule(pdu=_names, size=st.integers(1, 80))
    def send_in_pieces(self, pdu: str, size: int) -> None:
        """A PDU in two segments."""
        data = self._pdu(pdu)
        size = min(size, len(data) - 1)
        self._send(f"> {pdu}, the first {size} of {len(data)} bytes", data[:size])
        if not self.is_over:
            self._send("> the rest of it", data[size:])

    @precondition(lambda self: not self.is_over)
    @rule(pdu=_names, change=st.binary(min_size=1, max_size=16))
    def send_damaged(self, pdu: str, change: bytes) -> None:
        """A PDU that an operator of the fuzzer has changed; `change` chooses which one, and where."""
        made = changed_by_octets(self._pdu(pdu), change, _LONGEST_DAMAGED)
        self._send(f"> {pdu}", made.data, made.changes)

    @precondition(lambda self: not self.is_over and bool(self.adapter.user_actions()))
    @rule(action=_actions())
    def user(self, action: str) -> None:
        """The user of the implementation acts."""
        self.story.step(f"user: {action}")
        with self._told():
            self.adapter.user_actions()[action]()
        self._settle()

    @precondition(lambda self: not self.is_over and self.adapter.has_timers)
    @rule()
    def let_artim_expire(self) -> None:
        """Time passes, more than ARTIM runs."""
        seconds = _PASSED * self.artim
        self.story.step(f"{seconds:g} seconds pass")
        with self._told():
            self.adapter.advance(seconds)
        self._settle(past_artim=True)

    @precondition(lambda self: not self.is_over)
    @rule()
    def close(self) -> None:
        """The tester closes the connection."""
        self.story.step("> close")
        self.is_over = True
        with self._told():
            self.adapter.peer_closed()

    @precondition(lambda self: self.is_over)
    @rule()
    def end(self) -> None:
        """Nothing more can happen on this connection."""

    # ------------------------------------------------------------------ one connection

    def _open(self) -> None:
        self.story = Story()
        self.is_over = False
        self.referee = Referee(_judgement(self.role))
        self._cutter = PduCutter()
        self._bases: BasePdus | None = None
        self.story.step("the connection is open")
        with self._told():
            self.adapter = self.implementation()
            self.adapter.connected()
        self._settle()

    def _leave(self) -> None:
        """Wait for ARTIM, then close."""
        if self.adapter.has_timers and not self.is_over:
            self.let_artim_expire()
        if not self.is_over:
            self.close()

    def _follow(self, way: Script) -> None:
        """The moves of a way; what the user of the implementation does not do is left out."""
        segment: list[str] = []
        for move in way.moves:
            if segment and not (move.act is Act.SEND and move.joined):
                self._send_segment(segment)
                segment = []
            if self.is_over:
                return
            match move.act:
                case Act.SEND:
                    segment.append(_NAMES[move.event, _SENT_AS.get(move.kind, move.kind)])
                case Act.USER if (name := _PRIMITIVES[move.event]) in self.adapter.user_actions():
                    self.user(name)
                case Act.ARTIM if self.adapter.has_timers:
                    self.let_artim_expire()
                case Act.HALF_CLOSE:
                    self.close()
                case _:
                    pass
        if segment:
            self._send_segment(segment)

    def _send_segment(self, names: list[str]) -> None:
        together = " in one segment" if len(names) > 1 else ""
        self._send(f"> {', '.join(names)}{together}", b"".join(map(self._pdu, names)))

    def _pdu(self, name: str) -> bytes:
        if self._bases is None:
            self._bases = BasePdus()
        return b"".join(self._bases.pdus(self.role, *SENDABLE[name]))

    def _send(self, text: str, data: bytes, changes: tuple[str, ...] = ()) -> None:
        self.story.step(text, changes)
        if not data:
            return
        self.referee.sent(data, changed=bool(changes))
        with self._told():
            self.adapter.receive(data)
        self._settle()

    def _settle(self, *, past_artim: bool = False) -> None:
        """Read what has come, and judge it; then nothing more comes."""
        with self._told():
            data, closed = self.adapter.bytes_to_send(), self.adapter.is_closed()
        for pdu in self._cutter.cut(data):
            self.story.reply(pdu_name(pdu))
            if self._bases is None and self.role == "requestor" and pdu[0] == PduType.A_ASSOCIATE_RQ:
                self._bases = BasePdus(request=pdu)
            self._judge(self.referee.received(pdu))
        if not closed:
            self._judge(self.referee.silent(past_artim=past_artim))
            return
        self.is_over = True
        if self._cutter.pending:
            self.story.reply(f"{pdu_name(self._cutter.pending)}, of which the end is missing")
            self._judge(self.referee.remains(self._cutter.pending))
        self.story.reply("close")
        self._judge(self.referee.ended())

    def _judge(self, verdicts: tuple[ReplyVerdict, ...]) -> None:
        for verdict in verdicts:
            if isinstance(verdict, Unexplained) and (self.strict or verdict.sure or verdict.oddity is Oddity.CLOSE):
                raise UpperLayerDeviation(deviation_text(self.story, verdict, role=self.role))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the implementation raises ends the story."""
        try:
            yield
        except NotImplementedError:
            raise
        except Exception as error:
            raise UpperLayerDeviation(error_text(self.story, error, role=self.role)) from error
