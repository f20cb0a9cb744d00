"""What happens in the illustrated associations. The pages show this text beside the bytes that each line sends."""

from __future__ import annotations

from codegen.illustrated.wire import Wire
from dulcimer._generated.commands import CEchoRq, CEchoRsp, CGetRq, CGetRsp, CStoreRq, CStoreRsp
from dulcimer.acse.negotiation import Context

VERIFICATION = "1.2.840.10008.1.1"
CT = "1.2.840.10008.5.1.4.1.1.2"
MR = "1.2.840.10008.5.1.4.1.1.4"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
INSTANCE = "1.2.826.0.1.3680043.8.498.1"


def element(group: int, number: int, vr: str, value: bytes) -> bytes:
    """An element in Explicit VR Little Endian, of a VR with a length of two bytes (PS3.5 7.1.2)."""
    head = group.to_bytes(2, "little") + number.to_bytes(2, "little") + vr.encode()
    return head + len(value).to_bytes(2, "little") + value


IMAGE = b"".join(
    (
        element(0x0008, 0x0016, "UI", CT.encode() + b"\0"),
        element(0x0008, 0x0018, "UI", INSTANCE.encode() + b"\0"),
        element(0x0008, 0x0060, "CS", b"CT"),
        element(0x0010, 0x0010, "PN", b"Test^Ada"),
        element(0x0010, 0x0020, "LO", b"T-0001"),
        element(0x0020, 0x0011, "IS", b"1 "),
        element(0x0020, 0x0013, "IS", b"42"),
        element(0x0028, 0x0010, "US", b"\2\0"),
        element(0x0028, 0x0011, "US", b"\2\0"),
    )
)
KEYS = b"".join(
    (
        element(0x0008, 0x0052, "CS", b"STUDY "),
        element(0x0020, 0x000D, "UI", b"1.2.826.0.1.3680043.8.498.2\0"),
    )
)


def echo(wire: Wire) -> None:
    scanner = wire.requestor("SCANNER")
    archive = wire.acceptor("ARCHIVE", [Context(VERIFICATION, (IMPLICIT,))])

    scanner.request("ARCHIVE", [Context(VERIFICATION, (IMPLICIT,))])
    archive.accept()
    scanner.send(CEchoRq(affected_sop_class_uid=VERIFICATION, message_id=1))
    archive.send(CEchoRsp(message_id_being_responded_to=1, affected_sop_class_uid=VERIFICATION, status=0x0000))
    scanner.release()
    archive.confirm_release()


def store(wire: Wire) -> None:
    scanner = wire.requestor("SCANNER")
    archive = wire.acceptor("ARCHIVE", [Context(CT, (EXPLICIT, IMPLICIT))])

    scanner.request("ARCHIVE", [Context(CT, (IMPLICIT, EXPLICIT)), Context(MR, (EXPLICIT,))])
    archive.accept(maximum_length=134)
    asked = CStoreRq(affected_sop_class_uid=CT, message_id=7, priority=0, affected_sop_instance_uid=INSTANCE)
    scanner.send(asked, IMAGE)
    archive.send(CStoreRsp(message_id_being_responded_to=7, affected_sop_instance_uid=INSTANCE, status=0x0000))
    scanner.release()
    archive.confirm_release()


def get(wire: Wire) -> None:
    viewer = wire.requestor("VIEWER")
    archive = wire.acceptor("ARCHIVE", [Context(STUDY_ROOT_GET, (EXPLICIT,)), Context(CT, (EXPLICIT,))])

    contexts = [Context(STUDY_ROOT_GET, (EXPLICIT,)), Context(CT, (EXPLICIT,))]
    viewer.request("ARCHIVE", contexts, as_scp_of=[CT])
    archive.accept()
    viewer.send(CGetRq(affected_sop_class_uid=STUDY_ROOT_GET, message_id=3, priority=0), KEYS)
    asked = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid=INSTANCE)
    archive.send(asked, IMAGE, context=3)
    viewer.send(CStoreRsp(message_id_being_responded_to=1, affected_sop_instance_uid=INSTANCE, status=0), context=3)
    archive.send(
        CGetRsp(
            message_id_being_responded_to=3,
            affected_sop_class_uid=STUDY_ROOT_GET,
            status=0x0000,
            number_of_completed_suboperations=1,
            number_of_failed_suboperations=0,
            number_of_warning_suboperations=0,
        )
    )
    viewer.release()
    archive.confirm_release()


def collision(wire: Wire) -> None:
    station = wire.requestor("STATION")
    archive = wire.acceptor("ARCHIVE", [Context(VERIFICATION, (IMPLICIT,))])

    station.request("ARCHIVE", [Context(VERIFICATION, (IMPLICIT,))])
    archive.accept()
    with wire.at_once():
        station.release()
        archive.release()
    station.confirm_release()


def abort(wire: Wire) -> None:
    scanner = wire.requestor("SCANNER")
    archive = wire.acceptor("ARCHIVE", [Context(CT, (EXPLICIT,))])

    scanner.request("ARCHIVE", [Context(CT, (EXPLICIT,))])
    archive.accept(maximum_length=134)
    asked = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid=INSTANCE)
    scanner.send(asked, IMAGE, only=2)
    archive.abort()


SESSIONS = (echo, store, get, collision, abort)
"""The sessions without TLS, in the order of their pages."""
