"""`DIMSEServiceProvider` over two upper layers joined in memory, and the primitives it sends and receives."""

from __future__ import annotations

import threading
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.tag import Tag

from dulcimer import dimse_primitives
from dulcimer._generated.commands import MESSAGES
from dulcimer._generated.fsm import States
from dulcimer.dimse import DIMSEServiceProvider
from dulcimer.dimse.provider import MOST_CANCELLED
from dulcimer.dimse_primitives import C_CANCEL, C_ECHO, C_FIND, C_STORE, N_GET, N_SET, DIMSEPrimitive
from dulcimer.errors import EncodeError, LocalProtocolError
from dulcimer.fsm.primitives import PDataIndication, PDataRequest
from dulcimer.pdu_primitives import P_DATA
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.associations import VERIFICATION
from support.low_level import End, Joined

KINDS = [getattr(dimse_primitives, name) for name in dimse_primitives.__all__ if name[1] == "_"]
VALUES = {
    "US": st.integers(0, 0xFFFF),
    "UI": st.lists(st.integers(0, 99999), min_size=1, max_size=8).map(lambda parts: ".".join(map(str, parts))),
    "AE": st.text("ABC_1", min_size=1, max_size=16),
    "LO": st.text("abc1", min_size=1, max_size=64),
    "AT": st.lists(st.integers(0, 0xFFFFFFFF), min_size=1, max_size=4),
}

NO_DATA = b"\0\0\0\x08\x02\0\0\0\x01\x01"
"""Command Data Set Type (0000,0800) 0101H."""


class Pair:
    """Two ends with a DIMSE service provider each."""

    def __init__(self) -> None:
        self.ends = Joined().established()
        self.requestor, self.acceptor = self.ends.requestor, self.ends.acceptor
        for end in (self.requestor, self.acceptor):
            end.dimse = DIMSEServiceProvider(end)
            end.dimse_timeout = 10.0
            self.hand_on(end)

    def hand_on(self, end: End) -> None:
        """P-DATA goes to DIMSE at once."""
        take = end.take

        def take_and_hand_on() -> None:
            take()
            while isinstance(end.peek_next_pdu(), PDataIndication):
                end.dimse.receive_primitive(end.receive_pdu())

        end.take = take_and_hand_on  # type: ignore[method-assign]  # to be seen too


def echo(message_id: int = 1) -> C_ECHO:
    primitive = C_ECHO()
    primitive.MessageID = message_id
    primitive.AffectedSOPClassUID = VERIFICATION
    return primitive


def answer(message_id: int, status: int = 0) -> C_ECHO:
    primitive = C_ECHO()
    primitive.MessageIDBeingRespondedTo = message_id
    primitive.Status = status
    return primitive


def cancel(message_id: int) -> C_CANCEL:
    primitive = C_CANCEL()
    primitive.MessageIDBeingRespondedTo = message_id
    return primitive


@st.composite
def primitives(draw: st.DrawFn) -> DIMSEPrimitive:
    kind = draw(st.sampled_from(KINDS))
    infos = [info for info in MESSAGES.values() if info.name.rpartition("-")[0].replace("-", "_") == kind.__name__]
    info = draw(st.sampled_from(infos))
    primitive: DIMSEPrimitive = kind()
    if "Priority" in kind._elements:
        primitive.Priority = draw(st.sampled_from([0, 1, 2])) if info.request is None else None
    for keyword, element in kind._elements.items():
        mark = next((mark for name, mark, _ in info.elements if name == element.attribute), "")
        if keyword != "Priority" and (mark == "M" or (mark and draw(st.booleans()))):
            setattr(primitive, keyword, draw(VALUES[element.vr]))
    if info.data_set_name and (info.data_set == "M" or draw(st.booleans())):
        data = draw(st.binary(min_size=2, max_size=40).filter(lambda data: len(data) % 2 == 0))
        setattr(primitive, info.data_set_name.replace(" ", ""), BytesIO(data))
    return primitive


def contents(primitive: DIMSEPrimitive) -> dict[str, Any]:
    shown = {name: getattr(primitive, name) for name in primitive.parameters}
    return {name: value.getvalue() if isinstance(value, BytesIO) else value for name, value in shown.items()}


