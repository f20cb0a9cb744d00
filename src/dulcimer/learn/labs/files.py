"""The files of labs: captures, the sheet, the answers of a student, and the key of a teacher."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from dulcimer import __version__
from dulcimer.counting import counted
from dulcimer.learn.labs.kinds import TASKS, LabTopic
from dulcimer.learn.labs.making import MOST_LABS, Lab, make_labs

SHEET: Final = "sheet.md"
ANSWERS: Final = "answers.json"
_SCHEMA: Final = 1
_LARGEST: Final = 1 << 20
"""Bytes of a file of answers that are read."""


class LabFileError(ValueError):
    """A file is not one of labs, or does not belong to them; the text says what to do."""


@dataclass(frozen=True, slots=True)
class LabSet:
    """Which labs there are: those of a seed. `seed` is None where only the key has it."""

    count: int
    topic: LabTopic | None = None
    seed: int | None = None

    def labs(self) -> tuple[Lab, ...]:
        """The labs. Raises LabFileError without a seed."""
        if self.seed is None:
            raise LabFileError("the seed of these labs is in their key: --key FILE")
        return make_labs(self.seed, self.count, self.topic)


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """The answers of somebody: by the name of the lab, then by the id of the question."""

    labs: LabSet
    name: str = ""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def write_labs(folder: Path, wanted: LabSet, key: Path | None = None) -> tuple[Lab, ...]:
    """Write captures, sheet and a template for the answers; the seed goes into `key`, if there is one.

    Raises LabFileError if the folder has other files, OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise LabFileError(f"{folder} is not empty; name a new directory")
    labs = wanted.labs()
    for lab in labs:
        (folder / capture_name(lab)).write_bytes(lab.capture)
    (folder / SHEET).write_text("\n".join(sheet_lines(labs, wanted.topic)) + "\n", encoding="utf-8")
    empty = {lab.name: {question.id: "" for question in lab.questions} for lab in labs}
    told = wanted if key is None else LabSet(wanted.count, wanted.topic)
    (folder / ANSWERS).write_text(_json(told, "", empty), encoding="utf-8")
    if key is not None:
        model = {lab.name: {question.id: question.model for question in lab.questions} for lab in labs}
        titles = {lab.name: lab.kind.title for lab in labs}
        key.write_text(_json(wanted, "model answers", model, titles), encoding="utf-8")
    return labs


def capture_name(lab: Lab) -> str:
    """The name of its capture."""
    return f"{lab.name}.pcapng"


def changed_captures(folder: Path, labs: Sequence[Lab]) -> list[str]:
    """The captures in a folder that are missing, or are not those of these labs."""
    found = []
    for lab in labs:
        path = folder / capture_name(lab)
        if not path.is_file() or path.read_bytes() != lab.capture:
            found.append(path.name)
    return found


def sheet_lines(labs: Sequence[Lab], topic: LabTopic | None) -> Iterator[str]:
    """The sheet, in Markdown."""
    about = f", about {topic}" if topic is not None else ""
    yield "# DICOM labs"
    yield ""
    yield f"{counted(len(labs), 'capture')}{about}. Open each in Wireshark, or look at it with"
    yield ""
    yield "```console"
    yield "$ dulcimer trace show 01.pcapng"
    yield "$ dulcimer decode 01.pcapng"
    yield "```"
    yield ""
    yield f"Write your answers into `{ANSWERS}`: under the number of the lab, at the name of the question. Frames are"
    yield "counted from 1, as Wireshark does. All hosts, titles and data are made up. Then:"
    yield ""
    yield "```console"
    yield f"$ dulcimer lab grade . {ANSWERS}"
    yield "```"
    for lab in labs:
        yield ""
        yield f"## {lab.name}"
        yield ""
        yield f"`{capture_name(lab)}`: {TASKS[lab.kind.form]}"
        yield ""
        for number, question in enumerate(lab.questions, start=1):
            yield f"{number}. **{question.id}**: {question.text} ({question.form})"
            for letter, option in question.lettered:
                yield f"   - {letter}: {option}"


def read_answers(path: Path) -> GivenAnswers:
    """A file of answers, or a key. Raises LabFileError, OSError."""
    with path.open("rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise LabFileError(f"{path} is too large to be a file of answers")
    try:
        found = json.loads(data)
    except RecursionError:
        raise LabFileError(f"{path} is nested too deeply") from None
    except ValueError as error:
        raise LabFileError(f"{path} is not JSON: {error}") from None
    labs = found.get("labs") if isinstance(found, dict) else None
    if not isinstance(labs, dict) or found.get("schema") != _SCHEMA:
        raise LabFileError(f"{path} is not a file of answers: begin with the {ANSWERS} that 'dulcimer lab make' wrote")
    answers = found.get("answers")
    if not isinstance(answers, dict) or not all(isinstance(one, dict) for one in answers.values()):
        raise LabFileError(f'{path}: "answers" has, for each lab, the questions with their answers')
    return GivenAnswers(_lab_set(path, labs), str(found.get("name", "")), answers)


def _lab_set(path: Path, labs: Mapping[str, Any]) -> LabSet:
    count, topic, seed = labs.get("count"), labs.get("topic"), labs.get("seed")
    topics = {str(one): one for one in LabTopic}
    if type(count) is not int or not 1 <= count <= MOST_LABS or (topic and topic not in topics):
        raise LabFileError(f"{path}: \"labs\" is not what 'dulcimer lab make' wrote")
    if seed is not None and (type(seed) is not int or seed < 0):
        raise LabFileError(f'{path}: "seed" is not a number from 0 on')
    return LabSet(count, topics[topic] if topic else None, seed)


def _json(
    labs: LabSet, name: str, answers: Mapping[str, Mapping[str, str]], titles: Mapping[str, str] | None = None
) -> str:
    about: dict[str, Any] = {"count": labs.count, "topic": str(labs.topic or "")}
    if labs.seed is not None:
        about["seed"] = labs.seed
    document: dict[str, Any] = {"schema": _SCHEMA, "name": name, "labs": about, "answers": answers}
    if titles is not None:
        document |= {"tool": f"dulcimer {__version__}", "what happens": titles}
    return json.dumps(document, indent=2) + "\n"
