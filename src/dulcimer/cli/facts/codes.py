"""Explanations of PDUs, items, and the codes in them: results, sources, reasons, DIMSE messages and statuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from dulcimer._generated import codes
from dulcimer._generated.codes import Code, ItemType, PduType
from dulcimer._generated.fsm import ACTIONS, EVENT_OF_PDU, TABLE, Events
from dulcimer.cli.facts.explanation import Cell, Explanation, Section, plain
from dulcimer.wire.fields import Coded, Leaf
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import PDU_SCHEMAS

_REJECTION: tuple[type[Code], ...] = (codes.RejectResult, codes.RejectSource, *codes.REJECT_REASONS.values())
_FIELD_CODES: dict[int, tuple[type[Code], ...]] = {
    PduType.A_ASSOCIATE_RJ: _REJECTION,
    PduType.A_ABORT: (codes.AbortSource, codes.AbortReason),
}
_ITEM_CODES: dict[int, tuple[type[Code], ...]] = {
    ItemType.PRESENTATION_CONTEXT_AC: (codes.ContextResult,),
    ItemType.USER_IDENTITY: (codes.UserIdentityType,),
}


def pdu(which: PduType) -> Explanation:
    """A PDU: its fields, the event it is when received, and the actions that send it."""
    label = which.label
    received = EVENT_OF_PDU[label]
    senders = [
        action
        for action, info in ACTIONS.items()
        if any(f"send_pdu:{label}" in outcome.effects for outcome in info.outcomes)
    ]
    return Explanation(
        "pdu",
        f"{which:02X}H {label}",
        which.description,
        which.clause,
        (("when received", received.label),),
        (
            _layout_section(PDU_SCHEMAS[which]),
            *(_code_section(kind) for kind in _FIELD_CODES.get(which, ())),
            Section(
                "received",
                "What it does when it is received",
                ("action", "which does", "in"),
                tuple((action, ACTIONS[action].description, places) for action, places in _actions_of(received)),
            ),
            Section(
                "sent_by",
                "What sends it",
                ("action", "which does"),
                tuple((action, ACTIONS[action].description) for action in senders),
            ),
            _deviations(which.clause),
        ),
    )


def item(which: ItemType) -> Explanation:
    """An item or sub-item: where it occurs and what its fields are."""
    return Explanation(
        "item",
        f"{which:02X}H {which.label}",
        which.description,
        which.clause,
        (("stands in", ", ".join(_containers(which))),),
        (
            _layout_section(ITEM_SCHEMAS[which]),
            *(_code_section(kind) for kind in _ITEM_CODES.get(which, ())),
            _deviations(which.clause),
        ),
    )


def _deviations(clause: str) -> Section:
    from dulcimer.cli.facts.checks import deviations_of_clause  # it makes the catalogue of cases

    return deviations_of_clause(clause)


def field(name: str) -> Explanation | None:
    """A field of PDUs and items, by its name in any spelling; None if there is none. Several may have one name."""
    found = _fields_by_name().get(plain(name))
    if found is None:
        return None
    title = found[0][1].name.replace("_", " ")
    rows = tuple(
        (
            layout.title,
            _offset(layout, leaf.name),
            "n" if leaf.width is None else str(leaf.width),
            leaf.doc,
            leaf.clause,
        )
        for layout, leaf in found
    )
    kinds = dict.fromkeys(kind for _, leaf in found for kind in _kinds_of(leaf))
    summary = found[0][1].doc if len(found) == 1 else f"a field of {len(found)} PDUs and items"
    return Explanation(
        "field",
        title,
        summary,
        found[0][1].clause,
        (),
        (
            Section("places", "Where it stands", ("in", "offset", "bytes", "which is", "clause"), rows),
            *map(_code_section, kinds),
        ),
    )


@cache
def _fields_by_name() -> dict[str, list[tuple[Layout, Leaf]]]:
    """Every field with its layout, in the order of the standard; each layout once."""
    waiting: list[Layout] = [*PDU_SCHEMAS.values()]
    known: set[int] = set()
    found: dict[str, list[tuple[Layout, Leaf]]] = {}
    while waiting:
        layout = waiting.pop(0)
        if id(layout) in known:
            continue
        known.add(id(layout))
        for name, part in layout.parts.items():
            if isinstance(part, Leaf):
                found.setdefault(plain(name), []).append((layout, part))
            else:
                waiting += [inner for _, inner in part.elements()]
    return found


def _kinds_of(leaf: Leaf) -> tuple[type[Code], ...]:
    if not isinstance(leaf, Coded):
        return ()
    return tuple(leaf.codes.values()) if isinstance(leaf.codes, Mapping) else (leaf.codes,)


def rejection(result: int, source: int, reason: int) -> Explanation:
    """The three fields of an A-ASSOCIATE-RJ."""
    sections: list[type[Code]] = [codes.RejectResult, codes.RejectSource]
    if source in codes.REJECT_REASONS:
        sections.append(codes.REJECT_REASONS[source])
    return Explanation(
        "rejection",
        f"reject {result} {source} {reason}",
        codes.describe_rejection(result, source, reason),
        codes.CLAUSES[codes.RejectResult],
        (),
        tuple(map(_code_section, sections)),
    )


def abort(source: int, reason: int) -> Explanation:
    """The two fields of an A-ABORT."""
    return Explanation(
        "abort",
        f"abort {source} {reason}",
        codes.describe_abort(source, reason),
        codes.CLAUSES[codes.AbortSource],
        (),
        (_code_section(codes.AbortSource), _code_section(codes.AbortReason)),
    )


def context_result(result: int) -> Explanation:
    """The Result/Reason of a presentation context."""
    return Explanation(
        "context result",
        f"result {result}",
        codes.describe_context_result(result),
        codes.CLAUSES[codes.ContextResult],
        (),
        (_code_section(codes.ContextResult),),
    )


def _code_section(kind: type[Code]) -> Section:
    heading = (kind.__doc__ or kind.__name__).rpartition(" (")[0].rstrip(".")
    rows = tuple((f"{member:d}", member.label) for member in kind)
    return Section(kind.__name__, heading, ("value", "which is"), rows)


def _layout_section(layout: Layout) -> Section:
    columns = ("offset", "bytes", "field", "which is", "clause")
    return Section("fields", "Bytes", columns, tuple(_layout_rows(layout)))


def _layout_rows(layout: Layout) -> Iterator[tuple[Cell, ...]]:
    for name, part in layout.parts.items():
        if isinstance(part, Leaf):
            yield _offset(layout, name), "n" if part.width is None else str(part.width), name, part.doc, part.clause
        else:
            for key, inner in part.elements():
                yield "", "n", f"{name}[{key}]", inner.title, inner.clause


def _offset(layout: Layout, name: str) -> str:
    try:
        return str(layout.offset_of(name))
    except KeyError:
        return ""


def _containers(which: ItemType) -> list[str]:
    """The titles of the PDUs and items that contain this item."""
    outer = [*PDU_SCHEMAS.values(), *ITEM_SCHEMAS.values()]
    key = f"{which:02X}H"
    found = (
        layout.title
        for layout in outer
        for part in layout.parts.values()
        if not isinstance(part, Leaf) and key in (inner for inner, _ in part.elements())
    )
    return list(dict.fromkeys(found))


def _actions_of(event: Events) -> list[tuple[str, tuple[str, ...]]]:
    found: dict[str, list[str]] = {}
    for (which, state), action in TABLE.items():
        if which == event:
            found.setdefault(action, []).append(state.label)
    return [(action, tuple(places)) for action, places in found.items()]
