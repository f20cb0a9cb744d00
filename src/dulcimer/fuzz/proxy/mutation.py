"""Changes of a PDU on its way, with the operators of the fuzzer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from dulcimer.conformance.wire_peer.intake import is_within_reason
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.operators.catalogue import BY_NAME, applicable
from dulcimer.fuzz.operators.operator import Operator
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.messages import P_DATA_WITH_MESSAGE
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, name_of, nodes_in
from dulcimer.fuzz.tree.shapes import Shape, shapes_in
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire.pdus import PDU_SCHEMAS

LONGEST_MUTATED = 1 << 17
"""Bytes of a PDU that is changed; a longer one passes as it is."""
_TRIES = 16
_MOST_NODES = 2000
"""Nodes of a PDU that are looked at; a data set can have any number of elements."""
_OPEN_FIELDS = ("pdu_length", "item_length", "presentation_context_id", "message_control_header", "reserved_2")
"""Fields of a P-DATA-TF whose values say nothing about a patient."""


@dataclass(frozen=True, slots=True)
class MutateNode:
    """Change one node of the PDU, at `path`, with `operator`; "" for any node, or any operator that fits.

    The path has names from the outside to the inside, of which some may be left out: ``maximum_length`` is each node in
    the items of this name, ``user_information/maximum_length[0]/item_length`` is one node.
    """

    path: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class MutatedPdu:
    """A PDU that was changed: its bytes, and what was changed, as a symbolic path."""

    data: bytes
    change: str


def mutate_pdu(data: bytes, wanted: MutateNode, choices: Choices) -> MutatedPdu | None:
    """Change a PDU; the same choices give the same bytes. None if it has no such node, or nothing would change."""
    if len(data) > LONGEST_MUTATED or not is_within_reason(data):
        return None
    tree = tree_of_pdus(data)
    places = list(_places(tree, wanted))
    for _ in range(min(_TRIES, 4 * len(places))):
        path, operators = choices.pick(places)
        made = choices.pick(operators).apply(tree, path, choices)
        if made.changed:
            shown = made.node if _is_confidential(made.node) else str(made)
            return MutatedPdu(made.octets, f"{shown} ({made.operator})")
    return None


def _is_confidential(name: str) -> bool:
    """Whether the values of a node may be of a data set, or a password, and so are not shown."""
    root, *inner = name.split("/")
    if "user_identity" in name or not inner:
        return True
    return root.startswith("P-DATA-TF") and "command_set" not in inner and inner[-1] not in _OPEN_FIELDS


def _places(tree: Node, wanted: MutateNode) -> Iterator[tuple[Path, tuple[Operator, ...]]]:
    parts = wanted.path.split("/") if wanted.path else []
    for path, node in islice(nodes_in(tree), _MOST_NODES):
        fitting = applicable(node)
        if wanted.operator:
            fitting = tuple(each for each in fitting if each.name == wanted.operator)
        if fitting and (not parts or leads_to(name_of(tree, path), parts)):
            yield path, fitting


def leads_to(name: str, parts: list[str]) -> bool:
    """Whether the parts occur in the name of a node, in their order; a part without a number fits any number."""
    names = iter(name.split("/"))
    return all(any(_is_called(each, part) for each in names) for part in parts)


def _is_called(name: str, part: str) -> bool:
    return name == part or ("[" not in part and name.partition("[")[0] == part)


@cache
def schema_nodes() -> dict[str, Shape]:
    """Every node that a PDU can have, by its name in the schema."""
    roots = [P_DATA_WITH_MESSAGE, *map(shape_of, PDU_SCHEMAS.values())]
    return {name: shape for root in roots for name, shape in shapes_in(root)}


def known_operators() -> tuple[str, ...]:
    """The names of all operators."""
    return tuple(BY_NAME)
