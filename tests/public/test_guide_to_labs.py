"""The page about labs shows what the commands print, and names every topic."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dulcimer.cli.main import app
from dulcimer.learn.labs.files import LabSet
from dulcimer.learn.labs.kinds import LabTopic
from support.command_runs import CommandRunner

PAGE = (Path(__file__).parents[2] / "docs" / "guide" / "labs.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def printed(command: str) -> str:
    words = command.removeprefix("$ dulcimer ").split()
    return CommandRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "80"}).stdout


def test_page_shows_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page "labs.md": its first two blocks, with the answers that it speaks of."""
    monkeypatch.chdir(tmp_path)
    make, grade, _ = BLOCK.findall(PAGE)
    command, _, shown = make.partition("\n")
    assert printed(command) == shown
    answers = Path("labs/answers.json")
    found = json.loads(answers.read_text())
    first = LabSet(3, LabTopic.RELEASE, 2).labs()[0]
    found["answers"]["01"] = {question.id: question.model for question in first.questions}
    found["answers"]["01"]["frame" if "frame" in found["answers"]["01"] else "frames"] = "4"
    answers.write_text(json.dumps(found))
    command, _, shown = grade.partition("\n")
    assert printed(command) == shown


def test_every_topic_is_named() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == [str(topic) for topic in LabTopic]
