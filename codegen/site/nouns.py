"""What has a page of its own on the site: its kind, its name, and where its page is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.commands import MESSAGES, SERVICE_STATUSES, STATUSES, status_meaning
from dulcimer._generated.conformance import RULES
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.cli.facts.explanation import plain
from dulcimer.wire.fields import Leaf
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import PDU_SCHEMAS, PRESENTATION_DATA_VALUE

KINDS = {
    "state": "state",
    "event": "event",
    "action": "action",
    "cell": "cell of Table 9-10",
    "pdu": "PDU",
    "item": "item",
    "field": "field",
    "rule": "rule",
    "message": "DIMSE message",
    "status": "status",
}
"""The kinds of nouns, each with the word for it: these are the roles of the domain ``dul``."""

PDV_ITEM = "Presentation-data-value item"


@dataclass(frozen=True, slots=True)
class Noun:
    """Something with a page: `name` as it is written, `page` without suffix from the folder of the docs, `says` a line.

    `anchor` is a place in the page, "" for all of it; `also` are other ways to write the name.
    """

    kind: str
    name: str
    page: str
    says: str
    anchor: str = ""
    also: tuple[str, ...] = ()


@cache
def nouns() -> dict[tuple[str, str], Noun]:
    """Every noun by its kind and its `plain` name, in the order of the standard."""
    found: dict[tuple[str, str], Noun] = {}
    for noun in _all():
        for name in (noun.name, *noun.also):
            found.setdefault((noun.kind, plain(name)), noun)
    return found


def noun(kind: str, name: str) -> Noun:
    """The noun of this name; KeyError if there is none."""
    return nouns()[kind, plain(name)]


def _all() -> Iterator[Noun]:
    for state in STATES:
        yield Noun("state", state.label, f"states/{state.label.lower()}", state.meaning)
    for event in EVENTS:
        yield Noun("event", event.label, f"events/{event.label.lower()}", event.description)
    for label, action in ACTIONS.items():
        yield Noun("action", label, f"actions/{label.lower()}", action.description)
    for place in States:
        yield from (cell_noun(place, which) for which in Events)
    for pdu in PduType:
        page = f"pdus/{pdu:02x}h"
        yield Noun("pdu", pdu.label, page, pdu.description, also=(f"{pdu:02X}H", f"{pdu.label} PDU"))
        yield from _fields(PDU_SCHEMAS[pdu], pdu.label, page)
    for item in ItemType:
        page = f"items/{item:02x}h"
        yield Noun("item", f"{item:02X}H", page, f"{item.label}: {item.description}", also=(item.label,))
        yield from _fields(ITEM_SCHEMAS[item], f"{item:02X}H", page)
    yield Noun("item", PDV_ITEM, "items/pdv", "a fragment of a message, in a P-DATA-TF", also=("PDV",))
    yield from _fields(PRESENTATION_DATA_VALUE, "PDV", "items/pdv")
    for name, demand in RULES.items():
        yield Noun("rule", name, f"rules/{name}", demand.statement)
    for message in MESSAGES.values():
        kind = "response" if message.request is not None else "request"
        yield Noun("message", message.name, f"messages/{message.name.lower()}", f"a DIMSE {kind}")
    for first, last in status_ranges():
        yield _status(first, last)


def cell_noun(place: States, which: Events) -> Noun:
    """The noun of a cell of Table 9-10, blank ones included."""
    action = TABLE.get((which, place))
    says = f"{action}: {ACTIONS[action].description}" if action else "blank: this cannot happen"
    name = f"{place.label} {which.label}"
    return Noun("cell", name, f"cells/{name.lower().replace(' ', '-')}", says)


def field_anchor(layout: Layout, name: str) -> str:
    """The anchor of a field: the number of its first byte, from 1 as in the standard; its name if that varies."""
    try:
        return f"f{layout.offset_of(name) + 1}"
    except KeyError:
        return name.replace("_", "-")


def _fields(layout: Layout, owner: str, page: str) -> Iterator[Noun]:
    for name, part in layout.parts.items():
        doc = part.doc if isinstance(part, Leaf) else str(layout._subcons[name].docs)
        yield Noun("field", f"{owner}.{name}", page, doc, field_anchor(layout, name))


def status_ranges() -> list[tuple[int, int]]:
    """Every status that the standard defines, or range of statuses that mean the same, in order."""
    ranges = {(code, code) for code in STATUSES}
    ranges |= {(known.first, known.last) for rows in SERVICE_STATUSES.values() for known in rows}
    return sorted(ranges)


def _status(first: int, last: int) -> Noun:
    name = f"{first:04X}H" if first == last else f"{first:04X}H to {last:04X}H"
    also = () if first == last else (f"{first:04X}H",)
    known = {row.meaning for rows in SERVICE_STATUSES.values() for row in rows if row.first <= first <= row.last}
    says = status_meaning(first) or "; ".join(sorted(known))
    return Noun("status", name, f"statuses/{name.lower().replace(' ', '-')}", says, also=also)
