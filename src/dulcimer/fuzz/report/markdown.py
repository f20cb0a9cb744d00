"""The report of a campaign as Markdown, short enough for the summary of a job in continuous integration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dulcimer.conformance.report.clauses import cell_in_words, links
from dulcimer.conformance.report.quoting import markdown_code, markdown_text
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.report.document import CampaignReport, read_campaign
from dulcimer.fuzz.report.grouping import FindingGroup, grouped_findings, pdu_coverage, share
from dulcimer.fuzz.report.maps import MAP_LEGEND, map_as_text
from dulcimer.fuzz.report.meanings import ORACLE_WORDS, how_sure
from dulcimer.fuzz.report.reached import coverage_sentences, untried_sentences
from dulcimer.fuzz.report.wording import (
    account,
    confirmed,
    connections,
    finding_title,
    headline,
    replay_command,
    role_words,
    step_words,
    target_address,
    target_name,
)

_MOST = 50
"""Groups that are shown; a job summary has little room."""
_WAYS = 5


def campaign_markdown(value: Mapping[str, Any]) -> str:
    """One page; raises CampaignFormatError."""
    report = read_campaign(value)
    result = report.result
    groups = grouped_findings(result.findings)
    lines = [f"# dulcimer fuzz: {_text(headline(result, groups))}", "", *_about(report), ""]
    for group in groups[:_MOST]:
        lines += _group(group, result)
    if len(groups) > _MOST:
        lines += [f"And {counted(len(groups) - _MOST, 'more group')}, which the other reports show.", ""]
    lines += _coverage(result)
    lists = {
        "What watched the target": result.watched,
        "What did not watch it": result.not_watched,
        "What was not tried": tuple(untried_sentences(result)),
        "Seen, but not again": tuple(f"{text} ({count} times)" for text, count in result.unconfirmed.items()),
        "Valid sequences that failed": result.calibration.failures,
    }
    for title, texts in lists.items():
        if texts:
            lines += [f"## {title}", "", *(f"- {_text(text)}" for text in texts), ""]
    return "\n".join(lines).rstrip() + "\n"


def _about(report: CampaignReport) -> Iterator[str]:
    result = report.result
    yield f"- target: **{_text(target_name(result))}**, {_text(target_address(result))}, {role_words(result)}"
    if result.target.command:
        yield f"- command: `{_code(result.target.command)}`"
    yield from (f"- {_text(text)}" for text in account(result))
    yield f"- seed {result.seed}, {counted(result.workers, 'worker')}, {_text(report.tool)}"


def _group(group: FindingGroup, result: CampaignResult) -> Iterator[str]:
    finding, words, first = group.finding, ORACLE_WORDS[group.finding.oracle], group.members[0]
    yield f"## {_text(finding_title(finding))}"
    yield ""
    yield f"- it means: {words.meaning}"
    yield f"- sure: {how_sure(finding)}"
    if finding.clause:
        places = ", ".join(f"[{_text(link.text)}]({link.address})" for link in links(finding.clause))
        yield f"- clause: {_text(finding.clause)}" + (f" ({places})" if places else "")
    if finding.cell is not None:
        yield f"- cell: {_text(cell_in_words(finding.cell))}"
    yield f"- confirmed: {_text(confirmed(first, result.repeats.get(first.key, 0)))}"
    if connections(first):
        yield f"- it takes {connections(first)}"
    steps = first.reproducer.sequence.steps
    yield f"- steps: {_text('; '.join(map(step_words, steps)) or 'open a connection')}"
    if first.reproducer.expected:
        yield f"- expected: {_text(' or '.join(first.reproducer.expected))}"
    if finding.frames:
        yield f"- frames: {', '.join(f'`{_code(frame)}`' for frame in finding.frames)}"
    yield f"- do: {words.advice}"
    for member in group.members[:_WAYS]:
        operators = ", ".join(f"`{_code(operator)}`" for operator in member.reproducer.finding.operators)
        yield f"- `{_code(replay_command(member))}`" + (f" changes {operators}" if operators else "")
    if len(group.members) > _WAYS:
        yield f"- and {counted(len(group.members) - _WAYS, 'more way')}"
    yield ""


def _coverage(result: CampaignResult) -> Iterator[str]:
    pdus = pdu_coverage(result)
    if pdus:
        yield "## Fields and operators"
        yield ""
        yield "| of | pairs of field and operator | tries |"
        yield "|---|---|--:|"
        for pdu in pdus:
            yield f"| `{_code(pdu.name)}` | {share(pdu.tried, pdu.total)} | {pdu.tries:,} |"
        yield ""
    reached = sum(1 for cell in result.drivable if result.certain.get(cell))
    known = (
        f": {share(reached, len(result.drivable))} cells that this target can be driven into" if result.drivable else ""
    )
    yield f"<details><summary>Table 9-10{known}</summary>"
    yield ""
    yield from (f"- {_text(sentence)}" for sentence in coverage_sentences(result))
    yield ""
    yield "```text"
    yield map_as_text(result)
    yield MAP_LEGEND
    yield "```"
    yield ""
    yield "</details>"
    yield ""


def _text(text: str) -> str:
    return markdown_text(escaped(text))


def _code(text: str) -> str:
    return markdown_code(escaped(text))