PAIR = Pair()


@given(primitives())
def test_primitive_arrives_as_it_was_sent(primitive: DIMSEPrimitive) -> None:
    PAIR.requestor.dimse.send_msg(primitive, 1)
    if isinstance(primitive, C_CANCEL):
        received = PAIR.acceptor.dimse.cancel_rq[primitive.MessageIDBeingRespondedTo]
    else:
        assert PAIR.acceptor.dimse.peek_msg()[1] is PAIR.acceptor.dimse.msg_queue.queue[0][1]
        number, received = PAIR.acceptor.dimse.get_msg()
        assert number == 1
    assert type(received) is type(primitive)
    assert contents(received) == contents(primitive)
    assert received.is_response is primitive.is_response
    assert received.is_valid_response if received.is_response else received.is_valid_request


def test_request_is_answered() -> None:
    pair = Pair()
    assert pair.requestor.dimse.peek_msg() == pair.requestor.dimse.get_msg() == (None, None)
    pair.requestor.dimse.send_msg(echo(7), 1)
    context_id, request = pair.acceptor.dimse.get_msg()
    assert (request.msg_type, request.MessageID, request.is_response) == ("C-ECHO", 7, False)
    pair.acceptor.dimse.send_msg(answer(request.MessageID), context_id)
    _, response = pair.requestor.dimse.get_msg(block=True)
    assert (response.Status, response.MessageIDBeingRespondedTo) == (0, 7)
    assert "MessageIDBeingRespondedTo: 7" in str(response)


def test_provider_names_what_it_works_on() -> None:
    end = Joined().established().requestor
    provider = DIMSEServiceProvider(end)
    assert (provider.assoc, provider.dul, provider.dimse_timeout) == (end, end, 1.0)
    assert provider.cancel_req is provider.cancel_rq


@pytest.mark.clause("PS3.8 D.1")
@pytest.mark.parametrize("limit", [8, 64, 0])
@pytest.mark.parametrize("requestor", [True, False], ids=["requestor", "acceptor"])
def test_fragments_fit_into_what_the_peer_takes(requestor: bool, limit: int) -> None:
    mine, other = Joined().established().end(requestor=requestor)
    provider = DIMSEServiceProvider(mine)
    party = mine.acceptor if requestor else mine.requestor
    assert provider.maximum_pdu_size == party.maximum_length
    mine.acceptor = mine.requestor = type("Peer", (), {"maximum_length": limit})()
    provider.send_msg(echo(), 1)
    pdus: list[Any] = list(iter(other.receive_pdu, None))
    lengths = [sum(6 + len(part) for _, _, part in sent.values) for sent in pdus]
    assert max(lengths) <= (limit or 1 << 20)
    assert len(lengths) == 1 or limit


@pytest.mark.parametrize("form", ["indication", "pdu", "primitive", "values"])
def test_data_may_come_in_any_of_its_forms(form: str) -> None:
    pair = Pair()
    values = [(1, 3, fragment_of(echo(3)))]
    primitive = P_DATA()
    primitive.presentation_data_value_list = [[number, bytes([head]) + part] for number, head, part in values]
    given_as = {
        "indication": PDataIndication(values),
        "pdu": PDataTf(tuple(PresentationDataValue(*value) for value in values)),
        "primitive": primitive,
        "values": values,
    }
    pair.acceptor.dimse.receive_primitive(given_as[form])
    assert pair.acceptor.dimse.get_msg()[1].MessageID == 3


def fragment_of(primitive: DIMSEPrimitive) -> bytes:
    from dulcimer.dimse import command_set

    message, _ = primitive.to_message()
    return command_set.encode(message, has_data_set=False)


# C-CANCEL


@pytest.mark.clause("PS3.7 9.3.2.3")
def test_cancel_is_kept_by_the_message_it_cancels_and_not_queued() -> None:
    pair = Pair()
    pair.requestor.dimse.send_msg(cancel(5), 1)
    assert pair.acceptor.dimse.peek_msg() == (None, None)
    assert pair.acceptor.dimse.cancel_rq[5].MessageIDBeingRespondedTo == 5


