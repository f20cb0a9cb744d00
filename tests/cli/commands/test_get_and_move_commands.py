"""`dulcimer get` and `dulcimer move` over loopback connections, with servers made of the library's own entities."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from dulcimer import AE, evt
from dulcimer.acse.negotiation import MOST_CONTEXTS
from dulcimer.cli.scu.storage_contexts import sop_classes, storage_contexts
from dulcimer.sop_class import (
    CTImageStorage,
    MRImageStorage,
    PatientRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
)
from support.command_runs import invoke, lines_of, summary_of, words_of
from support.entities import PATIENCE, ct, scp, serving
from support.peers.processes import DULCIMER, free_port

STUDY = ["-k", "StudyInstanceUID=1.2.3"]
DATA_SETS = [ct(f"1.2.3.{number}") for number in range(3)]


def getter() -> AE:
    ae = scp(StudyRootQueryRetrieveInformationModelGet, PatientRootQueryRetrieveInformationModelGet)
    ae.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
    return ae


class Archive:
    """A handler of C-GET or C-MOVE: it sends data sets, to `destination` for C-MOVE."""

    def __init__(self, instances: list[Any] | None = None, destination: tuple[Any, Any] | None = None) -> None:
        self.instances = DATA_SETS if instances is None else instances
        self.destination = destination
        self.asked: list[Dataset] = []
        self.titles: list[str] = []
        self.cancelled = threading.Event()

    def __call__(self, event: Any) -> Iterator[Any]:
        self.asked.append(event.identifier)
        if self.destination is not None:
            self.titles.append(event.move_destination)
            yield self.destination
        yield len(self.instances)
        for instance in self.instances:
            if event.is_cancelled:
                self.cancelled.set()
                yield 0xFE00, None
                return
            yield 0xFF00, instance


def test_get_keeps_each_instance_and_tells_the_sums(tmp_path: Path) -> None:
    archive = Archive()
    with serving(getter(), [(evt.EVT_C_GET, archive)]) as address:
        result = invoke("get", address, *STUDY, "-od", str(tmp_path / "new"))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "new").glob("*.dcm")) == [f"1.2.3.{n}.dcm" for n in range(3)]
    assert dcmread(tmp_path / "new" / "1.2.3.1.dcm").PatientName == "Test^Case"
    assert result.stdout.count("received  ") == 3
    assert "3 completed, 0 failed" in result.stdout
    assert archive.asked[0].QueryRetrieveLevel == "STUDY"
    assert archive.asked[0].StudyInstanceUID == "1.2.3"


def test_get_in_json_is_a_line_for_each_instance_and_one_for_the_end(tmp_path: Path) -> None:
    with serving(getter(), [(evt.EVT_C_GET, Archive())]) as address:
        result = invoke("get", address, *STUDY, "-od", str(tmp_path), "--json")
    assert result.stderr == ""
    *instances, last = lines_of(result)
    assert [line["sop_instance_uid"] for line in instances] == ["1.2.3.0", "1.2.3.1", "1.2.3.2"]
    assert all(Path(line["path"]).stat().st_size == line["size"] for line in instances)
    assert {key: last["summary"][key] for key in ("status", "completed", "failed", "received")} == {
        "status": 0,
        "completed": 3,
        "failed": 0,
        "received": 3,
    }


def test_get_clears_what_a_crash_has_left_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / ".123-7f00-4.part").write_bytes(b"half an instance")
    (tmp_path / ".letter.part").write_bytes(b"of somebody else")
    with serving(getter(), [(evt.EVT_C_GET, Archive())]) as address:
        assert invoke("get", address, *STUDY, "-od", str(tmp_path)).exit_code == 0
    assert {path.name for path in tmp_path.iterdir() if path.name.endswith(".part")} == {".letter.part"}


def test_get_may_throw_away_what_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(getter(), [(evt.EVT_C_GET, Archive())]) as address:
        result = invoke("get", address, *STUDY, "--ignore")
    assert result.exit_code == 0
    assert list(tmp_path.iterdir()) == []


def test_sub_operations_that_fail_are_listed_with_status_1(tmp_path: Path) -> None:
    other = ct("1.2.3.9")
    other.SOPClassUID = MRImageStorage
    archive = Archive([*DATA_SETS, other])
    with serving(getter(), [(evt.EVT_C_GET, archive)]) as address:
        result = invoke("get", address, *STUDY, "-od", str(tmp_path), "-q")
        as_json = invoke("get", address, *STUDY, "-od", str(tmp_path), "--json")
    assert result.exit_code == as_json.exit_code == 1
    assert result.stdout == "FAILED    1.2.3.9\n"
    assert summary_of(as_json)["failed_sop_instance_uids"] == ["1.2.3.9"]
    assert summary_of(as_json)["failed"] == 1


def test_what_arrived_before_the_connection_was_lost_is_reported(tmp_path: Path) -> None:
    def answer(event: Any) -> Iterator[Any]:
        yield 3
        yield 0xFF00, DATA_SETS[0]
        event.assoc.abort()

    with serving(getter(), [(evt.EVT_C_GET, answer)]) as address:
        result = invoke("get", address, *STUDY, "-od", str(tmp_path))
        as_json = invoke("get", address, *STUDY, "-od", str(tmp_path), "--json")
    assert result.exit_code == as_json.exit_code == 1
    assert "C-GET: ended early; 1 received" in result.stdout
    assert "aborted" in result.stderr
    assert summary_of(as_json) == {"received": 1, "bytes": lines_of(as_json)[0]["size"], "complete": False}
    assert "error" in lines_of(as_json)[-1]


def test_peer_that_agrees_to_no_role_is_reported(tmp_path: Path) -> None:
    with serving(scp(StudyRootQueryRetrieveInformationModelGet), [(evt.EVT_C_GET, Archive())]) as address:
        result = invoke("get", address, *STUDY, "-od", str(tmp_path))
    assert result.exit_code == 1
    assert "did not agree to our role of SCP" in words_of(result.stderr)


def test_nothing_that_matches_is_reported_and_no_failure(tmp_path: Path) -> None:
    with serving(getter(), [(evt.EVT_C_GET, Archive([]))]) as address:
        result = invoke("get", address, *STUDY, "-od", str(tmp_path))
    assert result.exit_code == 0
    assert "nothing that matches" in result.stderr


@pytest.mark.clause("PS3.7 9.3.3.3")
def test_ctrl_c_cancels_a_get_in_order(tmp_path: Path) -> None:
    archive = Archive([ct(f"1.2.3.{number}") for number in range(5000)])
    with serving(getter(), [(evt.EVT_C_GET, archive)]) as (host, port):
        command = [str(DULCIMER), "get", host, str(port), *STUDY, "-od", str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("received")
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=60.0)
        assert archive.cancelled.wait(PATIENCE)
    assert process.returncode == 130
    assert "Traceback" not in output + errors
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_storage_classes_are_the_usual_ones_or_those_named() -> None:
    usual = sop_classes([])
    assert len(usual) < MOST_CONTEXTS
    assert CTImageStorage in usual
    assert sop_classes(["CTImageStorage", "1.2.3.4", "CTImageStorage"]) == (CTImageStorage, "1.2.3.4")


@pytest.mark.parametrize("count", [1, 2, 3, 20, 63, 64, 120, 127])
@pytest.mark.parametrize("compressed", [False, True])
def test_contexts_of_any_number_of_classes_fit_into_one_association(count: int, compressed: bool) -> None:
    classes = [f"1.2.{number}" for number in range(count)]
    contexts = storage_contexts(classes, ["1.2.840.10008.1.2"], compressed=compressed, room=MOST_CONTEXTS - 1)
    assert len(contexts) <= MOST_CONTEXTS - 1
    assert {context.abstract_syntax for context in contexts} == set(classes)
    offered = {syntax for context in contexts for syntax in context.transfer_syntaxes}
    assert ("1.2.840.10008.1.2.4.70" in offered) == compressed


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-k", "PatientName=A*"],
        [*STUDY, "--sop-class", "CTImage"],
        [*STUDY, *(word for n in range(128) for word in ("--sop-class", f"1.2.{n}"))],
        [*STUDY, "-od", __file__],
    ],
)
def test_wrong_use_of_get_is_status_2(arguments: list[str]) -> None:
    assert invoke("get", ("127.0.0.1", 104), *arguments).exit_code == 2


# C-MOVE


def mover() -> AE:
    ae = scp(StudyRootQueryRetrieveInformationModelMove)
    ae.add_requested_context(CTImageStorage)
    return ae


def test_move_receives_by_itself_on_the_address_that_reaches_the_peer(tmp_path: Path) -> None:
    port = free_port()
    archive = Archive(destination=("127.0.0.1", port))
    with serving(mover(), [(evt.EVT_C_MOVE, archive)]) as address:
        result = invoke(
            "move", address, *STUDY, "-aet", "ME", "--store-port", str(port), "--store-dir", str(tmp_path / "new")
        )
    assert result.exit_code == 0, result.output
    assert archive.titles == ["ME"]
    assert f"receiving as ME on 127.0.0.1 port {port}" in result.stderr
    assert len(list((tmp_path / "new").glob("*.dcm"))) == 3
    assert "3 completed, 0 failed" in result.stdout


def test_move_to_another_destination_tells_the_counters_as_json(tmp_path: Path) -> None:
    taken: list[str] = []
    target = scp(CTImageStorage)

    def take(event: Any) -> int:
        taken.append(str(event.request.AffectedSOPInstanceUID))
        return 0xA700 if len(taken) == 2 else 0xB000 if len(taken) == 3 else 0x0000

    with serving(target, [(evt.EVT_C_STORE, take)]) as (host, port):
        archive = Archive(destination=(host, port))
        with serving(mover(), [(evt.EVT_C_MOVE, archive)]) as address:
            result = invoke("move", address, *STUDY, "-aem", "THERE", "--json")
    assert archive.titles == ["THERE"]
    assert result.exit_code == 1
    found = summary_of(result)
    assert {name: found[name] for name in ("completed", "failed", "warning", "remaining")} == {
        "completed": 1,
        "failed": 1,
        "warning": 1,
        "remaining": 0,
    }
    assert found["failed_sop_instance_uids"] == [taken[1]]


def test_destination_that_the_peer_does_not_know_names_the_option_that_helps() -> None:
    archive = Archive(destination=(None, None))
    with serving(mover(), [(evt.EVT_C_MOVE, archive)]) as address:
        result = invoke("move", address, *STUDY, "-aem", "NOWHERE")
    assert result.exit_code == 1
    assert "A801H" in result.stderr
    assert "-aem" in result.stderr


def test_port_of_the_receiver_that_is_taken_is_a_usage_error(tmp_path: Path) -> None:
    with serving(mover(), [(evt.EVT_C_MOVE, Archive())]) as (host, port):
        result = invoke("move", (host, port), *STUDY, "--store-port", str(port), "--store-dir", str(tmp_path))
    assert result.exit_code == 2
    assert "cannot listen" in words_of(result.stderr)


@pytest.mark.parametrize(
    "arguments",
    [[], [*STUDY, "--store-dir", "x"], [*STUDY, "-aem", "TOO LONG AN AE TITLE"], [*STUDY, "--store-port", "70000"]],
)
def test_wrong_use_of_move_is_status_2(arguments: list[str]) -> None:
    assert invoke("move", ("127.0.0.1", 104), *arguments).exit_code == 2
