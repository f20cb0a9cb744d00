"""`assoc.acse` and `assoc.dul` of open associations, and of those that are over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dulcimer import Association, evt
from dulcimer._generated.fsm import States
from dulcimer.acse import ACSE
from dulcimer.errors import AssociationAborted, AssociationError, LocalProtocolError
from dulcimer.fsm.primitives import (
    AbortIndication,
    PAbortIndication,
    PDataRequest,
    ReleaseConfirmation,
    ReleaseIndication,
)
from dulcimer.pdu_primitives import A_ABORT, A_ASSOCIATE, A_P_ABORT, A_RELEASE, P_DATA
from dulcimer.sop_class import Verification
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, AssociateRq, PDataTf, ReleaseRp, ReleaseRq
from support.entities import PATIENCE, Seen, nothing_left, scp, scu, serving
from support.raw_dimse import requesting


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def joined() -> Iterator[tuple[Association, Association, Seen]]:
    """The requestor's association, the acceptor's, and what the acceptor saw."""
    seen = Seen()
    there: list[Any] = []
    arrived = threading.Event()

    def established(event: evt.Event) -> None:
        there.append(event.assoc)
        arrived.set()

    told = [(event, seen) for event in (evt.EVT_ABORTED, evt.EVT_RELEASED, evt.EVT_REJECTED, evt.EVT_CONN_CLOSE)]
    with serving(scp(), [(evt.EVT_ESTABLISHED, established), *told]) as address:
        association = scu().associate(*address)
        assert arrived.wait(PATIENCE)
        yield association, there[0], seen
        association.abort()


@pytest.fixture
def both() -> Iterator[tuple[Association, Association, Seen]]:
    yield from joined()


def test_association_has_its_association_control(both: Any) -> None:
    mine, other, _ = both
    acse = mine.acse
    assert isinstance(acse, ACSE)
    assert acse is mine.acse
    assert (acse.assoc, acse.dul, acse.dul.assoc) == (mine, mine.dul, mine)
    assert (acse.requestor, acse.acceptor) == (mine.requestor, mine.acceptor)
    assert acse.acse_timeout == mine.acse_timeout
    assert acse.socket.peer_address[1] == other.acse.socket.local_address[1]
    assert mine.dul.state_machine.current_state is States.STA_6
    assert not acse.is_aborted()
    assert not acse.is_release_requested()
    assert mine.dul.receive_pdu() is None
    assert mine.dul.receive_pdu(wait=True, timeout=0.01) is None


@pytest.mark.parametrize("requestor", [True, False], ids=["requestor", "acceptor"])
def test_either_end_releases(both: Any, requestor: bool) -> None:
    mine, other, seen = both if requestor else (both[1], both[0], both[2])
    mine.acse.negotiate_release()
    assert mine.is_released
    other.join(PATIENCE)
    assert other.is_released
    assert other.acse.is_release_requested()
    assert not other.acse.is_release_requested()
    mine.join(PATIENCE)
    assert mine.acse.socket is None
    seen.until("EVT_RELEASED", "EVT_CONN_CLOSE")


def test_release_in_two_steps(both: Any) -> None:
    mine, other, _ = both
    mine.acse.send_release()
    assert mine.dul.receive_pdu(wait=True, timeout=PATIENCE) == ReleaseConfirmation()
    other.join(PATIENCE)
    assert mine.is_released


@pytest.mark.clause("PS3.8 Table 9-26")
@pytest.mark.parametrize(
    ("abort", "pdu"),
    [
        (lambda acse: acse.send_abort(0), Abort(0, 0)),
        (lambda acse: acse.send_abort(2), Abort(2, 0)),
        (lambda acse: acse.send_ap_abort(6), Abort(2, 6)),
        (lambda acse: acse.dul.send_pdu(A_ABORT.from_pdu(Abort(0, 0))), Abort(0, 0)),
        (lambda acse: acse.dul.send_pdu(A_P_ABORT.from_pdu(Abort(2, 1))), Abort(2, 1)),
    ],
    ids=["user", "provider", "reason", "A_ABORT", "A_P_ABORT"],
)
def test_abort_has_on_the_wire_the_source_and_reason_it_was_given(
    both: Any, abort: Callable[[ACSE], None], pdu: Abort
) -> None:
    mine, other, seen = both
    abort(mine.acse)
    assert mine.is_aborted
    assert isinstance(mine.error, AssociationAborted)
    assert (mine.error.source, mine.error.reason) == (pdu.source, pdu.reason)
    seen.until("EVT_ABORTED")
    kind = PAbortIndication if pdu.source else AbortIndication
    assert other.dul.peek_next_pdu() == kind(pdu)
    assert other.acse.is_aborted()
    assert other.acse.is_aborted("a-abort") is not bool(pdu.source)
    assert other.acse.is_aborted("a-p-abort") is bool(pdu.source)
    assert not mine.acse.is_aborted()


def test_abort_stands_before_what_came_earlier(both: Any) -> None:
    mine, other, seen = both
    indications = other._session.association.control.indications
    indications.put(ReleaseIndication())
    mine.acse.send_abort(0)
    seen.until("EVT_ABORTED")
    assert other.acse.is_aborted()
    assert not other.acse.is_release_requested()


def test_lost_connection_is_an_abort_by_the_provider(both: Any) -> None:
    mine, other, seen = both
    mine._call(_drop(mine))
    seen.until("EVT_ABORTED")
    assert other.acse.is_aborted("a-p-abort")


async def _drop(association: Association) -> None:
    association._session.association.drop()


def test_misuse_raises_while_it_is_open_and_when_it_is_over(both: Any) -> None:
    mine, _, _ = both
    misuses: list[Callable[[], None]] = [
        mine.acse.negotiate_association,
        mine.acse.send_accept,
        lambda: mine.acse.send_reject(1, 1, 1),
        lambda: mine.acse.send_release(is_response=True),
    ]
    for misuse in misuses:
        with pytest.raises(LocalProtocolError) as caught:
            misuse()
        assert caught.value.state == "Sta6"
    assert mine.send_c_echo().Status == 0
    mine.release()
    for misuse in (mine.acse.send_release, lambda: mine.acse.send_abort(0), misuses[3]):
        with pytest.raises(LocalProtocolError) as caught:
            misuse()
        assert caught.value.state == "Sta1"
    assert mine.dul.receive_pdu(wait=True, timeout=PATIENCE) == ReleaseConfirmation()
    assert mine.dul.receive_pdu(wait=True, timeout=PATIENCE) is None


def test_whoever_waits_hears_of_the_end_though_nothing_is_indicated(both: Any) -> None:
    mine, _, _ = both
    found: list[Any] = []
    waiting = threading.Thread(target=lambda: found.append(mine.dul.receive_pdu(wait=True, timeout=PATIENCE)))
    waiting.start()
    mine.abort()
    waiting.join(PATIENCE)
    assert found == [None]


def test_handler_rejects_the_association_by_hand() -> None:
    def reject(event: evt.Event) -> None:
        event.assoc.acse.send_reject(2, 3, 1)

    with serving(scp(), [(evt.EVT_REQUESTED, reject)]) as address:
        association = scu().associate(*address)
        assert association.is_rejected
        assert association.acceptor.pdu == AssociateRj(2, 3, 1)


def test_handler_accepts_the_association_by_hand() -> None:
    from dulcimer.acse.negotiation import Context, answer_pdu, prefer

    def accept(event: evt.Event) -> None:
        request = event.assoc.requestor.pdu
        assert isinstance(request, AssociateRq)
        supported = [Context(Verification, ("1.2.840.10008.1.2",))]
        event.assoc.acceptor.pdu = answer_pdu(request, prefer(supported), maximum_length=4096)[0]
        event.assoc.acse.send_accept()

    with serving(scp(), [(evt.EVT_REQUESTED, accept)]) as address, scu().associate(*address) as association:
        assert isinstance(association.acceptor.pdu, AssociateAc)
        assert association.acceptor.maximum_length == 4096
        assert association.send_c_echo().Status == 0


def test_primitives_of_pynetdicom_are_sent_as_well(both: Any) -> None:
    mine, other, _ = both
    mine.dul.send_pdu(A_RELEASE())
    assert mine.dul.receive_pdu(wait=True, timeout=PATIENCE) == ReleaseConfirmation()
    other.join(PATIENCE)
    for primitive in (
        A_RELEASE.taken(result="affirmative"),
        A_ASSOCIATE.from_pdu(AssociateRj(1, 1, 1)),
        A_ASSOCIATE.from_pdu(mine.acceptor.pdu),
        P_DATA.taken(presentation_data_value_list=[[1, b"\3\0\0"]]),
    ):
        with pytest.raises((LocalProtocolError, ValueError)):
            mine.dul.send_pdu(primitive)
    # Table 9-10 allows another request in Sta1, but the connection is closed.
    with pytest.raises(AssociationError, match="open another one"):
        mine.dul.send_pdu(A_ASSOCIATE.from_pdu(mine.requestor.pdu))
    assert mine.dul.state_machine.current_state.label == "Sta1"


def test_p_data_goes_out_as_it_is() -> None:
    received: list[Any] = []
    arrived = threading.Event()

    def told(event: evt.Event) -> None:
        received.append(event.pdu)
        arrived.set()

    with serving(scp(), [(evt.EVT_PDU_RECV, told)]) as address, scu().associate(*address) as association:
        arrived.wait(PATIENCE)
        arrived.clear()
        association.dul.send_pdu(PDataRequest([(1, 1, b"\0\0")]))
        assert arrived.wait(PATIENCE)
        association.abort()
    assert isinstance(received[1], PDataTf)


@pytest.mark.clause("PS3.8 Table 9-8 AR-6")
def test_request_that_comes_after_the_release_request_is_still_indicated() -> None:
    """A peer that was asked for release may have data on its way (AR-6)."""
    seen = Seen()
    held = threading.Event()
    there: list[Any] = []

    def established(event: evt.Event) -> None:
        there.append(event.assoc)
        held.set()

    handlers = [(evt.EVT_ESTABLISHED, established), (evt.EVT_DIMSE_RECV, seen)]
    with serving(scp(), handlers) as address, requesting(address, Verification) as raw:
        assert held.wait(PATIENCE)
        there[0].acse.send_release()
        assert raw.receive() == ReleaseRq()
        raw.send(b"\0\0\0\1\2\0\0\0\x30\x80" + b"\0\0\x20\1\2\0\0\0\x63\0" + b"\0\0\0\x08\2\0\0\0\1\1")
        raw.connection.sendall(encode(ReleaseRp()))
        seen.until("EVT_DIMSE_RECV")
        there[0].join(PATIENCE)
        assert there[0].is_released