def test_no_more_than_the_latest_ten_cancels_are_kept() -> None:
    pair = Pair()
    for message_id in [*range(1, 25), 20]:
        pair.requestor.dimse.send_msg(cancel(message_id), 1)
    kept = list(pair.acceptor.dimse.cancel_rq)
    assert kept == [15, 16, 17, 18, 19, 21, 22, 23, 24, 20]
    assert len(kept) == MOST_CANCELLED


def test_cancels_are_dropped_when_an_operation_begins_and_when_it_has_ended() -> None:
    pair = Pair()
    mine, peer = pair.acceptor.dimse, pair.requestor.dimse
    peer.send_msg(cancel(1), 1)
    peer.send_msg(echo(1), 1)
    assert mine.cancel_rq == {}
    peer.send_msg(cancel(1), 1)
    peer.send_msg(cancel(2), 1)
    mine.send_msg(answer(1, 0xFF00), 1)
    assert list(mine.cancel_rq) == [1, 2]
    mine.send_msg(answer(1), 1)
    assert mine.cancel_rq == {}


def test_cancels_of_other_operations_under_way_are_kept() -> None:
    pair = Pair()
    mine, peer = pair.acceptor.dimse, pair.requestor.dimse
    peer.send_msg(echo(1), 1)
    peer.send_msg(cancel(1), 1)
    peer.send_msg(echo(2), 1)
    peer.send_msg(cancel(2), 1)
    assert list(mine.cancel_rq) == [1, 2]
    mine.send_msg(answer(2), 1)
    assert list(mine.cancel_rq) == [1]


def test_cancel_that_names_no_message_is_passed_over() -> None:
    pair = Pair()
    damaged = fragment_of(cancel(1)).replace(b"\0\0\x20\x01\x02", b"\0\0\x20\x02\x02")
    pair.acceptor.dimse.receive_primitive([(1, 3, damaged)])
    assert pair.acceptor.dimse.cancel_rq == {}
    assert pair.acceptor.upper_layer.state is States.STA_6


# The end


def test_end_wakes_everybody_who_waits() -> None:
    pair = Pair()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(pair.requestor.dimse.get_msg(block=True))) for _ in "ab"]
    for thread in threads:
        thread.start()
    pair.requestor.dimse.end()
    for thread in threads:
        thread.join(10)
    assert found == [(None, None)] * 2
    assert pair.requestor.dimse.get_msg(block=True) == pair.requestor.dimse.peek_msg() == (None, None)


def test_messages_before_the_end_are_still_there() -> None:
    pair = Pair()
    pair.requestor.dimse.send_msg(echo(9), 1)
    pair.acceptor.dimse.end()
    assert pair.acceptor.dimse.get_msg(block=True)[1].MessageID == 9
    assert pair.acceptor.dimse.get_msg(block=True) == (None, None)


def test_message_that_does_not_come_in_time_is_none() -> None:
    pair = Pair()
    pair.requestor.dimse_timeout = 0.01
    assert pair.requestor.dimse.get_msg(block=True) == (None, None)


@pytest.mark.parametrize(
    "values",
    [
        [(3, 3, b"")],
        [(1, 2, b"data")],
        [(1, 3, b"\0")],
        [(1, 3, b"\0\0\0\x01\x02\0\0\0\x77\x77" + NO_DATA)],
        [(1, 3, NO_DATA)],
    ],
    ids=["context", "no command", "damaged", "unknown command", "no command field"],
)
def test_what_is_no_message_aborts_the_association(values: list[tuple[int, int, bytes]]) -> None:
    pair = Pair()
    pair.requestor.send_pdu(PDataRequest(values))
    assert pair.acceptor.upper_layer.state in (States.STA_1, States.STA_13)
    assert pair.requestor.acse.is_aborted("a-abort")
    assert pair.acceptor.dimse.get_msg(block=True) == (None, None)


def test_what_is_no_message_after_the_end_is_passed_over() -> None:
    pair = Pair()
    pair.requestor.acse.send_abort(0)
    pair.acceptor.dimse.receive_primitive([(1, 2, b"data")])
    assert pair.acceptor.dimse.get_msg() == (None, None)


# Misuse


