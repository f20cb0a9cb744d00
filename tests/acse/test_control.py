"""Association control in memory, with a number for the clock: no sockets, no event loop."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dulcimer.acse.control import AssociationControl, ControlEvent, Silence
from dulcimer.acse.end import AssociationEnd, Over
from dulcimer.acse.negotiation import AcceptedContext
from dulcimer.errors import AssociationAborted, AssociationRejected, AssociationTimeout, LocalProtocolError
from dulcimer.fsm.primitives import (
    AssociateConfirmation,
    AssociateIndication,
    PDataIndication,
    PDataRequest,
    ReleaseConfirmation,
    ReleaseIndication,
    ReleaseRequest,
)
from dulcimer.upper_layer import UpperLayer
from support.associations import AC, DATA, RJ, RQ

ACCEPTED = AcceptedContext(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2")


class Side:
    """One side: its association control, and its events."""

    def __init__(self, *, is_requestor: bool, **timeouts: float | str | None) -> None:
        self.control = AssociationControl(UpperLayer(is_requestor=is_requestor), **timeouts)  # type: ignore[arg-type]  # times by name
        self.told: list[ControlEvent] = []
        self.is_busy = False
        self.confirms = True
        self.is_closed = False

    def take(self, now: float) -> None:
        """Take the events, and answer as a user would."""
        while (event := self.control.next_event()) is not None:
            self.told.append(event)
            match event:
                case AssociateIndication(request):
                    self.control.accept(AC, [ACCEPTED], request, now)
                case ReleaseIndication() if self.confirms:
                    self.control.confirm_release(now)
                case PDataIndication():
                    self.control.progress()
                case Silence():
                    self.control.after_silence(is_busy=self.is_busy, now=now)

    @property
    def last(self) -> ControlEvent:
        return self.told[-1]


class Wire:
    """Two sides, and the bytes between them, which arrive when `settle` is called."""

    def __init__(self, **timeouts: float | str | None) -> None:
        self.now = 100.0
        self.requestor = Side(is_requestor=True, **timeouts)
        self.acceptor = Side(is_requestor=False, **timeouts)
        self.requestor.control.request(RQ, self.now)
        assert self.requestor.control.open_requested

    def connect(self) -> Wire:
        self.requestor.control.open_requested = False
        self.acceptor.control.transport_connected(self.now)
        self.requestor.control.transport_connected(self.now)
        return self

    def settle(self) -> Wire:
        """Deliver all bytes on their way, and let both sides react, until nothing is left."""
        moved = True
        while moved:
            moved = False
            for here, there in ((self.requestor, self.acceptor), (self.acceptor, self.requestor)):
                here.take(self.now)
                if (data := b"".join(here.control.data_to_send())) and not there.is_closed:
                    there.control.receive_data(data, self.now)
                    moved = True
                if here.control.close_requested and not here.is_closed:
                    self.close()
                    moved = True
        return self

    def close(self, error: Exception | None = None) -> None:
        for side in (self.requestor, self.acceptor):
            if not side.is_closed:
                side.is_closed = True
                side.control.transport_closed(self.now, error)
        for side in (self.requestor, self.acceptor):
            side.take(self.now)

    def go_to(self, now: float) -> Wire:
        """Let time pass, and handle everything that is due."""
        while dues := [
            due
            for side in (self.requestor, self.acceptor)
            if (due := side.control.next_deadline()) is not None and due <= now
        ]:
            self.now = min(dues)
            for side in (self.requestor, self.acceptor):
                side.control.handle_timeout(self.now)
            self.settle()
        self.now = now
        return self


def established(**timeouts: float | str | None) -> Wire:
    wire = Wire(**timeouts).connect().settle()
    assert wire.requestor.control.is_established
    assert wire.acceptor.control.is_established
    return wire


def test_association_is_requested_accepted_and_released() -> None:
    wire = established()
    assert wire.acceptor.told == [AssociateIndication(RQ)]
    assert wire.requestor.told == [AssociateConfirmation(AC)]
    assert list(wire.requestor.control.accepted_contexts) == list(wire.acceptor.control.accepted_contexts) == [1]
    wire.requestor.control.release(wire.now)
    wire.settle()
    assert wire.acceptor.told[1:] == [ReleaseIndication(), AssociationEnd(Over.RELEASED)]
    assert wire.requestor.told[1:] == [ReleaseConfirmation(), AssociationEnd(Over.RELEASED)]
    assert wire.requestor.control.is_idle
    assert wire.requestor.control.next_deadline() is None


@pytest.mark.clause("PS3.8 7.2.2")
def test_release_that_both_ask_for_at_once_ends_in_release() -> None:
    wire = established()
    for side in (wire.requestor, wire.acceptor):
        side.control.release(wire.now)
    wire.settle()
    assert wire.requestor.told[1:] == [ReleaseIndication(), ReleaseConfirmation(), AssociationEnd(Over.RELEASED)]
    assert sorted(map(repr, wire.acceptor.told[1:])) == sorted(map(repr, wire.requestor.told[1:]))


def test_rejection_is_an_end_that_says_why() -> None:
    wire = Wire().connect()
    wire.acceptor.control.receive_data(b"".join(wire.requestor.control.data_to_send()), wire.now)
    assert wire.acceptor.control.next_event() == AssociateIndication(RQ)
    wire.acceptor.control.reject(RJ, "not wanted", wire.now)
    wire.settle()
    assert wire.acceptor.control.end == AssociationEnd(Over.REJECTED)
    end = wire.requestor.control.end
    assert end is not None
    assert end is wire.requestor.last
    assert end.how is Over.REJECTED
    assert isinstance(end.error, AssociationRejected)
    assert (end.error.result, end.error.source, end.error.reason) == (RJ.result, RJ.source, RJ.reason)


def test_end_is_made_once_and_nothing_that_follows_changes_it() -> None:
    wire = established()
    wire.requestor.control.abort(wire.now)
    end = wire.requestor.control.end
    wire.requestor.control.abort(wire.now, AssociationTimeout("later", seconds=1.0))
    wire.settle()
    wire.close(OSError("gone"))
    assert wire.requestor.control.end is end
    assert sum(isinstance(event, AssociationEnd) for event in wire.requestor.told) == 1
    assert sum(isinstance(event, AssociationEnd) for event in wire.acceptor.told) == 1
    theirs = wire.acceptor.control.end
    assert theirs is not None
    assert isinstance(theirs.error, AssociationAborted)
    assert not theirs.error.by_this_end


@pytest.mark.clause("PS3.8 7.3.1")
def test_data_behind_what_this_end_aborts_for_is_not_indicated() -> None:
    wire = established()
    for _ in range(3):
        wire.requestor.control.send(PDataRequest(DATA), wire.now)
    wire.acceptor.control.receive_data(b"".join(wire.requestor.control.data_to_send()), wire.now)
    assert isinstance(wire.acceptor.control.next_event(), PDataIndication)
    wire.acceptor.control.abort(wire.now)
    assert isinstance(wire.acceptor.control.next_event(), AssociationEnd)
    assert wire.acceptor.control.next_event() is None


def test_lost_connection_is_an_end_that_names_the_cause() -> None:
    wire = established()
    cause = OSError("cable")
    wire.close(cause)
    end = wire.requestor.control.end
    assert end is not None
    assert end.how is Over.ABORTED
    assert "cable" in str(end.error)
    assert end.error is not None
    assert end.error.__cause__ is cause


def test_connection_without_a_request_comes_to_no_end() -> None:
    side = Side(is_requestor=False)
    side.control.transport_connected(0.0)
    side.control.transport_closed(1.0)
    side.take(1.0)
    assert side.control.end is None
    assert side.told == []


def test_answer_has_its_time_from_the_connection_on() -> None:
    wire = Wire(acse_timeout=5.0)
    wire.now = 200.0
    control = wire.requestor.control
    assert control.next_deadline() is None
    control.transport_connected(wire.now)
    assert control.next_deadline() == 205.0
    control.handle_timeout(204.9)
    before = control.end
    control.handle_timeout(205.0)
    assert before is None
    assert control.end is not None
    assert str(control.end.error) == "the answer to the association request did not come within 5 s"


def test_release_that_is_not_answered_is_an_abort() -> None:
    wire = established(acse_timeout=5.0)
    wire.acceptor.confirms = False
    wire.requestor.control.release(wire.now)
    wire.settle().go_to(104.9)
    before = wire.requestor.control.end
    wire.go_to(105.0)
    end = wire.requestor.control.end
    assert before is None
    assert end is not None
    assert end.how is Over.ABORTED
    assert isinstance(end.error, AssociationTimeout)


def test_peer_that_does_not_close_after_an_abort_is_not_waited_for() -> None:
    wire = established(abort_grace=2.0)
    wire.requestor.control.abort(wire.now)
    wire.requestor.take(wire.now)
    before = wire.requestor.control.close_requested
    assert wire.requestor.control.next_deadline() == 102.0
    wire.requestor.control.handle_timeout(102.0)
    assert (before, wire.requestor.control.close_requested) == (False, True)


def test_with_no_grace_it_is_left_to_the_table_to_close() -> None:
    wire = established(abort_grace=None, network_timeout=5.0)
    wire.requestor.control.abort(wire.now)
    wire.requestor.take(wire.now)
    assert wire.requestor.control.next_deadline() == wire.now + 30.0  # ARTIM


@pytest.mark.parametrize(("response", "how"), [("A-ABORT", Over.ABORTED), ("A-RELEASE", Over.RELEASED)])
def test_silence_ends_the_association_as_it_is_set(response: str, how: Over) -> None:
    wire = established(network_timeout=10.0, network_timeout_response=response)
    wire.go_to(109.9)
    before = wire.requestor.control.end
    wire.go_to(110.0)
    assert before is None
    assert wire.requestor.control.end is not None
    assert wire.requestor.control.end.how is how


def test_silence_is_counted_again_after_what_comes_and_while_something_is_under_way() -> None:
    wire = established(network_timeout=10.0)
    wire.requestor.is_busy = True
    wire.go_to(105.0)
    wire.requestor.control.send(PDataRequest(DATA), wire.now)
    wire.settle().go_to(112.0)
    assert wire.acceptor.control.end is None  # until 115, and the requestor was busy at 110
    wire.requestor.is_busy = False
    wire.go_to(114.9)
    assert wire.acceptor.control.end is None
    wire.go_to(115.0)
    assert wire.acceptor.control.end is not None


def test_network_timeout_can_be_set_while_it_runs() -> None:
    wire = established(network_timeout=None)
    assert wire.requestor.control.next_deadline() is None
    wire.requestor.control.network_timeout = 3.0
    wire.requestor.control.restart_network_timeout()
    assert wire.requestor.control.next_deadline() == 103.0
    wire.requestor.control.network_timeout = None
    wire.requestor.control.restart_network_timeout()
    assert wire.requestor.control.next_deadline() is None


@pytest.mark.parametrize(
    "misuse",
    [
        lambda control, now: control.request(RQ, now),
        lambda control, now: control.accept(AC, [ACCEPTED], RQ, now),
        lambda control, now: control.reject(RJ, "", now),
        lambda control, now: control.send(ReleaseRequest(), now) or control.release(now),
    ],
    ids=["request", "accept", "reject", "release twice"],
)
def test_misuse_raises_and_is_no_end(misuse: Callable[[AssociationControl, float], None]) -> None:
    wire = established()
    with pytest.raises(LocalProtocolError):
        misuse(wire.requestor.control, wire.now)
    assert wire.requestor.control.end is None


def test_peer_that_breaks_the_protocol_is_distinguished_from_one_whose_provider_aborts() -> None:
    wire = established()
    wire.acceptor.control.receive_data(b"\x99\0\0\0\0\0", wire.now)
    wire.settle()
    ours, theirs = wire.acceptor.control.end, wire.requestor.control.end
    assert ours is not None
    assert theirs is not None
    assert isinstance(ours.error, AssociationAborted)
    assert isinstance(theirs.error, AssociationAborted)
    assert ours.error.by_this_end
    assert str(ours.error).startswith("aborted: the peer broke the protocol: PDU type 99H")
    assert not theirs.error.by_this_end
    assert theirs.error.source == 2
    assert str(theirs.error).startswith("the peer's upper layer aborted")


def test_answer_in_another_protocol_is_named() -> None:
    wire = Wire().connect()
    wire.requestor.control.receive_data(b"SSH-2.0-OpenSSH_9.6\r\n", wire.now)
    wire.requestor.take(wire.now)
    end = wire.requestor.control.end
    assert end is not None
    assert isinstance(end.error, AssociationAborted)
    assert end.error.speaks == "SSH"
