"""`dulcimer lab make` and `dulcimer lab grade`: from the options to the files, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from dulcimer.cli.options.writable import make_reports_writable, make_writable
from dulcimer.counting import counted
from dulcimer.learn.labs.files import (
    ANSWERS,
    SHEET,
    GivenAnswers,
    LabFileError,
    LabSet,
    changed_captures,
    read_answers,
    write_labs,
)
from dulcimer.learn.labs.grading import LabGrade, grade
from dulcimer.learn.labs.kinds import LabTopic
from dulcimer.learn.labs.making import Lab


def made(directory: Path, count: int, seed: int, topic: str, key: Path | None) -> tuple[Lab, ...]:
    """Write the labs. Raises `typer.BadParameter`, OSError."""
    topics = {str(one): one for one in LabTopic}
    if topic and topic not in topics:
        raise typer.BadParameter(f"{topic!r} is not a topic: they are {', '.join(topics)}", param_hint="'--topic'")
    make_reports_writable({"--key": key})
    make_writable("DIR", directory)
    if key is not None and key.absolute().parent == directory.absolute():
        raise typer.BadParameter("the key must not be in the directory of the labs", param_hint="'--key'")
    try:
        return write_labs(directory, LabSet(count, topics.get(topic), seed), key)
    except LabFileError as error:
        raise typer.BadParameter(str(error), param_hint="'DIR'") from error


def print_made(directory: Path, labs: Sequence[Lab], seed: int, key: Path | None) -> None:
    """Say what was written, and what to do with it."""
    questions = sum(len(lab.questions) for lab in labs)
    print(f"{counted(len(labs), 'lab')} with {counted(questions, 'question')}: {directory / SHEET}")
    grading = f"dulcimer lab grade {directory} {directory / ANSWERS}"
    if key is None:
        print(f"seed {seed}; the same seed makes the same labs")
    else:
        print(f"seed and model answers: {key}")
        grading += f" --key {key}"
    print(f"Write the answers into {directory / ANSWERS}, then: {grading}")


def graded(directory: Path, answers: Sequence[Path], key: Path | None) -> list[LabGrade]:
    """The grade of each file of answers. Raises `typer.BadParameter`, OSError."""
    made_of: dict[LabSet, tuple[Lab, ...]] = {}
    found = []
    secret = None if key is None else _read(key, "'--key'").labs
    for path in answers:
        given = _read(path, "'ANSWERS'")
        wanted = secret or given.labs
        if secret is not None and (given.labs.count, given.labs.topic) != (secret.count, secret.topic):
            raise typer.BadParameter(f"{path} is of other labs than the key", param_hint="'ANSWERS'")
        try:
            if wanted not in made_of:
                made_of[wanted] = _checked(directory, wanted)
            found.append(grade(made_of[wanted], given))
        except LabFileError as error:
            raise typer.BadParameter(f"{path}: {error}", param_hint="'ANSWERS'") from error
    return found


def _checked(directory: Path, wanted: LabSet) -> tuple[Lab, ...]:
    """The labs, after a look at the captures in the directory: the answers are about those."""
    labs = wanted.labs()
    changed = changed_captures(directory, labs)
    if changed:
        named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
        raise typer.BadParameter(
            f"{directory} has not the captures that these answers are about: {named}. Were they made with another "
            "seed, or by another version of dulcimer?",
            param_hint="'DIR'",
        )
    return labs


def _read(path: Path, hint: str) -> GivenAnswers:
    try:
        return read_answers(path)
    except LabFileError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error
