"""A policy: other verdicts for reactions that the cases name, so that users can be stricter or more lenient.

A line such as ``bare-close = "failed"`` sets the verdict of every alternative of this name, in every case.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from dulcimer._generated.conformance import Alternative
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import Expectation
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.errors import DulcimerError

GRADES = (Verdict.OK, Verdict.NON_STRICT, Verdict.INFORMATIONAL, Verdict.FAILED)
"""The verdicts that a policy may set."""

_AnyCase = TypeVar("_AnyCase", bound=Case)


class PolicyError(DulcimerError):
    """The file of a policy cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class VerdictPolicy:
    """The verdict of each regraded alternative, by its name."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def regraded(self, case: _AnyCase) -> _AnyCase:
        """The case with the verdicts of this policy; its revision stays, because the case itself does not change."""
        if not self.verdicts:
            return case
        follows = tuple(replace(row, alternatives=self._rows(row.alternatives)) for row in case.follows)
        case = replace(case, expectation=self._expectation(case.expectation))
        if case.continuation is not None:
            case = replace(case, continuation=replace(case.continuation, follows=follows))
        if isinstance(case, RequestorCase):
            return replace(case, endings=self._rows(case.endings))
        return case

    def _expectation(self, found: Expectation) -> Expectation:
        then = found.overtaken
        if then is not None:
            then = replace(then, alternatives=self._rows(then.alternatives))
        return replace(found, alternatives=self._rows(found.alternatives), overtaken=then)

    def _rows(self, rows: Sequence[Alternative]) -> tuple[Alternative, ...]:
        return tuple(
            replace(row, verdict=str(self.verdicts[row.name]), why=_why(row)) if row.name in self.verdicts else row
            for row in rows
        )


def _why(row: Alternative) -> str:
    return f"{row.why}; {row.verdict} without the policy" if row.why else f"{row.verdict} without the policy"


def names(cases: Iterable[Case]) -> frozenset[str]:
    """The names of the alternatives that these cases have."""
    found: set[str] = set()
    for case in cases:
        endings = case.endings if isinstance(case, RequestorCase) else ()
        follows = (row for follow in case.follows for row in follow.alternatives)
        rows = (*case.expectation.alternatives, *case.expectation.if_overtaken, *follows, *endings)
        found.update(row.name for row in rows if row.name)
    return frozenset(found)


def load(path: Path, cases: Iterable[Case]) -> VerdictPolicy:
    """Read a policy for these cases; raises PolicyError."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PolicyError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise PolicyError(f"{path}: {error}") from error
    known = names(cases)
    found = {}
    for name, text in rows.items():
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.4) or sorted(known)
            raise PolicyError(f"{path}: no case names a reaction {name!r}; the nearest: {', '.join(near)}")
        verdict = next((grade for grade in GRADES if isinstance(text, str) and grade == text.upper()), None)
        if verdict is None:
            grades = ", ".join(str(grade).lower() for grade in GRADES)
            raise PolicyError(f"{path}: {name} = {text!r}: the verdict is one of {grades}")
        found[name] = verdict
    return VerdictPolicy(found)
