"""`spec/stacks.toml` and `spec/baselines/`: what implementations do otherwise than the standard says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from codegen.spec.reader import check_choice, read

STACKS = "spec/stacks.toml"
FOLDER = "spec/baselines"
_SHOWN = "FAILED"
_ROLES = ("acceptor", "requestor")


@dataclass(frozen=True)
class StackDeviation:
    """Something that an implementation does otherwise: why that is wrong, and the `cases` that see it.

    `stack`: its name and version; `role`: the end of the association that it was.
    """

    stack: str
    role: str
    reason: str
    cases: tuple[str, ...]


@dataclass(frozen=True)
class Stack:
    """An implementation."""

    name: str
    version: str
    role: str

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Stacks:
    """The file of the implementations, by the names of their baselines."""

    stacks: dict[str, Stack]


@dataclass(frozen=True)
class BaselineRow:
    """An entry of a baseline, as `dulcimer check --expect` reads it."""

    case: str
    rev: str
    verdict: str
    observed: str
    reason: str
    ticket: str = ""
    sometimes: bool = False


@dataclass(frozen=True)
class Baseline:
    """A baseline."""

    expected: tuple[BaselineRow, ...] = ()


MODELS = (StackDeviation,)


def baselines(root: Path) -> Iterator[tuple[Stack, tuple[BaselineRow, ...]]]:
    """Each implementation with the rows of its baseline, below `root`; raises SpecError."""
    found, place = read(Stacks, root / STACKS, root)
    here = place.at("stacks")
    for path in sorted((root / FOLDER).glob("*.toml")):
        rows, _ = read(Baseline, path, root)
        if rows.expected and path.stem not in found.stacks:
            here.fail(f"{path.stem!r} is missing, which has a baseline")
    for name, stack in found.stacks.items():
        check_choice(stack.role, _ROLES, here.at(name).at("role"))
        rows, _ = read(Baseline, root / FOLDER / f"{name}.toml", root)
        yield stack, rows.expected


def load_deviations(root: Path) -> tuple[StackDeviation, ...]:
    """What the baselines below `root` have, the cases of one reason together; raises SpecError."""
    deviations: list[StackDeviation] = []
    for stack, rows in baselines(root):
        reasons: dict[str, list[str]] = {}
        for row in rows:
            if row.verdict == _SHOWN:
                reasons.setdefault(row.reason, []).append(row.case)
        deviations += [
            StackDeviation(stack.title, stack.role, reason, tuple(cases)) for reason, cases in reasons.items()
        ]
    return tuple(deviations)
