"""What the tester itself sends is lawful where a case says so: by our own decoder, and by rules written down here."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

import pytest

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME, PduType
from dulcimer._generated.fsm import Events
from dulcimer._generated.requestor import AcceptanceVariant
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.steps import Send, data_of
from dulcimer.conformance.stimuli.answers import acceptance_bytes
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.conformance.stimuli.requests import associate_rq
from dulcimer.dimse import command_set
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRq,
    ImplementationClassUid,
    ImplementationVersionName,
    PDataTf,
    ScpScuRoleSelection,
    UserIdentity,
)

PECULIAR = {
    "enc.version.": "the protocol version",
    "enc.reserved.": "reserved fields",
    "enc.item.unknown.": "items of an unknown type",
    "pdv.header.": "bits that are not checked",
    "dimse.store.header-bits": "bits that are not checked",
    "pdv.fragment.empty-": "an empty fragment, which a receiver should take",
    "dimse.store.empty-last": "an empty fragment, which a receiver should take",
}
"""Cases that are not lawful in the one thing that a receiver has to bear."""
UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")
_BROKEN = (Events.EVT_18, Events.EVT_19)
"""Cells that are about PDUs that do not come whole, or are invalid."""
CASES = [
    case
    for case in acceptor_cases(Titles())
    if case.injection.lawful and not case.base and not (case.cell and case.cell[0] in _BROKEN)
]


def is_peculiar(case: Case) -> bool:
    return any(case.id.startswith(name) for name in PECULIAR)


def pdus_of(case: Case) -> Iterator[bytes]:
    for step in (*case.opening.steps, *case.injection.steps):
        data = data_of(step)
        while data:
            end = 6 + struct.unpack_from(">I", data, 2)[0]
            yield data[:end]
            data = data[end:]


def is_uid(text: str) -> bool:
    if text.startswith("2.25."):
        return int(text[5:]) < 1 << 128 and len(text) <= 64 and UID.fullmatch(text) is not None
    return len(text) <= 64 and UID.fullmatch(text) is not None


def check_request(pdu: AssociateRq, data: bytes) -> None:
    """PS3.8 9.3.2 and Annex D, PS3.7 Annex D."""
    assert pdu.protocol_version == 1
    for title in (data[10:26], data[26:42]):
        assert all(0x20 <= octet < 0x7F and octet != 0x5C for octet in title)
        assert title.strip()
    assert data[42:74] == bytes(32)
    kinds = [item.item_type for item in pdu.variable_items]
    assert kinds == sorted(kinds)
    assert kinds.count(0x10) == kinds.count(0x50) == 1
    assert is_uid(pdu.application_context or "")
    contexts = pdu.presentation_contexts
    ids = [item.presentation_context_id for item in contexts]
    assert 1 <= len(ids) <= 128
    assert len(set(ids)) == len(ids)
    assert all(number % 2 and 1 <= number <= 255 for number in ids)
    for item in contexts:
        assert [one.item_type for one in item.sub_items].count(0x30) == 1
        assert item.transfer_syntaxes
        assert is_uid(item.abstract_syntax or "")
        assert all(map(is_uid, item.transfer_syntaxes))
    proposed = {item.abstract_syntax for item in contexts}
    user = pdu.user_information.user_data
    types = [item.item_type for item in user]
    for once in (0x51, 0x52):
        assert types.count(once) == 1
    for at_most in (0x53, 0x55, 0x58):
        assert types.count(at_most) <= 1
    assert 0x59 not in types
    for number in (0x54, 0x56, 0x57):
        classes = [getattr(item, "sop_class_uid", "") for item in user if item.item_type == number]
        assert len(set(classes)) == len(classes)
        assert set(classes) <= proposed
    for each in user:
        match each:
            case ImplementationClassUid(uid):
                assert is_uid(uid)
            case ScpScuRoleSelection(_, scu_role, scp_role):
                assert {scu_role, scp_role} <= {0, 1}
            case ImplementationVersionName(name):
                assert 1 <= len(name) <= 16
            case UserIdentity(kind):
                assert kind in range(1, 6)


def check_messages(pdus: list[PDataTf], request: AssociateRq) -> None:
    """PS3.8 Annex E, PS3.7 6.3.1 and 9.3."""
    proposed = {item.presentation_context_id: item for item in request.presentation_contexts}
    command = bytearray()
    for pdu in pdus:
        assert pdu.presentation_data_value_items
        for value in pdu.presentation_data_value_items:
            assert value.presentation_context_id in proposed
            assert value.message_control_header < 4
            assert len(value.fragment) % 2 == 0
            assert value.fragment
            if not value.is_command:
                continue
            command += value.fragment
            if value.is_last:
                tags = [tag for tag, _, length, _ in command_set.elements(command) if length % 2 == 0]
                assert tags == sorted(set(tags))
                found = command_set.decode(bytes(command))
                found.message()
                assert found.value("command_group_length") == len(command) - 12
                command.clear()
    assert not command


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_lawful_case_sends_what_is_lawful(case: Case) -> None:
    request: AssociateRq | None = None
    data: list[PDataTf] = []
    for raw in pdus_of(case):
        decoded = decode_lenient(raw)
        if is_peculiar(case):
            assert not decoded.structural
            continue
        assert not decoded.deviations, decoded.deviations
        assert raw[1] == 0
        if isinstance(decoded.pdu, AssociateRq):
            request = decoded.pdu
            if case.id != "enc.aet.spaces":
                check_request(decoded.pdu, raw)
                assert ".after-reject" in case.id or decoded.pdu.application_context == APPLICATION_CONTEXT_NAME
        elif isinstance(decoded.pdu, PDataTf):
            data.append(decoded.pdu)
    if data and request is not None and case.id != "dimse.echo.priority":
        check_messages(data, request)


def test_only_what_a_receiver_has_to_bear_is_peculiar() -> None:
    assert sum(map(is_peculiar, CASES)) < len(CASES) / 4


@pytest.mark.parametrize(
    "case", [case for case in requestor_cases() if case.injection.lawful], ids=lambda case: case.id
)
def test_lawful_answer_to_a_requestor_is_lawful(case: RequestorCase) -> None:
    """But for the one thing that the case is about: what is left is what any A-ASSOCIATE-AC is."""
    request = associate_rq(Titles())
    for step in (*case.opening.steps, *case.injection.steps):
        how = step.made if isinstance(step, Send) else None
        if not isinstance(how, AcceptanceVariant) or how != AcceptanceVariant(octets=how.octets):
            continue
        data = acceptance_bytes(request, encode(request), how, case.opening.maximum_length)
        decoded = decode_lenient(data)
        assert isinstance(decoded.pdu, AssociateAc)
        assert not decoded.deviations
        assert data[0] == PduType.A_ASSOCIATE_AC
        assert data[10:74] == encode(request)[10:74]
