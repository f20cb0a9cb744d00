"""Wrong command lines of `dulcimer fuzz`: nothing is played, and the message says what to do."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import Result

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.main import app
from dulcimer.fuzz.findings.finding import FindingOracle
from support.command_runs import CommandRunner, words_of
from support.fuzz.targets.running import TESTS
from support.fuzz_campaigns import found_of
from support.peers.processes import HOST, free_port

FOUND = found_of(FindingOracle.DEVIATION, "an A-ABORT is expected", clause="PS3.8 Table 9-10")
STUB = f"{shlex.quote(sys.executable)} -m support.fuzz.targets"


def fuzz(*words: str | Path) -> Result:
    env = {"NO_COLOR": "1", "COLUMNS": "80", "PYTHONPATH": str(TESTS)}
    result = CommandRunner().invoke(app, ["fuzz", *map(str, words)], env=env)
    assert "Traceback" not in result.output
    assert all(len(line) <= 80 for line in result.stderr.splitlines())
    return result


def told(result: Result) -> str:
    """Standard error without frames and line breaks."""
    return words_of(result.stderr.replace("│", " "))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give HOST and PORT of a server, --spawn COMMAND, or --requestor -- COMMAND"),
        ([HOST], "PORT is missing"),
        ([HOST, "dicom"], "'dicom' is not a port from 1 to 65535"),
        (
            ["192.0.2.9", "104"],
            "192.0.2.9 is not this machine. The cases hang and crash real servers: add --i-may-test",
        ),
        (["--spawn", "no-such-command {port}"], "there is no command 'no-such-command {port}'"),
        (["--spawn", f"{sys.executable} 11112"], "the command does not contain {port}"),
        (["--spawn", "a {port}", HOST, "104"], "leave out HOST and PORT"),
        (["--requestor"], "give the command of the client after --, with {host} and {port} in it"),
        (["--requestor", "--", "no-such-command", "{port}"], "there is no command 'no-such-command'"),
        ([HOST, "104", "--time", "soon"], "'soon' is not a time: give seconds, or minutes or hours as in 10m or 2h"),
        ([HOST, "104", "--time", "-1"], "'-1' is not a time"),
        ([HOST, "104", "--cases", "0"], "0 is too small"),
        (["--replay", "missing.json"], "missing.json cannot be read: No such file or directory"),
        (["--replay", "note.txt"], "note.txt is not a reproducer, as --findings writes them for each finding"),
        (["--minimise", "note.txt"], "note.txt is not a reproducer"),
        (["--replay", "note.txt", "--minimise", "note.txt"], "give one of them"),
        (["--replay", "note.txt", "--html", "page.html"], "there is no campaign, and no report of one"),
        ([HOST, "104", "--html", "folder"], "folder is a directory"),
        ([HOST, "104", "--json", "note.txt/r.json"], "note.txt/r.json cannot be written: "),
        ([HOST, "104", "--findings", "note.txt"], "note.txt cannot be written: note.txt is not a directory"),
        ([HOST, "104", "--json", "-", "--html", "-"], "only one report can go to standard output"),
        ([HOST, "104", "--corpus", "note.txt"], "note.txt"),
    ],
)
def test_wrong_command_lines_say_what_is_wrong(
    words: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("note.txt").write_text("a note", encoding="utf-8")
    Path("folder").mkdir()
    result = fuzz(*words)
    assert result.exit_code == ExitStatus.USAGE
    assert message in told(result)


def test_finding_about_a_client_is_not_replayed_at_a_server(tmp_path: Path) -> None:
    value = json.loads(FOUND.reproducer.to_text())
    value["sequence"]["role"] = "requestor"
    file = tmp_path / "finding.json"
    file.write_text(json.dumps(value), encoding="utf-8")
    result = fuzz("--replay", file, HOST, "104")
    assert result.exit_code == ExitStatus.USAGE
    assert "the finding is about a client: give --requestor -- COMMAND" in told(result)


@pytest.mark.parametrize("words", [["--cases", "5"], ["--replay", "finding.json"]])
def test_server_that_does_not_listen_is_named(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("finding.json").write_text(FOUND.reproducer.to_text(), encoding="utf-8")
    port = free_port()
    result = fuzz(HOST, str(port), *words)
    assert result.exit_code == ExitStatus.UNREACHABLE
    assert f"No connection to {HOST} port {port}, so nothing was tested." in result.stderr
    assert "came      Connection refused" in result.stderr


def test_target_that_ends_at_once_is_quoted() -> None:
    result = fuzz("--spawn", "sh -c 'echo no licence for port {port} >&2; exit 3'")
    assert result.exit_code == ExitStatus.UNREACHABLE
    assert "ended with status 3" in told(result)
    assert "it wrote: no licence for port" in told(result)


def test_client_that_opens_no_association_is_quoted() -> None:
    result = fuzz("--requestor", "--", "sh", "-c", "echo no server {port}")
    assert result.exit_code == ExitStatus.UNREACHABLE
    text = words_of(result.stdout)
    assert "no A-ASSOCIATE-RQ came; the client ended with status 0, and wrote: no server" in text
    assert "run the command by hand" in text


@pytest.mark.parametrize("kind", ["campaign", "replay"])
def test_server_that_rejects_valid_associations_is_not_fuzzed(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "finding.json"
    file.write_text(FOUND.reproducer.to_text(), encoding="utf-8")
    words = ["--replay", str(file)] if kind == "replay" else []
    result = fuzz("--spawn", f"{STUB} stub-server --port {{port}} --title OTHER", *words)
    assert result.exit_code == ExitStatus.UNREACHABLE
    assert "a valid C-ECHO: A-ASSOCIATE-RJ(1,1,7) instead of A-ASSOCIATE-AC" in words_of(result.output)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_database_that_is_none_is_refused(workers: str, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("a note that is longer than the header of a database" * 9, encoding="utf-8")
    result = fuzz("--spawn", f"{STUB} stub-server --port {{port}}", "--db", file, "--cases", "5", "-j", workers)
    assert result.exit_code == ExitStatus.USAGE
    assert "file is not a database" in told(result)
