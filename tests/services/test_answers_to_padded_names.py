"""Names that a peer pads where that is forbidden are answered as they should have been sent."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from pydicom.uid import ImplicitVRLittleEndian

from dulcimer import evt
from dulcimer._generated.commands import CommandField
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.dimse import command_set
from dulcimer.learn.labs.turns import raw_command, us
from dulcimer.services.replies import reply
from dulcimer.sop_class import CTImageStorage, StudyRootQueryRetrieveInformationModelFind, Verification
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    ApplicationContext,
    AssociateAc,
    AssociateRq,
    ScpScuRoleSelection,
    SopClassExtendedNegotiation,
)
from support.entities import PATIENCE, scp, serving
from support.raw_dimse import Raw

FIND = StudyRootQueryRetrieveInformationModelFind


def padded_request(padding: str) -> AssociateRq:
    roles = ScpScuRoleSelection(CTImageStorage + padding, 1, 1)
    extended = SopClassExtendedNegotiation(FIND + padding, b"\1")
    contexts = [
        Context(uid + padding, (f"1.2.3{padding}", ImplicitVRLittleEndian + padding)) for uid in (CTImageStorage, FIND)
    ]
    request = request_pdu(contexts, calling_ae_title="RAW", called_ae_title="SCP", user_items=[roles, extended])
    name = ApplicationContext((request.application_context or "") + padding)
    return replace(request, variable_items=(name, *request.variable_items[1:]))


@pytest.mark.clause("PS3.8 F.1")
@pytest.mark.parametrize("padding", ["\0", "\0\0", " "], ids=["one NUL", "two", "a space"])
def test_server_answers_a_padded_association_request_lawfully(padding: str) -> None:
    entity = scp(FIND)
    entity.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    handlers = [(evt.EVT_SOP_EXTENDED, lambda event: dict(event.app_info))]
    with serving(entity, handlers) as address, socket.create_connection(address[:2], PATIENCE) as connection:
        connection.settimeout(PATIENCE)
        connection.sendall(encode(padded_request(padding)))
        answer = Raw(connection).receive()
    assert isinstance(answer, AssociateAc)
    assert decode_lenient(encode(answer)).deviations == ()
    assert [one.transfer_syntax for one in answer.presentation_contexts] == [ImplicitVRLittleEndian] * 2
    information = answer.user_information
    assert information.all(ScpScuRoleSelection) == (ScpScuRoleSelection(CTImageStorage, 1, 1),)
    assert information.all(SopClassExtendedNegotiation) == (SopClassExtendedNegotiation(FIND, b"\1"),)


@pytest.mark.parametrize("padding", [b"\0", b"\0\0\0", b" ", b" \0"], ids=["NUL", "three", "a space", "both"])
def test_response_repeats_a_padded_uid_lawfully(padding: bytes) -> None:
    name = Verification.encode() + padding
    fields = ((2, name), (0x100, us(CommandField.C_ECHO_RQ)), (0x110, us(7)), (0x800, us(0x101)))
    request = command_set.decode(raw_command(*fields)).message()
    response = command_set.encode(reply(request, {"status": 0}), has_data_set=False)
    assert command_set.decode(response).deviations == ()
    assert Verification.encode() + b"\0" in response
