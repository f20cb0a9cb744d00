"""Reports as one HTML page that needs nothing else: no request, no framework, readable on a phone and on paper.

What can be read without the script is in the HTML: the verdicts, what was demanded, expected and seen, and what to
do. The script adds filters, and draws traces and bytes from the data at the end of the page when a case is opened.
All text that comes from a report is escaped, or set as text content.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import quote

from dulcimer._generated.conformance import RULES
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.judge.advice import advice
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.verdict import MEANINGS, RANK, Verdict
from dulcimer.conformance.report import looks, replay
from dulcimer.conformance.report.capture import file_name
from dulcimer.conformance.report.clauses import links
from dulcimer.conformance.report.compare import Row, rows
from dulcimer.conformance.report.contents import SEVERITIES, SEVERITY_MEANINGS, SIGNS
from dulcimer.conformance.report.coverage import Mark, marks
from dulcimer.conformance.report.document import CaseReport, Report, read_all
from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.groups import Group, groups, in_short
from dulcimer.conformance.report.since import FIXED, NEW
from dulcimer.conformance.report.since import MEANINGS as SINCE
from dulcimer.conformance.report.unusual import usual_pdus

_FIRST = 8
"""Causes told beside the map without being asked for."""
_SHOWN = 4
"""Cases of a cause that are named without being asked for."""
_NOT_RUN = '<span class="badge none">not run</span>'


def html(documents: Sequence[Mapping[str, Any]]) -> str:
    """The page about one report, or several side by side; raises ReportError."""
    reports = read_all(documents)
    found = sorted(rows(reports), key=lambda row: (looks.ORDER.index(row.worst), row.severity, row.id))
    css = looks.stylesheet() + _file("page.css")
    script = _file("page.js")
    policy = f"default-src 'none'; style-src '{_digest(css)}'; script-src '{_digest(script)}'; base-uri 'none'"
    names = " and ".join(report.name for report in reports) or "no report"
    parts = [
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}; form-action \'none\'">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer"><meta name="color-scheme" content="light dark">',
        f"<title>{escape(names)}: dulcimer check</title>\n<style>{css}</style></head><body>",
        *_header(reports),
        "<main>",
        f'<div class="overview{" several-maps" if len(reports) > 1 or not _failed(found) else ""}">',
        *(part for report in reports for part in _since(report, named=len(reports) > 1)),
        *_first(found, reports),
        *_maps(reports),
        "</div>",
        *_filters(found, reports),
        *_cases(found, reports),
        "</main>",
        *_footer(reports),
        f'<script type="application/json" class="data">{_data(found)}</script>',
        f"<script>{script}</script></body></html>\n",
    ]
    return "\n".join(parts)


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(found: Sequence[Row]) -> str:
    exhibits = Exhibits(usual_pdus(case for row in found for case in row.cases if case))
    cases = [[exhibits.moments(case) if case and case.trace else None for case in row.cases] for row in found]
    text = json.dumps({"cases": cases, **exhibits.as_json()}, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


# ---------------------------------------------------------------------- the top of the page


def _header(reports: Sequence[Report]) -> Iterator[str]:
    yield "<header><p class=kind>Conformance with the DICOM upper layer, PS3.8 and PS3.7</p>"
    for report in reports:
        yield "<div class=peer-head>"
        yield f"<h1>{escape(report.name)} <small>{_headline(report)}</small></h1>"
        yield f"<p class=facts>{' · '.join(map(escape, _facts(report)))}</p>"
        yield from _bar(report)
        yield from _troubles(report)
        yield "</div>"
    yield "</header>"


def _headline(report: Report) -> str:
    failed, total = report.count(Verdict.FAILED), len(report.cases)
    if not report.healthy:
        return '<b class="v-error">was not healthy, nothing was tested</b>'
    if failed:
        causes = sum(1 for cause in report.causes if cause.verdict is Verdict.FAILED)
        why = f", of {causes} cause{'s' * (causes != 1)}" if causes else ""
        return f'<b class="v-failed">fails {failed} of {total} cases{why}</b>'
    return f'<b class="v-ok">fails none of {total} cases</b>'


def _facts(report: Report) -> Iterator[str]:
    yield report.address
    if report.implementation_uid:
        yield report.implementation_uid
    yield f"{len(report.cases)} cases in {report.seconds:.0f} s"
    yield "ARTIM not declared" if report.artim is None else f"ARTIM {report.artim:g} s"
    yield report.tool


def _bar(report: Report) -> Iterator[str]:
    """How the verdicts share the cases: a bar to see, a list to read."""
    total, x = len(report.cases) or 1, 0.0
    yield '<svg class="bar" width="100%" height="10" aria-hidden="true">'
    for verdict in looks.ORDER:
        share = 100 * report.count(verdict) / total
        if share:
            yield f'<rect class="{looks.css_class(verdict)}" x="{x:.2f}%" width="{share:.2f}%" height="10"/>'
        x += share
    yield "</svg><ul class=counts>"
    for verdict in looks.ORDER:
        count = report.count(verdict)
        if count:
            told = f"<b>{count}</b> {_badge(verdict)} {escape(MEANINGS[verdict])}"
            yield f'<li class="{looks.css_class(verdict)}">{told}</li>'
    yield "</ul>"


def _troubles(report: Report) -> Iterator[str]:
    if report.stopped:
        yield f"<p class=trouble>{escape(report.why_not_run)}; {len(report.not_run)} cases were not run.</p>"
    elif not report.healthy:
        yield f"<p class=trouble>{escape(report.unhealthy_because)}</p>"
    if report.died_after:
        last = ", ".join(f"<code>{escape(identifier)}</code>" for identifier in report.died_after)
        yield f"<p class=trouble>The peer serves no more. The last cases were {last}; "
        yield f"{len(report.not_run)} were not run.</p>"


def _badge(verdict: Verdict) -> str:
    return f'<span class="badge {looks.css_class(verdict)}">{escape(SIGNS[verdict])} {verdict}</span>'


def _first(found: Sequence[Row], reports: Sequence[Report]) -> Iterator[str]:
    failed = groups(_failed(found), reports)
    mild = groups((row for row in found if row.worst is Verdict.NON_STRICT), reports)
    if not failed and not mild:
        return
    yield "<section class=first>"
    if failed:
        yield f"<h2>Look at these first <small>{_number(failed)}</small></h2><ol>"
        for group in failed[:_FIRST]:
            yield from _group(group)
        yield "</ol>"
        if len(failed) > _FIRST:
            yield f"<details class=further><summary>{len(failed) - _FIRST} causes more</summary><ol start={_FIRST + 1}>"
            for group in failed[_FIRST:]:
                yield from _group(group)
            yield "</ol></details>"
    if mild:
        yield f"<details class=further><summary>NON-STRICT, which does no harm: {_number(mild)}</summary><ol>"
        for group in mild:
            yield from _group(group)
        yield "</ol></details>"
    yield "</section>"


def _since(report: Report, *, named: bool) -> Iterator[str]:
    """What is otherwise than in an earlier report."""
    if report.since is None:
        return
    name = f"{escape(report.name)}, since" if named else "Since"
    yield f"<section class=since><h2>{name} {escape(report.since.earlier)} <small>{report.since.words}</small></h2>"
    for kind, changes in report.since.changes.items():
        if changes:
            is_open = " open" if kind in (NEW, FIXED) else ""
            yield f"<details class=further{is_open}><summary>{len(changes)} {kind.replace('_', ' ')}: "
            yield f"{escape(SINCE[kind])}</summary><ul>"
            for change in changes:
                name = f"<code>{escape(change.id)}</code>"
                link = f'<a href="#{quote(change.id, safe="")}">{name}</a>' if change.now else name
                yield f"<li>{change.severity} {link}: {escape(change.before or 'not run')} \N{RIGHTWARDS ARROW} "
                yield f"{escape(change.now or 'not run')}</li>"
            yield "</ul></details>"
    yield "</section>"


def _number(found: Sequence[Group]) -> str:
    cases = sum(len(group.rows) for group in found)
    return f"{cases} case{'s' * (cases != 1)} of {len(found)} cause{'s' * (len(found) != 1)}"


def _group(group: Group) -> Iterator[str]:
    """One cause: what is demanded, what was seen, what to do, and its cases."""
    yield f"<li><b class=sev>{group.severity}</b> {escape(group.title)}"
    for text in group.seen:
        yield f'<br><span class="{looks.css_class(group.worst)} seen">{escape(text)}</span>'
    if group.advice:
        yield f"<br><span class=todo>What to do: {escape(group.advice)}</span>"
    yield "<br>" + ", ".join(map(_anchor, group.rows[:_SHOWN]))
    if len(group.rows) > _SHOWN:
        more = ", ".join(map(_anchor, group.rows[_SHOWN:]))
        yield f"<details class=further><summary>and {len(group.rows) - _SHOWN} more</summary>{more}</details>"
    yield "</li>"


def _anchor(row: Row) -> str:
    return f'<a href="#{quote(row.id, safe="")}"><code>{escape(row.id)}</code></a>'


def _failed(found: Iterable[Row]) -> list[Row]:
    return [row for row in found if row.worst in (Verdict.FAILED, Verdict.ERROR)]


# ---------------------------------------------------------------------- Table 9-10


def _maps(reports: Sequence[Report]) -> Iterator[str]:
    yield "<section class=about-map><h2>Table 9-10, cell by cell</h2>"
    only = {role: ", ".join(info.label for info in STATES if info.role == role) for role in ("acceptor", "requestor")}
    yield (
        "<p>Events down, states across; a cell has the worst verdict of its cases. Choose one to see them. "
        f"Only a server comes to {only['acceptor']}, and only a client to {only['requestor']}.</p>"
    )
    yield "<div class=maps>"
    for report in reports:
        yield from _map(report, caption=len(reports) > 1)
    yield "</div><ul class=legend>"
    for verdict in looks.ORDER:
        yield f'<li><span class="cell {looks.css_class(verdict)}">{escape(SIGNS[verdict])}</span> {verdict}</li>'
    yield "<li><span class=cell>o</span> seen as an output</li>"
    yield "<li><span class=cell>-</span> not covered</li></ul>"
    yield "<details class=further><summary>What the events and states are</summary><dl class=names>"
    meanings = [(info.label, info.description) for info in EVENTS] + [(info.label, info.meaning) for info in STATES]
    for label, meaning in meanings:
        yield f"<dt>{label}</dt><dd>{escape(meaning)}</dd>"
    yield "</dl></details></section>"


def _map(report: Report, *, caption: bool) -> Iterator[str]:
    found = marks(report)
    yield "<div class=scroll><table class=map>"
    yield f"<caption>{escape(report.name)}</caption>" if caption else ""
    heads = (
        f'<th scope=col title="{escape(f"{state.label}: {state.meaning}")}"><span>Sta</span>{state.label[3:]}</th>'
        for state in STATES
    )
    yield "<tr><td></td>" + "".join(heads) + "</tr>"
    for event in Events:
        info = EVENTS[event]
        cells = (_cell(found.get((event, state))) for state in States)
        yield f'<tr><th scope=row title="{escape(info.description)}">{info.label}</th>{"".join(cells)}</tr>'
    yield "</table></div>"


def _cell(mark: Mark | None) -> str:
    if mark is None:
        return "<td></td>"
    event, state = mark.cell
    place = f"{STATES[state].label} {EVENTS[event].label} {TABLE[mark.cell]}"
    title = escape(f"{place}: {mark.words}" + (f", {len(mark.cases)} cases" if len(mark.cases) > 1 else ""))
    if mark.verdict is None:
        return f'<td><span class=cell title="{title}">{escape(mark.sign)}</span></td>'
    worst = max(mark.cases, key=lambda case: RANK[case.verdict])
    return (
        f'<td><a class="cell {looks.css_class(mark.verdict)}" href="#{quote(worst.id, safe="")}" title="{title}" '
        f'data-cell="{_place(worst)}">{escape(mark.sign)}</a></td>'
    )


def _place(case: CaseReport) -> str:
    if case.cell is None:
        return ""
    event, state = case.cell
    return f"{STATES[state].label} {EVENTS[event].label}"


# ---------------------------------------------------------------------- the cases


def _filters(found: Sequence[Row], reports: Sequence[Report]) -> Iterator[str]:
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


def _cases(found: Sequence[Row], reports: Sequence[Report]) -> Iterator[str]:
    if len(reports) > 1:
        yield f"<p class=columns>{''.join(f'<span>{escape(report.name)}</span>' for report in reports)}</p>"
    for row in found:
        yield from _row(row, reports)
    yield "<p class=nothing hidden>No case fits.</p></section>"


def _row(row: Row, reports: Sequence[Report]) -> Iterator[str]:
    case = row.any
    verdicts = " ".join(sorted({str(item.verdict) for item in row.cases if item}))
    severities = " ".join(sorted({item.severity for item in row.cases if item}))
    yield (
        f'<details class="case {looks.css_class(row.worst)}{" differs" if row.differs else ""}" id="{escape(row.id)}" '
        f'data-verdicts="{verdicts}" data-severities="{severities}" data-cell="{_place(case)}">'
    )
    badges = "".join(_badge(item.verdict) if item else _NOT_RUN for item in row.cases)
    short = in_short(next(item for item in row.cases if item and item.verdict is row.worst))
    yield (
        f"<summary><span class=badges>{badges}</span><span class=sev>{row.severity}</span>"
        f"<code>{escape(row.id)}</code><span class=short>{escape(short)}</span></summary><div class=body>"
    )
    yield f"<p class=demand>{escape(case.requirement)}</p><p class=clause>{_clause(case.clause)}</p>"
    if case.cell:
        yield f"<p class=clause>{escape(_in_words(case.cell))}</p>"
    yield from _rules(case)
    yield f'<div class="peers{" several" if len(reports) > 1 else ""}">'
    for item, report in zip(row.cases, reports, strict=True):
        yield from _at_peer(item, report, named=len(reports) > 1)
    yield "</div></div></details>"


def _in_words(cell: Cell) -> str:
    """The cell for those who do not know the table by heart."""
    event, state = cell
    action = ACTIONS[TABLE[cell]]
    return (
        f"{STATES[state].label}: {STATES[state].meaning} {EVENTS[event].label}: {EVENTS[event].description}. "
        f"{action.label}: {action.description}"
    )


def _rules(case: CaseReport) -> Iterator[str]:
    """What the standard demands, in its parts."""
    known = [RULES[name] for name in case.rules if name in RULES]
    if known:
        yield "<ul class=rules>"
        for rule in known:
            places = _links(rule.clause) or escape(rule.clause)
            yield f"<li>{escape(rule.statement)} <span class=places>{places}</span></li>"
        yield "</ul>"


def _links(clause: str) -> str:
    return ", ".join(f'<a href="{escape(link.address)}">{escape(link.text)}</a>' for link in links(clause))


def _clause(clause: str) -> str:
    places = _links(clause)
    return f"{escape(clause)} <span class=places>(read {places})</span>" if places else escape(clause)


def _at_peer(case: CaseReport | None, report: Report, *, named: bool) -> Iterator[str]:
    yield "<section class=peer>"
    if named:
        yield f"<h3>{escape(report.name)} {_badge(case.verdict) if case else _NOT_RUN}</h3>"
    if case:
        yield f'<dl class="{looks.css_class(case.verdict)}">'
        for label, text, kind in _told(case):
            if text:
                yield f"<dt>{label}</dt><dd{kind and f' class={kind}'}>{escape(text)}</dd>"
        yield "</dl>"
        yield from _replay(case, report)
        yield "<div class=exhibit></div>"
    yield "</section>"


def _replay(case: CaseReport, report: Report) -> Iterator[str]:
    """How to see it again: a command, and, drawn by the script, the bytes."""
    commands = [*filter(None, (report.command(case), replay.command(case, report)))]
    if not commands and not case.trace:
        return
    yield "<div class=replay><h4>See it again</h4>"
    for command in commands:
        yield f"<p><code class=command>{escape(command)}</code></p>"
    if case.trace:
        name = f"{file_name(case.id)}.pcapng"
        yield f"<p>Capture: <code>{escape(name)}</code> in the directory of --pcap.</p><p class=copies></p>"
    yield "</div>"


def _told(case: CaseReport) -> Iterator[tuple[str, str, str]]:
    marks = [f"{case.severity}: {SEVERITY_MEANINGS[case.severity]}" if case.verdict is Verdict.FAILED else ""]
    marks += [str(case.overlay or ""), "flaky" if case.flaky else ""]
    yield "Expected", case.expected, "expected"
    yield "Observed", case.observed, "observed"
    yield "Why", case.why, ""
    yield "What to do", advice(case.verdict, case.alternative, case, case.observed, case.violated), "do"
    yield "End", case.close, ""
    yield "Marks", ", ".join(filter(None, marks)), ""
    yield "Notes", "; ".join(case.notes), ""


def _footer(reports: Sequence[Report]) -> Iterator[str]:
    catalogues = ", ".join(dict.fromkeys(f"{report.tool}, catalogue {report.catalogue}" for report in reports))
    yield f"<footer><p>{escape(catalogues)}.</p>"
    yield "<p class=keys hidden>Keys: <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous case, "
    yield "<kbd>Enter</kbd> open, arrow keys among the bytes and fields.</p>"
    yield "<noscript><p>Traces and bytes are drawn by a script, which this browser does not run.</p></noscript>"
    yield "</footer>"
