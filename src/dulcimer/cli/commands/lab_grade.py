"""`dulcimer lab grade`: marks for answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.options.output import Debug, Json


def command(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="The directory of the labs.")
    ],
    answers: Annotated[
        list[Path],
        typer.Argument(metavar="ANSWERS", exists=True, dir_okay=False, help="Filled in answers.json; several, too."),
    ],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key", metavar="FILE", exists=True, dir_okay=False, help="The key, if the labs were made with one."
        ),
    ] = None,
    passing: Annotated[
        int, typer.Option("--pass", metavar="PERCENT", min=0, max=100, help="Right answers that are enough.")
    ] = 100,
    json_output: Json = False,
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Grade the answers, and explain those that are wrong.

    For each wrong answer: the right one, the frame that shows it, the clause and
    the reason, as 'dulcimer trace check' and 'dulcimer diagnose' find them in the
    capture. Questions that were not answered are not explained: so the labs can
    be done one after the other. With several files of answers: a line for each.

    Examples:
      dulcimer lab grade labs labs/answers.json
      dulcimer lab grade class students/*.json --key key.json --pass 60

    The exit status is 0 if enough answers of everybody are right, 1 otherwise.
    """
    from dulcimer.cli.grading.making import graded
    from dulcimer.cli.grading.text import WIDTH, grade_json, grade_lines, table_lines
    from dulcimer.cli.show.output import print_json, text_console

    grades = graded(directory, answers, key)
    if json_output:
        print_json(grade_json(grades, [str(path) for path in answers]))
    else:
        names = [one.name or path.name for one, path in zip(grades, answers, strict=True)]
        lines = grade_lines(grades[0]) if len(grades) == 1 else table_lines(grades, names)
        console = text_console(at_most=WIDTH)
        for text, style in lines:
            console.print(text, style=style or None, soft_wrap=True)
    if any(one.percent < passing for one in grades):
        raise typer.Exit(ExitStatus.PEER_FAILED)
