"""Rules for what a peer sends know a command set that comes in pieces, and one whose beginning was not seen."""

from __future__ import annotations

import pytest

from dulcimer._generated.commands import CEchoRq, CEchoRsp
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import CaseOpening
from dulcimer.conformance.model.seen import of_pdu
from dulcimer.conformance.sender_rules.acceptor import AcceptorCheck
from dulcimer.conformance.sender_rules.common import NOT_CHECKED, OF_COMMANDS, SenderCheck
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.dimse import command_set
from dulcimer.fuzz.proxy.following import check_of_client, check_of_server
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.associations import AC, RQ

COMMAND, LAST = 1, 2
REQUEST = command_set.encode(CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=1), has_data_set=False)
RESPONSE = command_set.encode(
    CEchoRsp(affected_sop_class_uid="1.2.840.10008.1.1", message_id_being_responded_to=1, status=0),
    has_data_set=False,
)


def pieces(command: bytes, size: int) -> list[bytes]:
    """The P-DATA-TF of a command set, each with so many bytes of it."""
    starts = range(0, len(command), size)
    return [
        encode(
            PDataTf(
                (
                    PresentationDataValue(
                        1, COMMAND | (LAST if start + size >= len(command) else 0), command[start : start + size]
                    ),
                )
            )
        )
        for start in starts
    ]


def opened() -> AcceptorCheck:
    check = AcceptorCheck(Case("a", "", "", "", "", "acceptor", CaseOpening(maximum_length=16384)), SenderLog())
    check.sent(encode(RQ))
    receive(check, encode(AC))
    check.violations.clear()
    return check


def receive(check: AcceptorCheck, data: bytes) -> None:
    pdu = decode(data)
    check.received(of_pdu(0.0, data, pdu, None))


def test_request_in_pieces_is_known_when_it_is_answered() -> None:
    for size in (4, 20, len(REQUEST)):
        check = opened()
        for data in pieces(REQUEST, size):
            check.sent(data)
        found = command_set.decode(RESPONSE)
        for data in pieces(RESPONSE, len(RESPONSE)):
            check.received(of_pdu(0.0, data, decode(data), found))
        assert check.violations == []


def test_answer_to_no_request_is_still_found() -> None:
    check = opened()
    data = pieces(RESPONSE, len(RESPONSE))[0]
    check.received(of_pdu(0.0, data, decode(data), command_set.decode(RESPONSE)))
    assert any("no request has it" in one.problem for one in check.violations)


def test_end_of_a_command_set_whose_beginning_was_not_seen_is_not_judged() -> None:
    check = opened()
    check.loses_sight()
    receive(check, pieces(RESPONSE, 4)[-1])
    assert check.violations == []
    receive(check, encode(PDataTf((PresentationDataValue(1, COMMAND | LAST, b"\0\0"),))))
    assert check.violations != []


@pytest.mark.parametrize("check", [check_of_server(0), check_of_client()], ids=["server", "client"])
def test_what_is_about_a_command_set_checks_nothing_where_none_ends(check: SenderCheck) -> None:
    for control in (0, 1, 2):
        data = encode(PDataTf((PresentationDataValue(1, control, bytes(8)),)))
        seen = of_pdu(0.0, data, decode(data))
        for name in OF_COMMANDS & check.checks.keys():
            assert list(check.checks[name](check, seen)) == [NOT_CHECKED], name
