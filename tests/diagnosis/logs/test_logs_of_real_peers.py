"""Logs that DCMTK, Orthanc and pynetdicom write here and now: the cause that was set up comes first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dulcimer.diagnosis.causes.engine import causes_of
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.logs.reading import evidence_of_log
from support.dicom_files import TEST_FILES
from support.peers.processes import HOST, WITHOUT_NAGLE, PeerProcess, free_port, server
from support.peers.query_peers import orthanc

TESTS = Path(__file__).parents[2]
DEAD = 9
"""A port of this machine on which nothing listens."""


def first_cause(log: bytes) -> str:
    found = causes_of(evidence_of_log(log)).findings
    return found[0].id if found else ""


def printed(*command: object) -> bytes:
    done = subprocess.run([str(word) for word in command], capture_output=True, timeout=120, check=False)
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeerProcess]:
    folder = tmp_path_factory.mktemp("qr")
    (folder / "db").mkdir()
    port = free_port()
    (folder / "qr.cfg").write_text(
        f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 16\n"
        f"HostTable BEGIN\naway = (AWAY, {HOST}, {DEAD})\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"
        f"AETable BEGIN\nQR {folder / 'db'} RW (9, 9mb) ANY\nAETable END\n"
    )
    with server("dcmqrscp", ["dcmqrscp", "-d", "-c", folder / "qr.cfg"], port, environment=WITHOUT_NAGLE) as peer:
        printed("storescu", "-aec", "QR", HOST, peer.port, TEST_FILES / "CT_small.dcm")
        yield peer


STUDY = ("-k", "0008,0052=STUDY", "-k", "0010,0020=1CT1", "-k", "0020,000d=1.3.6.1.4.1.5962.1.2.1.20040119072730.12322")


@pytest.mark.peer("DCMTK")
@pytest.mark.parametrize("verbosity", ["-v", "-d"])
@pytest.mark.parametrize(
    ("cause", "command"),
    [
        ("connection-refused", ("echoscu", HOST, DEAD)),
        ("host-name-unknown", ("echoscu", "no.such.host.invalid", 104)),
        ("called-title-unknown", ("echoscu", "-aec", "NOBODY", HOST, 0)),
        ("sop-class-refused", ("findscu", "-W", "-aec", "QR", "-k", "0010,0020=1", HOST, 0)),
        ("destination-not-configured", ("movescu", "-S", "-aec", "QR", "-aem", "NOBODY", *STUDY, HOST, 0)),
        ("move-suboperations-failed", ("movescu", "-S", "-aec", "QR", "-aem", "AWAY", *STUDY, HOST, 0)),
        ("", ("echoscu", "-aec", "QR", HOST, 0)),
        ("", ("storescu", "-aec", "QR", HOST, 0, TEST_FILES / "CT_small.dcm")),
    ],
)
def test_client_of_dcmtk(archive: PeerProcess, verbosity: str, cause: str, command: tuple[object, ...]) -> None:
    name, *words = (archive.port if word == 0 else word for word in command)
    log = printed(name, verbosity, *words)
    assert first_cause(log) == cause, log.decode(errors="replace")[-2000:]


@pytest.mark.peer("DCMTK")
def test_query_of_dcmtk_without_a_match(archive: PeerProcess) -> None:
    # With -d, findscu prints the status of the last response in a form that is not read.
    words = ("-S", "-aec", "QR", *STUDY[:2], "-k", "0010,0020=NOBODY", HOST, archive.port)
    assert first_cause(printed("findscu", "-v", *words)) == "find-no-match"


@pytest.mark.peer("DCMTK")
def test_log_of_dcmqrscp_names_the_destination_that_it_does_not_know(archive: PeerProcess) -> None:
    printed("movescu", "-S", "-aec", "QR", "-aem", "NOBODY", *STUDY, HOST, archive.port)
    found = causes_of(evidence_of_log(archive.log().encode())).findings
    assert "destination-not-configured" in {one.id for one in found}


@pytest.mark.peer("Orthanc")
@pytest.mark.peer("DCMTK")
def test_log_of_orthanc_has_the_causes_of_all_that_it_refused(tmp_path: Path) -> None:
    study = ("-k", "0008,0052=STUDY", "-k", "0020,000d=1.2.3")
    settings = {"DicomCheckCalledAet": True, "DicomAlwaysAllowFind": False}
    with orthanc(tmp_path, "--verbose", move_to=("AWAY", DEAD), changes=settings) as peer:
        known = ("-aet", "AWAY", "-aec", "ORTHANC")
        printed("echoscu", "-aec", "NOBODY", HOST, peer.port)
        printed("findscu", "-S", "-aec", "ORTHANC", *study, HOST, peer.port)
        printed("movescu", "-S", *known, "-aem", "NOWHERE", *study, HOST, peer.port)
        printed("storescu", *known, HOST, peer.port, TEST_FILES / "CT_small.dcm")
        printed("movescu", "-S", *known, "-aem", "NOWHERE", *STUDY, HOST, peer.port)
        printed("echoscu", *known, HOST, peer.port)
        peer.process.terminate()
        peer.process.wait(120)
        found = causes_of(evidence_of_log(peer.log().encode())).findings
    told = {one.id: one for one in found}
    wanted = {
        "called-title-unknown": ("called", "NOBODY"),
        "operation-not-permitted": ("calling", "FINDSCU"),
        "move-matched-nothing": ("calling", "AWAY"),
        "destination-not-configured": ("destination", "NOWHERE"),
    }
    assert set(told) == set(wanted)
    for cause, (name, value) in wanted.items():
        assert (told[cause].sure, told[cause].values[name]) == (Sureness.CERTAIN, value)


@pytest.mark.peer("pynetdicom")
@pytest.mark.peer("DCMTK")
@pytest.mark.parametrize(
    ("cause", "title", "sop_class"),
    [
        ("called-title-unknown", "NOBODY", "1.2.840.10008.1.1"),
        ("sop-class-refused", "QR", "1.2.3.4.5"),
        ("", "QR", "1.2.840.10008.1.1"),
    ],
)
def test_client_of_pynetdicom(archive: PeerProcess, cause: str, title: str, sop_class: str) -> None:
    program = (
        f"import sys\nsys.path.insert(0, {str(TESTS)!r})\n"
        "from support.peers.steady_pynetdicom import make_steady\nmake_steady()\n"
        "from pynetdicom import AE, debug_logger\ndebug_logger()\nae = AE()\n"
        f"ae.add_requested_context('{sop_class}')\n"
        f"association = ae.associate('{HOST}', {archive.port}, ae_title='{title}')\n"
        "if association.is_established:\n    association.send_c_echo()\n    association.release()\n"
    )
    log = printed(sys.executable, "-c", program)
    assert first_cause(log) == cause, log.decode(errors="replace")[-2000:]
