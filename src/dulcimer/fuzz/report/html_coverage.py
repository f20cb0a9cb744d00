"""Coverage in the page: the map of Table 9-10, the nodes of the schema by PDU, and the operators."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dulcimer._generated.fsm import ACTIONS, TABLE
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.html_table import cell_map, names_in_words
from dulcimer.counting import counted
from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.report.grouping import (
    CellMark,
    CellReach,
    FindingGroup,
    NodeCoverage,
    PduCoverage,
    cell_marks,
    operator_uses,
    pdu_coverage,
    share,
)
from dulcimer.fuzz.report.html_findings import finding_anchor
from dulcimer.fuzz.report.html_grid import operator_grid
from dulcimer.fuzz.report.html_parts import code, safe, sentences
from dulcimer.fuzz.report.reached import coverage_sentences
from dulcimer.fuzz.sequences.steps import cell_name

_CLASSES = {
    CellReach.CERTAIN: looks.css_class(Verdict.OK),
    CellReach.POSSIBLE: looks.css_class(Verdict.INFORMATIONAL),
    CellReach.MISSED: "missed",
    CellReach.UNDRIVABLE: "",
}
_SIGNS = {
    CellReach.CERTAIN: "\N{CHECK MARK}",
    CellReach.POSSIBLE: "?",
    CellReach.MISSED: "\N{MULTIPLICATION SIGN}",
    CellReach.UNDRIVABLE: "-",
}
_WITH_FINDING = looks.css_class(Verdict.FAILED)
_UNTRIED_SHOWN = 12


def short_count(count: int) -> str:
    """A count in at most four characters: 7, 420, 12k, 117k, 3M."""
    for unit in ("", "k", "M"):
        if count < 1000:
            return f"{count}{unit}"
        count //= 1000
    return "\N{INFINITY}"


def cell_coverage(result: CampaignResult, groups: Sequence[FindingGroup]) -> Iterator[str]:
    """The section with the map."""
    marks = cell_marks(result)
    found: dict[Cell, FindingGroup] = {}
    for group in groups:
        if group.finding.cell is not None:
            found.setdefault(group.finding.cell, group)
    yield "<section class=about-map><h2>Table 9-10, cell by cell</h2>"
    yield from sentences(coverage_sentences(result), "")
    yield "<p>Events down, states across; the number is that of the visits.</p>"
    yield from cell_map(lambda cell: _cell(marks.get(cell), found.get(cell)))
    yield "<ul class=legend>"
    for reach in CellReach:
        count = sum(1 for mark in marks.values() if mark.reach is reach)
        yield f'<li><span class="cell {_CLASSES[reach]}">{_SIGNS[reach]}</span> {reach} ({count})</li>'
    yield f'<li><span class="cell {_WITH_FINDING}">!</span> with a finding ({len(found)})</li></ul>'
    yield from _cells_in_numbers(marks.values())
    yield from names_in_words()
    yield "</section>"


def _cell(mark: CellMark | None, group: FindingGroup | None) -> str:
    if mark is None:
        return "<td></td>"
    title = safe(_words(mark))
    count = mark.certain or mark.possible
    sign = _SIGNS[mark.reach] if not count else short_count(count)
    shown = f"<span class=count>{sign}</span><span class=sign>{_SIGNS[mark.reach]}</span>"
    if group is not None:
        anchor = finding_anchor(group.members[0])
        return (
            f'<td><a class="cell {_WITH_FINDING}" href="#{anchor}" title="{title}; {safe(group.finding.verdict)}">'
            f"<span class=count>{sign}</span><span class=sign>!</span></a></td>"
        )
    return f'<td><span class="cell {_CLASSES[mark.reach]}" title="{title}">{shown}</span></td>'


def _words(mark: CellMark) -> str:
    action = f" {ACTIONS[TABLE[mark.cell]].label}" if mark.cell in TABLE else ""
    words = f"{cell_name(mark.cell)}{action}: {mark.reach}"
    if mark.certain:
        words += f", {mark.certain:,} times for certain"
    if mark.possible:
        words += f", {mark.possible:,} times possibly"
    return words + (f": {mark.why}" if mark.why else "")


def _cells_in_numbers(marks: Iterable[CellMark]) -> Iterator[str]:
    yield "<details class=further><summary>Each cell: how often it was visited, or why not</summary>"
    yield "<div class=scroll><table class=numbers><tr><th>cell</th><th>certain</th><th>possible</th><th></th></tr>"
    for mark in sorted(marks, key=lambda mark: (mark.cell[1], mark.cell[0])):
        why = mark.why or (str(mark.reach) if mark.reach is not CellReach.CERTAIN else "")
        yield (
            f"<tr><td><code>{cell_name(mark.cell)}</code></td><td>{mark.certain:,}</td><td>{mark.possible:,}</td>"
            f"<td>{safe(why)}</td></tr>"
        )
    yield "</table></div></details>"


# ---------------------------------------------------------------------- schema nodes and operators


def node_coverage(result: CampaignResult) -> Iterator[str]:
    """The section about nodes of the schema and operators."""
    pdus = pdu_coverage(result)
    tried, total = sum(pdu.tried for pdu in pdus), sum(pdu.total for pdu in pdus)
    known = f"{share(tried, total)} pairs" if pdus else ""
    yield f"<section class=nodes><h2>Fields and operators <small>{known}</small></h2>"
    yield (
        "<p>A pair is a node of the schema of PDUs, command sets and data sets, with an operator that can change it. "
        f"Messages that came three in a row: {result.triples:,} different ones.</p>"
    )
    if not pdus:
        yield f"<p>{len(result.pairs):,} pairs were tried; how many there are is not known.</p>"
    yield from operator_grid(result)
    for pdu in pdus:
        yield from _pdu(pdu)
    yield from _operators(result) if pdus else ()
    yield "</section>"


def _pdu(pdu: PduCoverage) -> Iterator[str]:
    percent = 100 * pdu.tried / pdu.total if pdu.total else 0
    yield (
        f"<details class=pdu><summary><code>{safe(pdu.name)}</code>"
        f'<svg class=bar width="100%" height="8" aria-hidden="true"><rect class=rest width="100%" height="8"/>'
        f'<rect class="{looks.css_class(Verdict.OK)}" width="{percent:.2f}%" height="8"/></svg>'
        f"<span>{share(pdu.tried, pdu.total)}</span><span class=tries>{counted_tries(pdu.tries)}</span></summary>"
    )
    yield "<div class=scroll><table class=numbers><tr><th>node</th><th>operators</th><th>tries</th>"
    yield "<th>not tried</th></tr>"
    yield from map(_node, pdu.nodes)
    yield "</table></div></details>"


def counted_tries(tries: int) -> str:
    """``1 try``, ``12,345 tries``."""
    return f"{tries:,} {'try' if tries == 1 else 'tries'}"


def _node(node: NodeCoverage) -> str:
    name = node.node.partition("/")[2] or node.node
    if not node.tried:
        untried = "none was tried"
    else:
        more = len(node.untried) - _UNTRIED_SHOWN
        untried = ", ".join(node.untried[:_UNTRIED_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return (
        f"<tr><td>{code(name)}</td><td>{len(node.tried)} of {node.total}</td>"
        f"<td>{sum(node.tried.values()):,}</td><td>{safe(untried)}</td></tr>"
    )


def _operators(result: CampaignResult) -> Iterator[str]:
    uses = operator_uses(result)
    if not uses:
        return
    yield f"<details class=further><summary>{counted(len(uses), 'operator')}: tries, and findings that they have "
    yield "a part in</summary><div class=scroll><table class=numbers>"
    yield "<tr><th>operator</th><th>nodes</th><th>tries</th><th>findings</th></tr>"
    for use in uses:
        yield (
            f"<tr><td>{code(use.operator)}</td><td>{use.nodes} of {use.all_nodes}</td><td>{use.tries:,}</td>"
            f"<td>{use.findings or ''}</td></tr>"
        )
    yield "</table></div></details>"
