"""tshark, which does not use our schemas, finds the same fields at the same bytes."""

from __future__ import annotations

import struct
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dulcimer.wire import model
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from support.wire_strategies import aborts, associate_acs, associate_rjs, associate_rqs

pytestmark = pytest.mark.peer("tshark")

OUR_NAMES = {
    "dicom.pdu.type": "pdu_type",
    "dicom.pdu.len": "pdu_length",
    "dicom.assoc.version": "protocol_version",
    "dicom.assoc.ae.called": "called_ae_title",
    "dicom.assoc.ae.calling": "calling_ae_title",
    "dicom.assoc.item.type": "item_type",
    "dicom.assoc.item.len": "item_length",
    "dicom.actx": "application_context_name",
    "dicom.pctx.id": "presentation_context_id",
    "dicom.pctx.result": "result_reason",
    "dicom.pctx.abss.syntax": "abstract_syntax_name",
    "dicom.pctx.xfer.syntax": "transfer_syntax_name",
    "dicom.max_pdu_len": "maximum_length_received",
    "dicom.userinfo.uid": "implementation_class_uid",
    "dicom.userinfo.version": "implementation_version_name",
    "dicom.userinfo.asyncneg.maxnumopsinv": "maximum_number_operations_invoked",
    "dicom.userinfo.asyncneg.maxnumopsper": "maximum_number_operations_performed",
    "dicom.userinfo.rolesel.sopclassuid.len": "uid_length",
    "dicom.userinfo.rolesel.sopclassuid": "sop_class_uid",
    "dicom.userinfo.rolesel.scurole": "scu_role",
    "dicom.userinfo.rolesel.scprole": "scp_role",
    "dicom.userinfo.extneg.sopclassuid.len": "sop_class_uid_length",
    "dicom.userinfo.extneg.sopclassuid": "sop_class_uid",
    "dicom.userinfo.user_identify.type": "user_identity_type",
    "dicom.userinfo.user_identify.response_requested": "positive_response_requested",
    "dicom.userinfo.user_identify.primary_field_length": "primary_field_length",
    "dicom.userinfo.user_identify.primary_field": "primary_field",
    "dicom.userinfo.user_identify.secondary_field_length": "secondary_field_length",
    "dicom.userinfo.user_identify.secondary_field": "secondary_field",
    "dicom.pdv.len": "item_length",
    "dicom.pdv.ctx": "presentation_context_id",
    "dicom.pdv.flags": "message_control_header",
    "dicom.assoc.reject.result": "result",
    "dicom.assoc.reject.source": "source",
    "dicom.assoc.reject.reason": "reason",
    "dicom.assoc.abort.source": "source",
    "dicom.assoc.abort.reason": "reason",
}
UNKNOWN_TO_TSHARK = (0x57, 0x59)
FROM_REQUESTOR = (model.AssociateRq, model.PDataTf, model.ReleaseRq, model.Abort)
HEADERS = 54  # Ethernet, IPv4 and TCP without options

NAME = model.ApplicationContext("1.2.840.10008.3.1.1.1")
LENGTH, IMPLEMENTATION = model.MaximumLength(16384), model.ImplementationClassUid("1.2.3.4")
ECHO_RQ = bytes.fromhex(
    "00000000 04000000 38000000 00000200 12000000 312e322e3834302e31303030382e312e3100"
    "00000001 02000000 3000 00001001 02000000 0100 00000008 02000000 0101"
)
ASSOCIATION: tuple[model.Pdu, ...] = (
    model.AssociateRq(
        "CALLED",
        "CALLING",
        (
            NAME,
            model.PresentationContextRq.of(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"),
            model.PresentationContextRq.of(3, "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"),
            model.UserInformation(
                (
                    LENGTH,
                    IMPLEMENTATION,
                    model.AsynchronousOperationsWindow(3, 4),
                    model.ScpScuRoleSelection("1.2.840.10008.1.1", 1, 0),
                    model.ImplementationVersionName("DULCIMER_1"),
                    model.SopClassExtendedNegotiation("1.2.840.10008.1.1", b"abcd"),
                    model.SopClassCommonExtendedNegotiation("1.2.840.10008.1.1", "1.2.840.10008.4.2", ("1.4",)),
                    model.UserIdentity(2, b"name", b"pass", 1),
                )
            ),
        ),
    ),
    model.AssociateAc(
        "CALLED",
        "CALLING",
        (
            NAME,
            model.PresentationContextAc.of(1, 0, "1.2.840.10008.1.2"),
            model.PresentationContextAc.of(3, 3, "1.2.840.10008.1.2"),
            model.UserInformation((LENGTH, IMPLEMENTATION, model.UserIdentityResponse(b"ok"))),
        ),
    ),
    model.PDataTf((model.PresentationDataValue(1, 3, ECHO_RQ), model.PresentationDataValue(1, 2, b"abcdef"))),
    model.ReleaseRq(),
    model.ReleaseRp(),
    model.AssociateRj(1, 1, 7),
    model.Abort(2, 6),
)


def write_capture(path: Path, pdus: list[model.Pdu]) -> None:
    """One TCP segment for each PDU, in one connection to port 11112."""
    capture = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)]
    ports, sequence = (40000, 11112), [1, 1]
    for number, pdu in enumerate(pdus):
        sender = 0 if isinstance(pdu, FROM_REQUESTOR) else 1
        data = encode(pdu)
        tcp = struct.pack(
            ">HHIIBBHHH",
            ports[sender],
            ports[1 - sender],
            *(sequence if not sender else sequence[::-1]),
            0x50,
            0x18,
            8192,
            0,
            0,
        )
        addresses = (0x7F000001 + sender, 0x7F000002 - sender)
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40 + len(data), number, 0, 64, 6, 0, *addresses)
        frame = bytes(12) + b"\x08\x00" + ip + tcp + data
        capture.append(struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame)
        sequence[sender] += len(data)
    path.write_bytes(b"".join(capture))


