"""`dulcimer find`, `get`, `move` and `store` with archives and worklists of other vendors."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from support.command_runs import invoke, lines_of, summary_of, words_of
from support.dicom_files import TEST_FILES
from support.entities import PATIENCE
from support.peers.processes import HOST, PeerProcess, free_port
from support.peers.query_peers import dcmqrscp, orthanc, wlmscpfs
from support.studies import Image, write_order, write_study

TITLE = "RECEIVER"
ARCHIVES: list[Any] = [
    pytest.param("dcmqrscp", marks=pytest.mark.peer("DCMTK")),
    pytest.param("Orthanc", marks=pytest.mark.peer("Orthanc")),
]
MAKERS: dict[str, tuple[str, Callable[..., contextlib.AbstractContextManager[PeerProcess]]]] = {
    "dcmqrscp": ("QR", dcmqrscp),
    "Orthanc": ("ORTHANC", orthanc),
}


class Archive:
    """An archive that has the images, and knows RECEIVER on `port`."""

    def __init__(self, name: str, title: str, peer: PeerProcess, port: int, images: list[Image]) -> None:
        self.name = name
        self.title = title
        self.peer = peer
        self.port = port
        self.images = images

    def run(self, command: str, *arguments: str) -> Any:
        return invoke(command, (HOST, self.peer.port), "-aec", self.title, *arguments)

    def of_study(self, study: str) -> set[str]:
        return {image.instance for image in self.images if image.study == study}


@pytest.fixture(scope="module", params=ARCHIVES)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder = tmp_path_factory.mktemp("archive")
    images = [image for study, count in ((1, 3), (2, 2), (3, 4)) for image in write_study(folder / "in", study, count)]
    title, make = MAKERS[request.param]
    port = free_port()
    with make(folder / "peer", move_to=(TITLE, port)) as peer:
        found = Archive(request.param, title, peer, port, images)
        stored = found.run("store", "--json", str(folder / "in"))
        assert summary_of(stored)["stored"] == len(images), stored.output
        yield found


def test_studies_that_were_stored_are_found(archive: Archive) -> None:
    result = archive.run("find", "--json")
    assert result.exit_code == 0, result.output
    found = [Dataset.from_json(line) for line in lines_of(result)]
    assert {match.StudyInstanceUID for match in found} == {image.study for image in archive.images}


@pytest.mark.parametrize(
    ("model", "keys", "names"),
    [
        ("-S", ["PatientName=FAMILY2*"], {"FAMILY2^GIVEN"}),
        ("-S", ["PatientName=*GIVEN", "StudyDate=20240103-"], {"FAMILY2^GIVEN", "FAMILY3^GIVEN"}),
        ("-S", ["PatientID=P1", "PatientName"], {"FAMILY1^GIVEN"}),
        ("-P", ["PatientID=P1", "PatientName"], {"FAMILY1^GIVEN"}),
        ("-S", ["PatientName=NOBODY"], set()),
    ],
)
def test_matching_by_wildcard_range_and_value(model: str, keys: list[str], names: set[str], archive: Archive) -> None:
    arguments = [word for key in [*keys, "StudyInstanceUID"] for word in ("-k", key)]
    result = archive.run("find", model, "--level", "STUDY", "--json", *arguments)
    assert result.exit_code == 0, result.output
    assert {str(Dataset.from_json(line).PatientName) for line in lines_of(result)} == names


def test_images_of_a_series_are_rows_of_a_table(archive: Archive) -> None:
    image = archive.images[0]
    keys = ["-k", f"StudyInstanceUID={image.study}", "-k", f"SeriesInstanceUID={image.series}", "-k", "SOPInstanceUID"]
    result = archive.run("find", *keys)
    assert result.exit_code == 0, result.output
    assert "using IMAGE, which fits the keys" in result.stderr
    heading, _, *rows, count = result.stdout.splitlines()
    assert heading.split() == ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"]
    assert {row.split()[2] for row in rows} == archive.of_study(image.study)
    assert count == "3 matches"


def test_get_brings_a_study_byte_for_byte_as_the_archive_sends_it(archive: Archive, tmp_path: Path) -> None:
    study = archive.images[0].study
    result = archive.run("get", "-k", f"StudyInstanceUID={study}", "-od", str(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    assert {path.stem for path in tmp_path.glob("*.dcm")} == archive.of_study(study)
    assert summary_of(result)["received"] == 3
    sent = {image.instance: dcmread(image.path) for image in archive.images}
    for path in tmp_path.glob("*.dcm"):
        assert dcmread(path).PixelData == sent[path.stem].PixelData


def test_get_of_one_image_by_its_unique_keys(archive: Archive, tmp_path: Path) -> None:
    image = archive.images[3]
    keys = {"StudyInstanceUID": image.study, "SeriesInstanceUID": image.series, "SOPInstanceUID": image.instance}
    arguments = [word for name, value in keys.items() for word in ("-k", f"{name}={value}")]
    result = archive.run("get", *arguments, "-od", str(tmp_path), "-xa", "--sop-class", "CTImageStorage")
    assert result.exit_code == 0, result.output
    assert [path.stem for path in tmp_path.glob("*.dcm")] == [image.instance]


def test_move_to_ourselves_brings_a_study(archive: Archive, tmp_path: Path) -> None:
    study = archive.images[-1].study
    receiving = ["-aem", TITLE, "--store-port", str(archive.port), "--store-dir", str(tmp_path)]
    result = archive.run("move", "-k", f"StudyInstanceUID={study}", *receiving, "--json")
    assert result.exit_code == 0, result.output
    assert {path.stem for path in tmp_path.glob("*.dcm")} == archive.of_study(study)
    assert (summary_of(result)["completed"], summary_of(result)["failed"]) == (4, 0)


def test_move_to_a_destination_that_is_not_there_fails(archive: Archive) -> None:
    study = archive.images[0].study
    result = archive.run("move", "-k", f"StudyInstanceUID={study}", "-aem", TITLE)
    assert result.exit_code == 1
    assert "C-MOVE" in result.stderr or "failed" in result.stdout


def test_move_to_a_destination_that_the_archive_does_not_know_fails(archive: Archive) -> None:
    study = archive.images[0].study
    result = archive.run("move", "-k", f"StudyInstanceUID={study}", "-aem", "NOBODY")
    assert result.exit_code == 1
    assert "-aem" in result.stderr or archive.name == "Orthanc"


def test_study_that_is_not_there_brings_nothing(archive: Archive, tmp_path: Path) -> None:
    result = archive.run("get", "-k", "StudyInstanceUID=1.2.3.4.5", "-od", str(tmp_path))
    assert "Traceback" not in result.output
    assert list(tmp_path.glob("*.dcm")) == []
    assert result.exit_code in (0, 1)


def test_compressed_image_is_refused_or_kept_and_the_words_say_which(archive: Archive) -> None:
    result = archive.run("store", str(TEST_FILES / "JPEG2000.dcm"))
    if archive.name == "Orthanc":
        assert result.exit_code == 0
    else:
        assert result.exit_code == 1
        assert "Secondary Capture Image Storage in JPEG 2000" in result.stdout
        assert "Explicit VR Little Endian" in words_of(result.stderr)


def test_several_associations_and_a_window_store_all(archive: Archive, tmp_path: Path) -> None:
    images = write_study(tmp_path, 7, 12)
    # Two processes of dcmqrscp may choose the same file name at the same time, and then one of them fails.
    jobs = "1" if archive.name == "dcmqrscp" else "3"
    result = archive.run("store", "--jobs", jobs, "--window", "4", "--json", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert summary_of(result)["stored"] == len(images)


# Worklists


@pytest.mark.peer("DCMTK")
def test_worklist_of_wlmscpfs(tmp_path: Path) -> None:
    (tmp_path / "CLINIC").mkdir()
    write_order(tmp_path / "CLINIC" / "1.wl", 1)
    write_order(tmp_path / "CLINIC" / "2.wl", 2, Modality="MR", ScheduledProcedureStepStartDate="20240305")
    with wlmscpfs(tmp_path) as peer:
        address = (HOST, peer.port)
        everything = invoke("find", address, "-W", "-aec", "CLINIC")
        of_mr = invoke(
            "find", address, "-W", "-aec", "CLINIC", "-k", "ScheduledProcedureStepSequence[0].Modality=MR", "--json"
        )
        stranger = invoke("find", address, "-W", "-aec", "ELSEWHERE")
    assert everything.exit_code == 0, everything.output
    heading, _, *rows, count = everything.stdout.splitlines()
    assert heading.split()[:3] == ["PatientName", "PatientID", "AccessionNumber"]
    assert sorted(row.split()[1] for row in rows) == ["W1", "W2"]
    assert count == "2 matches"
    (match,) = [Dataset.from_json(line) for line in lines_of(of_mr)]
    assert match.PatientID == "W2"
    assert match.ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate == "20240305"
    assert stranger.exit_code == 1


# pynetdicom


@contextlib.contextmanager
def pynetdicom_archive(images: list[Image], **handlers: Any) -> Iterator[tuple[str, int]]:
    from pynetdicom import AE, evt
    from pynetdicom.sop_class import (  # type: ignore[attr-defined]  # known at run time only
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
        StudyRootQueryRetrieveInformationModelMove,
    )

    ae = AE("PYNETDICOM")
    for uid in (
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
        StudyRootQueryRetrieveInformationModelMove,
    ):
        ae.add_supported_context(uid)
    ae.add_supported_context(CTImageStorage, [ExplicitVRLittleEndian], scu_role=False, scp_role=True)
    ae.add_requested_context(CTImageStorage, [ExplicitVRLittleEndian])
    bound: list[Any] = [(getattr(evt, name), handler) for name, handler in handlers.items()]
    server = ae.start_server((HOST, 0), block=False, evt_handlers=bound)
    assert server is not None
    try:
        yield HOST, server.server_address[1]
    finally:
        server.shutdown()


@pytest.mark.peer("pynetdicom")
@pytest.mark.clause("PS3.7 9.3.2.3")
def test_pynetdicom_sees_the_cancel_of_a_query() -> None:
    cancelled = threading.Event()

    def find(event: Any) -> Iterator[tuple[int, Dataset | None]]:
        for number in range(1 << 20):
            if event.is_cancelled:
                cancelled.set()
                yield 0xFE00, None
                return
            match = Dataset()
            match.PatientID = str(number)
            yield 0xFF00, match

    with pynetdicom_archive([], EVT_C_FIND=find) as address:
        result = invoke("find", address, "-k", "PatientID", "--cancel", "3")
        assert cancelled.wait(PATIENCE)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[2:] == ["0", "1", "2", "3 matches; then cancelled, as requested"]


@pytest.mark.peer("pynetdicom")
def test_pynetdicom_sends_with_get_and_move(tmp_path: Path) -> None:
    images = write_study(tmp_path / "in", 1, 3)
    port = free_port()

    def get(event: Any) -> Iterator[Any]:
        yield len(images)
        for image in images:
            yield 0xFF00, dcmread(image.path)

    def move(event: Any) -> Iterator[Any]:
        yield (HOST, port)
        yield from get(event)

    with pynetdicom_archive(images, EVT_C_GET=get, EVT_C_MOVE=move) as address:
        study = ["-k", f"StudyInstanceUID={images[0].study}"]
        got = invoke("get", address, *study, "-od", str(tmp_path / "got"), "--json")
        moved = invoke(
            "move", address, *study, "--store-port", str(port), "--store-dir", str(tmp_path / "moved"), "--json"
        )
    for result, name in ((got, "got"), (moved, "moved")):
        assert result.exit_code == 0, result.output
        assert {path.stem for path in (tmp_path / name).glob("*.dcm")} == {image.instance for image in images}
        assert summary_of(result)["completed"] == 3


@pytest.mark.peer("pynetdicom")
@pytest.mark.clause("PS3.7 D.3.3.7")
def test_pynetdicom_sees_the_user_identity(tmp_path: Path) -> None:
    """It confirms tokens when asked to, but not names, although PS3.7 D.3.3.7.2 requires it."""
    from pynetdicom import AE, evt

    seen: list[tuple[int, bytes, bytes | None]] = []

    def user(event: Any) -> tuple[bool, bytes]:
        seen.append((event.user_id_type, event.primary_field, event.secondary_field))
        return event.secondary_field == b"secret" or event.user_id_type == 5, b"yes"

    (tmp_path / "token").write_text("head.body.signature\n")
    ae = AE()
    ae.add_supported_context("1.2.840.10008.1.1")
    server = ae.start_server((HOST, 0), block=False, evt_handlers=[(evt.EVT_USER_ID, user)])
    assert server is not None
    try:
        address = (HOST, server.server_address[1])
        good = invoke("echo", address, "--user", "someone", env={"DULCIMER_PASSWORD": "secret"})
        bad = invoke("echo", address, "--user", "someone", env={"DULCIMER_PASSWORD": "wrong"})
        token = invoke("echo", address, "--jwt-file", str(tmp_path / "token"), "--expect-identity-response")
        unconfirmed = invoke("echo", address, "--user", "A", "--password", "secret", "--expect-identity-response")
    finally:
        server.shutdown()
    results = (good, bad, token, unconfirmed)
    assert [result.exit_code for result in results] == [0, 1, 0, 1], "".join(result.output for result in results)
    assert seen[:3] == [
        (2, b"someone", b"secret"),
        (2, b"someone", b"wrong"),
        (5, b"head.body.signature", b""),
    ]
    assert "rejected" in bad.stderr
    assert "--user" in bad.stderr
    assert "did not confirm" in unconfirmed.stderr
