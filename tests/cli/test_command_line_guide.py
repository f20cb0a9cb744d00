"""The guide to the command line is right."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.main import COMMANDS, app, load
from support.command_runs import CommandRunner

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "command_line.md").read_text()
EXAMPLES = re.findall(r"^\$ (dulcimer .*)$|`(dulcimer (?:\w+) \w[^`]*104[^`]*)`", GUIDE, re.MULTILINE)


def options_of(command: str) -> set[str]:
    return {name for parameter in load(command).params for name in parameter.opts + parameter.secondary_opts}


def test_every_option_that_is_named_exists() -> None:
    known = set().union(*map(options_of, COMMANDS)) | {"--help", "-x=", "+r"}
    named = {
        word for code in re.findall(r"`([^`]+)`", GUIDE) for word in re.findall(r"(?:^|(?<= ))--?[a-z][-a-z]*=?", code)
    }
    assert named
    assert named <= known


def test_every_exit_status_is_listed() -> None:
    for status in ExitStatus:
        assert f"\n| {status.value} | " in GUIDE


@pytest.mark.parametrize("example", ["".join(found) for found in EXAMPLES])
def test_options_of_every_example_are_understood(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They fail only when they connect to the peer, which does not run."""
    monkeypatch.chdir(tmp_path)
    for name in ("study", "archive"):
        (tmp_path / name).mkdir()
    words = shlex.split(example)[1:]
    words[1:3] = ["127.0.0.1", "1"]
    result = CommandRunner().invoke(
        app, [*words, "-to", "5"] if words[0] != "store" else [words[0], "-to", "5", *words[1:]]
    )
    assert result.exit_code in (ExitStatus.UNREACHABLE, ExitStatus.PEER_FAILED), result.output