def dissect(capture: Path) -> list[set[tuple[str, int, int, str]]]:
    """The fields of each frame that tshark names, under our names: name, offset, size, bytes; without empty ones."""
    command = ["tshark", "-r", str(capture), "-T", "pdml", "-d", "tcp.port==11112,dicom"]
    answer = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return [
        {
            (OUR_NAMES[name], int(field.get("pos", "")) - HEADERS, int(field.get("size", "")), field.get("value", ""))
            for field in packet.iter("field")
            if (name := field.get("name", "")) in OUR_NAMES and field.get("size") != "0"
        }
        for packet in ElementTree.fromstring(answer.stdout).iter("packet")
    ]


def our_fields(pdu: model.Pdu) -> set[tuple[str, int, int, str]]:
    """The fields that tshark also names."""
    fields = field_map(encode(pdu))
    unknown = {
        field.path.rpartition(".")[0]
        for field in fields
        if field.name == "item_type" and field.value in UNKNOWN_TO_TSHARK
    }
    header = ("item_type", "item_length")
    return {
        (field.name, field.offset, field.size, field.raw.hex())
        for field in fields
        if field.name in OUR_NAMES.values()
        and field.size
        and (field.name in header or not any(field.path.startswith(item + ".") for item in unknown))
    }


def test_fields_of_every_pdu_are_where_tshark_finds_them(tmp_path: Path) -> None:
    write_capture(tmp_path / "association.pcap", list(ASSOCIATION))
    frames = dissect(tmp_path / "association.pcap")
    assert {name for frame in frames for name, *_ in frame} == set(OUR_NAMES.values())
    for pdu, found in zip(ASSOCIATION, frames, strict=True):
        assert found == our_fields(pdu), type(pdu).__name__


NEGOTIATION = st.one_of(associate_rqs(), associate_acs(), associate_rjs(), aborts())
# Not the P-DATA-TF: tshark is confused by fragments that are not messages.


def known_items_only(pdu: model.Pdu) -> model.Pdu:
    """The PDU without the items that readers skip: tshark shows some of them as if they belonged there."""
    if not isinstance(pdu, model.AssociateRq | model.AssociateAc):
        return pdu
    user = tuple(item for item in pdu.user_information.user_data if not isinstance(item, model.UnknownItem))
    known = (item for item in pdu.variable_items if not isinstance(item, model.UnknownItem | model.UserInformation))
    return replace(pdu, variable_items=(*known, model.UserInformation(user)))


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # each attempt starts tshark, so shrinking would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pdus=st.lists(NEGOTIATION.map(known_items_only), min_size=10, max_size=30))
def test_fields_of_generated_pdus_are_where_tshark_finds_them(tmp_path: Path, pdus: list[model.Pdu]) -> None:
    write_capture(tmp_path / "generated.pcap", pdus)
    for pdu, found in zip(pdus, dissect(tmp_path / "generated.pcap"), strict=True):
        # tshark looks for the second length of a user identity only if that has a passcode
        differences = {field for field in found ^ our_fields(pdu) if field[0] != "secondary_field_length"}
        assert not differences, type(pdu).__name__
