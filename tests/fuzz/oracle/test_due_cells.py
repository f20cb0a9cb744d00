"""The cells in which a target may take what was sent last: where a fact happened that nothing else shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import TABLE, Events
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, HalfClosed, Received, Sent
from dulcimer.fuzz.oracle.automaton import Automaton
from dulcimer.fuzz.oracle.inputs import RECEIVED, Input
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.review import review
from dulcimer.fuzz.sequences.steps import SendBytes, TargetRole, cell_name
from dulcimer.wire.codec import encode

REQUEST, ACCEPTANCE, REJECTION, ECHO, RELEASE, RELEASED = (
    encode(plain_pdu(kind.label, Titles())) for kind in PduType if kind is not PduType.A_ABORT
)
UNKNOWN = b"\xff\0\0\0\0\0"
JUDGEMENTS: dict[TargetRole, Judgement] = {"acceptor": Judgement("acceptor"), "requestor": Judgement("requestor")}
AUTOMATA: dict[TargetRole, Automaton] = {"acceptor": Automaton("acceptor"), "requestor": Automaton("requestor")}


def played(role: TargetRole, *acts: bytes) -> Referee:
    """After what the target has sent, written with a ``<`` before it, and what it was sent."""
    referee = Referee(JUDGEMENTS[role])
    for act in acts:
        if act[:1] == b"<":
            referee.received(act[1:])
        else:
            referee.sent(act)
    return referee


def shown(pdu: bytes) -> bytes:
    return b"<" + pdu


@pytest.mark.parametrize(
    ("role", "acts", "due"),
    [
        ("acceptor", (), {"Evt5-Sta1"}),
        ("acceptor", (REQUEST,), {"Evt6-Sta2"}),
        ("acceptor", (ECHO,), {"Evt10-Sta2"}),
        ("acceptor", (REQUEST, shown(ACCEPTANCE), ECHO), {"Evt10-Sta6"}),
        ("acceptor", (REQUEST, ECHO), {"Evt10-Sta3"}),
        ("acceptor", (REQUEST, UNKNOWN), {"Evt19-Sta3"}),
        ("acceptor", (REQUEST, shown(ACCEPTANCE), RELEASE, REQUEST), {"Evt6-Sta8"}),
        ("acceptor", (REQUEST, shown(ACCEPTANCE), RELEASE, shown(RELEASED), ECHO), {"Evt10-Sta13"}),
        ("requestor", (shown(REQUEST), ACCEPTANCE), {"Evt3-Sta5"}),
        ("requestor", (shown(REQUEST), REJECTION), {"Evt4-Sta5"}),
    ],
)
def test_what_was_sent_last_is_due_in_the_states_that_the_target_can_be_in_then(
    role: TargetRole, acts: tuple[bytes, ...], due: set[str]
) -> None:
    assert set(map(cell_name, played(role, *acts).due_last)) == due


def test_pdu_that_a_target_may_refuse_is_due_as_two_events() -> None:
    referee = played("requestor", shown(REQUEST), ACCEPTANCE, ECHO)
    assert {"Evt10-Sta6", "Evt19-Sta6"} == set(map(cell_name, referee.due_last))


@pytest.mark.parametrize("acts", [(ECHO, REQUEST), (REQUEST, ECHO, RELEASE)])
def test_nothing_is_due_before_the_target_has_shown_what_must_come_first(acts: tuple[bytes, ...]) -> None:
    assert played("acceptor", *acts).due_last == frozenset()


def test_nothing_is_due_once_all_was_taken_or_nothing_is_known() -> None:
    assert played("acceptor", REQUEST, shown(ACCEPTANCE)).due_last == frozenset()
    assert played("acceptor", REQUEST, shown(ACCEPTANCE), shown(ACCEPTANCE), ECHO).due_last == frozenset()


def test_end_of_the_stream_is_due_like_a_pdu() -> None:
    referee = played("acceptor", REQUEST, shown(ACCEPTANCE))
    referee.closed()
    assert set(map(cell_name, referee.due_last)) == {"Evt17-Sta6"}


@given(
    st.sampled_from(sorted(AUTOMATA)),
    st.lists(st.sampled_from(sorted(RECEIVED)), min_size=1, max_size=5),
    st.sampled_from(["A-ASSOCIATE-AC", "P-DATA-TF", CLOSE, None]),
)
def test_what_is_due_last_is_due_and_is_a_filled_cell_of_the_last_event(
    role: TargetRole, events: list[Events], reply: str | None
) -> None:
    situation = AUTOMATA[role].start
    for event in events:
        situation = situation.sent(Input.of(event))
    arrival = situation.seen(reply) if reply is not None else None
    situation = situation if arrival is None else arrival.situation
    assert situation.due_last <= situation.due & TABLE.keys()
    assert {event for event, _ in situation.due_last} <= {events[-1]}


def test_review_keeps_what_was_due_when_the_last_bytes_were_sent() -> None:
    steps = (SendBytes(REQUEST, "A-ASSOCIATE-RQ"), SendBytes(ECHO, "P-DATA-TF"))
    first: tuple[Entry, ...] = (Sent(0.0, 0, REQUEST), Received(0.1, ACCEPTANCE), Sent(0.2, 1, ECHO))
    for last in ((), (HalfClosed(0.3),), (HalfClosed(0.3), Ended(0.4, EndKind.RST))):
        found = review(ConnectionRecord((*first, *last)), steps, JUDGEMENTS["acceptor"])
        assert set(map(cell_name, found.due)) == {"Evt10-Sta6"}
    assert review(ConnectionRecord((Ended(0.0, EndKind.REFUSED),)), (), JUDGEMENTS["acceptor"]).due == frozenset()
