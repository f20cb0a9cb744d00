"""What README and the guides show of the command line: every command is understood, and prints what is shown."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from codegen.site.made import MADE_FOLDERS
from dulcimer.cli.main import app, load
from support.command_runs import CommandRunner
from support.console_pages import ROOT, Example, example, examples_of, is_as_shown
from support.dicom_files import TEST_FILES
from support.peers.processes import dulcimer_serve

MADE_BY_RUNS = {"decisions", "reference", "cookbook", "learn", *MADE_FOLDERS}
"""Folders of pages that others test, or that show no commands."""
FOR_THE_SHELL = {"<", ">", "|", "&", "&&"}
OUTPUT = {"NO_COLOR": "1", "COLUMNS": "100"}


def words_of(shown: Example) -> list[str]:
    """The words after `dulcimer`, up to what is for the shell."""
    return list(takewhile(lambda word: word not in FOR_THE_SHELL, shlex.split(shown.command, comments=True)[1:]))


def pages() -> Iterator[Path]:
    yield ROOT / "README.md"
    for page in sorted((ROOT / "docs").rglob("*.md")):
        where = page.relative_to(ROOT).parts
        if len(where) <= 2 or where[1] not in MADE_BY_RUNS:
            yield page


EXAMPLES = [one for page in pages() for one in examples_of(page) if one.command.startswith("dulcimer ")]


def understood(words: list[str]) -> None:
    """Raise an error if a command line is wrong; nothing runs."""
    command = load(words[0])
    context = command.make_context(words[0], words[1:])
    if hasattr(command, "resolve_command"):
        name, single, rest = command.resolve_command(context, words[1:])
        single.make_context(name, rest)


@pytest.mark.parametrize("shown", EXAMPLES, ids=str)
def test_command_of_every_example_is_understood(
    shown: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word in words_of(shown):
        if "." in word and "/" not in word.lstrip("./") and " " not in word:
            (tmp_path / word).write_bytes(b"")  # the files that it reads
    for name in ("archive", "study", "class"):
        (tmp_path / name).mkdir()
    for name in ("findings/NAME.json", "report/check.json", "labs/answers.json", "students/*.json"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"")
    understood(words_of(shown))


def test_wrong_command_is_noticed() -> None:
    for words in (["echo", "127.0.0.1", "104"], ["trace", "show", "a.jsonl"]):
        with pytest.raises(Exception, match=r"[Nn]o such option"):
            understood([*words, "--no-such-option"])
    assert len(EXAMPLES) > 60


def assert_shown(shown: Example, *words: str) -> None:
    """What the command prints is what is shown."""
    result = CommandRunner().invoke(app, list(words or words_of(shown)), env=OUTPUT)
    assert is_as_shown(shown.shown, result.output), (
        f"{shown.shown}\n--- is not what {shown.command} prints:\n{result.output}"
    )


@pytest.mark.parametrize("command", ["decode", "explain"])
def test_what_needs_no_peer_prints_what_is_shown(command: str) -> None:
    assert_shown(example("README.md", f"dulcimer {command} "))


def test_first_look_of_the_readme_happens_as_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CT_small.dcm", "MR_small.dcm"):
        shutil.copy(TEST_FILES / name, tmp_path)
    with dulcimer_serve(tmp_path / "archive", "--remote", "ME=127.0.0.1:11113") as peer:
        started = peer.log().replace(str(tmp_path), "/home/me")
        assert is_as_shown(example("README.md", "dulcimer serve ").shown, started)
        assert is_as_shown(example("docs/guide/serve.md", "dulcimer serve ").shown, started)
        for command in ("echo", "store", "find", "check"):
            shown = example("README.md", f"dulcimer {command} 127.0.0.1 ")
            assert_shown(shown, *(str(peer.port) if word == "11112" else word for word in words_of(shown)))
