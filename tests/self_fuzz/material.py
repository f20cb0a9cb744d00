"""Hostile bytes: what is valid, changed by the operators that are made for peers."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, TypeAlias

from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.operators.catalogue import applicable
from dulcimer.fuzz.operators.drawing import PairIndex
from dulcimer.fuzz.operators.havoc import havoc
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import nodes_in

TreeMaker: TypeAlias = Callable[[bytes], Node]
USUAL, MOST = 1 << 13, 1 << 18
"""Bytes that operators make: mostly, and once in a while."""
_ODD_TEXTS = ("", "%n%s%x", "../../etc/passwd", "\0", "\ud800", "\u202e", "A" * 300, "1e999", "\x1b[2J")
_ODD_NUMBERS = (0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 0.5, float("inf"), float("nan"), 10**400)


@cache
def sequences() -> tuple[FuzzSequence, ...]:
    """The seeds of both roles."""
    return (*acceptor_seeds().values(), *requestor_seeds().values())


@cache
def sent_at_once() -> tuple[bytes, ...]:
    """What the seeds send, step by step, without doubles."""
    steps = (step for sequence in sequences() for step in sequence.steps if isinstance(step, SendBytes))
    return tuple(dict.fromkeys(step.data for step in steps if step.data))


@lru_cache(512)
def _places(base: bytes, tree_of: TreeMaker) -> PairIndex:
    return PairIndex([tree_of(base)])


def changed(base: bytes, choices: Choices, tree_of: TreeMaker, further: int = 2) -> bytes:
    """The bytes after one operator, and often up to so many `further` ones; sometimes with havoc, or none at all."""
    if not choices.integer(0, 31):
        return base
    most = USUAL if choices.integer(0, 63) else MOST
    tree = _places(base, tree_of).draw({}, choices, most=most).application.tree
    for _ in range(choices.integer(0, further) * choices.integer(0, 1)):
        path, node = choices.pick(tuple(nodes_in(tree)))
        if fitting := applicable(node):
            tree = choices.pick(fitting).apply(tree, path, choices, most=most).tree
    return disturbed(tree.octets, choices, 7)


def disturbed(data: bytes, choices: Choices, seldom: int) -> bytes:
    """The bytes as they are, and in one of `seldom` + 1 cases with havoc, or cut off."""
    if choices.integer(0, seldom):
        return data
    return havoc(data, choices) if choices.integer(0, 3) else data[: choices.integer(0, len(data))]


# ---------------------------------------------------------------------- JSON


def changed_json(value: object, choices: Choices) -> bytes:
    """The text of a JSON value after one to four changes of what is in it, some of them of its text."""
    for _ in range(choices.integer(0, 4)):
        value = _changed_value(value, choices)
    text = json.dumps(value, indent=choices.pick((None, 1)), ensure_ascii=bool(choices.integer(0, 1)))
    return disturbed(text.encode("utf-8", "surrogatepass"), choices, 5)


def _changed_value(value: Any, choices: Choices) -> Any:
    """One change, somewhere in the value; what is above the change is made anew."""
    entries = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    if entries and choices.integer(0, 5):
        key = choices.pick(entries)
        new = _changed_value(value[key], choices)
        if isinstance(value, dict):
            return {**value, key: new}
        return [*value[:key], new, *value[key + 1 :]]
    return _other(value, entries, choices)


def _other(value: Any, entries: list[Any], choices: Choices) -> Any:
    match choices.integer(0, 8):
        case 0 if entries:
            gone = choices.pick(entries)
            if isinstance(value, dict):
                return {key: one for key, one in value.items() if key != gone}
            return [*value[:gone], *value[gone + 1 :]]
        case 1 if isinstance(value, list) and value:
            return value + [choices.pick(value)] * choices.integer(1, 50)
        case 2 if isinstance(value, dict):
            return {**value, choices.pick(_ODD_TEXTS): value}
        case 3:
            return choices.pick(_ODD_TEXTS)
        case 4:
            return choices.pick(_ODD_NUMBERS)
        case 5:
            return choices.pick((None, True, False, [], {}, [[]], {"version": 1}))
        case 6 if isinstance(value, str):
            return value + choices.pick(_ODD_TEXTS)
        case 7:
            return _nested(value, choices.pick((1, 8, 200)), in_list=bool(choices.integer(0, 1)))
        case _:
            return [value]


def _nested(value: Any, levels: int, *, in_list: bool) -> Any:
    for _ in range(levels):
        value = [value] if in_list else {"data": value}
    return value
