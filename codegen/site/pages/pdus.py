"""Pages of the PDUs and their items: every field with an anchor, an example byte by byte, what may stand inside."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.pages.markdown import table
from codegen.site.examples import example_of_item, example_of_pdu
from codegen.site.made import MadePage
from codegen.site.nouns import PDV_ITEM, field_anchor
from codegen.site.pages.bytes import bytes_section
from codegen.site.prose import clause, escaped, explained, linked, page, role, section, sections
from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.conformance import RULES
from dulcimer.cli.facts import checks, codes
from dulcimer.wire.fields import Leaf
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import PDU_SCHEMAS, PRESENTATION_DATA_VALUE

_TRAIL = ("[Protocol](/protocol/index.md)", "[PDUs and items](/protocol/pdus.md)")


def pages() -> Iterator[MadePage]:
    """All pages of PDUs and items."""
    for kind in PduType:
        found = codes.pdu(kind)
        parts = [
            f"{{.answer}}\n{linked(found.summary[0].upper() + found.summary[1:])}.",
            fields_section(PDU_SCHEMAS[kind]),
            *explained(found, without=("fields", "deviations")),
            bytes_section("An example", example_of_pdu(kind)),
            _rules(kind.clause),
            *sections(found, "deviations"),
            f"In a terminal: `dulcimer explain {kind:02X}H`; `dulcimer decode` shows your own bytes like that.",
        ]
        yield MadePage(f"pdus/{kind:02x}h", page(f"{kind.label} ({kind:02X}H)", _TRAIL, *parts))
    for item in ItemType:
        found = codes.item(item)
        parts = [
            f"{{.answer}}\n{linked(found.summary[0].upper() + found.summary[1:])}.",
            fields_section(ITEM_SCHEMAS[item]),
            *explained(found, without=("fields", "deviations")),
            bytes_section("An example", example_of_item(item)),
            _rules(item.clause),
            *sections(found, "deviations"),
            f"In a terminal: `dulcimer explain {item:02X}H`.",
        ]
        yield MadePage(f"items/{item:02x}h", page(f"{item.label} ({item:02X}H)", _TRAIL, *parts))
    parts = [
        f"{{.answer}}\nA fragment of a message. One or more are in a {role('pdu', PduType.P_DATA_TF.label)}.",
        fields_section(PRESENTATION_DATA_VALUE),
        f":clause: {clause(PRESENTATION_DATA_VALUE.clause)}",
        bytes_section("An example", example_of_item(None)),
        _rules(PRESENTATION_DATA_VALUE.clause),
        section(checks.deviations_of_clause(PRESENTATION_DATA_VALUE.clause)),
    ]
    yield MadePage("items/pdv", page(PDV_ITEM, _TRAIL, *parts))


def fields_section(layout: Layout) -> str:
    """The fields of a layout, each with its anchor."""
    rows = []
    for name, part in layout.parts.items():
        anchor = f'<span id="{field_anchor(layout, name)}"></span>'
        if isinstance(part, Leaf):
            size = "n" if part.width is None else str(part.width)
            rows.append([_offset(layout, name), size, f"{anchor}`{name}`", linked(part.doc), clause(part.clause)])
            continue
        within = " ".join(role("item", key) for key, _ in part.elements() if key)
        text = escaped(str(layout._subcons[name].docs)) + (f": {within}" if within else "")
        rows.append([_offset(layout, name), "n", f"{anchor}`{name}`", text, clause(layout.clause)])
    return "## Fields\n\n" + table(["offset", "bytes", "field", "what it is", "clause"], rows)


def _offset(layout: Layout, name: str) -> str:
    try:
        return str(layout.offset_of(name))
    except KeyError:
        return ""


def _rules(wanted: str) -> str:
    """The rules of a clause and of those below it."""
    names = [
        name for name, demand in RULES.items() if demand.clause == wanted or demand.clause.startswith(f"{wanted}.")
    ]
    rows = [[role("rule", name), linked(RULES[name].statement)] for name in names]
    return "## Rules\n\n" + table(["rule", "demands"], rows) if rows else ""


def index_page() -> str:
    """All PDUs and items."""
    pdus = [
        [f"{kind:02X}H", role("pdu", kind.label), linked(kind.description), clause(kind.clause)] for kind in PduType
    ]
    items = [
        [role("item", f"{item:02X}H"), escaped(item.label), linked(item.description), clause(item.clause)]
        for item in ItemType
    ]
    items.append([role("item", "PDV"), PDV_ITEM, "a fragment of a message", clause(PRESENTATION_DATA_VALUE.clause)])
    return page(
        "PDUs and items",
        _TRAIL[:1],
        "Seven PDUs, and the items inside them. Each page has its fields, an example byte by byte, and its rules. "
        "[PDUs byte by byte](/reference/pdus.md) has all byte tables on one page.",
        "## PDUs",
        table(["type", "PDU", "does", "clause"], pdus),
        "## Items",
        table(["type", "item", "says", "clause"], items),
        orphan=False,
    )
