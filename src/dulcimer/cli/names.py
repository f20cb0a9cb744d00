"""From what somebody types to the thing of the standard that is meant."""

from __future__ import annotations

import difflib
import re
from typing import TypeAlias

import typer

from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.commands import MessageInfo
from dulcimer._generated.fsm import ACTIONS, Events, States
from dulcimer.cli import code_facts, dimse_facts, machine_facts
from dulcimer.cli.explanation import Explanation

_NUMBERED = re.compile(r"(sta|state|evt|event)[ _-]?(\d{1,3})")
_ACTION = re.compile(r"(ae|dt|ar|aa)[ _-]?(\d{1,3})")
_HEX = re.compile(r"(?:0x([0-9a-f]{1,2})|([0-9a-f]{1,2})h)")
_STATUS = re.compile(r"(?:0x)?([0-9a-f]{1,4})h?")
_CODES = {"reject": 3, "abort": 2, "result": 1}
"""Words before numbers of PDU fields, and how many numbers there are."""
_FIELDS_OF: dict[str, PduType | ItemType] = {
    "reject": PduType.A_ASSOCIATE_RJ,
    "abort": PduType.A_ABORT,
    "result": ItemType.PRESENTATION_CONTEXT_AC,
}


def known_names() -> list[str]:
    """Every single word that `explain` knows."""
    return [
        *(state.label for state in States),
        *(event.label for event in Events),
        *ACTIONS,
        *(name for member in PduType for name in (f"{member:02X}H", member.label)),
        *(name for item in ItemType for name in (f"{item:02X}H", item.label)),
        *dimse_facts.message_names(),
    ]


def explain(names: list[str], role: str | None) -> list[Explanation]:
    """What `names` mean, a state and an event together as their cell; `typer.BadParameter` for unknown words."""
    words = [word for name in names for word in ([name] if _thing(name) is not None else name.split() or [name])]
    if words and words[0].lower() in _CODES and len(words) > 1:
        return [_code(words[0].lower(), words[1:])]
    if words and words[0].lower() == "status":
        return [_status(words[1:])]
    whole = " ".join(words)
    things = [found] if (found := _thing(whole)) is not None else [_known(word) for word in words]
    states = [thing for thing in things if isinstance(thing, States)]
    events = [thing for thing in things if isinstance(thing, Events)]
    if len(things) == 2 and len(states) == len(events) == 1:
        return [machine_facts.cell(states[0], events[0], role)]
    return [_explanation(thing, role) for thing in things]


Thing: TypeAlias = States | Events | PduType | ItemType | MessageInfo | str


def _thing(word: str) -> Thing | None:
    """The state, event, action (its label), PDU, item or message of this name."""
    name = word.strip().lower()
    if match := _NUMBERED.fullmatch(name):
        if match[1].startswith("sta"):
            return States.__members__.get(f"STA_{int(match[2])}")
        return Events.__members__.get(f"EVT_{int(match[2])}")
    if match := _ACTION.fullmatch(name):
        label = f"{match[1].upper()}-{int(match[2])}"
        return label if label in ACTIONS else None
    if match := _HEX.fullmatch(name):
        number = int(match[1] or match[2], 16)
        return next((member for kind in (PduType, ItemType) for member in kind if member == number), None)
    if name in _FIELDS_OF:
        return _FIELDS_OF[name]
    for kind in (PduType, ItemType):
        for member in kind:
            if _plain(member.label) == _plain(name):
                return member
    return dimse_facts.message_of(name)


def _plain(label: str) -> str:
    return re.sub(r"[^a-z0-9]", "", label.lower())


def _known(word: str) -> Thing:
    if (thing := _thing(word)) is not None:
        return thing
    lower = {name.lower(): name for name in known_names()}
    near = [lower[match] for match in difflib.get_close_matches(word.lower(), lower, n=4, cutoff=0.5)]
    hint = f" Near to it: {', '.join(near)}." if near else ""
    raise typer.BadParameter(
        f"{word!r} is not a state (Sta1 to Sta{len(States)}), event (Evt1 to Evt{len(Events)}), action (AE-1), PDU or "
        f"item (07H, A-ABORT), or DIMSE message (C-ECHO-RQ).{hint}"
    )


def _explanation(thing: Thing, role: str | None) -> Explanation:
    match thing:
        case States():
            return machine_facts.state(thing)
        case Events():
            return machine_facts.event(thing)
        case PduType():
            return code_facts.pdu(thing)
        case ItemType():
            return code_facts.item(thing)
        case MessageInfo():
            return dimse_facts.message(thing)
        case _:
            return machine_facts.action(thing, role)


def _status(words: list[str]) -> Explanation:
    match = _STATUS.fullmatch(words[0].lower()) if len(words) == 1 else None
    if match is None:
        raise typer.BadParameter("'status' takes one status of a response in hexadecimal, such as: status A700")
    return dimse_facts.status(int(match[1], 16))


def _code(kind: str, words: list[str]) -> Explanation:
    try:
        values = [int(word, 0) for word in words]
    except ValueError:
        values = []
    if len(values) != _CODES[kind] or not all(0 <= value <= 255 for value in values):
        raise typer.BadParameter(f"{kind!r} takes {_CODES[kind]} numbers of 0 to 255, such as: {_EXAMPLES[kind]}")
    if kind == "reject":
        return code_facts.rejection(*values)
    if kind == "abort":
        return code_facts.abort(*values)
    return code_facts.context_result(*values)


_EXAMPLES = {
    "reject": "reject 1 1 7 (result, source, reason)",
    "abort": "abort 2 1 (source, reason)",
    "result": "result 3 (of a presentation context)",
}
