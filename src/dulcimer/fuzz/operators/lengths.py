"""Lengths that lie, alone or together with those around them."""

from __future__ import annotations

from collections.abc import Callable

from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, counted_around, leaf_of
from dulcimer.fuzz.tree.nodes import LengthNode, byte_order, number_octets
from dulcimer.fuzz.tree.paths import lengths_around, node_at, nodes_in, number_at, offset_of, with_lengths
from dulcimer.fuzz.tree.shapes import LeafShape, Shape

_Value = Callable[[Spot, int], "int | None"]
"""The number that a length has instead of the one given; None if there is no such number."""


def _lie(value: _Value) -> Callable[[Spot], Edit | None]:
    def change(spot: Spot) -> Edit | None:
        shape = leaf_of(spot.node.shape)
        before = number_at(spot.tree, spot.path)
        number = value(spot, before)
        if number is None:
            return None
        octets = number_octets(number, shape)
        number = int.from_bytes(octets, byte_order(shape))
        lengths = counted_around(spot)
        following = spot.choices.integer(0, len(lengths))
        lies = {spot.path: octets}
        for path in lengths[:following]:
            outer = leaf_of(node_at(spot.tree, path).shape)
            lies[path] = number_octets(number_at(spot.tree, path) + number - before, outer)
        text = f"{before} -> {number}"
        if following:
            text += f" ({following} of {len(lengths)} lengths around it follow)"
        return Edit(with_lengths(spot.tree, lies), text)

    return change


def _end(spot: Spot) -> int:
    """The offset of the byte after the length."""
    return offset_of(spot.tree, spot.path) + (leaf_of(spot.node.shape).width or 0)


def _remaining(spot: Spot, before: int) -> int:
    """All bytes that remain; if those are what it governs, all bytes, as of a length that counts itself."""
    left = len(spot.tree.octets) - _end(spot)
    return left if left != before else len(spot.tree.octets)


def _over_parent(spot: Spot, before: int) -> int:  # noqa: ARG001
    """More than is left in what the innermost length around it governs."""
    end = len(spot.tree.octets)
    if outer := lengths_around(spot.tree, spot.path):
        shape = leaf_of(node_at(spot.tree, outer[0]).shape)
        end = offset_of(spot.tree, outer[0]) + (shape.width or 0) + number_at(spot.tree, outer[0])
    return max(end - _end(spot), 0) + spot.choices.integer(1, 16)


def _under_child(spot: Spot, before: int) -> int | None:  # noqa: ARG001
    """Less than the first length among what it governs, or after that, if it is not 0."""
    for path, node in nodes_in(spot.tree):
        if isinstance(node, LengthNode) and path > spot.path and offset_of(spot.tree, path) >= _end(spot):
            inner = number_at(spot.tree, path)
            if inner:
                return spot.choices.integer(0, inner - 1)
    return None


def _any_number(spot: Spot, before: int) -> int:  # noqa: ARG001
    return spot.choices.integer(0, _highest(spot))


def _highest(spot: Spot) -> int:
    return (1 << 8 * (leaf_of(spot.node.shape).width or 0)) - 1


def _near_highest(spot: Spot, before: int) -> int:
    """The highest number, or the one below it if it is that already."""
    return _highest(spot) - (before == _highest(spot))


def _swapped(spot: Spot, before: int) -> int:
    shape = leaf_of(spot.node.shape)
    return int.from_bytes(number_octets(before, shape)[::-1], byte_order(shape))


def _is_length(shape: Shape) -> bool:
    return shape.kind == "length"


def _varies(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.kind == "length" and not shape.codes


def _is_long(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.kind == "length" and shape.width == 4


def _holds_lengths(shape: Shape) -> bool:
    return isinstance(shape, LeafShape) and shape.kind == "length" and shape.holds_lengths


LENGTHS = (
    Operator("length-zero", _is_length, _lie(lambda _spot, _before: 0), is_notorious=True),
    Operator("length-one", _is_length, _lie(lambda _spot, _before: 1)),
    Operator("length-minus-one", _is_length, _lie(lambda _spot, before: before - 1)),
    Operator("length-minus-two", _is_length, _lie(lambda _spot, before: before - 2)),
    Operator("length-plus-one", _is_length, _lie(lambda _spot, before: before + 1)),
    Operator("length-plus-two", _is_length, _lie(lambda _spot, before: before + 2)),
    Operator("length-sign-bit", _is_length, _lie(lambda spot, _before: (_highest(spot) + 1) // 2)),
    Operator("length-highest", _is_length, _lie(_near_highest), is_notorious=True),
    Operator("length-ffff", _is_long, _lie(lambda _spot, _before: 0xFFFF)),
    Operator("length-remaining", _is_length, _lie(_remaining)),
    Operator("length-over-parent", _is_length, _lie(_over_parent), variants=4, is_notorious=True),
    Operator("length-under-child", _holds_lengths, _lie(_under_child), variants=4, is_notorious=True),
    Operator("length-byte-order", _varies, _lie(_swapped)),
    Operator("length-any", _is_length, _lie(_any_number), variants=4),
)
