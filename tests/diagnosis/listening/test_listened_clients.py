"""What a listener tells of clients: ours, those of DCMTK, and such as are none."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from dulcimer import AE, build_role
from dulcimer.diagnosis.listening.events import (
    ClientAnswered,
    ClientConnected,
    ClientDeviates,
    ClientProposed,
    ClientSent,
    ListenTotals,
)
from dulcimer.diagnosis.listening.proposals import identity_words
from dulcimer.diagnosis.listening.serving import ListenSettings
from dulcimer.pdu_primitives import AsynchronousOperationsWindowNegotiation, UserIdentityNegotiation
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue, ReleaseRq, UserIdentity
from support.diagnosis.listened import listening
from support.peers.processes import HOST, WITHOUT_NAGLE, client

CT = Path(str(get_testdata_file("CT_small.dcm")))
IMPLICIT = "1.2.840.10008.1.2"
PRIVATE = "1.2.3.4.5.6"


def sent(port: int, data: bytes) -> None:
    """Send bytes, and read until the other end closes."""
    with socket.create_connection((HOST, port), timeout=30) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(4096):
            pass


def test_everything_is_accepted_and_told() -> None:
    entity = AE("MODALITY")
    entity.add_requested_context(PRIVATE, [IMPLICIT])
    entity.add_requested_context(CTImageStorage, [IMPLICIT, "1.2.840.10008.1.2.1"])
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked, window.maximum_number_operations_performed = 5, 6
    identity = UserIdentityNegotiation()
    identity.user_identity_type, identity.primary_field, identity.secondary_field = 2, b"joe", b"secret"
    role = build_role(CTImageStorage, scp_role=True)
    with listening() as listened:
        association = entity.associate(HOST, listened.port, ae_title="ANY", ext_neg=[window, identity, role])
        assert len(association.accepted_contexts) == 2
        association.release()
        end = listened.end()
    assert (end.how, end.is_in_order, end.messages) == ("released by the client", True, 0)
    (proposed,) = listened.of(ClientProposed)
    proposal = proposed.proposal
    assert (proposal.calling, proposal.called) == ("MODALITY", "ANY")
    assert [one.sop_class for one in proposal.contexts] == [PRIVATE, CTImageStorage]
    assert proposal.contexts[1].roles == (False, True)
    assert proposal.window == (5, 6)
    assert "joe, 6 bytes (hidden)" in proposal.identity
    assert "secret" not in repr(listened.told)
    assert not listened.of(ClientDeviates)


def test_messages_are_told_with_their_sizes_and_nothing_is_kept(tmp_path: Path) -> None:
    entity = AE()
    entity.add_requested_context(CTImageStorage, "1.2.840.10008.1.2.1")
    entity.add_requested_context(Verification)
    with listening(ListenSettings(maximum_length=8192)) as listened:
        association = entity.associate(HOST, listened.port)
        assert association.send_c_echo().Status == 0
        assert association.send_c_store(CT).Status == 0
        association.release()
        assert listened.end().messages == 2
    echo, store = listened.of(ClientSent)
    assert (echo.name, echo.data_bytes, echo.pdus) == ("C-ECHO-RQ", 0, 1)
    assert (store.name, store.sop_class) == ("C-STORE-RQ", CTImageStorage)
    assert 38_000 < store.data_bytes < CT.stat().st_size
    assert store.pdus == 1 + -(-store.data_bytes // (8192 - 6))
    assert [(one.name, one.status) for one in listened.of(ClientAnswered)] == [("C-ECHO-RSP", 0), ("C-STORE-RSP", 0)]
    assert not list(tmp_path.iterdir())


def test_instances_are_kept_when_that_is_asked_for(tmp_path: Path) -> None:
    entity = AE()
    entity.add_requested_context(CTImageStorage, "1.2.840.10008.1.2.1")
    with listening(ListenSettings(keep=tmp_path)) as listened:
        with entity.associate(HOST, listened.port) as association:
            association.send_c_store(CT)
        listened.end()
    assert len(list(tmp_path.glob("*.dcm"))) == 1


def test_a_pdu_in_the_wrong_state_is_a_deviation_for_sure() -> None:
    with listening() as listened:
        sent(listened.port, encode(PDataTf((PresentationDataValue(1, 3, b"abcd"),))))
        listened.end()
    deviations = [one for told in listened.of(ClientDeviates) for one in told.deviations]
    assert any(one.sure and "P-DATA-TF" in one.text for one in deviations)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "the client speaks HTTP, not DICOM"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(600), "the client speaks TLS, not DICOM"),
        (b"\x0bMSH|^~\\&|A|B\r\x1c\r", "the client speaks HL7, not DICOM"),
        (b"", "the client closed the connection without a byte"),
        (encode(ReleaseRq())[:7], "the client closed the connection without a release, in the middle of a PDU"),
    ],
    ids=["http", "tls", "hl7", "nothing", "half"],
)
def test_what_is_no_dicom_is_recognised_and_not_judged(data: bytes, words: str) -> None:
    with listening() as listened:
        sent(listened.port, data)
        end = listened.end()
    assert words in end.how
    assert bool(listened.of(ClientDeviates)) == (data[:1] == b"\x05")
    assert len(listened.of(ClientConnected)) == 1


@pytest.mark.parametrize("kind", [3, 4, 5])
def test_of_tickets_and_tokens_the_length_alone_is_told(kind: int) -> None:
    words = identity_words(UserIdentity(kind, b"very secret", b"", 1))
    assert "secret" not in words
    assert "11 bytes (hidden), to be confirmed" in words


def test_the_sums_count_associations_and_not_port_checks() -> None:
    totals = ListenTotals()
    entity = AE()
    entity.add_requested_context(Verification)
    with listening() as listened:
        sent(listened.port, b"")
        listened.end()
        entity.associate(HOST, listened.port).release()
        listened.end()
    for told in listened.told:
        totals.add(told)
    assert (totals.connections, totals.associations, totals.is_wrong) == (2, 1, False)


@pytest.mark.peer("DCMTK")
def test_storescu_is_told_of_and_nothing_that_it_does_is_wrong_for_sure() -> None:
    with listening() as listened:
        client(["storescu", "-aet", "SCANNER", HOST, str(listened.port), CT], environment=WITHOUT_NAGLE)
        listened.end()
    (proposed,) = listened.of(ClientProposed)
    assert proposed.proposal.calling == "SCANNER"
    assert len(proposed.proposal.contexts) == 128
    assert [one.name for one in listened.of(ClientSent)] == ["C-STORE-RQ"]
    assert not any(one.sure for told in listened.of(ClientDeviates) for one in told.deviations)
