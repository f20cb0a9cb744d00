"""What belongs together in a report: findings of one cause, cells and how far they were reached, nodes of one PDU."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dulcimer._generated.fsm import TABLE
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.atlas import stratum_of
from dulcimer.fuzz.campaign.result import CampaignResult, CurvePoint
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.operators.catalogue import FAMILIES

_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings with the same oracle, cell and verdict but for its numbers: most likely one cause, reached in many ways.

    The simplest way comes first: fewer connections, steps and changes.
    """

    members: tuple[FoundOnce, ...]

    @property
    def finding(self) -> FuzzFinding:
        """The first of them."""
        return self.members[0].reproducer.finding


def grouped_findings(findings: Iterable[FoundOnce]) -> tuple[FindingGroup, ...]:
    """Facts first, stable ones first, then in the order of the oracles; what was found first stays first."""
    groups: dict[object, list[FoundOnce]] = {}
    for found in findings:
        finding = found.reproducer.finding
        groups.setdefault((finding.oracle, finding.cell, _NUMBER.sub("", finding.verdict)), []).append(found)
    grouped = (FindingGroup(tuple(sorted(members, key=_effort))) for members in groups.values())
    return tuple(sorted(grouped, key=lambda group: _rank(group.finding)))


def _effort(found: FoundOnce) -> tuple[bool, int, int, int]:
    reproducer = found.reproducer
    connections = len(reproducer.sequences) * reproducer.rounds
    return (
        not reproducer.finding.is_stable,
        connections,
        len(reproducer.sequence.steps),
        len(reproducer.finding.operators),
    )


def _rank(finding: FuzzFinding) -> tuple[bool, bool, int]:
    return finding.confidence is not Confidence.FACT, not finding.is_stable, list(FindingOracle).index(finding.oracle)


class CellReach(StrEnum):
    """How far a cell of Table 9-10 was reached."""

    CERTAIN = "visited"
    POSSIBLE = "possibly visited"
    MISSED = "not visited"
    UNDRIVABLE = "not drivable"


@dataclass(frozen=True, slots=True)
class CellMark:
    """A filled cell: visits that are sure, visits that may have been, and why it cannot be driven, if it cannot."""

    cell: Cell
    reach: CellReach
    certain: int = 0
    possible: int = 0
    why: str = ""


def cell_marks(result: CampaignResult) -> dict[Cell, CellMark]:
    """All filled cells of the table, and blank ones that were visited."""
    visited = (cell for cell in (*result.certain, *result.possible) if cell not in TABLE)
    return {cell: _mark(cell, result) for cell in (*TABLE, *dict.fromkeys(visited))}


def _mark(cell: Cell, result: CampaignResult) -> CellMark:
    certain, possible = result.certain.get(cell, 0), result.possible.get(cell, 0)
    why = "" if cell in result.drivable else result.undrivable.get(cell, "no way to drive it is known")
    if certain:
        reach = CellReach.CERTAIN
    elif possible:
        reach = CellReach.POSSIBLE
    else:
        reach = CellReach.MISSED if cell in result.drivable else CellReach.UNDRIVABLE
    return CellMark(cell, reach, certain, possible, why)


@dataclass(frozen=True, slots=True)
class NodeCoverage:
    """The operators that fit a node of the schema. `tried`: how often each was applied; `untried`: those that never."""

    node: str
    tried: Mapping[str, int]
    untried: tuple[str, ...]

    @property
    def total(self) -> int:
        """All operators that fit."""
        return len(self.tried) + len(self.untried)


@dataclass(frozen=True, slots=True)
class PduCoverage:
    """The nodes of one PDU, command set or data set."""

    name: str
    nodes: tuple[NodeCoverage, ...]

    @property
    def tried(self) -> int:
        """Pairs of node and operator that were tried."""
        return sum(len(node.tried) for node in self.nodes)

    @property
    def total(self) -> int:
        """All pairs."""
        return sum(node.total for node in self.nodes)

    @property
    def tries(self) -> int:
        """How often operators were applied."""
        return sum(sum(node.tried.values()) for node in self.nodes)


