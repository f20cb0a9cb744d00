"""The seeds have every node of every schema, for both roles, and every operator does something there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from dulcimer._generated.commands import ELEMENTS, MESSAGES
from dulcimer.dimse.command_set import decode
from dulcimer.dimse.data_set import decode_data_set
from dulcimer.fuzz.choices import SeededChoices
from dulcimer.fuzz.corpus.every_element import (
    ENCAPSULATED,
    EXPLICIT,
    IMPLICIT,
    encapsulated_instance,
    every_command_element,
    every_data_element,
)
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.wide_seeds import wide_seeds
from dulcimer.fuzz.operators.catalogue import Pair, all_campaign_pairs, places
from dulcimer.fuzz.operators.operator import Operator
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes, TargetRole
from dulcimer.fuzz.tree.any_pdus import SHAPES_OF_PDUS, tree_of_pdus
from dulcimer.fuzz.tree.data_sets import VRS
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, nodes_in, schema_name_of, schema_names_in

ROLES: list[TargetRole] = ["acceptor", "requestor"]
_TRIES = 8
ONE_CONTEXT = {
    (f"P-DATA-TF/{pdv}/presentation_context_id", "context-doubled")
    for pdv in ("presentation_data_value", "command_pdv", "implicit_data_set_pdv", "explicit_data_set_pdv")
}
"""Changes nothing in a PDU that follows the standard: all its PDVs are of one context (PS3.8 9.3.5)."""
_MOST_BYTES = 1 << 16
_MOST_OF_A_SEED = 4096


@cache
def usual(role: TargetRole) -> dict[str, FuzzSequence]:
    return acceptor_seeds() if role == "acceptor" else requestor_seeds()


@cache
def trees(role: TargetRole) -> tuple[Node, ...]:
    """The tree of each step that sends, the shortest first."""
    seeds = [*usual(role).values(), *wide_seeds(role).values()]
    data = {step.data for seed in seeds for step in seed.steps if isinstance(step, SendBytes)}
    return tuple(map(tree_of_pdus, sorted(data, key=lambda one: (len(one), one))))


def pairs_in(tree: Node) -> Iterator[tuple[Pair, Path, Operator]]:
    names: dict[Path, str] = {}
    for path, operator in places(tree):
        name = names.get(path) or names.setdefault(path, schema_name_of(tree, path))
        yield (name, operator.name), path, operator


@pytest.mark.parametrize("role", ROLES)
def test_nodes_have_the_same_names_alone_and_all_together(role: TargetRole) -> None:
    for tree in trees(role):
        named = [(path, node.shape, name) for path, node, name in schema_names_in(tree)]
        assert named == [(path, node.shape, schema_name_of(tree, path)) for path, node in nodes_in(tree)]


@pytest.mark.parametrize("role", ROLES)
def test_seeds_have_every_pair_of_a_node_and_an_operator(role: TargetRole) -> None:
    found = {pair for tree in trees(role) for pair, _, _ in pairs_in(tree)}
    assert len(all_campaign_pairs()) > 7_000
    assert all_campaign_pairs() - found == set()


@pytest.mark.parametrize("role", ROLES)
def test_every_pair_changes_some_seed(role: TargetRole) -> None:
    left = set(all_campaign_pairs())
    for seed in range(_TRIES):
        for tree in trees(role) if left else ():
            for pair, path, operator in pairs_in(tree):
                if pair in left and operator.apply(tree, path, SeededChoices(seed), most=_MOST_BYTES).changed:
                    left.remove(pair)
    assert left == ONE_CONTEXT


def test_shapes_are_those_of_the_seeds() -> None:
    for role in ROLES:
        assert {tree.shape for tree in trees(role)} == set(SHAPES_OF_PDUS)


@pytest.mark.parametrize("role", ROLES)
def test_wide_seeds_are_small_and_add_to_the_usual_ones(role: TargetRole) -> None:
    wide = wide_seeds(role)
    assert not wide.keys() & usual(role).keys()
    assert not {one.digest for one in wide.values()} & {one.digest for one in usual(role).values()}
    assert all(seed.role == role and len(seed.sent) < _MOST_OF_A_SEED for seed in wide.values())


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT], ids=["explicit", "implicit"])
def test_data_set_has_an_element_of_each_vr(syntax: str) -> None:
    elements = list(decode_data_set(every_data_element(syntax), syntax))
    assert {one.VR for one in elements} == set(VRS)
    assert [one.tag for one in elements] == sorted({one.tag for one in elements})
    sequences = [one for one in elements if one.VR == "SQ"]
    assert {one.is_undefined_length for one in sequences} == {False, True}
    items = {item.is_undefined_length_sequence_item for one in sequences for item in one.value}
    assert items == {False, True}
    assert min(len(one.value) for one in sequences) == 0
    assert any(inner.VR == "SQ" for one in sequences for item in one.value for inner in item)


def test_pixel_data_is_in_fragments() -> None:
    found = decode_data_set(encapsulated_instance(), ENCAPSULATED)["PixelData"]
    assert found.is_undefined_length
    assert found.value.count(b"\xfe\xff\x00\xe0") == 3


def test_command_set_has_every_element_of_every_message() -> None:
    found = decode(every_command_element())
    named = {ELEMENTS[tag].attribute for tag in found.values}
    assert named >= {name for message in MESSAGES.values() for name, _, _ in message.elements}
    assert found.message() and found.has_data_set
    assert not found.deviations
