"""Which cases `dulcimer check` runs, and in which order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import typer

from dulcimer.conformance.catalogue.selecting import CaseFilter, is_named
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SEVERITIES
from dulcimer.counting import counted

SELECTION_PANEL = "Which cases"

_AnyCase = TypeVar("_AnyCase", bound=Case)


def severity(text: str) -> str:
    """`text` if it is a severity; a usage error otherwise."""
    if text not in SEVERITIES:
        raise typer.BadParameter(f"{text!r} is not a severity: {', '.join(SEVERITIES)}")
    return text


def _severities(texts: list[str] | None) -> list[str] | None:
    """Each severity, with those between two joined by ".."; a usage error for anything else."""
    if texts is None:
        return None
    found: list[str] = []
    for text in texts:
        first, dots, last = text.partition("..")
        start, end = (SEVERITIES.index(severity(name)) for name in (first, last if dots else first))
        if start > end:
            raise typer.BadParameter(f"{text!r}: the more severe one comes first")
        found += SEVERITIES[start : end + 1]
    return found


def _option(*names: str, **settings: Any) -> Any:
    return typer.Option(*names, rich_help_panel=SELECTION_PANEL, **settings)


@dataclass(frozen=True, slots=True)
class SelectionOptions:
    """Options that choose cases and their order."""

    keyword: Annotated[
        list[str] | None,
        _option("-k", metavar="GLOB", help="Run cases whose id matches; without * or ?, whose id contains it."),
    ] = None
    case: Annotated[
        list[str] | None,
        _option("--case", metavar="ID", help="Run this case; with * or ?, the cases whose id matches."),
    ] = None
    thorough: Annotated[
        bool,
        _option(
            "--thorough",
            help="Also run the extended cases, which continue where the others end, to see what state the peer is in. "
            "With 6 --jobs this adds half a minute, and ten times the ARTIM time if that is declared.",
        ),
    ] = False
    clause: Annotated[
        list[str] | None, _option("--clause", metavar="CLAUSE", help="Run cases of a clause, such as 9.3.2.")
    ] = None
    severities: Annotated[
        list[str] | None,
        _option(
            "--severity",
            metavar="SEVERITY",
            callback=_severities,
            help="Run cases of a severity, S0 (crash, hang or leak) to S4 (cosmetic), or of several: S0..S2.",
        ),
    ] = None
    exclude: Annotated[
        list[str] | None, _option("--exclude", metavar="GLOB", help="Leave out matching cases; may be repeated.")
    ] = None
    seed: Annotated[
        int | None,
        _option(
            "--seed",
            metavar="NUMBER",
            min=0,
            help="Run the cases in random order; the same number gives the same order. The report holds the number.",
            show_default="the order of --list",
        ),
    ] = None
    list_cases: Annotated[bool, _option("--list", help="List the cases and send nothing.")] = False
    dry_run: Annotated[
        bool,
        _option("--dry-run", help="Show what each case would do and the names of its reactions, and send nothing."),
    ] = False

    def chosen_of(self, cases: Sequence[Case], further: Sequence[Case] = ()) -> tuple[Case, ...]:
        """The cases that match one value of each option given; a usage error if there are none.

        `further` are those of --thorough; without it they are run only if --case gives their id.
        """
        for wanted in self.case or ():
            if not any(is_named(case, wanted) for case in (*cases, *further)):
                raise typer.BadParameter(
                    f"there is no case {wanted!r}; --list --thorough shows all of them", param_hint="'--case'"
                )
        named = set(self.case or ())
        wants = self._filter.wants
        chosen = tuple(case for case in cases if wants(case))
        chosen += tuple(case for case in further if (self.thorough or case.id in named) and wants(case))
        if not chosen:
            number = sum(1 for case in further if wants(case))
            more = f"; with --thorough, {counted(number, 'case')} would match" if number else ""
            raise typer.BadParameter(f"no case matches, so nothing was tested; --list shows all of them{more}")
        return chosen

    @property
    def _filter(self) -> CaseFilter:
        return CaseFilter(
            ids=self.case or (),
            globs=self.keyword or (),
            clauses=self.clause or (),
            severities=self.severities or (),
            exclude=self.exclude or (),
        )

    def reported(self, results: Sequence[Result], chosen: Sequence[Case], rules: Sequence[Case]) -> list[Result]:
        """The results of the chosen cases in their order, then other rules that the peer breaks.

        A rule for what the peer sends watches every connection, whatever was chosen; only --exclude leaves it out.
        """
        order = {
            case.id: number for number, case in enumerate((*rules, *chosen))
        }  # the position among the chosen cases wins
        ids = {case.id for case in chosen}
        watching = {rule.id for rule in rules if not self._filter.excludes(rule)}
        kept = [
            row
            for row in results
            if row.case.id in ids or (row.case.id in watching and row.verdict in (Verdict.FAILED, Verdict.NON_STRICT))
        ]
        return sorted(kept, key=lambda row: (row.case.id not in ids, order[row.case.id]))

    def in_order(self, cases: Sequence[_AnyCase]) -> tuple[_AnyCase, ...]:
        """The cases in the order in which they run."""
        ordered = list(cases)
        if self.seed is not None:
            random.Random(self.seed).shuffle(ordered)  # noqa: S311 (an order, no secret)
        return tuple(ordered)
