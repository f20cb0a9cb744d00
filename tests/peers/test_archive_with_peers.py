"""`dulcimer serve --dir` as an archive for DCMTK, pynetdicom and Orthanc, over real sockets."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from support.archive_clients import identifier
from support.dicom_files import data_set
from support.peers.processes import HOST, PeerProcess, client, dulcimer_serve, free_port, server
from support.studies import Image, write_order, write_study

PATIENCE = 60.0
dcmtk = pytest.mark.peer("DCMTK")
with_pynetdicom = pytest.mark.peer("pynetdicom")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Image]:
    """Three studies: of 3, 2 and 4 images."""
    folder = tmp_path_factory.mktemp("files")
    return [image for study, count in ((1, 3), (2, 2), (3, 4)) for image in write_study(folder, study, count)]


@pytest.fixture(scope="module")
def move_port() -> int:
    """The port of the move destination called MOVER."""
    return free_port()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, files: list[Image], move_port: int) -> Iterator[PeerProcess]:
    """An archive that has the files, and two orders on its worklist."""
    folder = tmp_path_factory.mktemp("archive")
    (folder / "orders").mkdir()
    write_order(folder / "orders" / "1.wl", 1)
    write_order(folder / "orders" / "2.dcm", 2, Modality="MR", ScheduledProcedureStepStartDate="20240305")
    options = ["--remote", f"MOVER={HOST}:{move_port}", "--worklist", str(folder / "orders"), "-aet", "ARCHIVE"]
    with dulcimer_serve(folder / "instances", *options) as peer:
        client(["dcmsend", HOST, str(peer.port), *[image.path for image in files]])
        yield peer
        assert "Traceback" not in peer.log()


def dcmtk_find(peer: PeerProcess, model: str, *keys: str) -> list[str]:
    """The values that findscu shows of its last key, one for each answer."""
    words = [word for key in keys for word in ("-k", key)]
    done = client(["findscu", model, *words, HOST, str(peer.port)])
    last = keys[-1].partition("=")[0].rpartition(".")[2]
    return sorted(re.findall(rf"\[([^\]]*?)[ \0]*\] .* {last}$", done.stdout + done.stderr, re.MULTILINE))


def studies_of(images: list[Image]) -> list[str]:
    return sorted({image.study for image in images})


@dcmtk
@pytest.mark.parametrize(
    ("model", "keys", "found"),
    [
        ("-S", ("QueryRetrieveLevel=STUDY", "PatientName=FAMILY*"), [1, 2, 3]),
        ("-S", ("QueryRetrieveLevel=STUDY", "PatientName=family2^*"), [2]),
        ("-S", ("QueryRetrieveLevel=STUDY", "PatientName=FAMILY?^GIVEN", "StudyDate=20240103-"), [2, 3]),
        ("-S", ("QueryRetrieveLevel=STUDY", "StudyDate=20240102"), [1]),
        ("-S", ("QueryRetrieveLevel=STUDY", "PatientID=NOBODY"), []),
        ("-S", ("QueryRetrieveLevel=STUDY", "ModalitiesInStudy=CT", "NumberOfStudyRelatedInstances"), [1, 2, 3]),
        ("-P", ("QueryRetrieveLevel=STUDY", "PatientID=P3"), [3]),
    ],
)
def test_dcmtk_finds_studies(
    archive: PeerProcess, files: list[Image], model: str, keys: tuple[str, ...], found: list[int]
) -> None:
    assert dcmtk_find(archive, model, *keys, "StudyInstanceUID") == [
        uid for uid in studies_of(files) if int(uid.rpartition(".")[2]) in found
    ]


@dcmtk
def test_dcmtk_finds_by_a_list_of_uids_and_down_to_images(archive: PeerProcess, files: list[Image]) -> None:
    two = studies_of(files)[:2]
    assert dcmtk_find(archive, "-S", "QueryRetrieveLevel=STUDY", "StudyInstanceUID=" + "\\".join(two)) == two
    assert dcmtk_find(archive, "-P", "QueryRetrieveLevel=PATIENT", "PatientID=P*") == ["P1", "P2", "P3"]
    above = f"StudyInstanceUID={files[0].study}"
    assert dcmtk_find(archive, "-S", "QueryRetrieveLevel=SERIES", above, "SeriesInstanceUID") == [files[0].series]
    of_series = (above, f"SeriesInstanceUID={files[0].series}", "SOPInstanceUID")
    assert dcmtk_find(archive, "-S", "QueryRetrieveLevel=IMAGE", *of_series) == [image.instance for image in files[:3]]


@dcmtk
def test_dcmtk_gets_a_comment_on_what_is_wrong_with_its_query(archive: PeerProcess) -> None:
    done = client(["findscu", "-v", "-S", "-k", "QueryRetrieveLevel=IMAGE", HOST, str(archive.port)], expect=None)
    assert "DataSetDoesNotMatchSOPClass" in done.stdout + done.stderr


@dcmtk
def test_dcmtk_cancels_a_query(archive: PeerProcess) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID"]
    done = client(["findscu", "-v", "--cancel", "1", "-S", *keys, HOST, str(archive.port)], expect=None)
    said = done.stdout + done.stderr
    # With so few answers the last may already be sent when the cancel arrives.
    assert "Cancel" in said
    assert "Received Final Find Response" in said
    assert "Failed" not in said


@dcmtk
@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (("ScheduledProcedureStepSequence[0].Modality=CT",), ["W1"]),
        (("ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate=20240301-20240331",), ["W2"]),
        (("PatientName=ORDERED*",), ["W1", "W2"]),
        (("ScheduledProcedureStepSequence[0].ScheduledStationAETitle=ELSEWHERE",), []),
    ],
)
def test_dcmtk_asks_the_worklist(archive: PeerProcess, keys: tuple[str, ...], found: list[str]) -> None:
    assert dcmtk_find(archive, "-W", *keys, "PatientID") == found


@dcmtk
def test_dcmtk_gets_a_study_byte_by_byte(archive: PeerProcess, files: list[Image], tmp_path: Path) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={files[0].study}"]
    done = client(["getscu", "-v", "-S", "+B", "-od", tmp_path, *keys, HOST, str(archive.port)])
    assert "Number of Completed Suboperations : 3" in done.stdout + done.stderr
    received = {dcmread(path).SOPInstanceUID: data_set(path) for path in tmp_path.iterdir()}
    assert received == {image.instance: data_set(image.path) for image in files[:3]}


@dcmtk
def test_instances_are_rewritten_for_a_destination_that_takes_implicit_vr_only(
    archive: PeerProcess, files: list[Image], move_port: int, tmp_path: Path
) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={files[3].study}"]
    own: list[str | Path] = ["-aet", "MOVER", "-aem", "MOVER", "+P", str(move_port), "+xi", "-od", tmp_path]
    client(["movescu", "-S", *own, *keys, HOST, str(archive.port)])
    received = sorted((dcmread(path) for path in tmp_path.iterdir()), key=lambda one: one.SOPInstanceUID)
    assert [one.file_meta.TransferSyntaxUID for one in received] == [ImplicitVRLittleEndian] * 2
    assert [one.SOPInstanceUID for one in received] == [image.instance for image in files[3:5]]
    assert received[0].PixelData == dcmread(files[3].path).PixelData


@dcmtk
def test_dcmtk_moves_a_study_to_itself(
    archive: PeerProcess, files: list[Image], move_port: int, tmp_path: Path
) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={files[5].study}"]
    own: list[str | Path] = ["-aet", "MOVER", "-aem", "MOVER", "+P", str(move_port), "-od", tmp_path]
    done = client(["movescu", "-v", "-S", *own, *keys, HOST, str(archive.port)])
    assert "Received Final Move Response (Success)" in done.stdout + done.stderr
    received = sorted((dcmread(path) for path in tmp_path.iterdir()), key=lambda one: one.SOPInstanceUID)
    assert received == [dcmread(image.path) for image in files[5:]]


@dcmtk
def test_dcmtk_gets_the_status_of_an_unknown_destination(archive: PeerProcess, files: list[Image]) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={files[0].study}"]
    done = client(["movescu", "-v", "-S", "-aem", "NOWHERE", *keys, HOST, str(archive.port)], expect=None)
    assert "MoveDestinationUnknown" in done.stdout + done.stderr


# pynetdicom


@contextlib.contextmanager
def association(
    peer: PeerProcess, *classes: str, title: str = "PYNETDICOM", takes: str = "", handlers: Any = ()
) -> Iterator[Any]:
    """An association that pynetdicom requests; also as SCP of CT image storage, if it `takes` a transfer syntax."""
    import pynetdicom

    ae = pynetdicom.AE(title)
    for uid in classes:
        ae.add_requested_context(uid)
    items: list[Any] = []
    if takes:
        ae.add_requested_context(CTImageStorage, takes)
        items.append(pynetdicom.build_role(CTImageStorage, scp_role=True))
    opened = ae.associate(HOST, peer.port, ext_neg=items, evt_handlers=list(handlers))
    assert opened.is_established
    try:
        yield opened
    finally:
        opened.release()


@contextlib.contextmanager
def listening(port: int, title: str, handlers: Any, *classes: str, **roles: bool) -> Iterator[None]:
    """pynetdicom as SCP of these."""
    import pynetdicom

    ae = pynetdicom.AE(title)
    for uid in classes:
        ae.add_supported_context(uid, [ExplicitVRLittleEndian, ImplicitVRLittleEndian], **roles)
    listener = ae.start_server((HOST, port), block=False, evt_handlers=handlers)
    try:
        yield
    finally:
        assert listener is not None
        listener.shutdown()


@with_pynetdicom
def test_pynetdicom_finds_and_cancels(archive: PeerProcess, files: list[Image]) -> None:
    from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find

    with association(archive, Find) as opened:
        answers = list(opened.send_c_find(identifier("STUDY", StudyInstanceUID="", PatientName="FAMILY*"), Find))
        assert [status.Status for status, _ in answers] == [0xFF00] * 3 + [0x0000]
        assert sorted(answer.StudyInstanceUID for _, answer in answers[:3]) == studies_of(files)
        assert {answer.RetrieveAETitle for _, answer in answers[:3]} == {"ARCHIVE"}
        asked = opened.send_c_find(identifier("STUDY", StudyInstanceUID="", TimezoneOffsetFromUTC=""), Find, msg_id=7)
        opened.send_c_cancel(7, query_model=Find)
        assert [status.Status for status, _ in asked][-1] in (0x0000, 0xFE00)


@with_pynetdicom
def test_pynetdicom_gets_with_counters(archive: PeerProcess, files: list[Image]) -> None:
    from pynetdicom import evt

    from dulcimer.sop_class import PatientRootQueryRetrieveInformationModelGet as Get

    received: list[str] = []

    def store(event: Any) -> int:
        received.append(event.dataset.SOPInstanceUID)
        return 0xB000 if len(received) == 1 else 0xA700 if len(received) == 2 else 0x0000

    with association(archive, Get, takes=ExplicitVRLittleEndian, handlers=[(evt.EVT_C_STORE, store)]) as opened:
        statuses = list(opened.send_c_get(identifier("PATIENT", PatientID="P3"), Get))
    assert sorted(received) == [image.instance for image in files[5:]]
    remaining = [status.NumberOfRemainingSuboperations for status, _ in statuses[:-1]]
    assert remaining == [3, 2, 1, 0]
    final, failed = statuses[-1]
    assert final.Status == 0xB000
    counts = (
        final.NumberOfCompletedSuboperations,
        final.NumberOfWarningSuboperations,
        final.NumberOfFailedSuboperations,
    )
    assert counts == (2, 1, 1)
    assert failed.FailedSOPInstanceUIDList == received[1]


@with_pynetdicom
@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian], ids=["implicit", "deflated"]
)
def test_instances_come_back_in_the_uncompressed_syntax_that_was_agreed_on(
    archive: PeerProcess, files: list[Image], syntax: str
) -> None:
    from pynetdicom import evt

    from dulcimer.sop_class import CompositeInstanceRootRetrieveGet as Get

    received: list[Dataset] = []

    def store(event: Any) -> int:
        assert event.context.transfer_syntax == syntax
        received.append(event.dataset)
        return 0x0000

    with association(archive, Get, takes=syntax, handlers=[(evt.EVT_C_STORE, store)]) as opened:
        asked = identifier("IMAGE", SOPInstanceUID=files[0].instance)
        assert [status.Status for status, _ in opened.send_c_get(asked, Get)] == [0xFF00, 0x0000]
    assert received == [dcmread(files[0].path)]


@with_pynetdicom
def test_pynetdicom_moves_to_itself_and_is_named_as_originator(
    archive: PeerProcess, files: list[Image], move_port: int
) -> None:
    from pynetdicom import evt

    from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move

    received: list[tuple[str, str, int]] = []

    def store(event: Any) -> int:
        request = event.request
        originator = request.MoveOriginatorApplicationEntityTitle, request.MoveOriginatorMessageID
        received.append((request.AffectedSOPInstanceUID, *originator))
        return 0x0000

    with (
        listening(move_port, "MOVER", [(evt.EVT_C_STORE, store)], CTImageStorage),
        association(archive, Move) as opened,
    ):
        moved = identifier("IMAGE", **_keys_of(files[4]))
        statuses = [status.Status for status, _ in opened.send_c_move(moved, "MOVER", Move, msg_id=11)]
        assert statuses == [0xFF00, 0x0000]
    assert received == [(files[4].instance, "PYNETDICOM", 11)]


@with_pynetdicom
def test_move_to_a_destination_that_does_not_listen_fails_with_all_uids(
    archive: PeerProcess, files: list[Image]
) -> None:
    from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move

    with association(archive, Move) as opened:
        moved = identifier("STUDY", StudyInstanceUID=files[0].study)
        final, failed = list(opened.send_c_move(moved, "MOVER", Move))[-1]
    assert (final.Status, final.NumberOfFailedSuboperations) == (0xA702, 3)
    assert sorted(failed.FailedSOPInstanceUIDList) == [image.instance for image in files[:3]]


def _keys_of(image: Image) -> dict[str, str]:
    return {
        "StudyInstanceUID": image.study,
        "SeriesInstanceUID": image.series,
        "SOPInstanceUID": image.instance,
    }


def commitment_request(*images: Image, also: str = "") -> Dataset:
    """Action Information for the images, and an instance that is not there."""
    information = Dataset()
    information.TransactionUID = "1.2.826.0.1.3680043.10.1554.9.77"
    information.ReferencedSOPSequence = []
    for uid in (*(image.instance for image in images), *([also] if also else [])):
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, uid
        information.ReferencedSOPSequence.append(item)
    return information


class Reports:
    """The N-EVENT-REPORTs received; the first `refuse` ones are refused."""

    def __init__(self, refuse: int = 0) -> None:
        self.there = threading.Event()
        self.events: list[tuple[int, Dataset]] = []
        self._refuse = refuse

    def __call__(self, event: Any) -> tuple[int, None]:
        if self._refuse:
            self._refuse -= 1
            return 0x0110, None
        self.events.append((event.event_type, event.event_information))
        self.there.set()
        return 0x0000, None


@with_pynetdicom
@pytest.mark.clause("PS3.4 J.3.3")
def test_commitment_is_reported_on_the_same_association_to_an_unknown_requestor(
    archive: PeerProcess, files: list[Image]
) -> None:
    from pynetdicom import evt
    from pynetdicom.sop_class import StorageCommitmentPushModelInstance as PushInstance

    from dulcimer.sop_class import StorageCommitmentPushModel as Push

    reports, answered = Reports(), threading.Event()

    def sent(_: Any) -> None:
        if reports.there.is_set():
            answered.set()

    # A release in the meantime would end pynetdicom's reactor by an InvalidEventError.
    handlers = [(evt.EVT_N_EVENT_REPORT, reports), (evt.EVT_PDU_SENT, sent)]
    with association(archive, Push, handlers=handlers) as opened:
        status, _ = opened.send_n_action(commitment_request(*files[:2]), 1, Push, PushInstance)
        assert status.Status == 0x0000
        assert answered.wait(PATIENCE)
    [(kind, information)] = reports.events
    assert kind == 1
    assert [item.ReferencedSOPInstanceUID for item in information.ReferencedSOPSequence] == [
        image.instance for image in files[:2]
    ]


@with_pynetdicom
def test_commitment_is_reported_to_a_remote_on_an_association_of_its_own_until_it_is_taken(
    archive: PeerProcess, files: list[Image], move_port: int
) -> None:
    from pynetdicom import evt
    from pynetdicom.sop_class import StorageCommitmentPushModelInstance as PushInstance

    from dulcimer.sop_class import StorageCommitmentPushModel as Push

    reports = Reports(refuse=1)
    handlers = [(evt.EVT_N_EVENT_REPORT, reports)]
    with listening(move_port, "MOVER", handlers, Push, scu_role=False, scp_role=True):
        with association(archive, Push, title="MOVER") as opened:
            status, _ = opened.send_n_action(commitment_request(files[0], also="1.2.3"), 1, Push, PushInstance)
            assert status.Status == 0x0000
        assert reports.there.wait(PATIENCE)
    [(kind, information)] = reports.events
    assert kind == 2
    assert information.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == files[0].instance
    [failed] = information.FailedSOPSequence
    assert (failed.ReferencedSOPInstanceUID, failed.FailureReason) == ("1.2.3", 0x0112)


# Orthanc


@pytest.mark.peer("Orthanc")
@dcmtk
def test_orthanc_is_a_move_destination(files: list[Image], tmp_path: Path) -> None:
    dicom, http = free_port(), free_port()
    settings = {
        "Name": "peer",
        "StorageDirectory": str(tmp_path / "orthanc"),
        "IndexDirectory": str(tmp_path / "orthanc"),
        "Plugins": [],
        "DicomAet": "ORTHANC",
        "DicomPort": dicom,
        "HttpPort": http,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    with (
        server("Orthanc", ["Orthanc", tmp_path / "orthanc.json"], dicom),
        dulcimer_serve(tmp_path / "archive", "--remote", f"ORTHANC={HOST}:{dicom}") as archive,
    ):
        client(["dcmsend", HOST, str(archive.port), *[image.path for image in files]])
        keys = ["-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=P3"]
        done = client(["movescu", "-v", "-P", "-aem", "ORTHANC", *keys, HOST, str(archive.port)])
        assert "Received Final Move Response (Success)" in done.stdout + done.stderr
        with urllib.request.urlopen(f"http://{HOST}:{http}/instances?expand", timeout=PATIENCE) as answer:
            there = sorted(one["MainDicomTags"]["SOPInstanceUID"] for one in json.load(answer))
    assert there == [image.instance for image in files[5:]]
