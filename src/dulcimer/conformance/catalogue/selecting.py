"""Which cases of a catalogue are wanted: by their ids, clauses and severities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from dulcimer.conformance.model.case import Case

_WILD = "*?["


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Cases that match one value of each part given; an empty part matches all.

    - `ids`: ids, or globs. `globs`: globs, or parts of ids. `exclude`: the same, for cases that are left out.
    - `clauses`: a clause such as 9.3.2, with those below it. `severities`: S0 to S4.
    """

    ids: Sequence[str] = ()
    globs: Sequence[str] = ()
    clauses: Sequence[str] = ()
    severities: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def wants(self, case: Case) -> bool:
        """Whether the case is wanted."""
        return (
            (not self.ids or any(is_named(case, wanted) for wanted in self.ids))
            and (not self.globs or any(fits(case.id, glob) for glob in self.globs))
            and (not self.clauses or any(_has_clause(case.clause, clause) for clause in self.clauses))
            and (not self.severities or case.severity in self.severities)
            and not self.excludes(case)
        )

    def excludes(self, case: Case) -> bool:
        """Whether the case is left out by name."""
        return any(fits(case.id, glob) for glob in self.exclude)


def is_named(case: Case, wanted: str) -> bool:
    """Whether this is the id of the case, or a glob that matches it."""
    return case.id == wanted or (bool(set(wanted) & set(_WILD)) and fnmatchcase(case.id, wanted))


def fits(identifier: str, glob: str) -> bool:
    """Whether a glob matches the id; without a wild card, whether the id contains it."""
    if not set(glob) & set(_WILD):
        return glob in identifier
    return fnmatchcase(identifier, glob)


def _has_clause(text: str, clause: str) -> bool:
    """Whether `clause` or a part of it is among the clauses of `text`."""
    words = text.replace(",", " ").split()
    return any(word == clause or word.startswith((f"{clause}.", f"{clause}/")) for word in words)