def test_primitive_that_is_not_complete_is_not_sent() -> None:
    pair = Pair()
    for incomplete, what in ((C_ECHO(), "Affected SOP Class UID, Message ID"), (N_SET(), "Requested SOP Class UID")):
        assert not incomplete.is_valid_request
        with pytest.raises(ValueError, match=what):
            pair.requestor.dimse.send_msg(incomplete, 1)
    assert pair.acceptor.dimse.peek_msg() == (None, None)


def test_primitive_is_not_sent_when_the_association_is_over() -> None:
    pair = Pair()
    pair.requestor.acse.send_abort(0)
    with pytest.raises(LocalProtocolError):
        pair.requestor.dimse.send_msg(echo(), 1)


def test_context_id_is_one_byte() -> None:
    with pytest.raises(EncodeError):
        Pair().requestor.dimse.send_msg(echo(), 256)


@pytest.mark.parametrize(
    ("kind", "name", "value", "error"),
    [
        (C_ECHO, "MessageID", 0x10000, ValueError),
        (C_ECHO, "MessageID", "1", TypeError),
        (C_ECHO, "Status", -1, ValueError),
        (C_ECHO, "AffectedSOPClassUID", 12, TypeError),
        (C_ECHO, "AffectedSOPClassUID", "1" * 65, ValueError),
        (C_ECHO, "ErrorComment", b"x", TypeError),
        (C_ECHO, "ErrorComment", "x" * 65, ValueError),
        (C_STORE, "Priority", 3, ValueError),
        (C_STORE, "DataSet", b"\0\0", TypeError),
        (C_STORE, "MoveOriginatorApplicationEntityTitle", 1, TypeError),
        (C_STORE, "MoveOriginatorApplicationEntityTitle", "A" * 17, ValueError),
        (C_STORE, "MoveOriginatorApplicationEntityTitle", " ", ValueError),
        (C_FIND, "Identifier", "query", TypeError),
        (N_GET, "AttributeIdentifierList", ["no tag at all"], ValueError),
        (N_GET, "AttributeIdentifierList", 1 << 40, ValueError),
    ],
)
def test_value_that_cannot_be_is_refused(kind: type, name: str, value: Any, error: type[Exception]) -> None:
    primitive = kind()
    before = getattr(primitive, name)
    with pytest.raises(error):
        setattr(primitive, name, value)
    assert getattr(primitive, name) == before


def test_tags_may_be_given_as_users_write_them() -> None:
    primitive = N_GET()
    for given_as in ("PatientName", (0x0010, 0x0010), 0x00100010, [0x00100010], [(0x0010, 0x0010)]):
        primitive.AttributeIdentifierList = given_as
        assert primitive.AttributeIdentifierList == Tag(0x00100010)
    primitive.AttributeIdentifierList = ["PatientName", "PatientID"]
    assert primitive.AttributeIdentifierList == [Tag(0x00100010), Tag(0x00100020)]
    primitive.AttributeIdentifierList = None
    assert primitive.AttributeIdentifierList is None


def test_values_may_be_taken_back() -> None:
    primitive = C_ECHO()
    for name, value in (("MessageID", 1), ("ErrorComment", "why"), ("AffectedSOPClassUID", VERIFICATION)):
        setattr(primitive, name, value)
        setattr(primitive, name, None)
        assert getattr(primitive, name) is None


@pytest.mark.peer("pynetdicom")
def test_primitives_have_the_parameters_of_pynetdicom() -> None:
    from pynetdicom import dimse_primitives as peer

    for kind in KINDS:
        theirs = getattr(peer, kind.__name__)
        names = {name for name in vars(theirs()) if name[0] != "_"} | {
            name for name in dir(theirs) if name[0].isupper() and not name.endswith("_KEYWORDS")
        }
        assert names <= set(kind.parameters)
        assert set(kind.REQUEST_KEYWORDS) == set(getattr(theirs, "REQUEST_KEYWORDS", kind.REQUEST_KEYWORDS))
        assert hasattr(theirs(), "Priority") is hasattr(kind(), "Priority")
        assert getattr(kind(), "Priority", None) == getattr(theirs(), "Priority", None)
