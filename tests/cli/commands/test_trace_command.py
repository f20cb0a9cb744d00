"""`dulcimer trace` shows and exports recorded associations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from dulcimer.cli.commands.trace import SUBCOMMANDS
from dulcimer.cli.main import app
from dulcimer.trace.reading import TraceReader
from dulcimer.trace.records import (
    HostAndPort,
    MachineStep,
    PduReceived,
    PduSent,
    RawBytes,
    TraceHeader,
    TransportClosed,
    TransportOpened,
)
from dulcimer.trace.writing import TraceWriter
from dulcimer.wire.codec import encode
from support.associations import AC, RQ
from support.command_runs import CommandRunner

RELEASE = {True: bytes.fromhex("05000000000400000000"), False: bytes.fromhex("06000000000400000000")}


def run(*arguments: object, columns: int = 80) -> Result:
    env = {"NO_COLOR": "1", "COLUMNS": str(columns)}
    return CommandRunner().invoke(app, ["trace", *map(str, arguments)], env=env)


def words(result: Result) -> str:
    """What a usage error says, without its box and line breaks."""
    return " ".join(result.stderr.replace("│", " ").split())


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Two associations: one that is released, one that is opened only."""
    path = tmp_path / "two.jsonl"
    with path.open("wb") as file:
        writer = TraceWriter(file, TraceHeader("a test", vantage="requestor"))
        writer.write(0.001, "1", TransportOpened("requestor", acceptor=HostAndPort("10.0.0.2", 104)))
        writer.write(0.002, "1", MachineStep("requestor", "Sta6", "Evt11", "AR-1", "Sta7"))
        writer.write(0.002, "1", PduSent("requestor", RawBytes.whole(RELEASE[True])))
        writer.write(0.003, "1", PduReceived("acceptor", RawBytes.whole(RELEASE[False])))
        writer.write(0.004, "1", TransportClosed("requestor"))
        writer.write(0.005, "2", TransportOpened("requestor"))
    return path


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_of_a_sub_command_has_an_example_that_names_it(name: str) -> None:
    result = run(name, "--help", columns=100)
    assert result.exit_code == 0, result.output
    assert result.stdout.count(f"dulcimer trace {name} ") >= 2
    assert all(len(line.rstrip()) <= 100 for line in result.stdout.splitlines())


def test_show_has_each_event_within_80_columns(trace: Path) -> None:
    result = run("show", trace)
    assert result.exit_code == 0, result.output
    assert all(len(line) <= 80 for line in result.stdout.splitlines())
    for text in ("10.0.0.2 port 104", "Sta6", "Evt11", "AR-1", "Sta7", "A-RELEASE-RQ", "A-RELEASE-RP", "Association 2"):
        assert text in result.stdout


def test_show_of_one_association_leaves_out_the_others(trace: Path) -> None:
    assert "A-RELEASE-RQ" not in run("show", trace, "--association", 2).stdout
    result = run("show", trace, "--association", 3)
    assert result.exit_code == 2
    assert "the file has 2 associations" in words(result)


def test_steps_wait_for_the_reader(trace: Path) -> None:
    env = {"NO_COLOR": "1", "COLUMNS": "80"}
    whole = CommandRunner().invoke(app, ["trace", "show", str(trace), "--step"], env=env, input="\n" * 20)
    assert whole.stdout == run("show", trace).stdout
    part = CommandRunner().invoke(app, ["trace", "show", str(trace), "--step"], env=env, input="\nq\n")
    assert "A-RELEASE-RQ" in part.stdout
    assert "A-RELEASE-RP" not in part.stdout


def test_pieces_of_a_data_set_have_one_row_unless_all_are_wanted(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    with path.open("wb") as file:
        writer = TraceWriter(file, TraceHeader("a test"))
        writer.write(0.0, "1", TransportOpened("requestor"))
        for number in range(5):
            raw = RawBytes.whole(bytes.fromhex("04000000000800000004010041424344"))
            writer.write(number / 10, "1", PduSent("requestor", raw))
    shown = run("show", path).stdout
    assert shown.count("P-DATA-TF") == 1
    assert "4 more pieces of it, 64 bytes" in shown
    assert run("show", path, "--every").stdout.count("P-DATA-TF") == 5


def test_damage_is_told(trace: Path) -> None:
    trace.write_bytes(trace.read_bytes() + b"{\n{")
    result = run("show", trace)
    assert "Line 8 cannot be read" in result.stdout
    assert "ends in the middle of a line" in " ".join(result.stdout.split())


@pytest.mark.parametrize("command", [("show",), ("export", "--to", "qlog-seq")])
def test_file_that_is_no_trace_is_a_usage_error(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    result = run(*command, tmp_path / "a.txt")
    assert result.exit_code == 2
    assert "is neither a capture nor a trace that can be read" in words(result)


def test_sequence_has_the_same_events(trace: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.sqlog"
    assert run("export", trace, "--to", "qlog-seq", "-o", path).exit_code == 0
    written = path.read_bytes()
    assert [text[:1] + text[-1:] for text in written.split(b"\x1e")[1:]] == [b"{\n"] * 7
    header = json.loads(written.split(b"\x1e")[1])
    assert header["serialization_format"] == "application/qlog+json-seq"
    assert [line.record for line in TraceReader(written)] == [line.record for line in TraceReader(trace)]
    assert run("export", trace, "--to", "qlog-seq").stdout_bytes == written


def test_capture_is_shown_and_exported_as_a_trace_is(trace: Path, tmp_path: Path) -> None:
    capture, again = tmp_path / "a.pcapng", tmp_path / "b.pcapng"
    with trace.open("wb") as file:
        writer = TraceWriter(file, TraceHeader("a test", vantage="requestor"))
        writer.write(0.0, "1", TransportOpened("requestor"))
        writer.write(0.1, "1", PduSent("requestor", RawBytes.whole(encode(RQ))))
        writer.write(0.2, "1", PduReceived("acceptor", RawBytes.whole(encode(AC))))
    assert run("export", trace, "--to", "pcapng", "-o", capture).exit_code == 0
    shown = run("show", capture)
    assert shown.exit_code == 0, shown.output
    for text in ("192.0.2.1 port", "A-ASSOCIATE-RQ", "A-ASSOCIATE-AC", "Sta6"):
        assert text in shown.stdout
    assert run("export", capture, "--to", "pcapng", "-o", again).exit_code == 0
    assert again.exists()


def test_output_that_cannot_be_written_is_a_usage_error(trace: Path, tmp_path: Path) -> None:
    result = run("export", trace, "--to", "qlog-seq", "-o", tmp_path)
    assert result.exit_code == 2
    assert "is a directory" in words(result)
