"""`assoc.dimse`: the messages of an open association as a queue."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from dulcimer import Association, evt
from dulcimer.dimse import DIMSEServiceProvider
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.dimse_primitives import C_CANCEL, C_ECHO, C_FIND
from dulcimer.errors import AssociationError
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import Verification
from support.entities import PATIENCE, nothing_left, query, scp, scu, serving

IMPLICIT = "1.2.840.10008.1.2"


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def echo(message_id: int = 1) -> C_ECHO:
    primitive = C_ECHO()
    primitive.MessageID = message_id
    primitive.AffectedSOPClassUID = Verification
    return primitive


def find(message_id: int, **elements: Any) -> C_FIND:
    primitive = C_FIND()
    primitive.MessageID = message_id
    primitive.AffectedSOPClassUID = Find
    primitive.Identifier = BytesIO(encode_data_set(query(**elements), IMPLICIT))
    return primitive


def context_of(association: Association, uid: str) -> int:
    found = next(cx.context_id for cx in association.accepted_contexts if cx.abstract_syntax == uid)
    assert found is not None
    return found


def next_message(association: Association) -> Any:
    return association.dimse.get_msg(block=True)[1]


def test_request_is_sent_and_its_response_comes_to_the_queue() -> None:
    with serving(scp()) as address, scu().associate(*address) as association:
        dimse = association.dimse
        assert isinstance(dimse, DIMSEServiceProvider)
        assert dimse is association.dimse
        assert (dimse.assoc, dimse.dul) == (association, association.dul)
        assert dimse.dimse_timeout == association.dimse_timeout
        assert dimse.maximum_pdu_size == association.acceptor.maximum_length
        number = context_of(association, Verification)
        for message_id in (1, 1, 7):
            dimse.send_msg(echo(message_id), number)
            context_id, response = dimse.get_msg(block=True)
            assert response is not None
            assert (context_id, response.msg_type, response.Status) == (number, "C-ECHO", 0)
            assert response.MessageIDBeingRespondedTo == message_id
        assert association.send_c_echo().Status == 0
        assert dimse.peek_msg() == dimse.get_msg() == (None, None)


def test_several_responses_come_one_after_the_other() -> None:
    def matches(event: evt.Event) -> Iterator[Any]:
        for number in range(3):
            yield 0xFF00, query(PatientID=f"{event.identifier.PatientID}{number}")

    with serving(scp(Find), [(evt.EVT_C_FIND, matches)]) as address, scu(Find).associate(*address) as association:
        association.dimse.send_msg(find(5, PatientID="P"), context_of(association, Find))
        found = []
        while (answer := next_message(association)).Status == 0xFF00:
            found.append(answer.Identifier.getvalue()[-2:])
        assert (found, answer.Status, answer.Identifier) == ([b"P0", b"P1", b"P2"], 0, None)


def test_cancel_ends_an_operation_and_is_seen_by_the_other_end() -> None:
    kept: list[Any] = []
    begun = threading.Event()

    def endless(event: evt.Event) -> Iterator[Any]:
        dimse = event.assoc.dimse
        begun.set()
        while not event.is_cancelled:
            yield 0xFF00, query(PatientID="1")
        kept.append({number: type(cancel) for number, cancel in dimse.cancel_rq.items()})
        yield 0xFE00, None

    with serving(scp(Find), [(evt.EVT_C_FIND, endless)]) as address, scu(Find).associate(*address) as association:
        number = context_of(association, Find)
        association.dimse.send_msg(find(9), number)
        assert begun.wait(PATIENCE)
        cancel = C_CANCEL()
        cancel.MessageIDBeingRespondedTo = 9
        association.dimse.send_msg(cancel, number)
        while (answer := next_message(association)).Status == 0xFF00:
            pass
        assert answer.Status == 0xFE00
    assert kept == [{9: C_CANCEL}]


def test_message_id_of_an_operation_under_way_is_refused() -> None:
    held = threading.Event()

    def wait(event: evt.Event) -> int:
        held.wait(PATIENCE)
        return 0

    with serving(scp(), [(evt.EVT_C_ECHO, wait)]) as address, scu().associate(*address) as association:
        number = context_of(association, Verification)
        association.dimse.send_msg(echo(3), number)
        with pytest.raises(ValueError, match="message ID 3"):
            association.dimse.send_msg(echo(3), number)
        held.set()
        assert next_message(association).Status == 0


def test_what_cannot_be_sent_awaits_no_response() -> None:
    with serving(scp()) as address, scu().associate(*address) as association:
        for _ in range(2):
            with pytest.raises(ValueError, match="needs Affected SOP Class UID"):
                association.dimse.send_msg(C_ECHO.taken(MessageID=1), 1)
        number = context_of(association, Verification)
        too_long = echo(4)
        vars(too_long)["MessageID"] = 1 << 20
        for _ in range(2):
            with pytest.raises(Exception, match="is not a value of VR US"):
                association.dimse.send_msg(too_long, number)
        assert association.send_c_echo().Status == 0


@pytest.mark.parametrize("end", ["abort", "peer aborts", "release"])
def test_end_of_the_association_is_none_for_whoever_waits(end: str) -> None:
    there: list[Any] = []
    arrived = threading.Event()

    def established(event: evt.Event) -> None:
        there.append(event.assoc)
        arrived.set()

    found: list[Any] = []
    with serving(scp(), [(evt.EVT_ESTABLISHED, established)]) as address:
        association = scu().associate(*address)
        dimse = association.dimse
        number = context_of(association, Verification)
        waiting = threading.Thread(target=lambda: found.append(dimse.get_msg(block=True)))
        waiting.start()
        assert arrived.wait(PATIENCE)
        {"abort": association.abort, "peer aborts": there[0].abort, "release": association.release}[end]()
        waiting.join(PATIENCE)
        association.join(PATIENCE)
        assert found == [(None, None)]
        assert dimse.get_msg(block=True) == there[0].dimse.get_msg(block=True) == (None, None)
        with pytest.raises(AssociationError):
            dimse.send_msg(echo(), number)


def test_answer_that_never_comes_is_none_after_the_timeout() -> None:
    held = threading.Event()

    def wait(event: evt.Event) -> int:
        held.wait(PATIENCE)
        return 0

    with serving(scp(), [(evt.EVT_C_ECHO, wait)]) as address, scu().associate(*address) as association:
        association.dimse.send_msg(echo(), context_of(association, Verification))
        association.dimse_timeout = 0.01
        assert association.dimse.get_msg(block=True) == (None, None)
        assert association.is_established
        association.dimse_timeout = PATIENCE
        held.set()
        assert next_message(association).Status == 0


def test_invalid_response_ends_the_association_as_elsewhere() -> None:
    from dulcimer.learn.labs.messages import elements
    from support.entities import peer_that
    from support.raw_dimse import answering

    command = elements({"command_field": 0x8030, "message_id_being_responded_to": 1, "command_data_set_type": 0x0101})
    with peer_that(answering(lambda _: [(command, None)])) as address:
        association = scu().associate(*address)
        association.dimse.send_msg(echo(), context_of(association, Verification))
        assert association.dimse.get_msg(block=True) == (None, None)
        assert "no Status" in str(association.error)
        association.join(PATIENCE)
