"""`spec/diagnosis/`: what people who run DICOM networks ask, what may be the cause, and what logs show of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path

from codegen.spec.reader import Place, check_choice, read

FOLDER = "spec/diagnosis"
QUESTIONS = 21
SHOWN = (
    "requests",
    "receives",
    "request",
    "answer",
    "titles",
    "connects-not",
    "onward-fails",
    "accepted",
    "rejected",
    "rejecting",
    "no-context",
    "context",
    "abstract",
    "syntax",
    "accepted-syntax",
    "aborted",
    "aborting",
    "abort-source",
    "lost",
    "released",
    "late",
    "asked",
    "destination",
    "answered",
    "counters",
    "foreign",
    "tls",
)
"""What a line of a log may show: parts of facts, put together by `dulcimer.diagnosis.logs`."""
SURE = ("certain", "likely", "possible")

IN_SENTENCES = frozenset(
    (
        "called",
        "calling",
        "where",
        "destination",
        "protocol",
        "sop_class",
        "syntax",
        "seconds",
        "status",
        "sender",
        "problem",
    )
)
"""What is filled into sentences, if it is known."""
IN_COMMANDS = frozenset(("host", "port", "called", "calling", "destination", "file"))
"""What is filled into commands; a word in capitals stands for what is not known."""

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_COMMAND = "dulcimer "


@dataclass(frozen=True)
class PossibleCause:
    """One cause of a trouble: `cause` in one sentence, `sign` on the wire, `proof` that makes it certain.

    `requestor`, `acceptor`, `elsewhere`: what to change there; `settle`: what shows which cause it is; `next`: the
    command to run next; `seen`: ids of lines of logs. What is in braces is filled in where it is known.
    """

    id: str
    cause: str
    sign: str
    proof: str
    clause: str
    settle: str
    next: str
    requestor: str = ""
    acceptor: str = ""
    elsewhere: str = ""
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class DiagnosticQuestion:
    """A question in the words of those who ask it; `number` is its place in the order of how often it is asked."""

    id: str
    number: int
    text: str
    causes: tuple[PossibleCause, ...]


@dataclass(frozen=True)
class LogLinePattern:
    """A line of a log: `pattern` is searched for in it, `example` is one; the id is unique in its stack.

    `shows`: which fact it is part of, with `values` beside those that the pattern names; `says`: a cause that it tells,
    and how `sure`.
    """

    id: str
    example: str
    pattern: str
    shows: str = ""
    says: str = ""
    sure: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class LoggingStack:
    """Software whose logs are read: `how` such logs are made, and the `origin` of the lines."""

    id: str
    name: str
    how: str
    origin: str
    lines: tuple[LogLinePattern, ...]


MODELS = (PossibleCause, DiagnosticQuestion, LogLinePattern, LoggingStack)


@dataclass(frozen=True)
class Diagnoses:
    """All of it: the questions in the order of their numbers, the stacks by their ids."""

    questions: tuple[DiagnosticQuestion, ...]
    stacks: dict[str, LoggingStack]


@dataclass(frozen=True)
class _File:
    questions: tuple[DiagnosticQuestion, ...]


def load_diagnoses(root: Path) -> Diagnoses:
    """Read and check the files; raises SpecError."""
    stacks = _stacks(root)
    lines = {f"{stack.id}.{line.id}" for stack in stacks.values() for line in stack.lines}
    seen: set[str] = set()
    ids: set[str] = set()
    questions: dict[int, DiagnosticQuestion] = {}
    for path in sorted((root / FOLDER).glob("*.toml")):
        file, place = read(_File, path, root)
        for question in file.questions:
            here = place.at(question.id)
            _check_id(question.id, ids, here)
            if question.number in questions:
                here.at("number").fail(f"{questions[question.number].id} has the number {question.number} already")
            if not question.text.endswith("?"):
                here.at("text").fail("expected a question")
            questions[question.number] = question
            for cause in question.causes:
                _check_id(cause.id, ids, here.at(cause.id))
                _check_cause(cause, lines, here.at(cause.id))
                seen.update(cause.seen)
    if set(questions) != set(range(1, QUESTIONS + 1)):
        Place(FOLDER).fail(f"expected {QUESTIONS} questions with the numbers from 1 on, found {sorted(questions)}")
    for stack in stacks.values():
        for line in stack.lines:
            here = Place(f"{FOLDER}/logs/{stack.id}.toml").at(line.id)
            if line.says and line.says not in ids:
                here.at("says").fail(f"unknown cause {line.says!r}")
            if not line.shows and not line.says and f"{stack.id}.{line.id}" not in seen:
                here.fail("no cause names this line, and it shows nothing")
    return Diagnoses(tuple(questions[number] for number in sorted(questions)), stacks)


def _stacks(root: Path) -> dict[str, LoggingStack]:
    stacks: dict[str, LoggingStack] = {}
    for path in sorted((root / FOLDER / "logs").glob("*.toml")):
        stack, place = read(LoggingStack, path, root)
        if stack.id != path.stem:
            place.at("id").fail(f"expected the name of the file, found {stack.id!r}")
        ids: set[str] = set()
        for line in stack.lines:
            here = place.at(line.id)
            _check_id(line.id, ids, here)
            try:
                found = re.search(line.pattern, line.example)
            except re.error as error:
                here.at("pattern").fail(f"not a regular expression: {error}")
            if found is None:
                here.at("pattern").fail("it does not match its example")
            if line.shows:
                check_choice(line.shows, SHOWN, here.at("shows"))
            if line.says or line.sure:
                check_choice(line.sure, SURE, here.at("sure"))
        stacks[stack.id] = stack
    return stacks


def _check_id(identifier: str, known: set[str], place: Place) -> None:
    if not _ID.fullmatch(identifier):
        place.fail("expected an id such as called-title-unknown")
    if identifier in known:
        place.fail("two rows have this id")
    known.add(identifier)


def _check_cause(cause: PossibleCause, lines: Collection[str], place: Place) -> None:
    if not cause.cause.endswith(".") or not (cause.cause[0].isupper() or cause.cause[0] == "{"):
        place.at("cause").fail("expected a sentence")
    for name in ("sign", "proof", "settle", "requestor", "acceptor", "elsewhere", "next"):
        if getattr(cause, name).endswith("."):
            place.at(name).fail("expected words without a full stop")
    if not (cause.requestor or cause.acceptor or cause.elsewhere):
        place.fail("nothing is to be changed anywhere")
    if not cause.next.startswith(_COMMAND):
        place.at("next").fail(f"expected a command that begins with {_COMMAND.strip()}")
    for each in fields(cause):
        value = getattr(cause, each.name)
        if isinstance(value, str):
            allowed = IN_COMMANDS if each.name == "next" else IN_SENTENCES if each.name == "cause" else frozenset()
            _check_placeholders(value, allowed, place.at(each.name))
    for name in cause.seen:
        if name not in lines:
            near = get_close_matches(name, lines, 1)
            place.at("seen").fail(f"unknown line {name!r}" + (f", nearest is {near[0]}" if near else ""))


def _check_placeholders(text: str, allowed: frozenset[str], place: Place) -> None:
    for name in _PLACEHOLDER.findall(text):
        if name not in allowed:
            place.fail(f"{{{name}}} is not filled in here")
