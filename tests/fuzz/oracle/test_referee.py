"""Verdicts on replies: what is explained, what is not and how sure that is, and what damaged input may lead to."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.conversation import (
    ConnectionRecord,
    Ended,
    EndKind,
    Entry,
    HalfClosed,
    Received,
    Remains,
    Sent,
)
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.review import Reviewer, review
from dulcimer.fuzz.oracle.verdicts import Explained, Oddity, ReplyVerdict, Unexplained
from dulcimer.fuzz.sequences.steps import SendBytes, TargetRole
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort
from self_fuzz.bounds import within
from self_fuzz.surface import Allowance

RQ, AC, RJ, DATA, RELEASE_RQ, RELEASE_RP = (
    encode(plain_pdu(kind.label, Titles())) for kind in PduType if kind is not PduType.A_ABORT
)
USER_ABORT, PROVIDER_ABORT = encode(Abort(0, 0)), encode(Abort(2, 0))
UNKNOWN = b"\xff\0\0\0\0\0"
JUDGEMENTS: dict[TargetRole, Judgement] = {"acceptor": Judgement("acceptor"), "requestor": Judgement("requestor")}


def begun(*pdus: bytes, role: TargetRole = "acceptor") -> Referee:
    referee = Referee(JUDGEMENTS[role])
    for data in pdus:
        referee.sent(data)
    return referee


def established() -> Referee:
    referee = begun(RQ)
    assert not odd(referee.received(AC))
    return referee


def odd(verdicts: Iterable[ReplyVerdict]) -> list[Oddity]:
    return [verdict.oddity for verdict in verdicts if isinstance(verdict, Unexplained)]


@pytest.mark.clause("PS3.8 9.2.3")
def test_an_association_from_request_to_release_is_explained_cell_by_cell() -> None:
    referee = established()
    referee.sent(RELEASE_RQ)
    (verdict,) = referee.received(RELEASE_RP)
    assert isinstance(verdict, Explained)
    assert verdict.certain == {(Events.EVT_12, States.STA_6), (Events.EVT_14, States.STA_8)}
    assert referee.states == {States.STA_13, States.STA_1}
    referee.closed()
    assert not odd(referee.ended())
    assert {(Events.EVT_6, States.STA_2), (Events.EVT_7, States.STA_3)} <= referee.certain


def test_an_acceptance_in_an_association_is_impossible_and_ends_the_judgement() -> None:
    referee = established()
    (verdict,) = referee.received(AC)
    assert isinstance(verdict, Unexplained)
    assert (verdict.oddity, verdict.sure) == (Oddity.IMPOSSIBLE, True)
    assert "A-ASSOCIATE-AC where" in str(verdict)
    assert not referee.received(AC)
    assert not referee.ended()
    assert not referee.states


@pytest.mark.parametrize(("sent", "name"), [(AC, "Evt3"), (RQ, "Evt6"), (UNKNOWN, "Evt19")], ids=str)
def test_silence_where_an_abort_is_due_names_the_cell(sent: bytes, name: str) -> None:
    referee = established()
    referee.sent(sent)
    (verdict,) = referee.silent()
    assert isinstance(verdict, Unexplained)
    assert (verdict.oddity, verdict.sure) == (Oddity.SILENCE, True)
    assert verdict.clause == f"PS3.8 Table 9-10 {name}/Sta6 AA-8"
    assert "A-ABORT(2)" in verdict.expected
    assert "silence" not in verdict.expected


def test_a_user_may_take_any_time_and_may_abort_reject_or_release_at_any_time() -> None:
    assert not odd(begun(RQ).silent())
    assert not odd(begun(RQ).received(RJ))
    assert not odd(begun(RQ).received(USER_ABORT))
    assert not odd(established().received(USER_ABORT))
    assert not odd(established().received(RELEASE_RQ))
    assert not odd(established().received(DATA))


def test_an_abort_of_another_source_or_without_cause_is_unsure_and_is_followed_on() -> None:
    referee = begun(RELEASE_RQ)
    (verdict,) = referee.received(PROVIDER_ABORT)
    assert isinstance(verdict, Unexplained)
    assert (verdict.oddity, verdict.sure) == (Oddity.ABORT_SOURCE, False)
    assert not odd(referee.silent())
    assert odd(referee.received(PROVIDER_ABORT)) == [Oddity.ABORT]
    assert odd(referee.received(AC)) == [Oddity.IMPOSSIBLE]


def test_an_end_without_the_abort_that_is_due_is_unsure_and_with_a_reset_it_is_explained() -> None:
    for reset, expected in ((False, [Oddity.CLOSE]), (True, [])):
        referee = established()
        referee.sent(AC)
        assert odd(referee.ended(reset=reset)) == expected
    (verdict,) = established().ended(reset=True)
    assert isinstance(verdict, Unexplained)
    assert (verdict.oddity, verdict.sure) == (Oddity.CLOSE, False)


def test_the_bytes_of_a_reply_are_judged_too_also_when_nothing_is_known_of_the_state() -> None:
    referee = begun(RQ)
    wrong = bytearray(AC)
    wrong[4:6] = (len(AC) - 6 + 4).to_bytes(2, "big")
    first, second = referee.received(bytes(wrong) + b"\x99\0\0\x09")
    assert isinstance(first, Explained)
    assert isinstance(second, Unexplained)
    assert (second.oddity, second.sure) == (Oddity.MALFORMED, True)
    assert second.detail
    assert second.clause.startswith("PS3.8 9.3")
    (unknown,) = referee.received(UNKNOWN)
    assert isinstance(unknown, Unexplained)
    assert unknown.oddity is Oddity.MALFORMED


def test_a_damaged_pdu_may_be_refused_or_tolerated_but_not_answered_otherwise() -> None:
    damaged = bytearray(RQ)
    damaged[-1] = 0x07  # a control character in the implementation version name
    for reply, expected in ((AC, []), (PROVIDER_ABORT, [Oddity.ABORT_SOURCE]), (USER_ABORT, []), (RJ, [])):
        assert odd(begun(bytes(damaged)).received(reply)) == expected
    assert odd(begun(bytes(damaged)).received(RELEASE_RP)) == [Oddity.IMPOSSIBLE]


def test_a_lawful_pdu_in_pieces_is_not_refused_before_its_end_but_a_changed_one_may_be() -> None:
    for changed, expected in ((False, [Oddity.ABORT]), (True, [])):
        referee = begun()
        referee.sent(RQ[:40], changed=changed)
        assert odd(referee.received(USER_ABORT)) == expected
    whole = begun()
    for piece in (RQ[:3], RQ[3:40], RQ[40:]):
        assert not odd(whole.silent())
        whole.sent(piece)
    assert not odd(whole.received(AC))


def test_a_length_beyond_reason_may_be_refused_at_once_or_waited_for() -> None:
    huge = b"\x04\0\xff\xff\xff\xff"
    for reply in (PROVIDER_ABORT, None):
        referee = established()
        referee.sent(huge)
        assert not odd(referee.received(reply) if reply else referee.silent())
    referee = established()
    referee.sent(huge)
    referee.sent(RELEASE_RQ)  # part of the P-DATA-TF, or a PDU: nobody knows
    assert not odd(referee.received(RELEASE_RP))


def test_what_comes_after_a_pdu_that_may_be_cut_otherwise_is_not_known_though_it_looks_like_a_pdu() -> None:
    damaged = bytearray(RQ)
    damaged[74 + 3] += 1  # the length of the application context item
    referee = begun(bytes(damaged) + bytes(6), AC)
    assert not odd(referee.received(USER_ABORT))
    assert not odd(referee.silent())
    assert not {cell for cell in referee.certain if cell[0] is Events.EVT_3}


def test_an_acceptance_of_what_was_not_proposed_may_be_refused_by_a_requestor() -> None:
    other = bytearray(AC)
    other[other.index(b"\x21\0") + 4] = 9  # the context ID
    for sent, expected in ((AC, [Oddity.ABORT_SOURCE]), (bytes(other), [])):
        referee = begun(role="requestor")
        assert not odd(referee.received(RQ))
        referee.sent(sent)
        assert odd(referee.received(PROVIDER_ABORT)) == expected


STEPS = (SendBytes(RQ, "A-ASSOCIATE-RQ"), SendBytes(AC, "A-ASSOCIATE-AC", ("moved",)))
REVIEWED: list[tuple[tuple[Entry, ...], list[Oddity]]] = [
    ((Ended(0.0, EndKind.REFUSED),), []),
    ((Sent(0.0, 0, RQ), Received(0.1, AC), HalfClosed(0.2), Ended(0.3, EndKind.FIN)), []),
    ((Sent(0.0, 0, RQ), Received(0.1, AC), Ended(0.2, EndKind.FIN)), [Oddity.CLOSE]),
    ((Sent(0.0, 0, RQ), Received(0.1, AC), Sent(0.2, 1, AC), Received(0.3, PROVIDER_ABORT)), []),
    ((Sent(0.0, 0, RQ), Received(0.1, AC), Sent(0.2, 1, AC), Ended(0.3, EndKind.RST_AFTER_SEND)), []),
    ((Sent(0.0, 0, RQ), Received(0.1, AC), Sent(0.2, 1, AC), Ended(1.0, EndKind.OPEN)), [Oddity.SILENCE]),
    ((Sent(0.0, 0, RQ), Received(0.1, AC), Ended(1.0, EndKind.CLOSED)), []),
    ((Sent(0.0, 0, RQ), Remains(0.1, AC[:9]), Ended(0.2, EndKind.FIN)), [Oddity.MALFORMED]),
]


@pytest.mark.parametrize(("entries", "expected"), REVIEWED)
def test_a_recorded_conversation_is_reviewed(entries: tuple[Entry, ...], expected: list[Oddity]) -> None:
    found = review(ConnectionRecord(entries), STEPS, JUDGEMENTS["acceptor"])
    assert [deviation.oddity for _, deviation in found.deviations] == expected
    assert all(0 <= number < len(entries) for number, _ in found.deviations)
    assert found.certain <= found.possible


@pytest.mark.parametrize(("entries", "expected"), REVIEWED)
def test_a_conversation_can_be_reviewed_as_it_grows(entries: tuple[Entry, ...], expected: list[Oddity]) -> None:
    reviewer = Reviewer(STEPS, JUDGEMENTS["acceptor"])
    for count in range(len(entries) + 1):
        # Remains come with the end that is their reason.
        if not any(isinstance(entry, Remains) for entry in entries[:count][-1:]):
            reviewer.follow(entries[:count])
    assert [deviation.oddity for _, deviation in reviewer.review.deviations] == expected
    assert reviewer.review == review(ConnectionRecord(entries), STEPS, JUDGEMENTS["acceptor"])


def test_a_target_may_wait_after_the_beginning_of_a_pdu_and_after_lengths_that_do_not_fit() -> None:
    damaged = bytearray(RQ)
    damaged[74 + 3] += 1
    assert begun(RQ[:80]).may_wait
    assert begun(bytes(damaged)).may_wait
    assert not begun(RQ[:80], RQ[80:]).may_wait
    assert not established().may_wait


def test_what_is_cut_off_by_a_reset_is_unsure() -> None:
    for how, sure in ((EndKind.FIN, True), (EndKind.RST, False)):
        entries = (Sent(0.0, 0, RQ), Remains(0.1, AC[:9]), Ended(0.2, how))
        ((_, deviation),) = review(ConnectionRecord(entries), STEPS, JUDGEMENTS["acceptor"]).deviations
        assert deviation.sure is sure


def test_after_lengths_that_do_not_fit_a_target_may_wait_for_more() -> None:
    damaged = bytearray(RQ)
    damaged[74 + 3] += 1  # the length of the application context item
    referee = established()
    referee.sent(bytes(damaged))
    assert not odd(referee.silent())


def test_silence_on_what_comes_after_the_association_is_unsure() -> None:
    referee = begun(AC)
    assert not odd(referee.received(USER_ABORT))
    referee.sent(UNKNOWN)
    (verdict,) = referee.silent()
    assert isinstance(verdict, Unexplained)
    assert (verdict.oddity, verdict.sure) == (Oddity.SILENCE, False)
    assert verdict.clause == "PS3.8 Table 9-10 Evt19/Sta13 AA-7"


def test_thousands_of_pdus_in_one_segment_take_work_and_memory_in_proportion() -> None:
    data = bytes(6) * 4000
    referee = Referee(Judgement("acceptor"))
    referee.sent(RQ)
    with within(Allowance(calls_per_byte=40, memory_per_byte=1000), len(data)):
        referee.sent(data, changed=True)
        referee.silent()
