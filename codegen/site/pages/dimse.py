"""Pages of the DIMSE messages and the statuses of their responses."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.pages.markdown import table
from codegen.site.made import MadePage
from codegen.site.nouns import noun, status_ranges
from codegen.site.prose import clause, explained, linked, page, role
from dulcimer._generated.commands import MESSAGES, status_category
from dulcimer.cli.facts import dimse

_TRAIL = ("[Protocol](/protocol/index.md)", "[Messages and statuses](/protocol/messages.md)")


def pages() -> Iterator[MadePage]:
    """All pages of messages and statuses."""
    for info in MESSAGES.values():
        found = dimse.message(info)
        parts = [
            f"{{.answer}}\n{linked(found.summary[0].upper() + found.summary[1:])}.",
            *explained(found),
            f"In a terminal: `dulcimer explain {info.name}`.",
        ]
        yield MadePage(f"messages/{info.name.lower()}", page(info.name, _TRAIL, *parts))
    for first, last in status_ranges():
        found = dimse.status(first)
        name = _name(first, last)
        parts = [
            f"{{.answer}}\n{linked(found.summary[0].upper() + found.summary[1:])}.",
            *explained(found),
            f"In a terminal: `dulcimer explain status {first:04X}`.",
        ]
        yield MadePage(noun("status", name).page, page(f"Status {name}", _TRAIL, *parts))


def _name(first: int, last: int) -> str:
    return f"{first:04X}H" if first == last else f"{first:04X}H to {last:04X}H"


def index_page() -> str:
    """All messages and statuses."""
    messages = [
        [role("message", info.name), f"{info.command_field:04X}H", info.data_set_name, clause(info.clause)]
        for info in MESSAGES.values()
    ]
    statuses = [
        [role("status", _name(first, last)), status_category(first), linked(noun("status", _name(first, last)).says)]
        for first, last in status_ranges()
    ]
    return page(
        "Messages and statuses",
        _TRAIL[:1],
        "DIMSE messages are what P-DATA-TFs carry (PS3.7). A response has a status. "
        "[All elements and service classes](/reference/dimse.md) are on one page.",
        "## Messages",
        table(["message", "command field", "data set", "clause"], messages),
        "## Statuses",
        table(["status", "class", "meaning"], statuses),
        orphan=False,
    )
