"""`dulcimer trace check` judges captures and traces, and its exit status says what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from dulcimer.cli.main import app
from dulcimer.learn.labs.turns import ABORT, ACCEPT, ECHO, RELEASE, RELEASED, REQUEST, C, S
from dulcimer.trace.records import PduReceived, PduSent, RawBytes, TraceHeader, TransportClosed, TransportOpened
from dulcimer.trace.writing import TraceWriter
from support.captures.judged_captures import captured
from support.command_runs import CommandRunner

FINE = [(C, REQUEST), (S, ACCEPT), (C, RELEASE), (S, RELEASED)]
EARLY = [(C, REQUEST), (C, ECHO), (S, ABORT)]
GUIDE = (Path(__file__).parents[3] / "docs" / "guide" / "captures.md").read_text()


def run(*arguments: object) -> Result:
    env = {"NO_COLOR": "1", "COLUMNS": "80"}
    return CommandRunner().invoke(app, ["trace", "check", *map(str, arguments)], env=env)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, turns in (("fine", FINE), ("early", EARLY), ("tls", [(C, b"\x16\x03\x01\x00\x50\x01" + bytes(80))])):
        Path(f"{name}.pcapng").write_bytes(captured(turns))
    return tmp_path


@pytest.mark.usefixtures("here")
def test_the_guide_shows_what_is_printed() -> None:
    result = run("early.pcapng")
    assert result.exit_code == 1
    assert f"$ dulcimer trace check early.pcapng\n{result.stdout}```" in GUIDE


@pytest.mark.usefixtures("here")
def test_status_is_0_if_no_rule_is_broken() -> None:
    result = run("fine.pcapng")
    assert (result.exit_code, "consistent" in result.stdout) == (0, True)


@pytest.mark.usefixtures("here")
def test_what_is_left_out_is_named_and_without_dicom_the_status_is_1() -> None:
    result = run("tls.pcapng")
    assert result.exit_code == 1
    assert "left out: 1 TLS" in result.stdout
    assert "No DICOM was found." in result.stdout


def test_several_files_and_all_reports(here: Path) -> None:
    result = run("fine.pcapng", "early.pcapng", "--json", "--sarif", "s.json", "--junit", "j.xml", "--html", "h.html")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["summary"] == {"violation": 1, "consistent": 1, "inconclusive": 0}
    assert all((here / name).stat().st_size for name in ("s.json", "j.xml", "h.html"))


def test_a_trace_is_judged_like_a_capture(here: Path) -> None:
    for name, turns in (("fine.jsonl", FINE), ("early.jsonl", EARLY)):
        with (here / name).open("wb") as file:
            writer = TraceWriter(file, TraceHeader("a test", vantage="requestor"))
            writer.write(0.0, "1", TransportOpened("requestor"))
            for by_client, data in turns:
                kind = PduSent if by_client else PduReceived
                writer.write(0.1, "1", kind("requestor" if by_client else "acceptor", RawBytes.whole(data)))
            writer.write(0.2, "1", TransportClosed("requestor"))
            writer.write(0.3, "1", TransportClosed("acceptor"))
    assert run("fine.jsonl").exit_code == 0
    result = run("early.jsonl")
    assert result.exit_code == 1
    assert "Line 4, client: P-DATA-TF where A-ABORT(0) or nothing is expected" in result.stdout


def test_another_file_is_a_usage_error(here: Path) -> None:
    (here / "image.dcm").write_bytes(bytes(128) + b"DICM")
    assert run("image.dcm").exit_code == 2
    assert run("missing.pcapng").exit_code == 2


def test_an_imported_capture_is_judged_as_the_capture_is(here: Path) -> None:
    env = {"NO_COLOR": "1", "COLUMNS": "80"}
    result = CommandRunner().invoke(app, ["trace", "import", "early.pcapng", "-o", "early.jsonl"], env=env)
    assert (result.exit_code, f"$ dulcimer trace import early.pcapng -o early.jsonl\n{result.stderr}```" in GUIDE) == (
        0,
        True,
    )
    assert run("early.jsonl").exit_code == 1
    assert run("early.jsonl", "--json").stdout.count('"ul.fsm.impossible"') == 1
    result = CommandRunner().invoke(app, ["trace", "import", "tls.pcapng", "-o", "tls.jsonl"], env=env)
    assert (result.exit_code, "Left out: 1 connection, TLS." in result.stderr) == (1, True)
    assert here
