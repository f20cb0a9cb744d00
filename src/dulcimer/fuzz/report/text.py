"""What a terminal shows of a campaign when it is over: totals, the findings, and where to read on. It is short."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.result import CampaignEnd, CampaignResult
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.report.document import read_campaign
from dulcimer.fuzz.report.grouping import FindingGroup, grouped_findings, share
from dulcimer.fuzz.report.meanings import ORACLE_WORDS
from dulcimer.fuzz.report.reached import coverage_words
from dulcimer.fuzz.report.wording import (
    broken_advice,
    calibration_words,
    confirmed,
    counted_cases,
    duration,
    end_words,
    headline,
    rate_words,
    replay_command,
    target_address,
    target_name,
)
from dulcimer.fuzz.sequences.steps import cell_name

_MOST_GROUPS = 10
_MOST_FAILURES = 5
_NARROWEST = 40
_AFTER_STROKE = re.compile(r"(?<=/)(?=.)")
_LABEL = 11
"""Columns of the labels."""


def show_campaign(console: Console, value: Mapping[str, Any], files: Sequence[Path] = (), directory: str = "") -> None:
    """Print a summary. `files`: the reports that were written; `directory`: where the reproducers are, if anywhere.

    Raises CampaignFormatError.
    """
    for line in _lines(value, files, directory, max(console.width, _NARROWEST)):
        console.print(line, soft_wrap=True, highlight=False)


def campaign_summary(value: Mapping[str, Any], width: int = 80) -> str:
    """The same as text without colours. Raises CampaignFormatError."""
    return "\n".join(line.plain for line in _lines(value, (), "", width)) + "\n"


def _lines(value: Mapping[str, Any], files: Sequence[Path], directory: str, width: int) -> Iterator[Text]:
    result = read_campaign(value).result
    groups = grouped_findings(result.findings)
    is_bad = bool(groups) or result.end is CampaignEnd.BROKEN
    name = escaped(target_name(result))
    yield Text()
    colon = "" if result.end is CampaignEnd.BROKEN else ":"
    yield from _wrapped(
        f"{name}{colon} {headline(result, groups)}", width, style="bold red" if is_bad else "bold green"
    )
    if result.end is CampaignEnd.BROKEN:
        yield from _broken(result, width)
    else:
        yield from _totals(result, width)
    for group in groups[:_MOST_GROUPS]:
        yield Text()
        yield from _group(group, result, directory, width)
    if len(groups) > _MOST_GROUPS:
        yield Text()
        yield Text(f"and {counted(len(groups) - _MOST_GROUPS, 'more group')}, in the reports")
    if not groups and result.end is not CampaignEnd.BROKEN:
        limits = "What did not watch the target, and what was not tried, is in the reports."
        yield from _wrapped(limits, width, style="dim")
    if files:
        yield Text()
        for position, path in enumerate(files):
            yield from _row("" if position else "reports", str(path), width)


def _totals(result: CampaignResult, width: int) -> Iterator[Text]:
    pairs = sum(1 for pair in result.all_pairs if result.pairs.get(pair))
    played = (
        f"{counted_cases(result.cases)} in {duration(result.seconds)}, {rate_words(result.rate)}, seed {result.seed}"
    )
    if result.target.version:
        yield from _row("says", f"it is {result.target.version}", width)
    yield from _row("played", played, width)
    yield from _row("ended", end_words(result), width)
    for position, words in enumerate(coverage_words(result)):
        yield from _row("" if position else "cells", words, width)
    if result.all_pairs:
        yield from _row("fields", f"{share(pairs, len(result.all_pairs))} pairs of field and operator", width)
    if result.restarts:
        yield from _row("restarts", f"{result.restarts:,} of the target", width)
    if result.unconfirmed:
        often = counted(sum(result.unconfirmed.values()), "observation")
        yield from _row(
            "unsure", f"{often} did not come again, and {'is' if often[:2] == '1 ' else 'are'} no finding", width
        )


def _broken(result: CampaignResult, width: int) -> Iterator[Text]:
    yield from _row("target", target_address(result), width)
    yield from _row("valid", calibration_words(result.calibration), width)
    for failure in result.calibration.failures[:_MOST_FAILURES]:
        yield from _row("failed", failure, width)
    more = len(result.calibration.failures) - _MOST_FAILURES
    if more > 0:
        yield from _row("", f"and {more} more", width)
    yield from _row("do", broken_advice(result), width)


def _group(group: FindingGroup, result: CampaignResult, directory: str, width: int) -> Iterator[Text]:
    finding, words, first = group.finding, ORACLE_WORDS[group.finding.oracle], group.members[0]
    style = "red" if finding.is_fact else "yellow"
    name = "" if finding.oracle is FindingOracle.DEVIATION else f"{words.name} "
    where = f"in {cell_name(finding.cell)} " if finding.cell is not None else ""
    ways = f"in {len(group.members)} ways " if len(group.members) > 1 else ""
    title = f"{finding.sureness.upper()} {name}{where}{ways}".rstrip()
    yield from _wrapped(f"{title}: {finding.verdict}", width, style=f"bold {style}")
    if finding.clause and finding.clause not in finding.verdict:
        yield from _row("clause", finding.clause, width)
    if finding.operators:
        more = f" and {counted(len(finding.operators) - 1, 'more change')}" if len(finding.operators) > 1 else ""
        yield from _row("changed", finding.operators[0] + more, width)
    if finding.frames:
        yield from _row("frame", finding.frames[0], width)
    yield from _row("confirmed", confirmed(first, result.repeats.get(first.key, 0)), width)
    yield from _row("do", words.advice, width)
    yield Text("replay".rjust(_LABEL - 1) + "  " + escaped(replay_command(first, directory)))


def _row(label: str, text: str, width: int, style: str = "") -> Iterator[Text]:
    """A label and a text of a target or of ours, which goes on below itself."""
    room = max(width - _LABEL - 1, 20)
    parts = _PathWrapper(room).wrap(escaped(text)) or [""]
    for position, part in enumerate(parts):
        yield Text.assemble(("" if position else label).rjust(_LABEL - 1) + "  ", (part, style), style="none")


def _wrapped(text: str, width: int, style: str = "") -> Iterator[Text]:
    yield from (Text(part, style=style) for part in _PathWrapper(width).wrap(escaped(text)))


class _PathWrapper(textwrap.TextWrapper):
    """Breaks between words; a path that is longer than a line is broken after a stroke."""

    def __init__(self, width: int) -> None:
        super().__init__(width, break_on_hyphens=False)

    def _split(self, text: str) -> list[str]:
        words: list[str] = super()._split(text)
        return [part for word in words for part in (_AFTER_STROKE.split(word) if len(word) > self.width else [word])]
