"""`dulcimer lab`: from new labs to marks, alone and with a class."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from dulcimer.cli.main import app
from support.command_runs import CommandRunner, words_of

SEED = ["--seed", "5", "--n", "4"]


def lab(*arguments: object) -> Result:
    result = CommandRunner().invoke(app, ["lab", *map(str, arguments)], env={"NO_COLOR": "1", "COLUMNS": "80"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with labs of a class, their key, and its answers under another name."""
    monkeypatch.chdir(tmp_path)
    assert lab("make", "labs", *SEED, "--key", "key.json").exit_code == 0
    return tmp_path


def edited(source: Path, target: Path, **changes: Any) -> Path:
    """A file of answers, with other answers in lab 01, or other things."""
    found = json.loads(source.read_text())
    for name, value in changes.items():
        if name in found["answers"]["01"]:
            found["answers"]["01"][name] = value
        else:
            found[name] = value
    target.write_text(json.dumps(found))
    return target


def test_alone_the_answers_need_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = lab("make", "labs", *SEED)
    assert made.exit_code == 0
    assert "seed 5" in made.stdout
    assert made.stdout.splitlines()[-1].endswith("dulcimer lab grade labs labs/answers.json")
    graded = lab("grade", "labs", "labs/answers.json")
    assert graded.exit_code == 1
    assert graded.stdout.splitlines()[:2] == ["01  not answered", "02  not answered"]
    assert "right is" not in graded.stdout


def test_model_answers_pass_and_a_wrong_one_is_explained(here: Path) -> None:
    assert lab("grade", "labs", "key.json", "--key", "key.json").exit_code == 0
    wrong = edited(here / "key.json", here / "wrong.json", frame="9999", name="Ada")
    result = lab("grade", "labs", wrong, "--key", "key.json")
    assert result.exit_code == 1
    text = words_of(result.stdout)
    assert "your answer is 9999 right is" in text
    assert "PS3." in text
    assert text.rpartition("Ada: ")[2].endswith("%).")
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_enough_is_what_pass_says(here: Path) -> None:
    wrong = edited(here / "key.json", here / "wrong.json", frame="9999")
    assert lab("grade", "labs", wrong, "--key", "key.json", "--pass", "80").exit_code == 0


def test_a_class_has_a_line_for_each_and_the_hardest_questions(here: Path) -> None:
    wrong = edited(here / "key.json", here / "wrong.json", frame="9999", name="Ada")
    result = lab("grade", "labs", "key.json", wrong, "--key", "key.json")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("model answers ")
    assert lines[1].startswith("Ada ")
    assert lines[1].endswith("not right: 01 frame")
    assert lines[-1] == "Hardest: 01 frame (not right 1 time)."


def test_json_has_the_reasons_but_not_for_what_was_not_answered(here: Path) -> None:
    mixed = edited(here / "key.json", here / "mixed.json", frame="", end="")
    found = json.loads(lab("grade", "labs", mixed, "--key", "key.json", "--json").stdout)
    marks = [mark for one in found["grades"][0]["labs"] for mark in one["answers"]]
    assert any("right" not in mark for mark in marks)
    assert all(("why" in mark) == bool(mark["answer"]) for mark in marks)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is not a file of answers"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"schema": 1, "labs": {"count": 0}, "answers": {}}', "is not what 'dulcimer lab make' wrote"),
        (b'{"schema": 1, "labs": {"count": 4, "seed": -1}, "answers": {}}', "not a number from 0 on"),
        (b'{"schema": 1, "labs": {"count": 4}, "answers": []}', "the questions with their answers"),
        (b'{"schema": 1, "labs": {"count": 5}, "answers": {}}', "of other labs than the key"),
        (b'{"schema": 1, "labs": {"count": 4}, "answers": {"77": {}}}', "no lab '77': they are 01 to 04"),
        (b'{"schema": 1, "labs": {"count": 4}, "answers": {"01": {"colour": "A"}}}', "no question 'colour'"),
        (b"\xff" * (2 << 20), "too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "content",
)
def test_answers_that_cannot_be_graded_are_usage_errors(here: Path, content: bytes, told: str) -> None:
    (here / "odd.json").write_bytes(content)
    result = lab("grade", "labs", "odd.json", "--key", "key.json")
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())


def test_labs_of_a_class_cannot_be_graded_without_their_key(here: Path) -> None:
    result = lab("grade", "labs", "labs/answers.json")
    assert result.exit_code == 2
    assert "--key FILE" in result.stderr


def test_captures_of_another_seed_are_told(here: Path) -> None:
    (here / "labs" / "02.pcapng").write_bytes(b"")
    result = lab("grade", "labs", "key.json", "--key", "key.json")
    assert result.exit_code == 2
    assert "02.pcapng" in result.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["labs"], "is not empty"),
        (["new", "--topic", "cooking"], "bytes, negotiation"),
        (["new", "--key", "new/key.json"], "must not be in the directory"),
        (["new", "--n", "0"], "too small"),
    ],
)
@pytest.mark.usefixtures("here")
def test_wrong_use_of_make_is_a_usage_error(words: list[str], told: str) -> None:
    result = lab("make", *words)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())
