"""The grid in the page: parts of what is sent against families of operators, shaded by how much was tried."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.report.grouping import FamilyCoverage, family_coverage, share
from dulcimer.fuzz.report.html_parts import code, safe

_SHADES = (0, 10, 30, 60, 90)
"""Percent from which on a square has the next shade."""


def operator_grid(result: CampaignResult) -> Iterator[str]:
    """A row for each PDU and part of a message, a column for each family of operators."""
    parts = family_coverage(result)
    if not parts:
        return
    families = list(next(iter(parts.values())))
    yield "<div class=scroll><table class=grid><caption>Percent of the pairs that were tried, by what is sent and what "
    yield "is changed.</caption>"
    yield f"<tr><th></th>{''.join(f'<th>{family}</th>' for family in families)}</tr>"
    for part, row in parts.items():
        squares = "".join(_square(part, family, found) for family, found in row.items())
        yield f"<tr><th>{code(_short(part))}</th>{squares}</tr>"
    yield "</table></div>"


def _short(part: str) -> str:
    """The name of a part of a message without that of its PDU."""
    return part.partition("/")[2].removesuffix("_pdv") or part


def _square(part: str, family: str, found: FamilyCoverage) -> str:
    if not found.total:
        return "<td></td>"
    percent = 100 * found.tried // found.total
    shade = sum(percent >= edge for edge in _SHADES) if found.tried else 0
    title = safe(f"{family} in {part}: {share(found.tried, found.total)} pairs")
    return f'<td><span class="square shade-{shade}" title="{title}">{percent}</span></td>'
