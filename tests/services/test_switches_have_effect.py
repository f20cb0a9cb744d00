"""What the switches of `dulcimer._config` change on an association."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.filewriter import dcmwrite

from dulcimer import AE, _config, build_role, evt
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.ae.core.narration import Narrator
from dulcimer.dimse_primitives import C_MOVE, C_STORE
from dulcimer.learn.labs.messages import elements
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.switches import Switches
from dulcimer.wire.codec import Deviation, encode
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, PDataTf, PresentationDataValue
from support.entities import PATIENCE, ct, nothing_left, query, scp, scu, serving
from support.raw_dimse import Raw, requesting

PRIVATE = "1.2.826.0.1.3680043.10.1.1000"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def switch(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    for name, value in values.items():
        monkeypatch.setattr(_config, name, value)


# Storage of anything


class Stored:
    """A handler of EVT_C_STORE that notes what it was given."""

    def __init__(self) -> None:
        self.instances: list[tuple[str, str]] = []

    def __call__(self, event: evt.Event) -> int:
        self.instances.append((event.request.AffectedSOPClassUID, event.dataset.SOPInstanceUID))
        return 0x0000


def instance(sop_class: str, uid: str) -> Any:
    made = ct(uid)
    made.SOPClassUID = sop_class
    return made


@pytest.mark.parametrize("unrestricted", [True, False])
def test_promiscuous_storage_takes_known_private_and_unknown_classes(
    monkeypatch: pytest.MonkeyPatch, unrestricted: bool
) -> None:
    switch(monkeypatch, UNRESTRICTED_STORAGE_SERVICE=unrestricted)
    classes = (CTImageStorage, PRIVATE, "1.2.840.10008.5.1.4.1.1.999")
    stored = Stored()
    with serving(scp(), [(evt.EVT_C_STORE, stored)]) as address, scu(*classes, Find).associate(*address) as association:
        accepted = [str(cx.abstract_syntax) for cx in association.accepted_contexts]
        assert accepted == [Verification, *(classes if unrestricted else ())]  # no query, for that is not storage
        for number, uid in enumerate(accepted[1:], 1):
            assert association.send_c_store(instance(uid, f"1.2.{number}")).Status == 0
    assert stored.instances == ([(uid, f"1.2.{number}") for number, uid in enumerate(classes, 1)] * unrestricted)


def test_promiscuous_storage_needs_no_context_and_minds_no_class(monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, UNRESTRICTED_STORAGE_SERVICE=True)
    stored = Stored()
    with serving(AE("SCP"), [(evt.EVT_C_STORE, stored)]) as address, requesting(address, CTImageStorage) as raw:
        request = C_STORE()
        request.MessageID, request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = 1, PRIVATE, "1.2.3"
        message, _ = request.to_message()
        values = {name: getattr(message, name) for name in message.__dataclass_fields__}
        given = {name: value for name, value in values.items() if value is not None}
        answer = raw.ask({"command_field": 1, **given}, b"\x08\0\x18\0\x06\0\0\x001.2.3\0")
        assert answer is not None
        assert answer.value("status") == 0
    assert stored.instances == [(PRIVATE, "1.2.3")]


def test_requestor_takes_any_instance_that_comes_with_c_get(monkeypatch: pytest.MonkeyPatch) -> None:
    switch(monkeypatch, UNRESTRICTED_STORAGE_SERVICE=True)

    def get(event: evt.Event) -> Iterator[Any]:
        yield 1
        yield 0xFF00, instance(PRIVATE, "1.2.9")

    stored = Stored()
    with serving(scp(Get), [(evt.EVT_C_GET, get)]) as address:
        role = build_role(PRIVATE, scp_role=True)
        with scu(Get, PRIVATE).associate(
            *address, ext_neg=[role], evt_handlers=[(evt.EVT_C_STORE, stored)]
        ) as association:
            assert [status.Status for status, _ in association.send_c_get(query(), Get)][-1] == 0
    assert stored.instances == [(PRIVATE, "1.2.9")]


# Data sets in chunks


@pytest.mark.parametrize("chunked", [True, False])
def test_file_goes_as_it_lies_there_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, chunked: bool
) -> None:
    switch(monkeypatch, STORE_SEND_CHUNKED_DATASET=chunked)
    dcmwrite(tmp_path / "a.dcm", ct(), enforce_file_format=True)
    acceptor, requestor = AE("SCP"), AE("SCU")
    acceptor.add_supported_context(CTImageStorage, IMPLICIT)
    requestor.add_requested_context(CTImageStorage, IMPLICIT)
    with serving(acceptor, [(evt.EVT_C_STORE, Stored())]) as address, requestor.associate(*address) as association:
        assert association.send_c_store(ct()).Status == 0
        if chunked:
            with pytest.raises(ValueError, match="file is in Explicit VR Little Endian"):
                association.send_c_store(tmp_path / "a.dcm")
        else:
            assert association.send_c_store(tmp_path / "a.dcm").Status == 0


@pytest.mark.parametrize("chunked", [True, False])
def test_instance_is_received_into_a_file_or_into_memory(monkeypatch: pytest.MonkeyPatch, chunked: bool) -> None:
    switch(monkeypatch, STORE_RECV_CHUNKED_DATASET=chunked)
    paths: list[Any] = []

    def store(event: evt.Event) -> int:
        paths.append(getattr(event, "dataset_path", None))
        return 0x0000

    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, store)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            assert association.send_c_store(ct()).Status == 0
    assert (paths[0] is not None) is chunked


# AE titles


@pytest.mark.parametrize(("short", "expected"), [(True, "DEST"), (False, "DEST            ")])
def test_ae_titles_in_messages_are_padded_or_not(monkeypatch: pytest.MonkeyPatch, short: bool, expected: str) -> None:
    switch(monkeypatch, USE_SHORT_DIMSE_AET=short)
    primitive = C_MOVE()
    primitive.MessageID, primitive.AffectedSOPClassUID, primitive.MoveDestination = 1, Get, "DEST"
    assert primitive.to_message()[0].move_destination == expected
    sent: list[bytes] = []
    with serving(scp(Move)) as address:
        told = [(evt.EVT_DATA_SENT, lambda event: sent.append(event.data))]
        with scu(Move).associate(*address, evt_handlers=told) as association:
            assert list(association.send_c_move(query(), "DEST", Move))
    assert any(b"\0\0\0\x06" + bytes([len(expected), 0, 0, 0]) + expected.encode() in data for data in sent)


@pytest.mark.parametrize(
    ("codecs", "seen"), [(("ascii",), "P\u00c3\u0089"), (("ascii", "utf-8"), "P"), (("utf-8",), "P")]
)
def test_ae_title_of_a_peer_is_read_with_the_codecs(
    monkeypatch: pytest.MonkeyPatch, codecs: tuple[str, ...], seen: str
) -> None:
    """Text that a codec decodes loses its non-ASCII characters; if no codec can decode it, the bytes are kept."""
    switch(monkeypatch, CODECS=codecs)
    titles: list[str] = []
    contexts = [Context(Verification, (IMPLICIT,))]
    pdu = encode(request_pdu(contexts, calling_ae_title="P\u00c3\u0089", called_ae_title="SCP"))
    with serving(scp(), [(evt.EVT_ACCEPTED, lambda event: titles.append(event.assoc.requestor.ae_title))]) as address:
        with requesting_with(address, pdu) as raw:
            assert isinstance(raw.receive(), AssociateAc)
    assert titles == [seen]


def test_required_ae_title_is_compared_as_the_codecs_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = [Context(Verification, (IMPLICIT,))]
    pdu = encode(request_pdu(contexts, calling_ae_title="P\u00c3\u0089", called_ae_title="SCP"))
    with serving(scp(require_calling_aet=["P"])) as address:
        for codecs, answer in ((("ascii",), AssociateRj), (("ascii", "utf-8"), AssociateAc)):
            switch(monkeypatch, CODECS=codecs)
            with requesting_with(address, pdu) as raw:
                assert isinstance(raw.receive(), answer)


def requesting_with(address: tuple[str, int], pdu: bytes) -> Any:
    import socket
    from contextlib import contextmanager

    @contextmanager
    def connection() -> Iterator[Raw]:
        with socket.create_connection(address[:2], PATIENCE) as opened:
            opened.settimeout(PATIENCE)
            opened.sendall(pdu)
            yield Raw(opened)

    return connection()


# Logging


def conversation(caplog: pytest.LogCaptureFixture, level: int) -> list[logging.LogRecord]:
    def matches(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, query(PatientID="FOUND")

    with caplog.at_level(level, "dulcimer"):
        with serving(scp(Find), [(evt.EVT_C_FIND, matches)]) as address, scu(Find).associate(*address) as association:
            assert association.is_established
            assert len(list(association.send_c_find(query(PatientID="WANTED"), Find))) == 2
    return [record for record in caplog.records if record.name.startswith("dulcimer")]


def test_log_tells_what_is_negotiated_and_exchanged(caplog: pytest.LogCaptureFixture) -> None:
    conversation(caplog, logging.DEBUG)
    for line in (
        "requesting an association with ANY-SCP at 127.0.0.1",
        "association accepted with 2 of 2 presentation contexts",
        "association from SCU accepted",
        "association released",
        "sent A-ASSOCIATE-RQ",
        "received A-ASSOCIATE-AC",
        "context 1: Verification",
        "sent C-FIND-RQ in context 3, with a data set of",
        "received C-FIND-RSP in context 3",
        "Status: FF00H",
        "WANTED",
        "FOUND",
        "sent A-RELEASE-RQ",
    ):
        assert line in caplog.text, line


def test_beginnings_and_ends_are_at_level_info_and_patients_are_not(caplog: pytest.LogCaptureFixture) -> None:
    records = conversation(caplog, logging.INFO)
    assert {record.levelno for record in records} == {logging.INFO}
    assert "association released" in caplog.text
    assert "WANTED" not in caplog.text


def test_log_is_silent_if_the_switch_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    switch(monkeypatch, LOG_HANDLER_LEVEL="none")
    assert conversation(caplog, logging.DEBUG) == []


@pytest.mark.parametrize(
    ("name", "hidden", "shown"),
    [("LOG_REQUEST_IDENTIFIERS", "WANTED", "FOUND"), ("LOG_RESPONSE_IDENTIFIERS", "FOUND", "WANTED")],
)
def test_identifiers_are_not_logged_if_the_switch_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, name: str, hidden: str, shown: str
) -> None:
    switch(monkeypatch, **{name: False})
    conversation(caplog, logging.DEBUG)
    assert shown in caplog.text
    assert hidden not in caplog.text


def test_log_tells_how_an_association_fails(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "dulcimer"):
        with serving(scp(require_called_aet=True)) as address:
            assert scu().associate(*address, ae_title="OTHER").is_rejected
            association = scu().associate(*address, ae_title="SCP")
            association.abort()
            with requesting(address[:2], Verification) as raw:
                raw.send(b"\0\0\0")
                while raw.receive() is not None:
                    pass
            with requesting_with(address, b"\x99\0\0\0\0\0") as raw:
                assert raw.receive() == Abort(0, 0)
    for line in (
        "received A-ASSOCIATE-RJ",
        "sent A-ABORT",
        "something that is not a message",
        "something that is not a PDU",
    ):
        assert line in caplog.text, line


def test_what_cannot_be_read_is_reported(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ValueError("not to be read")

    monkeypatch.setattr("dulcimer.dimse.data_set.decode_data_set", fail)
    context = PresentationDataValue
    query_, store, other = (
        elements({"command_field": field, "message_id": 7, "command_data_set_type": 0}) for field in (0x20, 1, 0x777)
    )
    narrator = Narrator(Switches())
    with caplog.at_level(logging.DEBUG, "dulcimer"):
        for command in (query_, store, other):
            narrator.pdu_received(PDataTf((context(1, 3, command), context(1, 2, b"data"))), (), 0.0)
        narrator.pdu_received(PDataTf((context(1, 3, store), context(1, 0, b"da"), context(1, 1, b""))), (), 0.0)
        deviation = Deviation("calling_ae_title", 26, "PS3.8 9.3.2", "is odd", structural=False)
        narrator.pdu_received(AssociateRj(1, 1, 1), (deviation,), 0.0)
    for line in (
        "an identifier that cannot be read: not to be read",
        "C-STORE-RQ in context 1, with a data set of 4 bytes",
        "a message of an unknown command",
        "received something that is not a message",
        "calling_ae_title: is odd (PS3.8 9.3.2)",
    ):
        assert line in caplog.text, line
