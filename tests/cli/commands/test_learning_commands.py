"""`dulcimer play`, `walk` and `quiz` from outside."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import Result

from dulcimer.cli.main import app
from support.command_runs import CommandRunner, words_of

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "learning.md"


def run(*arguments: str, data: str = "", columns: int = 80) -> Result:
    result = CommandRunner().invoke(app, arguments, input=data, env={"COLUMNS": str(columns), "NO_COLOR": "1"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert all(len(line.rstrip()) <= columns for line in result.stdout.splitlines())
    return result


def test_examples_of_the_page_print_what_it_shows(tmp_path: Path) -> None:
    text = GUIDE.read_text(encoding="utf-8")
    assert GUIDE.name == "learning.md"
    (refused,) = re.findall(r'\$ echo "(.*)" \| dulcimer play\n\.\.\.\n(.*?)```', text, re.DOTALL)
    assert refused[1] in run("play", data=refused[0]).stdout
    (script,) = re.findall(r"```text\n(r request.*?)```", text, re.DOTALL)
    (shown,) = re.findall(r"< collision.txt\n\.\.\.\n(.*?)\.\.\.", text, re.DOTALL)
    trace = tmp_path / "collision.jsonl"
    assert shown in run("play", "--save", str(trace), data=script).stdout
    assert "Sta10 + Evt13 -> AR-10 -> Sta12" in run("trace", "show", str(trace)).stdout
    (count,) = re.findall(r"way: (\d+) associations", text)
    assert f"in {count} associations" in run("walk", "--cover").stdout


def test_game_from_a_pipe_ends_with_the_input_and_says_what_every_move_did() -> None:
    result = run("play", data="r request\n# nothing\n\na receive; r timeout; undo; show; ?\nquit\nr bogus\n")
    assert result.exit_code == 0
    assert "acceptor: Sta1 + Evt5 -> AE-5 -> Sta2" in result.stdout
    assert "ARTIM does not run at the requestor" in result.stdout
    assert "Taken back: a receive" in result.stdout
    assert "Sta1 + Evt5 -> AE-5\n" in result.stdout


def test_line_of_a_script_that_means_nothing_is_a_usage_error_with_its_number() -> None:
    result = run("play", data="r request\nr juggle\n")
    assert result.exit_code == 2
    assert "line 2" in result.stderr


def test_game_is_saved_also_on_the_way(tmp_path: Path) -> None:
    path = tmp_path / "on the way.jsonl"
    assert "nothing to save" in run("play", data=f"save {path}").stdout
    result = run("play", data=f"r request; a receive; save {path}\nsave\nsave {tmp_path}\n")
    assert result.exit_code == 0
    assert "2 associations" in run("trace", "show", str(path)).stdout
    assert "takes the name of a file" in result.stdout
    assert "cannot be written" in words_of(result.stdout)


def test_trace_that_cannot_be_written_is_known_before_the_game(tmp_path: Path) -> None:
    result = run("play", "--save", str(tmp_path), data="r request\n")
    assert result.exit_code == 2
    assert "is a directory" in words_of(result.stderr.replace("│", ""))


def test_walk_can_be_played_again_from_its_own_lines() -> None:
    walked = run("walk", "--seed", "5", "--steps", "30", "--faults").stdout
    moves = "\n".join(line.removeprefix("> ") for line in walked.splitlines() if line.startswith("> "))
    steps = [line for line in walked.splitlines() if " -> " in line and " + " in line]
    assert steps == [line for line in run("play", data=moves).stdout.splitlines() if " -> " in line and " + " in line]
    assert walked != run("walk", "--seed", "6", "--steps", "30", "--faults").stdout


def test_quiz_counts_right_answers_and_ends_with_the_input() -> None:
    printed = CommandRunner().invoke(app, ["quiz", "--seed", "7", "--n", "6", "--json"]).stdout
    asked = json.loads(printed)["questions"]
    letters = ["abcd"[one["right"]] for one in asked]
    assert "6 of 6 right" in run("quiz", "--seed", "7", "--n", "6", data="\n".join(letters) + "\n").stdout
    result = run("quiz", "--seed", "7", "--n", "6", data=f"what\n{letters[0]}\ns\n")
    assert "1 of 2 right" in result.stdout
    assert "Answer with a, b, c, d" in result.stdout
    assert result.exit_code == 0


def test_quiz_without_a_seed_names_the_one_it_took() -> None:
    assert re.search(r"--seed \d+ --n 1", run("quiz", "--n", "1", data="q\n").stdout)


def test_only_one_form_of_questions_at_a_time() -> None:
    assert run("quiz", "--markdown", "--gift").exit_code == 2


@pytest.mark.parametrize("form", ["--markdown", "--gift"])
def test_questions_can_be_printed(form: str) -> None:
    result = CommandRunner().invoke(app, ["quiz", "--seed", "7", "--n", "4", form])
    assert result.exit_code == 0
    assert "PS3.8 Table 9-10" in result.stdout


@pytest.mark.parametrize("page", ["explorer.md", "learning.md"])
def test_commands_that_a_page_shows_have_these_options(page: str) -> None:
    shown = re.findall(r"dulcimer ([a-z]+)([^`|\n]*)", (GUIDE.parent / page).read_text(encoding="utf-8"))
    assert shown
    for command, words in shown:
        wanted = re.findall(r"(?<!\S)--[a-z]+", words)
        if wanted:
            told = run(command, "--help").stdout
            assert [option for option in wanted if option not in told] == [], command
