"""What a campaign has reached, and what it has not, in words: cells of Table 9-10, and pairs of field and operator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from dulcimer._generated.fsm import STATES
from dulcimer.conformance.model.oracle import Cell
from dulcimer.counting import counted
from dulcimer.fuzz.campaign.reach import planner_of, tellable_cells
from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.report.grouping import share


def coverage_words(result: CampaignResult) -> Iterator[str]:
    """Which cells of Table 9-10 were visited, and why others were not, a part of a sentence each."""
    certain = {cell for cell in result.drivable if result.certain.get(cell)}
    perhaps = {cell for cell in result.drivable - certain if result.possible.get(cell)}
    alike = perhaps - tellable_cells(result.role)
    if result.drivable:
        yield f"{share(len(certain), len(result.drivable))} that this target can be driven into"
    if alike:
        yield f"{len(alike)} more perhaps: what it shows does not tell {_them(alike)} from other cells"
    if perhaps - alike:
        yield f"{len(perhaps - alike)} more perhaps: what it has shown does not say so for certain"
    for why, cells in _reasons(result).items():
        yield f"{counted(len(cells), 'other')} not: {why} ({', '.join(_states(cells))})"


def coverage_sentences(result: CampaignResult) -> Iterator[str]:
    """The same as sentences."""
    for position, words in enumerate(coverage_words(result)):
        yield f"{'' if position or not result.drivable else 'Visited for certain: '}{words}."


def untried_sentences(result: CampaignResult) -> Iterator[str]:
    """What was not tried: the pairs of field and operator in numbers, then all that is known to be left out."""
    untried = Counter(node.partition("/")[0] for node, operator in result.all_pairs - result.pairs.keys())
    if untried and result.cases:
        (pdu, most), *_ = untried.most_common(1)
        count = f"{untried.total():,} of {len(result.all_pairs):,} pairs of field and operator"
        yield f"{count}, {most:,} of them in {pdu}: a longer campaign tries more of them."
    yield from result.not_tried


def _reasons(result: CampaignResult) -> dict[str, list[Cell]]:
    """Why the target was never in cells that a tester can drive others into."""
    reachable = planner_of(result.role).scripts
    found: dict[str, list[Cell]] = {}
    for cell, why in sorted(result.undrivable.items()):
        if cell in reachable:
            found.setdefault(why.partition(": ")[0], []).append(cell)
    return found


def _states(cells: Iterable[Cell]) -> Iterator[str]:
    yield from (STATES[state].label for state in sorted({state for _, state in cells}))


def _them(cells: Collection[Cell]) -> str:
    return "it" if len(cells) == 1 else "them"
