"""Changes that know nothing of fields: bits, runs of bytes, and parts of other bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, group_of, put
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, ListNode
from dulcimer.fuzz.tree.paths import with_node
from dulcimer.fuzz.tree.shapes import UNPARSED, GroupShape, ListShape, Shape

_MOST_CHANGES = 8
_LONGEST_RUN = 32
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF)
_NONE_LEFT = b"\0"


def _is_whole(shape: Shape) -> bool:
    if isinstance(shape, ListShape):
        return any(one.role == "message_pdu" for one in shape.elements())
    return isinstance(shape, GroupShape) and shape.role in ("pdu", "message_pdu", "command_set", "data_set")


def havoc(data: bytes, choices: Choices) -> bytes:
    """From 1 to 8 changes at any places, each of a few bytes."""
    changed = bytearray(data or _NONE_LEFT)
    for _ in range(choices.integer(1, _MOST_CHANGES)):
        _CHANGES[choices.integer(0, len(_CHANGES) - 1)](changed, choices)
        changed = changed or bytearray(_NONE_LEFT)
    return bytes(changed)


def _run(data: bytearray, choices: Choices) -> slice:
    start = choices.integer(0, len(data) - 1)
    return slice(start, min(len(data), start + choices.integer(1, _LONGEST_RUN)))


def _flip(data: bytearray, choices: Choices) -> None:
    data[choices.integer(0, len(data) - 1)] ^= 1 << choices.integer(0, 7)


def _set(data: bytearray, choices: Choices) -> None:
    data[choices.integer(0, len(data) - 1)] = choices.pick(_NUMBERS)


def _other(data: bytearray, choices: Choices) -> None:
    run = _run(data, choices)
    data[run] = choices.octets(run.stop - run.start)


def _insert(data: bytearray, choices: Choices) -> None:
    at = choices.integer(0, len(data))
    data[at:at] = choices.octets(choices.integer(1, _LONGEST_RUN))


def _delete(data: bytearray, choices: Choices) -> None:
    del data[_run(data, choices)]


def _repeat(data: bytearray, choices: Choices) -> None:
    run = _run(data, choices)
    data[run] = data[run] * choices.integer(2, 4)


def _copy(data: bytearray, choices: Choices) -> None:
    piece = data[_run(data, choices)]
    at = choices.integer(0, len(data))
    data[at : at + len(piece)] = piece


_CHANGES: tuple[Callable[[bytearray, Choices], None], ...] = (_flip, _set, _other, _insert, _delete, _repeat, _copy)


def splice(data: bytes, other: bytes, choices: Choices) -> bytes:
    """The beginning of one and the end of the other."""
    return data[: choices.integer(0, len(data))] + other[choices.integer(0, len(other)) :]


def _as_bytes(spot: Spot, octets: bytes, text: str) -> Edit | None:
    node = spot.node
    leaf = LeafNode(UNPARSED, octets)
    if isinstance(node, ListNode):
        return Edit(with_node(spot.tree, spot.path, ListNode(node.shape, [leaf])), text)
    group = group_of(spot)
    return put(spot, (GroupNode(group.shape, [leaf], group.label),), text)


def _havoc(spot: Spot) -> Edit | None:
    before = spot.octets
    after = havoc(before, spot.choices)
    return _as_bytes(spot, after, f"bytes changed at random ({len(before)} -> {len(after)})")


def splice_with(others: Sequence[bytes]) -> Operator:
    """An operator that takes the end from one of these bytes; from its own if there are none."""

    def change(spot: Spot) -> Edit | None:
        before = spot.octets
        which = spot.choices.integer(0, len(others) - 1) if others else -1
        after = splice(before, others[which] if others else before, spot.choices)
        return _as_bytes(spot, after, f"its end is from {f'bytes {which}' if others else 'its own'}")

    return Operator("splice", _is_whole, change, variants=_MOST_CHANGES)


HAVOC = (Operator("havoc", _is_whole, _havoc, variants=2 * _MOST_CHANGES), splice_with(()))
