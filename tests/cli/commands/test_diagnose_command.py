"""`dulcimer diagnose` on files: cause first, in 80 columns, and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import Result

from dulcimer.cli import main
from dulcimer.learn.labs.links import ScriptedLink, capture
from dulcimer.learn.labs.messages import request
from support.command_runs import CommandRunner
from support.diagnosis.logs_of_stacks import LOGS
from support.diagnosis.twenty_questions import CLEAN, TWENTY, VARIATIONS


def diagnose(path: Path, *options: str) -> Result:
    return CommandRunner().invoke(main.app, ["diagnose", str(path), *options], env={"NO_COLOR": "1"})


def written(folder: Path, data: bytes) -> Path:
    path = folder / "capture.pcapng"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("number", TWENTY)
def test_text_names_the_cause_first_within_80_columns(tmp_path: Path, number: int) -> None:
    result = diagnose(written(tmp_path, TWENTY[number][1]()))
    assert result.exit_code == 1, result.output
    assert f"asked as   {number}. " in result.stdout.partition("\n2  ")[0]
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "clause     PS3." in result.stdout
    assert "next       dulcimer " in result.stdout


def test_clean_capture_ends_with_0_and_says_so(tmp_path: Path) -> None:
    result = diagnose(written(tmp_path, CLEAN["C-STORE"]()))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Nothing is wrong that this capture shows.")


@pytest.mark.parametrize("name", ["C-MOVE, C000H", "destination aborts", "SSH"])
def test_json_has_the_same_causes(tmp_path: Path, name: str) -> None:
    cause, make = VARIATIONS[name]
    result = diagnose(written(tmp_path, make()), "--json")
    report = json.loads(result.stdout)
    first = report["causes"][0]
    assert (result.exit_code, report["kind"], report["clean"]) == (1, "capture", False)
    assert first["id"] == cause
    assert first["proof"][0]["frame"] >= 1
    assert first["change"]
    assert "{" not in first["cause"] + first["next"]


def test_verbose_tells_every_cause_in_full(tmp_path: Path) -> None:
    path = written(tmp_path, TWENTY[5][1]())
    assert diagnose(path).stdout.count("how sure") == 1
    assert diagnose(path, "-v").stdout.count("how sure") == 2


def test_what_a_peer_sends_cannot_forge_lines_or_colours(tmp_path: Path) -> None:
    titles = b"A\x1b[31m\nB".ljust(16) + b"\x9b1m".ljust(16)
    link = ScriptedLink().open().client(request(titles=titles)).server(b"HTTP/1.1 \x1b[2J\n").fin()
    for options in ((), ("-v",), ("--json",)):
        text = diagnose(written(tmp_path, capture(link)), *options).stdout
        assert all(character.isprintable() or character == "\n" for character in text)


def test_file_that_is_nothing_of_that_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(bytes(200))
    result = diagnose(path)
    assert result.exit_code == 2
    assert "is not a capture, a trace, or a log" in " ".join(result.stderr.replace("│", " ").split())


def test_log_is_read_like_a_capture(tmp_path: Path) -> None:
    cause, text = LOGS["orthanc: destination unknown"]
    path = tmp_path / "orthanc.log"
    path.write_text(text, encoding="utf-8")
    result = diagnose(path)
    assert result.exit_code == 1, result.output
    assert "The archive does not know the AE title NOBODY as a destination." in " ".join(result.stdout.split())
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert json.loads(diagnose(path, "--json").stdout)["causes"][0]["id"] == cause
