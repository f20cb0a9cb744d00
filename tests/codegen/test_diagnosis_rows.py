"""Questions, causes and lines of logs: what the loader refuses, and that commands exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.diagnosis import generate
from codegen.spec import SpecError
from codegen.spec.diagnosis import SURE
from dulcimer._generated.diagnosis import QUESTIONS, STACKS, LoggingStack, PossibleCause
from dulcimer.cli import main
from dulcimer.diagnosis.causes.sureness import Sureness
from support.command_runs import CommandRunner

FOLDER = "spec/diagnosis"
CAUSES = [cause for question in QUESTIONS for cause in question.causes]
DAMAGES = {
    "an unknown key": ("association.toml", 'id = "limit"', 'name = "limit"', "unknown key 'name'"),
    "an id given twice": ("association.toml", 'id = "congestion"', 'id = "limit"', "two rows have this id"),
    "an id that is none": ("association.toml", 'id = "congestion"', 'id = "Busy now"', "expected an id"),
    "a number given twice": ("association.toml", "number = 14", "number = 13", "idle-aborted has the number 13"),
    "a question that is missing": ("association.toml", "number = 14", "number = 22", "expected 21 questions"),
    "a question without its mark": ("association.toml", "Which limit?", "Which limit", "expected a question"),
    "a cause that is no sentence": ("association.toml", "busy at the moment.", "busy", "expected a sentence"),
    "a phrase with a full stop": ("association.toml", '"try again later"', '"try again later."', "full stop"),
    "an unknown word in braces": ("association.toml", "called one {called}", "called one {title}", "{title} is not"),
    "braces where none are filled in": ("association.toml", '"try again later"', '"call {called}"', "{called} is"),
    "another program": ("association.toml", 'next = "dulcimer', 'next = "echoscu', "begins with dulcimer"),
    "a vague clause": ("association.toml", 'clause = "PS3.8 9.3.4"', 'clause = "9.3.4"', "expected a clause"),
    "an unknown line": ("association.toml", "dcmtk.rejected-limit", "dcmtk.rejected-limits", "nearest is dcmtk."),
    "a line that nobody names": ("logs/dcmtk.toml", 'shows = "released"\n', "", "no cause names this line"),
    "a pattern that is none": ("logs/dcmtk.toml", '"No Acceptable P', '"(No Acceptable P', "not a regular"),
    "a pattern of something else": ("logs/dcmtk.toml", 'pattern = "No Acc', 'pattern = "Any Acc', "not match its"),
    "a stack in the wrong file": ("logs/dcmtk.toml", 'id = "dcmtk"', 'id = "dcmt"', "the name of the file"),
}


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damaged_rows_of_diagnosis_are_refused(
    copy_of_project: Path, edit: Callable[[str, str, str], None], damage: str
) -> None:
    file, old, new, message = DAMAGES[damage]
    edit(f"{FOLDER}/{file}", old, new)
    with pytest.raises(SpecError) as caught:
        generate(copy_of_project)
    assert str(caught.value).startswith(FOLDER)
    assert message in str(caught.value)


def test_cause_with_nothing_to_change_is_refused(copy_of_project: Path) -> None:
    path = copy_of_project / FOLDER / "association.toml"
    text = path.read_text(encoding="utf-8")
    block = re.search(r'id = "congestion".*?clause', text, re.DOTALL)
    assert block
    without = re.sub(r"^(requestor|acceptor) = .*\n", "", block[0], flags=re.MULTILINE)
    path.write_text(text.replace(block[0], without), encoding="utf-8")
    with pytest.raises(SpecError, match="congestion: nothing is to be changed anywhere"):
        generate(copy_of_project)


def test_questions_are_numbered_and_each_has_causes() -> None:
    assert [question.number for question in QUESTIONS] == list(range(1, 22))
    assert all(question.causes for question in QUESTIONS)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_command_to_run_next_exists_with_all_its_options(cause: PossibleCause) -> None:
    _, command, *words = shlex.split(cause.next)
    help_text = CommandRunner().invoke(main.app, [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).stdout
    options = [word for word in words if word.startswith("-")]
    assert command in main.COMMANDS
    assert [option for option in options if option not in re.split(r"[\s,/]+", help_text)] == []


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_example_of_a_line_is_found_by_its_own_pattern_first(stack: LoggingStack) -> None:
    for line in stack.lines:
        first = next(other for other in stack.lines if re.search(other.pattern, line.example))
        assert first.id == line.id, f"{stack.id}: {line.id} is taken for {first.id}"


def test_lines_of_logs_are_as_sure_as_causes_can_be() -> None:
    assert tuple(Sureness) == SURE
