"""What the time of a close makes certain: a target that was watched has the connection, and ARTIM takes time."""

from __future__ import annotations

import pytest

from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, HalfClosed, Received, Sent
from dulcimer.fuzz.oracle.closing import UNTIMED, CloseTiming, timing_of
from dulcimer.fuzz.oracle.referee import Judgement
from dulcimer.fuzz.oracle.review import review
from dulcimer.fuzz.oracle.verdicts import Unexplained
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.steps import RefuseConnection, SendBytes, TargetRole, cell_name
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort
from support.fuzz_scripts import ScriptedTalk

AC, RELEASE = (encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-AC", "A-RELEASE-RQ"))
ABORT = encode(Abort(0, 0))
ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
JUDGEMENTS = {role: Judgement(role) for role in ROLES}
STEPS = (SendBytes(AC, "A-ASSOCIATE-AC"), SendBytes(RELEASE, "A-RELEASE-RQ"))
INTO_STA13: tuple[Entry, ...] = (Sent(0.0, 0, AC), Received(0.1, ABORT))


def reviewed(*entries: Entry) -> tuple[set[str], set[str]]:
    """The cells that are certain, and the others that are possible."""
    found = review(ConnectionRecord(entries), STEPS, JUDGEMENTS["acceptor"])
    assert not found.deviations
    return set(map(cell_name, found.certain)), set(map(cell_name, found.possible - found.certain))


@pytest.mark.parametrize(
    ("entries", "timing"),
    [
        ((HalfClosed(0.1), Ended(0.2, EndKind.FIN)), CloseTiming(True, False)),
        ((HalfClosed(0.001), Ended(0.2, EndKind.FIN)), CloseTiming(False, False)),
        ((HalfClosed(0.1), Ended(0.2, EndKind.RST)), UNTIMED),
        ((HalfClosed(0.1), Ended(0.2, EndKind.OPEN)), UNTIMED),
        ((Ended(0.2, EndKind.FIN),), CloseTiming(False, False)),
        ((Ended(0.5, EndKind.FIN),), CloseTiming(True, True)),
        ((*INTO_STA13, Sent(0.11, 1, RELEASE), HalfClosed(0.11), Ended(0.12, EndKind.FIN)), CloseTiming(True, False)),
        ((*INTO_STA13, Sent(0.101, 1, RELEASE), HalfClosed(0.2), Ended(0.3, EndKind.FIN)), CloseTiming(False, False)),
        ((*INTO_STA13, Ended(0.2, EndKind.FIN)), CloseTiming(False, False)),
    ],
)
def test_close_says_something_by_its_time_if_the_target_was_watched(
    entries: tuple[Entry, ...], timing: CloseTiming
) -> None:
    assert timing_of(entries) == timing


@pytest.mark.clause("PS3.8 Table 9-10")
def test_close_of_the_tester_in_sta2_is_certain_if_artim_cannot_have_expired() -> None:
    assert reviewed(HalfClosed(0.1), Ended(0.2, EndKind.FIN)) == ({"Evt5-Sta1", "Evt17-Sta2"}, set())
    assert reviewed(HalfClosed(0.1), Ended(0.6, EndKind.FIN)) == ({"Evt5-Sta1"}, {"Evt17-Sta2", "Evt18-Sta2"})
    assert reviewed(HalfClosed(0.0), Ended(0.2, EndKind.FIN))[0] == set()


@pytest.mark.clause("PS3.8 Table 9-10")
def test_artim_that_expires_is_certain_if_nothing_else_explains_the_close() -> None:
    assert reviewed(Ended(2.0, EndKind.FIN)) == ({"Evt5-Sta1", "Evt18-Sta2"}, set())


def test_server_that_closes_a_connection_at_once_may_never_have_taken_it() -> None:
    assert reviewed(Ended(0.001, EndKind.FIN)) == (set(), {"Evt5-Sta1", "Evt18-Sta2"})


@pytest.mark.clause("PS3.8 Table 9-10")
def test_what_is_ignored_in_sta13_is_certain_if_the_target_had_to_read_on() -> None:
    act = (Sent(0.2, 1, RELEASE), HalfClosed(0.2), Ended(0.21, EndKind.FIN))
    certain, _ = reviewed(*INTO_STA13, *act)
    assert {"Evt12-Sta13", "Evt17-Sta13"} <= certain


def test_target_that_leaves_by_itself_makes_nothing_certain_that_it_has_not_read() -> None:
    """It follows no table, but its close is explained by ARTIM, of which nobody knows how long it is."""
    certain, possible = reviewed(*INTO_STA13, Ended(0.12, EndKind.FIN))
    assert certain == {"Evt5-Sta1", "Evt3-Sta2"}
    assert "Evt18-Sta13" in certain | possible


def test_requestor_that_connects_has_asked_for_it_and_one_that_is_refused_may_have() -> None:
    judgement = JUDGEMENTS["requestor"]
    found = review(ConnectionRecord((Ended(0.1, EndKind.FIN),)), (), judgement)
    assert "Evt1-Sta1" in set(map(cell_name, found.certain))
    found = review(ConnectionRecord((Ended(0.0, EndKind.REFUSED),)), (RefuseConnection(),), judgement)
    assert (found.certain, set(map(cell_name, found.possible))) == (frozenset(), {"Evt1-Sta1", "Evt17-Sta4"})
    found = review(ConnectionRecord((Ended(0.0, EndKind.REFUSED),)), (), judgement)
    assert found.possible == frozenset()


@pytest.mark.clause("PS3.8 Table 9-10")
@pytest.mark.parametrize("is_timed", [False, True])
@pytest.mark.parametrize("role", ROLES)
def test_what_is_certain_has_happened_on_each_way_to_each_cell(role: TargetRole, is_timed: bool) -> None:
    planner = Planner(role)
    certain = set()
    for cell in planner.scripts:
        for way in planner.ways(cell):
            talk = ScriptedTalk(way, JUDGEMENTS[role], is_timed=is_timed)
            assert not [verdict for verdict in talk.verdicts if isinstance(verdict, Unexplained)]
            assert set(map(cell_name, talk.referee.certain)) <= set(map(cell_name, talk.seen)), way
            certain |= talk.referee.certain
    assert certain <= set(planner.scripts)
    assert len(certain) >= len(planner.scripts) - (5 if is_timed else 18)
