"""Finds what a name on the command line means."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TypeAlias

import typer

from dulcimer._generated.codes import ItemType, PduType
from dulcimer._generated.commands import MessageInfo
from dulcimer._generated.fsm import ACTIONS, Events, States
from dulcimer._generated.terms import TERMS
from dulcimer.cli.facts import codes as code_facts
from dulcimer.cli.facts import dimse as dimse_facts
from dulcimer.cli.facts import machine as machine_facts
from dulcimer.cli.facts.explanation import Explanation, plain

_NUMBERED = re.compile(r"(sta|state|evt|event)[ _-]?(\d{1,3})")
_ACTION = re.compile(r"(ae|dt|ar|aa)[ _-]?(\d{1,3})")
_HEX = re.compile(r"(?:0x([0-9a-f]{1,2})|([0-9a-f]{1,2})h)")
_STATUS = re.compile(r"(?:0x)?([0-9a-f]{1,4})h?")
_STATUS_ALONE = re.compile(r"0x([0-9a-f]{4})|([0-9a-f]{4})h|(?=[a-f]*[0-9])([0-9a-f]{4})")
_CHECKED = re.compile(r"(?:ul|enc|pdv|dimse|r)\.[a-z0-9_.-]+")
_CLAUSE = re.compile(r"(?:ps ?3\.\d+ )?(?:[6-9]|10|[a-z])(?:\.\d+)+(?: .*)?")
_SEEN = re.compile(r"(a-abort|a-associate-rj)\((\d{1,3}(?:,\d{1,3}){1,2})\)")
_MOST_WORDS = 5
_GRADES = frozenset(
    (
        *(f"s{number}" for number in range(5)),
        *("ok", "nonstrict", "informational", "unimplemented", "unobservable", "inconclusive", "failed", "error"),
    )
)
"""Severities and verdicts, in the form of `plain`."""
_CODES = {"reject": 3, "abort": 2, "result": 1}
"""Words before the values of PDU fields, and the number of values after each."""
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
        *TERMS,
    ]


def explain(names: list[str], role: str | None) -> list[Explanation]:
    """What `names` mean, a state and an event together as their cell; `typer.BadParameter` for unknown words."""
    words = [word for name in names for word in ([name] if _topic(name) is not None else name.split() or [name])]
    if words and words[0].lower() in _CODES and len(words) > 1:
        return [_code(words[0].lower(), words[1:])]
    if len(words) > 1 and words[0].lower() == "status":
        return [_status(words[1:])]
    topics = list(_topics(words))
    states = [topic for topic in topics if isinstance(topic, States)]
    events = [topic for topic in topics if isinstance(topic, Events)]
    if len(topics) == 2 and len(states) == len(events) == 1:
        return [machine_facts.cell(states[0], events[0], role)]
    return [_explanation(topic, role) for topic in topics]


Topic: TypeAlias = States | Events | PduType | ItemType | MessageInfo | Explanation | str


def _topics(words: list[str]) -> Iterator[Topic]:
    """The topics that the words name; several words can be one name, such as "role selection"."""
    while words:
        for count in range(min(len(words), _MOST_WORDS), 1, -1):
            if (found := _topic(" ".join(words[:count]))) is not None:
                break
        else:
            count, found = 1, _known(words[0])
        yield found
        words = words[count:]


def _topic(word: str) -> Topic | None:
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
            if plain(member.label) == plain(name):
                return member
    return dimse_facts.message_of(name) or _recognised(word.strip())


def _recognised(name: str) -> Explanation | None:
    """A name recognised by its form: a status, a case, a rule, a clause, a UID, a term, a command element."""
    lower = name.lower()
    if match := _STATUS_ALONE.fullmatch(lower):
        return dimse_facts.status(int(match[1] or match[2] or match[3], 16))
    if match := _SEEN.fullmatch(lower.replace(" ", "")):
        kind = "abort" if match[1] == "a-abort" else "reject"
        return _code(kind, match[2].split(","))
    if _CHECKED.fullmatch(lower) or _CLAUSE.fullmatch(lower) or plain(lower) in _GRADES:
        from dulcimer.cli.facts import checks as check_facts  # it makes the catalogue of cases

        looks = (check_facts.rule, check_facts.case, check_facts.clause, check_facts.word)
        if (found := next(filter(None, (look(lower) for look in looks)), None)) is not None:
            return found
    from dulcimer.cli.facts import words as word_facts  # it needs the UIDs of pydicom

    return word_facts.term(name) or word_facts.uid(name) or word_facts.element(name) or code_facts.field(name)


def _known(word: str) -> Topic:
    if (topic := _topic(word)) is not None:
        return topic
    lower = {name.lower(): name for name in known_names()}
    near = [lower[match] for match in difflib.get_close_matches(word.lower(), lower, n=4, cutoff=0.5)]
    hint = f" Similar: {', '.join(near)}." if near else ""
    raise typer.BadParameter(
        f"{word!r} is not a state (Sta1 to Sta{len(States)}), event (Evt1 to Evt{len(Events)}), action (AE-1), PDU, "
        f"item (07H, A-ABORT) or field of them (protocol version), DIMSE message (C-ECHO-RQ), status (A700H), UID, "
        f"clause, term, or case or rule of dulcimer check.{hint}"
    )


def _explanation(topic: Topic, role: str | None) -> Explanation:
    match topic:
        case States():
            return machine_facts.state(topic)
        case Events():
            return machine_facts.event(topic)
        case PduType():
            return code_facts.pdu(topic)
        case ItemType():
            return code_facts.item(topic)
        case MessageInfo():
            return dimse_facts.message(topic)
        case Explanation():
            return topic
        case _:
            return machine_facts.action(topic, role)


def _status(words: list[str]) -> Explanation:
    match = _STATUS.fullmatch(words[0].lower()) if len(words) == 1 else None
    if match is None:
        raise typer.BadParameter("'status' takes one status in hexadecimal, such as: status A700")
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