def pdu_coverage(result: CampaignResult) -> tuple[PduCoverage, ...]:
    """Coverage by PDU, in the order of their names. Pairs that are not of this role are left out."""
    nodes: dict[str, tuple[dict[str, int], list[str]]] = {}
    for node, operator in sorted(result.all_pairs):
        tried, untried = nodes.setdefault(node, ({}, []))
        count = result.pairs.get((node, operator), 0)
        if count:
            tried[operator] = count
        else:
            untried.append(operator)
    pdus: dict[str, list[NodeCoverage]] = {}
    for name, (tried, untried) in nodes.items():
        pdus.setdefault(name.partition("/")[0], []).append(NodeCoverage(name, tried, tuple(untried)))
    return tuple(PduCoverage(name, tuple(found)) for name, found in pdus.items())


@dataclass(frozen=True, slots=True)
class FamilyCoverage:
    """Operators of one family on one PDU, or one part of a message: pairs that were tried, of all that there are."""

    tried: int = 0
    total: int = 0


def family_coverage(result: CampaignResult) -> dict[str, dict[str, FamilyCoverage]]:
    """By PDU or part of a message, in the order of their names, then by family of operators."""
    families = {operator.name: family for family, operators in FAMILIES.items() for operator in operators}
    counts: dict[str, dict[str, list[int]]] = {}
    for node, operator in sorted(result.all_pairs):
        if operator in families:
            of_part = counts.setdefault(stratum_of(node), {family: [0, 0] for family in FAMILIES})
            count = of_part[families[operator]]
            count[0] += bool(result.pairs.get((node, operator)))
            count[1] += 1
    return {
        part: {family: FamilyCoverage(*count) for family, count in of_part.items()} for part, of_part in counts.items()
    }


@dataclass(frozen=True, slots=True)
class OperatorUse:
    """An operator: the nodes it was tried on, all that it fits, how often, and the findings it has a part in."""

    operator: str
    nodes: int
    all_nodes: int
    tries: int
    findings: int


def operator_uses(result: CampaignResult) -> tuple[OperatorUse, ...]:
    """All operators, those with findings first, then by name."""
    fitting: dict[str, list[int]] = {}
    for node, operator in result.all_pairs:
        fitting.setdefault(operator, []).append(result.pairs.get((node, operator), 0))
    used: dict[str, int] = {}
    for found in result.findings:
        names = {change.operator for recipe in found.reproducer.recipes if recipe for change in recipe.changes}
        for name in names:
            used[name] = used.get(name, 0) + 1
    uses = (
        OperatorUse(name, sum(1 for count in tries if count), len(tries), sum(tries), used.get(name, 0))
        for name in sorted({*fitting, *used})
        for tries in (fitting.get(name, []),)
    )
    return tuple(sorted(uses, key=lambda use: (-use.findings, use.operator)))


def last_growth(curve: Iterable[CurvePoint], name: str) -> CurvePoint | None:
    """The point at which this number was higher than ever before for the last time; None if it never was above 0."""
    last, most = None, 0
    for point in curve:
        if getattr(point, name) > most:
            last, most = point, getattr(point, name)
    return last


def share(part: int, whole: int) -> str:
    """``61 of 68 (89 %)``; 100 % only if nothing is missing."""
    percent = 0 if not whole else 100 if part >= whole else min(99, round(100 * part / whole))
    return f"{part:,} of {whole:,}" + (f" ({percent} %)" if whole else "")


def shares(groups: Iterable[FindingGroup]) -> Iterator[tuple[str, int]]:
    """How many groups there are of each oracle, in their order."""
    counts: dict[str, int] = {}
    for group in groups:
        counts[group.finding.oracle] = counts.get(group.finding.oracle, 0) + 1
    yield from counts.items()
