"""A post-dissector for Wireshark, in Lua: the tables of the specification, and the code that uses them.

It follows both ends through Table 9-10, checks the bytes by the schemas, and looks at contexts, lengths and messages.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

from dulcimer._generated.codes import Code, ItemType, PduType
from dulcimer._generated.commands import ELEMENTS, STATUS_CLASSES, CommandField
from dulcimer._generated.fsm import (
    ACTIONS,
    EVENT_OF_PDU,
    EVENTS,
    STATES,
    TABLE,
    Events,
    Outcome,
    States,
)
from dulcimer.conformance.model.oracle import CLOSE, outputs
from dulcimer.trace.records import ACCEPTOR, REQUESTOR
from dulcimer.wire.fields import AeTitle, Coded, Integer, Leaf, Length, Reserved, Uid
from dulcimer.wire.layout import Layout, LayoutList
from dulcimer.wire.lists import ItemsToEnd, RunOf
from dulcimer.wire.pdus import PDU_SCHEMAS

_TEMPLATE: Final = "post_dissector.lua"
_PLACE: Final = "--@SPEC@\n"
_ROLE_GUARD: Final = "is_requestor"
_LOCAL: Final = ("primitive", "timer")
_OPENING: Final = (Events.EVT_1, Events.EVT_5)
"""Events before the first PDU: what is captured begins after them."""


def post_dissector() -> str:
    """The plugin: one file without others."""
    template = files("dulcimer.learn.exports").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    spec = _Tables().spec()
    lines = "".join(f"  {name} = {_lua(value, 1)},\n" for name, value in spec.items())
    return template.replace(_PLACE, lines)


class _Tables:
    """The tables of Lua."""

    def __init__(self) -> None:
        self._layouts: dict[str, Any] = {}
        self._names: dict[int, str] = {}

    def spec(self) -> dict[str, Any]:
        pdus = {int(kind): self._pdu(kind) for kind in PduType}
        named = {element.keyword: element.tag & 0xFFFF for element in ELEMENTS.values()}
        return {
            "table": _table(),
            "local_events": [
                EVENTS[one].label
                for one in Events
                if one not in _OPENING and (EVENTS[one].kind in _LOCAL or one is Events.EVT_2)
            ],
            "start": {REQUESTOR: STATES[States.STA_4].label, ACCEPTOR: STATES[States.STA_2].label},
            "data_event": EVENTS[EVENT_OF_PDU[PduType.P_DATA_TF.label]].label,
            "invalid_event": EVENTS[Events.EVT_19].label,
            "close": CLOSE,
            "first": {
                "request": int(PduType.A_ASSOCIATE_RQ),
                "accept": int(PduType.A_ASSOCIATE_AC),
                "reject": int(PduType.A_ASSOCIATE_RJ),
            },
            "item": {kind.name.lower(): int(kind) for kind in ItemType},
            "element": {
                "command_field": named["CommandField"],
                "message_id": named["MessageID"],
                "responded_to": named["MessageIDBeingRespondedTo"],
                "status": named["Status"],
            },
            "cancel": int(CommandField.C_CANCEL_RQ),
            "pending": dict.fromkeys(_pending(), True),
            "pdus": pdus,
            "layouts": self._layouts,
        }

    def _pdu(self, kind: PduType) -> dict[str, Any]:
        return {
            "name": kind.label,
            "event": EVENTS[EVENT_OF_PDU[kind.label]].label,
            "layout": self._layout(PDU_SCHEMAS[kind]),
            "is_data": kind is PduType.P_DATA_TF,
            "negotiates": kind in (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC),
            "answers": kind is PduType.A_ASSOCIATE_AC,
        }

    def _layout(self, layout: Layout) -> str:
        """The name of a layout, which is in the tables then."""
        if id(layout) not in self._names:
            name = f"{layout.title} {len(self._names) + 1}"
            self._names[id(layout)] = name
            self._layouts[name] = {}
            self._layouts[name] = {
                "clause": layout.clause,
                "fixed": layout.fixed,
                "minimum": layout.minimum,
                "is_framed": layout.framing is not None,
                "parts": [self._part(field, part, layout.clause) for field, part in layout.parts.items()],
            }
        return self._names[id(layout)]

    def _part(self, name: str, part: Leaf | LayoutList, clause: str) -> dict[str, Any]:
        if isinstance(part, Leaf):
            return _leaf(name, part)
        found: dict[str, Any] = {"name": name, "clause": clause}
        if isinstance(part, ItemsToEnd):
            return found | {
                "ordered": part.ordered,
                "items": {
                    number: {
                        "layout": self._layout(entry.layout),
                        "title": entry.layout.title,
                        "clause": entry.layout.clause,
                        "minimum": entry.minimum,
                        "maximum": entry.maximum,
                    }
                    for number, entry in part.occurrences.items()
                },
            }
        assert isinstance(part, RunOf)
        return found | {"layout": self._layout(part.layout), "minimum": part.minimum or None}


def _leaf(name: str, leaf: Leaf) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "clause": leaf.clause, "kind": leaf.kind, "width": leaf.width}
    found["is_number"] = isinstance(leaf, Integer) or (isinstance(leaf, Reserved) and leaf.width in (1, 2)) or None
    if isinstance(leaf, Length):
        found["governs"] = leaf.governs
    if isinstance(leaf, Uid | AeTitle):
        found["tested"] = leaf.checked or None
    if isinstance(leaf, Coded):
        if isinstance(leaf.codes, Mapping):
            found["by"] = leaf.by
            found["codes"] = {int(value): _values(codes) for value, codes in leaf.codes.items()}
        else:
            found["codes"] = _values(leaf.codes)
    return found


def _values(codes: type[Code]) -> dict[int, bool]:
    return {int(member): True for member in codes}


def _table() -> dict[str, Any]:
    found: dict[str, Any] = {event.label: {} for event in Events}
    for (event, state), label in TABLE.items():
        found[event.label][state.label] = [_outcome(one) for one in ACTIONS[label].outcomes]
    return found


def _outcome(outcome: Outcome) -> dict[str, Any]:
    role = (ACCEPTOR if outcome.negated else REQUESTOR) if outcome.guard == _ROLE_GUARD else None
    return {
        "next": STATES[outcome.next_state].label,
        "shows": [one.name for one in outputs(outcome)],
        "role": role,
    }


def _pending() -> list[int]:
    """The statuses after which more responses follow."""
    ranges = [one for known in STATUS_CLASSES.values() if not known.final for one in known.ranges]
    return [code for first, last in ranges for code in range(first, last + 1)]


def _lua(value: Any, depth: int) -> str:
    """A value as a constructor of Lua; None is left out of tables."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            text = value.replace("\\", "\\\\").replace('"', '\\"')
            return f'"{text}"'
        case list():
            return f"{{ {', '.join(_lua(one, depth + 1) for one in value)} }}" if value else "{}"
        case _:
            inner = [f"{_key(key)} = {_lua(one, depth + 1)}" for key, one in value.items() if one is not None]
            if not any(isinstance(one, dict | list) for one in value.values()):
                return f"{{ {', '.join(inner)} }}"
            indent = "  " * depth
            return "{\n" + "".join(f"{indent}  {one},\n" for one in inner) + f"{indent}}}"


def _key(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return key if key.isidentifier() else f'["{key}"]'
