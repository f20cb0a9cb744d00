"""What README and the guides show of the command line: every command is understood, and prints what is shown."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

import pytest

from codegen.site.made import MADE_FOLDERS
from dulcimer.cli.main import app, load
from support.command_runs import CommandRunner
from support.dicom_files import TEST_FILES
from support.peers.processes import dulcimer_serve

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?:console|sh|bash)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MADE_BY_RUNS = {"decisions", "reference", "cookbook", "learn", *MADE_FOLDERS}
"""Folders of pages that others test, or that show no commands."""
VARYING = re.compile(r"\d+(?:\.\d+)? (?=ms|s\b|MB/s)|^ +\d+\.\d{3}(?= [<>])", re.MULTILINE)
FOR_THE_SHELL = {"<", ">", "|", "&", "&&"}
OUTPUT = {"NO_COLOR": "1", "COLUMNS": "100"}


@dataclass(frozen=True)
class Example:
    """A command of a page and what the page shows below it."""

    page: str
    command: str
    shown: str

    def __str__(self) -> str:
        return f"{self.page}: {self.command}"

    @property
    def words(self) -> list[str]:
        """The words after `dulcimer`, up to what is for the shell."""
        return list(takewhile(lambda word: word not in FOR_THE_SHELL, shlex.split(self.command, comments=True)[1:]))


def examples() -> Iterator[Example]:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in pages:
        where = page.relative_to(ROOT)
        if len(where.parts) > 2 and where.parts[1] in MADE_BY_RUNS:
            continue
        for block in FENCE.findall(page.read_text(encoding="utf-8")):
            for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
                command, _, shown = part.replace("\\\n", " ").partition("\n")
                if command.startswith("dulcimer "):
                    yield Example(str(where), command, shown)


EXAMPLES = list(examples())
SHOWN = {example.words[0]: example for example in reversed(EXAMPLES) if example.page == "README.md" and example.shown}


def understood(words: list[str]) -> None:
    """Raise an error if a command line is wrong; nothing runs."""
    command = load(words[0])
    context = command.make_context(words[0], words[1:])
    if hasattr(command, "resolve_command"):
        name, single, rest = command.resolve_command(context, words[1:])
        single.make_context(name, rest)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_command_of_every_example_is_understood(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word in example.words:
        if "." in word and "/" not in word.lstrip("./") and " " not in word:
            (tmp_path / word).write_bytes(b"")  # the files that it reads
    for name in ("archive", "study", "class"):
        (tmp_path / name).mkdir()
    for name in ("findings/NAME.json", "report/check.json", "labs/answers.json", "students/*.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    understood(example.words)


def test_wrong_command_is_noticed() -> None:
    for words in (["echo", "127.0.0.1", "104"], ["trace", "show", "a.jsonl"]):
        with pytest.raises(Exception, match=r"[Nn]o such option"):
            understood([*words, "--no-such-option"])
    assert len(EXAMPLES) > 60
    assert {"echo", "store", "find", "decode", "explain", "check"} <= set(SHOWN)


def same(text: str) -> str:
    """Output without what differs from run to run."""
    return VARYING.sub("TIME ", "\n".join(line.rstrip() for line in text.strip("\n").splitlines()))


def assert_shown(example: Example, *words: str) -> None:
    """What the command prints is what is shown, in the parts that a line of three dots separates."""
    result = CommandRunner().invoke(app, list(words or example.words), env=OUTPUT)
    printed = same(result.output)
    place = 0
    for part in re.split(r"^\.\.\.$", same(example.shown), flags=re.MULTILINE):
        found = printed.find(part.strip("\n"), place)
        assert found >= 0, f"{part}\n--- is not in what {example.command} prints:\n{printed}"
        place = found + len(part.strip("\n"))


@pytest.mark.parametrize("command", ["decode", "explain"])
def test_what_needs_no_peer_prints_what_is_shown(command: str) -> None:
    assert_shown(SHOWN[command])


def test_first_look_of_the_readme_happens_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CT_small.dcm", "MR_small.dcm"):
        shutil.copy(TEST_FILES / name, tmp_path)
    with dulcimer_serve(tmp_path / "archive", "--remote", "ME=127.0.0.1:11113") as peer:
        for command in ("echo", "store", "find", "check"):
            example = SHOWN[command]
            assert_shown(example, *(str(peer.port) if word == "11112" else word for word in example.words))
