"""What may be the cause of a trouble, and what shows it.

Generated from spec/diagnosis/ by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dulcimer._generated.rows import read, rows


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


_TABLES = read("diagnosis.json")

QUESTIONS: tuple[DiagnosticQuestion, ...] = rows(tuple[DiagnosticQuestion, ...], _TABLES["QUESTIONS"])
"""What people who run DICOM networks ask, the most frequent first."""

STACKS: dict[str, LoggingStack] = rows(dict[str, LoggingStack], _TABLES["STACKS"])
"""Software whose logs are read, by its id."""
