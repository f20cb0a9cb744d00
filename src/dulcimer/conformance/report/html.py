"""Reports as one HTML page without requests or frameworks, readable on a phone and on paper.

The verdicts, what was demanded, expected and observed, and what to do are in the HTML and need no script. The script
adds filters, and draws traces and bytes from the data at the end of the page when a case is opened. All text that comes
from a report is escaped, or set as text content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from dulcimer.conformance.model.verdict import MEANINGS, Verdict
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.compare import Row, rows
from dulcimer.conformance.report.document import Report, read_all
from dulcimer.conformance.report.exhibits import Exhibits
from dulcimer.conformance.report.groups import Group, groups
from dulcimer.conformance.report.html_cases import badge, cases, filters
from dulcimer.conformance.report.html_table import maps
from dulcimer.conformance.report.page import byte_script, page, page_file, styles
from dulcimer.conformance.report.since import FIXED, NEW
from dulcimer.conformance.report.since import MEANINGS as SINCE
from dulcimer.conformance.report.unusual import usual_pdus
from dulcimer.counting import counted

_FIRST = 8
"""Causes that are shown beside the map at once."""
_SHOWN = 4
"""Cases of a cause that are named at once."""


def html(documents: Sequence[Mapping[str, Any]]) -> str:
    """The page about one report, or several side by side; raises ReportError."""
    reports = read_all(documents)
    found = sorted(rows(reports), key=lambda row: (looks.ORDER.index(row.worst), row.severity, row.id))
    names = " and ".join(report.name for report in reports) or "no report"
    body = [
        *_header(reports),
        "<main>",
        f'<div class="overview{" several-maps" if len(reports) > 1 or not _failed(found) else ""}">',
        *(part for report in reports for part in _since(report, named=len(reports) > 1)),
        *_first(found, reports),
        *maps(reports),
        "</div>",
        *filters(found, reports),
        *cases(found, reports),
        "</main>",
        *_footer(reports),
    ]
    css = looks.stylesheet() + styles()
    return page(f"{names}: dulcimer check", css, byte_script() + page_file(__package__, "page.js"), body, _data(found))


def _data(found: Sequence[Row]) -> dict[str, Any]:
    exhibits = Exhibits(usual_pdus(case for row in found for case in row.cases if case))
    moments = [[exhibits.moments(case) if case and case.trace else None for case in row.cases] for row in found]
    return {"cases": moments, **exhibits.as_json()}


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
        why = f", of {counted(causes, 'cause')}" if causes else ""
        return f'<b class="v-failed">fails {failed} of {counted(total, "case")}{why}</b>'
    return f'<b class="v-ok">fails none of {counted(total, "case")}</b>'


def _facts(report: Report) -> Iterator[str]:
    yield report.address
    if report.implementation_uid:
        yield report.implementation_uid
    yield f"{counted(len(report.cases), 'case')} in {report.seconds:.0f} s"
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
            words = f"<b>{count}</b> {badge(verdict)} {escape(MEANINGS[verdict])}"
            yield f'<li class="{looks.css_class(verdict)}">{words}</li>'
    yield "</ul>"


def _troubles(report: Report) -> Iterator[str]:
    if report.stopped:
        yield f"<p class=trouble>{escape(report.why_not_run)}. Not run: {counted(len(report.not_run), 'case')}.</p>"
    elif not report.healthy:
        yield f"<p class=trouble>{escape(report.unhealthy_because)}</p>"
    if report.died_after:
        last = ", ".join(f"<code>{escape(identifier)}</code>" for identifier in report.died_after)
        yield f"<p class=trouble>The peer has stopped responding. Last played: {last}. "
        yield f"Not run: {counted(len(report.not_run), 'case')}.</p>"


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
            more = counted(len(failed) - _FIRST, "more cause")
            yield f"<details class=further><summary>{more}</summary><ol start={_FIRST + 1}>"
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
    """What has changed since an earlier report."""
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
    number = sum(len(group.rows) for group in found)
    return f"{counted(number, 'case')} of {counted(len(found), 'cause')}"


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


def _footer(reports: Sequence[Report]) -> Iterator[str]:
    catalogues = ", ".join(dict.fromkeys(f"{report.tool}, catalogue {report.catalogue}" for report in reports))
    yield f"<footer><p>{escape(catalogues)}.</p>"
    yield "<p class=keys hidden>Keys: <kbd>/</kbd> search, <kbd>j</kbd> <kbd>k</kbd> next and previous case, "
    yield "<kbd>Enter</kbd> open, arrow keys among the bytes and fields.</p>"
    yield "<noscript><p>Traces and bytes are drawn by a script, which this browser does not run.</p></noscript>"
    yield "</footer>"
