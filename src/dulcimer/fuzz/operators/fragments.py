"""PDVs and fragmentation: split, empty, interleaved, without end, or without beginning (PS3.8 Annex E)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import zip_longest
from typing import NamedTuple

from dulcimer.fuzz.operators.operator import Edit, Operator, Spot, around, group_of, put
from dulcimer.fuzz.tree.messages import PLAIN_PDV
from dulcimer.fuzz.tree.nodes import GroupNode, LeafNode, LengthNode, ListNode, Node
from dulcimer.fuzz.tree.paths import with_node
from dulcimer.fuzz.tree.shapes import GroupShape, LeafShape, ListShape, Shape

_COMMAND, _LAST = 1, 2
_PDV_FIELDS = 4
_PDV_HEADER = 6
_CLAUSE = "PS3.8 E.2"
_PIECES = (1, 2, 7, 16, 128)


class _Fragment(NamedTuple):
    context_id: bytes
    header: int
    data: bytes

    @property
    def is_command(self) -> bool:
        return bool(self.header & _COMMAND)


def _fragment(node: Node) -> _Fragment | None:
    """What is in a PDV, None if it is damaged."""
    if not isinstance(node, GroupNode) or node.shape.role != "pdv" or len(node.parts) < _PDV_FIELDS:
        return None
    _, context_id, header, *content = node.parts
    return _Fragment(context_id, header[0], b"".join(content)) if len(header) == 1 else None


def _pdv(fragment: _Fragment) -> GroupNode:
    octets = (b"", fragment.context_id, bytes((fragment.header,)), fragment.data)
    nodes: list[Node] = []
    for shape, part in zip(PLAIN_PDV.members, octets, strict=True):
        assert isinstance(shape, LeafShape)
        nodes.append(LeafNode(shape, part) if nodes else LengthNode(shape))
    return GroupNode(PLAIN_PDV, nodes)


def _pieces(fragment: _Fragment, size: int) -> list[_Fragment]:
    """The fragment in pieces of this many bytes; only the last piece can be the last one of its kind."""
    starts = range(0, max(len(fragment.data), 1), size)
    return [
        _Fragment(
            fragment.context_id,
            fragment.header if start == starts[-1] else fragment.header & ~_LAST,
            fragment.data[start : start + size],
        )
        for start in starts
    ]


def _split(spot: Spot) -> Edit | None:
    """In two, at any byte."""
    fragment = _fragment(spot.node)
    if fragment is None or not fragment.data:
        return None
    at = spot.choices.integer(0, len(fragment.data))
    first = _Fragment(fragment.context_id, fragment.header & ~_LAST, fragment.data[:at])
    second = fragment._replace(data=fragment.data[at:])
    return put(spot, (_pdv(first), _pdv(second)), f"split after {at} of {len(fragment.data)} bytes")


def _split_all(spot: Spot) -> Edit | None:
    """At every byte, or every few if there is no room for so many PDVs."""
    fragment = _fragment(spot.node)
    if fragment is None or not fragment.data:
        return None
    size = 1 + len(fragment.data) * _PDV_HEADER // max(spot.room, 1)
    pieces = _pieces(fragment, size)
    return put(spot, tuple(map(_pdv, pieces)), f"split into {len(pieces)}")


def _empty(spot: Spot) -> Edit | None:
    fragment = _fragment(spot.node)
    return None if fragment is None else put(spot, (_pdv(fragment._replace(data=b"")),), "without a fragment")


def _bare(fields: int, text: str) -> Operator:
    """A PDV of its length and so many more bytes: less than the two that it must have."""

    def change(spot: Spot) -> Edit | None:
        node = group_of(spot)
        return put(spot, (GroupNode(node.shape, node.children[: 1 + fields]),), text)

    return Operator(f"pdv-of-{'no-bytes' if fields == 0 else 'one-byte'}", _is_pdv, change, "PS3.8 9.3.5.1")


def _empty_before(spot: Spot) -> Edit | None:
    fragment = _fragment(spot.node)
    if fragment is None:
        return None
    empty = _pdv(fragment._replace(header=fragment.header & ~_LAST, data=b""))
    return put(spot, (empty, spot.node), "after an empty fragment")


def _empty_last(spot: Spot) -> Edit | None:
    fragment = _fragment(spot.node)
    if fragment is None:
        return None
    first = _pdv(fragment._replace(header=fragment.header & ~_LAST))
    last = _pdv(fragment._replace(header=fragment.header | _LAST, data=b""))
    return put(spot, (first, last), "followed by an empty last fragment")


def _interleaved(spot: Spot) -> Edit | None:
    """The PDVs of a P-DATA-TF in pieces, one of each in turn."""
    node = spot.node
    assert isinstance(node, ListNode)
    fragments = [fragment for child in node.children if (fragment := _fragment(child))]
    if len(fragments) < 2:
        return None
    longest = max(len(fragment.data) for fragment in fragments)
    size = max(1, longest // spot.choices.integer(2, 8))
    turns = zip_longest(*(_pieces(fragment, size) for fragment in fragments))
    mixed = [_pdv(piece) for turn in turns for piece in turn if piece is not None]
    tree = with_node(spot.tree, spot.path, ListNode(node.shape, mixed))
    return around(spot, tree, f"{len(mixed)} pieces of {len(fragments)} PDVs in turn")


def _message(spot: Spot) -> list[_Fragment]:
    """All fragments of a message."""
    node = spot.node
    assert isinstance(node, ListNode)
    lists = [group.children[-1] for group in node.children if isinstance(group, GroupNode) and group.children]
    values = [child for inner in lists if isinstance(inner, ListNode) for child in inner.children]
    return [fragment for value in values if (fragment := _fragment(value))]


def _as_message(spot: Spot, pdus: Iterable[Iterable[_Fragment]], text: str) -> Edit | None:
    """The message as P-DATA-TFs of these fragments, each like the first P-DATA-TF that it had."""
    node = spot.node
    assert isinstance(node, ListNode)
    like = next(
        (one for one in node.children if isinstance(one, GroupNode) and isinstance(one.children[-1], ListNode)), None
    )
    if like is None:
        return None
    values = like.children[-1]
    assert isinstance(values, ListNode)
    made = [GroupNode(like.shape, [*like.children[:-1], ListNode(values.shape, map(_pdv, pdu))]) for pdu in pdus]
    return Edit(with_node(spot.tree, spot.path, ListNode(node.shape, made)), text)


def _each(fragments: Iterable[_Fragment]) -> list[list[_Fragment]]:
    return [[fragment] for fragment in fragments]


def _merged(spot: Spot) -> Edit | None:
    return _as_message(spot, [_message(spot)], "all PDVs in one P-DATA-TF")


def _refragmented(spot: Spot) -> Edit | None:
    """Cut again, into pieces of a few bytes."""
    fragments = _message(spot)
    total = sum(len(fragment.data) for fragment in fragments)
    size = max(spot.choices.pick(_PIECES), 1 + total * (2 * _PDV_HEADER) // max(spot.room, 1))
    pieces = [piece for fragment in fragments for piece in _pieces(fragment, size)]
    return _as_message(spot, _each(pieces), f"in {len(pieces)} fragments")


def _mixed(spot: Spot) -> Edit | None:
    """Fragments of the command and of the data set in turn."""
    fragments = _message(spot)
    commands = [fragment for fragment in fragments if fragment.is_command]
    others = [fragment for fragment in fragments if not fragment.is_command]
    turns = zip_longest(others, commands)
    return _as_message(spot, _each(one for turn in turns for one in turn if one), "command and data set in turn")


def _without_end(spot: Spot) -> Edit | None:
    """No fragment of one kind is the last."""
    fragments = _message(spot)
    kind = spot.choices.pick((_COMMAND, 0))
    open_ended = [
        one._replace(header=one.header & ~_LAST) if one.header & _COMMAND == kind else one for one in fragments
    ]
    what = "command" if kind else "data set"
    return _as_message(spot, _each(open_ended), f"no last fragment of the {what}")


def _ended_early(spot: Spot) -> Edit | None:
    """A fragment that is not the last says it is."""
    fragments = _message(spot)
    early = [index for index, one in enumerate(fragments) if not one.header & _LAST]
    if not early:
        return None
    at = spot.choices.pick(early)
    fragments[at] = fragments[at]._replace(header=fragments[at].header | _LAST)
    return _as_message(spot, _each(fragments), f"fragment {at + 1} of {len(fragments)} says that it is the last")


def _without_command(spot: Spot) -> Edit | None:
    return _as_message(spot, _each(one for one in _message(spot) if not one.is_command), "without its command")


def _without_data_set(spot: Spot) -> Edit | None:
    return _as_message(spot, _each(one for one in _message(spot) if one.is_command), "without its data set")


def _command_inside(spot: Spot) -> Edit | None:
    """The command again, before any fragment but the first."""
    fragments = _message(spot)
    commands = [one for one in fragments if one.is_command]
    if not commands:
        return None
    at = spot.choices.integer(1, len(fragments))
    again = [*fragments[:at], *commands, *fragments[at:]]
    return _as_message(spot, _each(again), f"the command again after fragment {at} of {len(fragments)}")


def _contexts_mixed(spot: Spot) -> Edit | None:
    """Every other fragment is of another context."""
    mixed = [
        one._replace(context_id=bytes((one.context_id[0] + 2 & 0xFF,))) if index % 2 and one.context_id else one
        for index, one in enumerate(_message(spot))
    ]
    return _as_message(spot, _each(mixed), "every other fragment is of another context")


def _is_pdv(shape: Shape) -> bool:
    return isinstance(shape, GroupShape) and shape.role == "pdv"


def _is_pdv_list(shape: Shape) -> bool:
    return isinstance(shape, ListShape) and any(map(_is_pdv, shape.elements()))


def _is_message(shape: Shape) -> bool:
    return isinstance(shape, ListShape) and any(one.role == "message_pdu" for one in shape.elements())


FRAGMENTS = (
    Operator("pdv-split", _is_pdv, _split, _CLAUSE, variants=8),
    Operator("pdv-split-at-every-byte", _is_pdv, _split_all, _CLAUSE),
    Operator("pdv-empty", _is_pdv, _empty, _CLAUSE),
    _bare(0, "without context and header"),
    _bare(1, "without header"),
    Operator("pdv-after-an-empty-one", _is_pdv, _empty_before, _CLAUSE),
    Operator("pdv-before-an-empty-last-one", _is_pdv, _empty_last, _CLAUSE),
    Operator("pdvs-interleaved", _is_pdv_list, _interleaved, _CLAUSE, variants=4),
    Operator("message-in-one-pdu", _is_message, _merged, _CLAUSE),
    Operator("message-in-other-fragments", _is_message, _refragmented, _CLAUSE, variants=len(_PIECES)),
    Operator("message-interleaved", _is_message, _mixed, _CLAUSE),
    Operator("message-without-end", _is_message, _without_end, _CLAUSE, variants=2),
    Operator("message-ended-early", _is_message, _ended_early, _CLAUSE, variants=2),
    Operator("message-without-command", _is_message, _without_command, _CLAUSE),
    Operator("message-without-data-set", _is_message, _without_data_set, _CLAUSE),
    Operator("message-with-command-inside", _is_message, _command_inside, _CLAUSE, variants=4),
    Operator("message-of-two-contexts", _is_message, _contexts_mixed, _CLAUSE),
)
