"""Associations of real peers that do what they should: none of them is called a violation."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, DoubtCause, WireOutcome
from dulcimer.fuzz.proxy.serving import ProxySettings
from support.captures.judged_captures import judged, violations
from support.dicom_files import TEST_FILES
from support.peers.processes import (
    DULCIMER,
    HOST,
    PYNETDICOM_PEER,
    WITHOUT_NAGLE,
    PeerProcess,
    client,
    dulcimer_serve,
    free_port,
    pynetdicom_scp,
    storescp,
)
from support.peers.query_peers import dcmqrscp, orthanc
from support.proxied import settings_of
from support.proxied_sockets import running_proxy
from support.studies import write_image

_QR = ["-k", "QueryRetrieveLevel=STUDY", "-k"]
_OF_STUDY = "StudyInstanceUID="


@dataclass
class Recorded:
    """What passed between a client and a server, as a capture that is judged."""

    found: list[AssociationVerdict] = field(default_factory=list)


@contextlib.contextmanager
def recorded(server: PeerProcess) -> Iterator[tuple[int, Recorded]]:
    """The port in front of a server, and the verdicts, which are there after the block."""
    settings = ProxySettings(HOST, server.port, connections=None, link=settings_of(silence=60.0))
    recording = Recorded()
    with running_proxy(settings) as proxy:
        yield proxy.port, recording
    recording.found = judged(proxy.capture.getvalue())


def are_consistent(recording: Recorded, count: int) -> None:
    told = [(one.end, one.rule, one.observed) for each in recording.found for one in violations(each)]
    assert told == []
    assert [one.outcome for one in recording.found] == [WireOutcome.CONSISTENT] * count


SERVERS: dict[str, Callable[[Path], contextlib.AbstractContextManager[PeerProcess]]] = {
    "DCMTK": lambda folder: dcmqrscp(folder / "qr"),
    "Orthanc": lambda folder: orthanc(folder / "orthanc"),
    "dulcimer": lambda folder: dulcimer_serve(folder / "archive"),
}


@pytest.mark.peer("DCMTK")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.peer(name)) for name in ("DCMTK", "Orthanc")] + ["dulcimer"]
)
def test_store_find_get_and_move_of_dcmtk(name: str, tmp_path: Path) -> None:
    image = write_image(tmp_path / "image.dcm", 1)
    (tmp_path / "out").mkdir()
    called = {"DCMTK": "QR", "Orthanc": "ORTHANC", "dulcimer": "DULCIMER"}[name]
    key = [*_QR, f"{_OF_STUDY}{image.study}"]
    with SERVERS[name](tmp_path) as server, recorded(server) as (port, recording):
        where = ["-aec", called, HOST, str(port)]

        def run(command: list[str | Path], *, expect: int | None = 0) -> None:
            client([*command[:1], "-to", "20", *command[1:]], expect=expect, environment=WITHOUT_NAGLE)

        run(["echoscu", *where])
        run(["echoscu", "--repeat", "3", "--propose-pc", "20", *where])
        run(["echoscu", "--abort", *where])
        run(["storescu", *where, image.path])
        run(["findscu", "-S", *key, *where])
        run(["getscu", "-S", "-od", tmp_path / "out", *key, *where], expect=None)
        run(["movescu", "-S", "-aem", "NOWHERE", *key, *where], expect=None)
    are_consistent(recording, 7)


@pytest.mark.peer("DCMTK")
def test_many_instances_and_a_rejection_of_storescp(tmp_path: Path) -> None:
    files = [TEST_FILES / name for name in ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm")]
    with storescp(tmp_path) as server, recorded(server) as (port, recording):
        client(["storescu", "-R", HOST, str(port), *files, *files], environment=WITHOUT_NAGLE)
        client(["storescu", "-R", "-pdu", "4096", HOST, str(port), *files], environment=WITHOUT_NAGLE)
        client([DULCIMER, "store", HOST, str(port), *files])
        client([DULCIMER, "echo", HOST, str(port)])
    are_consistent(recording, 4)
    with storescp(tmp_path, "--refuse") as server, recorded(server) as (port, recording):
        client(["echoscu", HOST, str(port)], expect=1)
    are_consistent(recording, 1)


@pytest.mark.peer("pynetdicom")
def test_both_roles_of_pynetdicom(tmp_path: Path) -> None:
    file = TEST_FILES / "CT_small.dcm"
    with pynetdicom_scp(tmp_path) as server, recorded(server) as (port, recording):
        for work in ("echo", "associate"):
            client([sys.executable, PYNETDICOM_PEER, work, str(port), "--steady"])
        client([sys.executable, PYNETDICOM_PEER, "store", str(port), file, "--steady"])
        client([DULCIMER, "store", HOST, str(port), file])
    assert len(recording.found) >= 4
    for found in recording.found:
        assert violations(found) == []
        assert found.client.outcome is WireOutcome.CONSISTENT
        # This server does not wait for the client to close: only an ARTIM of no time explains that.
        assert {one.cause for one in found.server.doubts} <= {DoubtCause.ARTIM}


@pytest.mark.peer("DCMTK")
def test_a_move_to_a_third_one(tmp_path: Path) -> None:
    image = write_image(tmp_path / "image.dcm", 1)
    port = free_port()
    with dcmqrscp(tmp_path / "qr", move_to=("MOVER", port)) as server, recorded(server) as (in_front, recording):
        where = ["-aec", "QR", HOST, str(in_front)]
        client(["storescu", *where, image.path], environment=WITHOUT_NAGLE)
        move = ["movescu", "-S", "-aet", "MOVER", "-aem", "MOVER", "+P", str(port), "-od", str(tmp_path)]
        client([*move, *_QR, f"{_OF_STUDY}{image.study}", *where], environment=WITHOUT_NAGLE)
    are_consistent(recording, 2)
