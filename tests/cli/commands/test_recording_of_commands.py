"""`--trace` records what commands and the archive do on the network."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from dulcimer.cli.main import app
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.records import PduReceived, PduSent
from support.command_runs import CommandRunner, invoke
from support.dicom_files import TEST_FILES
from support.peers.processes import DULCIMER, HOST, dulcimer_serve, free_port

CT = TEST_FILES / "CT_small.dcm"
PATIENT = b"CompressedSamples^CT1"


def lengths(trace: RecordedTrace) -> dict[str, list[tuple[str, int]]]:
    """Sender and length of each PDU, by the end that recorded it."""
    return {
        one.role: [
            (line.record.sender, line.record.raw.length)
            for line in one.lines
            if isinstance(line.record, PduSent | PduReceived)
        ]
        for one in trace.associations
    }


def test_both_ends_of_a_store_are_recorded_without_the_patient(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path / "archive", "--trace", str(tmp_path / "traces")) as peer:
        result = invoke("store", (HOST, peer.port), str(CT), "--trace", str(tmp_path / "store.jsonl"))
        assert result.exit_code == 0, result.output
    found = [tmp_path / "store.jsonl", *(tmp_path / "traces").iterdir()]
    own = lengths(RecordedTrace.read(found[0]))["requestor"]
    assert own in [lengths(RecordedTrace.read(one))["acceptor"] for one in found[1:]]
    assert sum(length for _, length in own) > 38_000
    for one in found:
        assert PATIENT.hex().encode() not in one.read_bytes()
        assert one.stat().st_mode & 0o077 == 0


def test_raw_keeps_the_data_set_and_pseudonyms_replace_titles(tmp_path: Path) -> None:
    with dulcimer_serve(tmp_path / "archive") as peer:
        address = (HOST, peer.port)
        invoke("store", address, str(CT), "--trace", str(tmp_path / "raw.jsonl"), "--trace-raw")
        invoke("echo", address, "-aet", "WORKSTATION", "--trace", str(tmp_path / "echo.jsonl"), "--trace-pseudonyms")
    assert PATIENT.hex().encode() in (tmp_path / "raw.jsonl").read_bytes()
    assert RecordedTrace.read(tmp_path / "raw.jsonl").header.masks_data_sets is False
    echo = (tmp_path / "echo.jsonl").read_bytes()
    assert b"WORKSTATION".hex().encode() not in echo
    assert HOST.encode() not in echo


def test_command_that_fails_leaves_a_trace(tmp_path: Path) -> None:
    result = invoke("echo", (HOST, 1), "--trace", str(tmp_path / "a.jsonl"))
    assert result.exit_code == 3
    shown = CommandRunner().invoke(app, ["trace", "show", str(tmp_path / "a.jsonl")])
    assert "no transport connection" in shown.stdout


@pytest.mark.parametrize("command", [["echo", HOST, "1"], ["serve", "--port", "0"]])
def test_trace_that_cannot_be_written_is_a_usage_error(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [DULCIMER, *command, "--trace", str(tmp_path / "file" / "a")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "--trace" in done.stderr


def test_interrupted_command_has_written_its_trace(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [DULCIMER, "serve", "--port", str(port), "--trace", str(tmp_path / "traces")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as serving:  # fmt: skip
        assert serving.stdout is not None
        assert "listening" in serving.stdout.readline()
        assert invoke("echo", (HOST, port)).exit_code == 0
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(60) == 0
    (path,) = (tmp_path / "traces").iterdir()
    assert RecordedTrace.read(path).associations[0].role == "acceptor"
