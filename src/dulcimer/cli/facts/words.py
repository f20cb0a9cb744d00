"""Explanations of UIDs, command elements, and terms of DICOM networking."""

from __future__ import annotations

import re
from functools import cache

import pydicom.config
from pydicom.uid import UID, UID_dictionary  # type: ignore[attr-defined]  # pydicom exports it, and does not say so

from dulcimer._generated.commands import ELEMENTS, MESSAGES, Element
from dulcimer._generated.services import LATER_NAMES
from dulcimer._generated.sop_classes import SERVICE_CLASS_OF
from dulcimer._generated.terms import TERMS
from dulcimer.acse.negotiation import IMPLEMENTATION_CLASS_UID
from dulcimer.cli.facts.dimse import MARKS
from dulcimer.cli.facts.explanation import Explanation, Section, plain

_UID = re.compile(r"[012](?:\.\d+){2,}")
_TAG = re.compile(r"\(?0000,([0-9a-f]{4})\)?")


def term(text: str) -> Explanation | None:
    """A term of `spec/terms.toml`; None if it is not one."""
    name = _terms().get(plain(text))
    if name is None:
        return None
    found = TERMS[name]
    facts = []
    if found.also:
        facts.append(("also called", ", ".join(found.also)))
    if found.see:
        facts.append(("see", f"{', '.join(found.see)} (dulcimer explain NAME)"))
    return Explanation("term", name, found.text, found.clause, tuple(facts))


@cache
def _terms() -> dict[str, str]:
    return {plain(written): name for name, found in TERMS.items() for written in (name, *found.also)}


def uid(text: str) -> Explanation | None:
    """A UID, or the one with this keyword in PS3.6 Annex A; None for anything else."""
    if not _UID.fullmatch(text):
        known = _keywords().get(text.lower())
        return uid(known) if known else None
    value = UID(text, validation_mode=pydicom.config.IGNORE)
    facts: list[tuple[str, str]] = []
    if text == IMPLEMENTATION_CLASS_UID:
        summary = "the implementation class UID of dulcimer"
    elif text in LATER_NAMES:
        summary, facts = LATER_NAMES[text], [("kind", "SOP Class")]
    elif text in UID_dictionary:
        summary, facts = value.name, [("kind", value.type)]
        if value.info:
            facts.append(("says", value.info))
        if value.is_retired:
            facts.append(("retired", "retired from the standard, but still in use"))
    else:
        summary = "not a UID of the standard that is known here: a private one, or that of an instance"
    if not value.is_valid:
        facts.append(("not valid", "a UID has at most 64 characters, and no component with a leading zero"))
    if (service := SERVICE_CLASS_OF.get(text)) is not None and service.info.name:
        facts += [
            ("service class", f"{service.info.name} ({service.info.clause})"),
            ("messages", ", ".join(service.info.messages)),
        ]
    return Explanation("UID", text, summary, "PS3.6 Annex A" if text in _registered() else "PS3.5 9", tuple(facts))


def _registered() -> set[str]:
    return {*UID_dictionary, *LATER_NAMES}


@cache
def _keywords() -> dict[str, str]:
    import dulcimer.sop_class

    named = {name: getattr(dulcimer.sop_class, name) for name in dir(dulcimer.sop_class)}
    found = {row[4].lower(): number for number, row in UID_dictionary.items() if row[4]}
    return found | {name.lower(): str(value) for name, value in named.items() if isinstance(value, UID)}


def element(text: str) -> Explanation | None:
    """A command element, by its tag or name; None if there is none."""
    match = _TAG.fullmatch(text.lower())
    for found in ELEMENTS.values():
        if (match and found.tag == int(match[1], 16)) or plain(text) in (plain(found.name), plain(found.keyword)):
            return _element(found)
    return None


def _element(found: Element) -> Explanation:
    rows = tuple(
        (info.name, MARKS[mark])
        for info in MESSAGES.values()
        for attribute, mark, _ in info.elements
        if attribute == found.attribute
    )
    return Explanation(
        "command element",
        f"(0000,{found.tag & 0xFFFF:04X})",
        found.name,
        found.clause,
        (("VR", found.vr), ("values", found.vm), *((("retired", "yes"),) if found.retired else ())),
        (Section("messages", "Messages that have it", ("message", "is"), rows),),
    )
