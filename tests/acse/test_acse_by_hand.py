"""ACSE over two upper layers joined in memory: each primitive and the procedures made of them."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.codes import REJECT_REASONS, AbortReason, RejectResult
from dulcimer._generated.fsm import States
from dulcimer.acse import ACSE
from dulcimer.acse.negotiation import outcome
from dulcimer.errors import LocalProtocolError
from dulcimer.fsm.primitives import (
    AbortIndication,
    AssociateConfirmation,
    PAbortIndication,
    PDataRequest,
    ReleaseConfirmation,
    ReleaseIndication,
)
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq
from support.associations import DATA
from support.low_level import Joined

REJECTIONS = [
    (int(result), source, int(reason))
    for result in RejectResult
    for source, reasons in REJECT_REASONS.items()
    for reason in reasons
]
BOTH = pytest.mark.parametrize("requestor", [True, False], ids=["requestor", "acceptor"])


def test_requestor_and_acceptor_negotiate() -> None:
    ends = Joined()
    ends.requestor.acse.negotiate_association()
    assert ends.requestor.upper_layer.state is ends.acceptor.upper_layer.state is States.STA_6
    request, answer = ends.acceptor.requestor.pdu, ends.requestor.acceptor.pdu
    assert isinstance(request, AssociateRq)
    assert isinstance(answer, AssociateAc)
    assert [context.context_id for context in outcome(request, answer)[0]] == [1]


def test_acse_names_what_it_works_on() -> None:
    end = Joined().requestor
    acse = end.acse
    assert (acse.assoc, acse.dul, acse.socket) == (end, end, end.socket)
    assert (acse.requestor, acse.acceptor, acse.acse_timeout) == (end.requestor, end.acceptor, 1.0)


def test_association_without_an_accepted_context_is_aborted() -> None:
    ends = Joined(supported=())
    ends.requestor.acse.negotiate_association()
    assert ends.requestor.upper_layer.state is States.STA_1
    assert ends.acceptor.acse.is_aborted("a-abort")


def test_request_that_is_not_answered_in_time_is_aborted() -> None:
    ends = Joined()
    ends.requestor.meanwhile = []
    ends.requestor.acse.negotiate_association()
    assert ends.requestor.upper_layer.state is ends.acceptor.upper_layer.state is States.STA_1
    ends.acceptor.receive_pdu()
    assert ends.acceptor.acse.is_aborted("a-abort")


def test_request_that_is_answered_by_an_abort_is_over() -> None:
    ends = Joined()
    ends.requestor.meanwhile = [lambda: ends.acceptor.acse.send_abort(0)]
    ends.requestor.acse.negotiate_association()
    assert ends.requestor.upper_layer.state is States.STA_1
    assert ends.requestor.acceptor.pdu is None


def test_acceptor_answers_as_its_user_decides() -> None:
    ends = Joined()
    ends.acceptor.acceptor.pdu = AssociateRj(2, 1, 1)
    ends.requestor.acse.negotiate_association()
    assert ends.requestor.acceptor.pdu == AssociateRj(2, 1, 1)
    assert ends.requestor.upper_layer.state is States.STA_1


@pytest.mark.clause("PS3.8 Table 9-21")
def test_acceptor_rejects_what_no_acceptor_can_support() -> None:
    ends = Joined()
    request = ends.requestor.requestor.pdu
    assert isinstance(request, AssociateRq)
    ends.requestor.requestor.pdu = AssociateRq("B", "A", request.variable_items[1:])
    ends.requestor.acse.negotiate_association()
    assert ends.requestor.acceptor.pdu == AssociateRj(1, 1, 2)


def test_acceptor_does_not_wait_for_ever() -> None:
    ends = Joined()
    ends.acceptor.acse.negotiate_association()
    assert ends.acceptor.upper_layer.state is States.STA_1


def test_acceptor_whose_peer_goes_has_nothing_to_answer() -> None:
    ends = Joined()

    def come_and_go() -> None:
        ends.requestor.acse.send_request()
        ends.acceptor.receive_pdu()
        ends.requestor.acse.send_abort(0)

    ends.acceptor.meanwhile = [come_and_go]
    ends.acceptor.acse.negotiate_association()
    assert ends.acceptor.acceptor.pdu is None


# Rejection and abort


@pytest.mark.clause("PS3.8 Table 9-21")
@pytest.mark.parametrize("values", REJECTIONS, ids=str)
def test_rejection_reaches_the_requestor(values: tuple[int, int, int]) -> None:
    ends = Joined()
    ends.requestor.acse.send_request()
    ends.acceptor.receive_pdu()
    ends.acceptor.acse.send_reject(*values)
    assert ends.requestor.receive_pdu() == AssociateConfirmation(AssociateRj(*values))
    assert ends.acceptor.acceptor.pdu == AssociateRj(*values)


@given(st.tuples(*[st.integers(-1, 12)] * 3).filter(lambda values: values not in REJECTIONS))
def test_rejection_out_of_range_is_a_value_error_and_sends_nothing(values: tuple[int, int, int]) -> None:
    ends = Joined()
    ends.requestor.acse.send_request()
    with pytest.raises(ValueError, match="is one of"):
        ends.acceptor.acse.send_reject(*values)
    assert ends.acceptor.upper_layer.state is States.STA_3


@pytest.mark.clause("PS3.8 Table 9-26")
@BOTH
@pytest.mark.parametrize("source", [0, 2])
def test_abort_names_its_source(requestor: bool, source: int) -> None:
    mine, other = Joined().established().end(requestor=requestor)
    mine.acse.send_abort(source)
    kind = PAbortIndication if source else AbortIndication
    assert other.peek_next_pdu() == kind(Abort(source, 0))
    assert other.acse.is_aborted()
    assert other.acse.is_aborted("a-p-abort") is bool(source)
    assert other.acse.is_aborted("a-abort") is not bool(source)


@pytest.mark.clause("PS3.8 Table 9-26")
@pytest.mark.parametrize("reason", AbortReason)
def test_abort_in_the_name_of_the_provider_gives_its_reason(reason: AbortReason) -> None:
    ends = Joined().established()
    ends.requestor.acse.send_ap_abort(reason)
    assert ends.acceptor.peek_next_pdu() == PAbortIndication(Abort(2, reason))


@given(st.integers(-300, 300))
def test_abort_out_of_range_is_a_value_error_and_sends_nothing(value: int) -> None:
    ends = Joined().established()
    if value not in (0, 2):
        with pytest.raises(ValueError, match="source is one of 0, 2"):
            ends.requestor.acse.send_abort(value)
    if value not in tuple(AbortReason):
        with pytest.raises(ValueError, match="reason is one of"):
            ends.requestor.acse.send_ap_abort(value)
    assert ends.acceptor.upper_layer.state is States.STA_6


def test_type_of_abort_that_there_is_not_is_a_value_error() -> None:
    acse = Joined().established().requestor.acse
    assert not acse.is_aborted()
    with pytest.raises(ValueError, match="abort_type"):
        acse.is_aborted("abort")  # type: ignore[arg-type]  # wrong on purpose


# Release


@BOTH
def test_either_end_releases(requestor: bool) -> None:
    mine, other = Joined().established().end(requestor=requestor)
    assert not other.acse.is_release_requested()

    def confirm() -> None:
        assert other.acse.is_release_requested()
        assert not other.acse.is_release_requested()
        other.acse.send_release(is_response=True)

    mine.meanwhile = [confirm]
    mine.acse.negotiate_release()
    assert (mine.upper_layer.state, other.upper_layer.state) == (States.STA_1, States.STA_1)


@pytest.mark.clause("PS3.8 Table 9-8 AR-6")
@BOTH
def test_data_that_comes_after_the_release_request_is_taken(requestor: bool) -> None:
    mine, other = Joined().established().end(requestor=requestor)
    mine.meanwhile = [
        lambda: other.send_pdu(PDataRequest(DATA)),
        lambda: other.acse.send_release(is_response=True),
    ]
    mine.acse.negotiate_release()
    assert mine.data == [bytes(DATA[0][2])]
    assert mine.upper_layer.state is States.STA_1


@pytest.mark.clause("PS3.8 7.2.2")
@BOTH
def test_release_collision_ends_in_order_whichever_end_waits(requestor: bool) -> None:
    """The other end is driven by hand: it also asks for release, and answers when it is its turn."""
    mine, other = Joined().established().end(requestor=requestor)
    with patch.object(other, "flush"):  # its request is sent after mine
        other.acse.send_release()

    def answer() -> None:
        assert isinstance(other.receive_pdu(), ReleaseIndication)
        if not requestor:
            other.acse.send_release(is_response=True)

    def last() -> None:
        assert isinstance(other.receive_pdu(), ReleaseConfirmation)
        other.acse.send_release(is_response=True)

    mine.meanwhile = [other.flush, answer, *([last] if requestor else [])]
    mine.acse.negotiate_release()
    assert (mine.upper_layer.state, other.upper_layer.state) == (States.STA_1, States.STA_1)


def test_release_that_is_not_answered_in_time_is_an_abort() -> None:
    ends = Joined().established()
    ends.requestor.acse.negotiate_release()
    assert ends.requestor.upper_layer.state is States.STA_1
    assert isinstance(ends.acceptor.receive_pdu(), ReleaseIndication)
    assert ends.acceptor.acse.is_aborted()


def test_release_that_the_peer_aborts_is_over() -> None:
    ends = Joined().established()
    ends.requestor.meanwhile = [lambda: ends.acceptor.acse.send_abort(0)]
    ends.requestor.acse.negotiate_release()
    assert ends.requestor.upper_layer.state is States.STA_1


# Misuse


def test_what_the_state_does_not_allow_raises_and_sends_nothing() -> None:
    ends = Joined().established()
    misuses: list[Callable[[], object]] = [
        lambda: ends.requestor.acse.send_release(is_response=True),
        ends.requestor.acse.send_request,
        ends.acceptor.acse.send_accept,
        lambda: ends.acceptor.acse.send_reject(1, 1, 1),
    ]
    for misuse in misuses:
        with pytest.raises(LocalProtocolError):
            misuse()
    assert ends.requestor.upper_layer.state is ends.acceptor.upper_layer.state is States.STA_6


def test_nothing_to_send_is_a_value_error() -> None:
    ends = Joined()
    ends.requestor.requestor.pdu = None
    with pytest.raises(ValueError, match="AssociateRq"):
        ACSE(ends.requestor).send_request()
    with pytest.raises(ValueError, match="AssociateAc"):
        ends.acceptor.acse.send_accept()
