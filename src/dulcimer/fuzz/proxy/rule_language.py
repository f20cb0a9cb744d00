"""The language of rules: ``[WHICH] PDU [from client|server]: ACTION``, as in ``2nd P-DATA-TF from client: delay 5``."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import MESSAGES
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.operators.catalogue import BY_NAME, operators_for
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.mutation import MutateNode, known_operators, leads_to, schema_nodes
from dulcimer.fuzz.proxy.rules import FaultRule, RuleAction, WhichPdus
from dulcimer.fuzz.sequences.faults import Coalesce, Drip
from dulcimer.fuzz.sequences.steps import HalfClose, Pause, Reset
from dulcimer.wire.faults import Disconnect, Drop, Duplicate, Split, Truncate

ANY_PDU = "any PDU"
_LONGEST = 86_400.0
"""Seconds; no fault takes longer than a day."""
_PDUS = tuple(kind.label for kind in PduType)
_NAMES = {name.upper(): name for name in (*_PDUS, *(info.name for info in MESSAGES.values()))}
_RULE = re.compile(
    r"(?:(?P<every>every\s+)?(?P<number>\d+)(?:st|nd|rd|th)\s+|(?P<percent>\d+(?:\.\d+)?)\s*%\s+(?:of\s+)?|(?:each|every)\s+)?"
    r"(?P<kinds>.+?)(?:\s+from\s+(?:the\s+)?(?P<sender>\w+))?",
    re.IGNORECASE,
)


class RuleError(DulcimerError, ValueError):
    """A rule that cannot be read; the message says what was expected."""


def parse_rule(text: str) -> FaultRule:
    """The rule with this text. Raises RuleError."""
    selector, colon, action = text.partition(":")
    if not colon or not action.strip():
        raise RuleError(f"{text!r} has no action: write it as 'PDU from client: drop'")
    found = _RULE.fullmatch(selector.strip())
    if found is None:
        raise RuleError(f"{text!r} names no PDU before the colon, such as A-RELEASE-RQ or {ANY_PDU!r}")
    kinds = _kinds(found["kinds"])
    which = WhichPdus()
    if found["number"]:
        number = int(found["number"])
        if not number:
            raise RuleError(f"{text!r}: PDUs are counted from 1")
        which = WhichPdus(every=number) if found["every"] else WhichPdus(only=number)
    elif found["percent"]:
        percent = float(found["percent"])
        if not 0 < percent <= 100:
            raise RuleError(f"{text!r}: a percentage is more than 0, and 100 at most")
        which = WhichPdus(percent=percent)
    return FaultRule(text, _action(action.strip()), kinds, _end(found["sender"]), which)


def rule_of_mutation(text: str, sender: LinkEnd | None = None) -> FaultRule:
    """The rule of ``PATH[:OPERATOR]``, whose path begins with the name of the PDU. Raises RuleError."""
    path, _, operator = text.partition(":")
    pdu, _, inner = path.partition("/")
    kinds = _kinds(pdu)
    return FaultRule(f"mutate {text}", _mutation(inner, operator), kinds, sender)


def rule_of_drop(text: str, sender: LinkEnd | None = None) -> FaultRule:
    """The rule that drops these PDUs. Raises RuleError."""
    rule = parse_rule(f"{text}: drop")
    return FaultRule(f"drop {text}", rule.action, rule.kinds, rule.sender or sender, rule.which)


def rule_of_delay(seconds: float, sender: LinkEnd | None = None) -> FaultRule:
    """The rule that delays each PDU."""
    return FaultRule(f"delay {seconds:g}", Pause(seconds), (), sender)


# ---------------------------------------------------------------------- the parts of a rule


def _kinds(text: str) -> tuple[str, ...]:
    words = re.split(r"\s*,\s*|\s+or\s+", text.strip(), flags=re.IGNORECASE)
    if [word.lower() for word in words] in (["any pdu"], ["pdu"], ["any"]):
        return ()
    for word in words:
        if word.upper() not in _NAMES:
            near = get_close_matches(word.upper(), _NAMES, 1)
            hint = f"did you mean {near[0]}?" if near else f"PDUs are {', '.join(_PDUS)}, or {ANY_PDU!r}"
            raise RuleError(f"{word!r} is not a PDU or a DIMSE message; {hint}")
    return tuple(_NAMES[word.upper()] for word in words)


def _end(text: str | None) -> LinkEnd | None:
    if text is None:
        return None
    try:
        return LinkEnd(text.lower())
    except ValueError:
        raise RuleError(f"a PDU comes 'from client' or 'from server', not 'from {text}'") from None


def _mutation(path: str, operator: str) -> MutateNode:
    path, operator = path.strip(), operator.strip()
    if operator and operator not in BY_NAME:
        near = get_close_matches(operator, known_operators(), 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "see --list-operators"
        raise RuleError(f"{operator!r} is not an operator; {hint}")
    if path:
        parts = [part.partition("[")[0] for part in path.split("/")]
        shapes = [shape for name, shape in schema_nodes().items() if leads_to(name, parts)]
        if not shapes:
            near = get_close_matches(parts[-1], {name.rpartition("/")[2] for name in schema_nodes()}, 3)
            hint = f"did you mean {' or '.join(near)}?" if near else "see docs/reference/pdus.md for the names"
            raise RuleError(f"no PDU has a node {path!r}; {hint}")
        if operator and not any(each.name == operator for shape in shapes for each in operators_for(shape)):
            fitting = sorted({each.name for shape in shapes for each in operators_for(shape)})
            raise RuleError(f"{operator} does not fit {path!r}; these do: {', '.join(fitting)}")
    return MutateNode(path, operator)


def _action(text: str) -> RuleAction:
    name, _, rest = text.partition(" ")
    name, rest = name.lower(), rest.strip()
    if name == "mutate":
        path, _, operator = rest.partition(":")
        return _mutation(path, operator)
    if text.lower() in _WITHOUT_NUMBER:
        return _WITHOUT_NUMBER[text.lower()]
    make = _WITH_NUMBER.get(name)
    if make is None:
        raise RuleError(f"{text!r} is not an action; actions are {ACTIONS}")
    return make(name, rest)


def _of_seconds(make: Callable[[float], RuleAction], default: float | None = None) -> Callable[[str, str], RuleAction]:
    def read(name: str, text: str) -> RuleAction:
        text = re.sub(r"\s*(s|seconds?)$", "", text)
        if not text and default is not None:
            return make(default)
        try:
            seconds = float(text)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= _LONGEST:
            raise RuleError(f"{name} needs a time in seconds, as in '{name} 0.5'" + (f", not {text!r}" if text else ""))
        return make(seconds)

    return read


def _of_bytes(make: Callable[[int], RuleAction]) -> Callable[[str, str], RuleAction]:
    def read(name: str, text: str) -> RuleAction:
        text = re.sub(r"\s*bytes?$", "", text)
        if not text.isdecimal():
            raise RuleError(f"{name} needs a number of bytes, as in '{name} 10'" + (f", not {text!r}" if text else ""))
        return make(int(text))

    return read


_WITHOUT_NUMBER: dict[str, RuleAction] = {
    "drop": Drop(),
    "duplicate": Duplicate(),
    "one byte at a time": Drip(0.0),
    "half-close": HalfClose(),
    "reset": Reset(),
    "close": Disconnect(),
}
_WITH_NUMBER: dict[str, Callable[[str, str], RuleAction]] = {
    "delay": _of_seconds(Pause),
    "drip": _of_seconds(Drip),
    "coalesce": _of_seconds(Coalesce, Coalesce().seconds),
    "split": _of_bytes(Split),
    "truncate": _of_bytes(Truncate),
}
ACTIONS = (
    "mutate [PATH][:OPERATOR], delay SECONDS, drop, duplicate, truncate BYTES, split BYTES, one byte at a time, "
    "drip SECONDS, coalesce [SECONDS], half-close, reset, close"
)
"""All actions, for messages and help texts."""
