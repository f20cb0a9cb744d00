"""The cases in the HTML page: the filters, and for each case what was demanded, expected and observed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from dulcimer._generated.conformance import RULES
from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report import looks, replay
from dulcimer.conformance.report.capture import file_name
from dulcimer.conformance.report.clauses import cell_in_words, clause_in_html, links_in_html
from dulcimer.conformance.report.compare import Row
from dulcimer.conformance.report.contents import SEVERITIES, SEVERITY_MEANINGS, SIGNS
from dulcimer.conformance.report.document import CaseReport, Report
from dulcimer.conformance.report.groups import in_short
from dulcimer.conformance.report.html_table import place

_ENDS = {"tester": "the tester closed the connection", "peer": "the peer closed the connection"}
_NOT_RUN = '<span class="badge none">not run</span>'


def badge(verdict: Verdict) -> str:
    """A verdict with its sign, in its colour."""
    return f'<span class="badge {looks.css_class(verdict)}">{escape(SIGNS[verdict])} {verdict}</span>'


def filters(found: Sequence[Row], reports: Sequence[Report]) -> Iterator[str]:
    """The head of the list, with the form that chooses cases."""
    yield '<section class=list><h2>All cases</h2><form class="filters" hidden>'
    yield '<label class=search>Search <input type=search placeholder="id, clause, text" autocomplete=off></label>'
    yield "<div class=choices role=group aria-label=Verdicts>"
    for verdict in looks.ORDER:
        count = sum(1 for row in found if any(case and case.verdict is verdict for case in row.cases))
        if count:
            yield (
                f'<button type=button class="{looks.css_class(verdict)}" aria-pressed=true data-verdict="{verdict}">'
                f"{escape(SIGNS[verdict])} {verdict} <b>{count}</b></button>"
            )
    yield "</div><div class=choices role=group aria-label=Severities>"
    for severity in SEVERITIES:
        title = escape(SEVERITY_MEANINGS[severity])
        yield f'<button type=button aria-pressed=true data-severity="{severity}" title="{title}">{severity}</button>'
    yield f"</div><p class=severities>{' '.join(map(_severity, SEVERITIES))}</p>"
    if len(reports) > 1:
        count = sum(row.differs for row in found)
        yield f"<label><input type=checkbox class=differing> only where the peers differ ({count})</label>"
    yield '<p class=shown><output></output> <button type=button class="clear" hidden>show all</button></p></form>'


def _severity(name: str) -> str:
    return f"<span><b>{name}</b> {escape(SEVERITY_MEANINGS[name])}</span>"


def cases(found: Sequence[Row], reports: Sequence[Report]) -> Iterator[str]:
    """All cases, in this order."""
    if len(reports) > 1:
        yield f"<p class=columns>{''.join(f'<span>{escape(report.name)}</span>' for report in reports)}</p>"
    for row in found:
        yield from _row(row, reports)
    yield "<p class=nothing hidden>No case matches.</p></section>"


def _row(row: Row, reports: Sequence[Report]) -> Iterator[str]:
    case = row.any
    verdicts = " ".join(sorted({str(item.verdict) for item in row.cases if item}))
    severities = " ".join(sorted({item.severity for item in row.cases if item}))
    yield (
        f'<details class="case {looks.css_class(row.worst)}{" differs" if row.differs else ""}" id="{escape(row.id)}" '
        f'data-verdicts="{verdicts}" data-severities="{severities}" data-cell="{place(case)}">'
    )
    badges = "".join(badge(item.verdict) if item else _NOT_RUN for item in row.cases)
    short = in_short(next(item for item in row.cases if item and item.verdict is row.worst))
    yield (
        f"<summary><span class=badges>{badges}</span><span class=sev>{row.severity}</span>"
        f"<code>{escape(row.id)}</code><span class=short>{escape(short)}</span></summary><div class=body>"
    )
    yield f"<p class=demand>{escape(case.requirement)}</p><p class=clause>{clause_in_html(case.clause)}</p>"
    if case.cell:
        yield f"<p class=clause>{escape(cell_in_words(case.cell))}</p>"
    yield from _rules(case)
    yield f'<div class="peers{" several" if len(reports) > 1 else ""}">'
    for item, report in zip(row.cases, reports, strict=True):
        yield from _at_peer(item, report, named=len(reports) > 1)
    yield "</div></div></details>"


def _rules(case: CaseReport) -> Iterator[str]:
    """The rules of the standard that the case is about."""
    known = [RULES[name] for name in case.rules if name in RULES]
    if known:
        yield "<ul class=rules>"
        for rule in known:
            places = links_in_html(rule.clause) or escape(rule.clause)
            yield f"<li>{escape(rule.statement)} <span class=places>{places}</span></li>"
        yield "</ul>"


def _at_peer(case: CaseReport | None, report: Report, *, named: bool) -> Iterator[str]:
    yield "<section class=peer>"
    if named:
        yield f"<h3>{escape(report.name)} {badge(case.verdict) if case else _NOT_RUN}</h3>"
    if case:
        yield f'<dl class="{looks.css_class(case.verdict)}">'
        for label, text, kind in _details(case):
            if text:
                yield f"<dt>{label}</dt><dd{kind and f' class={kind}'}>{escape(text)}</dd>"
        yield "</dl>"
        yield from _replay(case, report)
        yield "<div class=exhibit></div>"
    yield "</section>"


def _replay(case: CaseReport, report: Report) -> Iterator[str]:
    """How to run the case again: commands, and the bytes, which the script adds."""
    commands = [*filter(None, (report.command(case), replay.command(case, report)))]
    if not commands and not case.trace:
        return
    yield "<div class=replay><h4>Run it again</h4>"
    for command in commands:
        yield f"<p><code class=command>{escape(command)}</code></p>"
    if case.trace:
        name = f"{file_name(case.id)}.pcapng"
        yield f"<p>Capture: <code>{escape(name)}</code> in the directory of --pcap.</p><p class=copies></p>"
    yield "</div>"


def _details(case: CaseReport) -> Iterator[tuple[str, str, str]]:
    marks = [f"{case.severity}: {SEVERITY_MEANINGS[case.severity]}" if case.verdict is Verdict.FAILED else ""]
    marks += [str(case.overlay or ""), "flaky" if case.flaky else ""]
    yield "Expected", case.expected, "expected"
    yield "Observed", case.observed, "observed"
    yield "Why", case.why, ""
    yield "What to do", advice(case.verdict, case.alternative, case, case.observed, case.violated), "do"
    yield "End", _ENDS.get(case.close, case.close), ""
    yield "Marks", ", ".join(filter(None, marks)), ""
    yield "Notes", "; ".join(case.notes), ""
