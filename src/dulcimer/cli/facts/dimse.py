"""Explanations of DIMSE messages and statuses (PS3.7 9.3, 10.3, Annex C)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.commands import (
    ELEMENTS,
    MESSAGES,
    SERVICE_STATUSES,
    STATUS_CLASSES,
    STATUSES,
    Element,
    MessageInfo,
    status_category,
    status_meaning,
)
from dulcimer.cli.facts.explanation import Cell, Explanation, Section

MARKS = {"M": "mandatory", "U": "optional", "C": "conditional", "none": "none"}
_ELEMENTS = {element.attribute: element for element in ELEMENTS.values()}


def message(info: MessageInfo) -> Explanation:
    """A DIMSE message: its command elements, its data set and its statuses."""
    facts = [
        ("command field", f"{info.command_field:04X}H"),
        ("data set", f"{info.data_set_name}: {MARKS[info.data_set]}" if info.data_set_name else "none"),
    ]
    if info.request is not None:
        facts.append(("answers", MESSAGES[info.request].name))
    if info.response is not None:
        facts.append(("answered by", MESSAGES[info.response].name))
    statuses = SERVICE_STATUSES.get(info.name.removesuffix("-RSP"), ()) if info.request is not None else ()
    return Explanation(
        "message",
        info.name,
        "a DIMSE " + ("response" if info.request is not None else "request"),
        info.clause,
        tuple(facts),
        (
            Section(
                "elements", "Command elements", ("tag", "element", "VR", "is", "clause"), tuple(_element_rows(info))
            ),
            Section(
                "statuses",
                "Statuses of the service",
                ("status", "class", "meaning", "clause"),
                tuple(
                    (_range(known.first, known.last), known.category, known.meaning, known.clause) for known in statuses
                ),
            ),
        ),
    )


def status(code: int) -> Explanation:
    """A status: its general meaning, and the meanings that services give it."""
    category = status_category(code)
    info = STATUSES.get(code)
    status_class = next((known for known in STATUS_CLASSES.values() if known.name == category), None)
    facts = [("class", category)]
    if status_class is not None:
        facts.append(("final", "yes" if status_class.final else "no: more responses follow"))
    if info is not None and info.elements:
        facts.append(("told more by", ", ".join(_label(_ELEMENTS[name]) for name in info.elements)))
    rows = tuple(
        (service, known.meaning, _range(known.first, known.last), known.clause)
        for service, ranges in SERVICE_STATUSES.items()
        for known in ranges
        if known.first <= code <= known.last
    )
    default_clause = status_class.clause if status_class is not None else "PS3.7 Annex C"
    return Explanation(
        "status",
        f"status {code:04X}H",
        status_meaning(code) or _only(rows),
        info.clause if info is not None else default_clause,
        tuple(facts),
        (Section("services", "What it means to a service", ("service", "meaning", "statuses", "clause"), rows),),
    )


def _only(rows: tuple[tuple[str, str, str, str], ...]) -> str:
    """The meaning of a status that only some services define."""
    meanings = {meaning for _, meaning, _, _ in rows}
    if len(meanings) == 1:
        return f"{meanings.pop()} (of {', '.join(service for service, _, _, _ in rows)})"
    return "see the services" if rows else "has no meaning in the standard"


def message_of(name: str) -> MessageInfo | None:
    """The message called `name`, in any case; None if there is none."""
    return next((info for info in MESSAGES.values() if info.name.lower() == name.lower()), None)


def message_names() -> list[str]:
    """The names of all messages."""
    return [info.name for info in MESSAGES.values()]


def _element_rows(info: MessageInfo) -> Iterator[tuple[Cell, ...]]:
    for attribute, mark, equal in info.elements:
        element = _ELEMENTS[attribute]
        presence = MARKS[mark] + (", as in the request" if equal else "")
        if attribute in info.conditions:
            presence += f": {info.conditions[attribute]}"
        yield (
            f"({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})",
            element.name,
            element.vr,
            presence,
            element.clause,
        )


def _label(element: Element) -> str:
    return f"{element.name} ({element.tag >> 16:04X},{element.tag & 0xFFFF:04X})"


def _range(first: int, last: int) -> str:
    return f"{first:04X}H" if first == last else f"{first:04X}H to {last:04X}H"
