"""The report of a campaign as one HTML page without requests, readable on a phone and on paper.

All of it is in the HTML and needs no script; the script opens findings that a link leads to, and copies commands. All
text that a target can have a say in is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.page import page, page_file, styles
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignResult
from dulcimer.fuzz.report.document import CampaignReport, read_campaign
from dulcimer.fuzz.report.grouping import FindingGroup, grouped_findings
from dulcimer.fuzz.report.html_coverage import cell_coverage, node_coverage
from dulcimer.fuzz.report.html_curve import curves
from dulcimer.fuzz.report.html_findings import finding_anchor, finding_colour, finding_list
from dulcimer.fuzz.report.html_parts import code, facts, safe, sentences
from dulcimer.fuzz.report.meanings import ORACLE_WORDS
from dulcimer.fuzz.report.reached import untried_sentences
from dulcimer.fuzz.report.wording import (
    account,
    broken_advice,
    calibration_words,
    counted_cases,
    duration,
    end_words,
    headline,
    role_words,
    target_address,
    target_name,
)
from dulcimer.fuzz.sequences.steps import cell_name

_LISTED = 12
"""Groups that are listed at the top."""


def campaign_html(value: Mapping[str, Any]) -> str:
    """The page about a campaign; raises CampaignFormatError."""
    report = read_campaign(value)
    result = report.result
    groups = grouped_findings(result.findings)
    body = [
        *_header(report, groups),
        "<main>",
        *(_tried(result, groups) if result.end is not CampaignEnd.BROKEN else ()),
        *_record(report),
        "</main>",
        *_footer(report),
    ]
    css = looks.stylesheet() + styles() + page_file(__package__, "campaign.css")
    script = page_file(__package__, "campaign.js")
    return page(f"{escaped(target_name(result))}: dulcimer fuzz", css, script, body)


def _header(report: CampaignReport, groups: Sequence[FindingGroup]) -> Iterator[str]:
    result = report.result
    is_bad = bool(groups) or result.end is CampaignEnd.BROKEN
    colour = looks.css_class(Verdict.FAILED if is_bad else Verdict.OK)
    yield "<header><p class=kind>Fuzzing of the DICOM upper layer, PS3.8 and PS3.7</p><div class=peer-head>"
    words = safe(headline(result, tuple(groups)))
    yield f'<h1>{safe(target_name(result))}<small><b class="{colour}">{words}</b></small></h1>'
    parts = [
        *filter(None, [result.target.version]),
        target_address(result) + (", TLS" if result.target.tls else ""),
        role_words(result),
        counted_cases(result.cases),
        duration(result.seconds),
        f"seed {result.seed}",
        report.tool,
    ]
    yield f"<p class=facts>{' · '.join(map(safe, parts))}</p>"
    if result.end is CampaignEnd.BROKEN:
        yield f"<p class=trouble>Nothing hostile was sent: {safe(calibration_words(result.calibration))}. "
        yield f"Next: {safe(broken_advice(result))}.</p>"
        yield from sentences(result.calibration.failures, "")
    elif result.end is CampaignEnd.LOST:
        yield f"<p class=trouble>The campaign ended early: {safe(end_words(result))}.</p>"
    yield "</div></header>"


def _tried(result: CampaignResult, groups: Sequence[FindingGroup]) -> Iterator[str]:
    yield "<div class=overview><div>"
    yield from _short_list(groups) if groups else ()
    yield from _honest_account(result, groups)
    yield "</div>"
    yield from cell_coverage(result, groups)
    yield "</div>"
    yield from finding_list(groups, result) if groups else ()
    yield from node_coverage(result)
    yield from curves(result)


def _short_list(groups: Sequence[FindingGroup]) -> Iterator[str]:
    yield "<section class=first><h2>What was found</h2><ol>"
    yield from map(_line, groups[:_LISTED])
    yield "</ol>"
    if len(groups) > _LISTED:
        yield f"<details class=further><summary>{counted(len(groups) - _LISTED, 'more group')}</summary>"
        yield f"<ol start={_LISTED + 1}>"
        yield from map(_line, groups[_LISTED:])
        yield "</ol></details>"
    yield "</section>"


def _line(group: FindingGroup) -> str:
    finding, words = group.finding, ORACLE_WORDS[group.finding.oracle]
    cell = "" if finding.cell is None else f" <code>{cell_name(finding.cell)}</code>"
    ways = f" <small>in {len(group.members)} ways</small>" if len(group.members) > 1 else ""
    return (
        f'<li class="{finding_colour(finding)}"><a href="#{finding_anchor(group.members[0])}">{words.name}'
        f"</a>{cell}{ways} <span class=badge>{finding.sureness}</span><br>"
        f"<span class=seen>{safe(finding.verdict)}</span></li>"
    )


def _honest_account(result: CampaignResult, groups: Sequence[FindingGroup]) -> Iterator[str]:
    """What was done, and what that does not say."""
    yield f"<section class=account><h2>{'What was done' if groups else 'No finding: what was tried'}</h2>"
    yield from sentences(map(_sentence, account(result)), "")
    more = '<a href="#not-watched">did not watch the target</a>, and <a href="#not-tried">was not tried</a>'
    begin = "" if groups else "That nothing was found does not say that nothing is there. "
    yield f"<p>{begin}Read it together with what {more}.</p></section>"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _record(report: CampaignReport) -> Iterator[str]:
    """What a reviewer asks of a fuzzing record."""
    result = report.result
    is_broken = result.end is CampaignEnd.BROKEN
    yield "<section class=record><h2>The record of this campaign</h2><div class=columns-of-record><div>"
    yield "<h3>Scope</h3>"
    yield from facts(
        [
            ("Names itself", safe(result.target.version)),
            ("Started by", code(result.target.command) if result.target.command else "others: it ran already"),
            ("Address", safe(target_address(result)) + (", with TLS" if result.target.tls else "")),
            ("Role", safe(role_words(result))),
            ("Begun", f"{result.began:%Y-%m-%d %H:%M:%S} UTC"),
            ("Duration", safe(duration(result.seconds))),
            ("Ended because", safe(end_words(result))),
            ("Played", f"{counted_cases(result.cases)}, {result.pdus:,} PDUs, {result.rate:,.0f} cases/s"),
            ("Workers", str(result.workers)),
            ("Restarts", f"{result.restarts:,} of the target"),
            ("Corpus", f"{result.corpus:,} sequences"),
            ("Seed", str(result.seed)),
            ("Made by", f"{safe(report.tool)}, Python {safe(report.python)}"),
        ]
    )
    calibration = result.calibration
    yield "<h3>Calibration: the target before any hostile byte</h3>"
    yield f"<p>{safe(_sentence(calibration_words(calibration)))} "
    yield f"It counts as silent after {1000 * calibration.grace:.3g} ms.</p>"
    yield from sentences(calibration.failures, "Every valid sequence went as the standard has it.")
    yield "</div><div><h3>What watched the target</h3>"
    yield from sentences(result.watched, "Nothing but its replies.")
    yield "<h3 id=not-watched>What did not watch it</h3>"
    yield from sentences(result.not_watched, "Nothing is missing.")
    yield "<h3 id=not-tried>What was not tried</h3>"
    yield from sentences(
        untried_sentences(result),
        "Everything: nothing hostile was sent." if is_broken else "Nothing is known to be left out.",
    )
    yield f"<h3>Seen, but not again <small>{sum(result.unconfirmed.values()):,} times</small></h3>"
    often = sorted(result.unconfirmed.items(), key=lambda item: (-item[1], item[0]))
    yield from sentences(
        (f"{text} ({count:,} time{'s'[: count != 1]})" for text, count in often),
        "Nothing.",
    )
    yield "</div></div></section>"


def _footer(report: CampaignReport) -> Iterator[str]:
    yield f"<footer><p>{safe(report.tool)}, seed {report.result.seed}. This page was made from the JSON of the "
    yield "campaign alone, and can be made from it again.</p></footer>"
