"""Pairs are drawn so that all come, and every change can be made again from its names and bytes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.codes import UserIdentityType
from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.fuzz.operators.catalogue import Pair, all_pairs
from dulcimer.fuzz.operators.drawing import PairIndex, follow
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import GroupShape
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort
from support.tree_samples import bases, request

INDEX = PairIndex(bases())


@given(st.integers(0, 2**64))
def test_change_is_made_again_from_its_names_and_bytes(seed: int) -> None:
    made = INDEX.draw({}, SeededChoices(seed), most=50_000)
    base, application = bases()[made.base], made.application
    again = follow(base, [(application.operator, application.node, made.choices)], most=50_000)
    if not application.changed:
        assert again is None
    else:
        assert again is not None
        assert (again.tree.octets, again.texts) == (application.octets, (str(application),))


@settings(max_examples=15)
@given(st.lists(st.integers(0, 2**64), min_size=1, max_size=4))
def test_several_changes_are_made_again_in_their_order(seeds: list[int]) -> None:
    tree: Node = tree_of(request(UserIdentityType.USERNAME))
    first, changes, texts = tree, [], []
    for seed in seeds:
        made = PairIndex([tree]).draw({}, SeededChoices(seed), most=2_000)
        if made.application.changed:
            tree = made.application.tree
            changes.append((made.application.operator, made.application.node, made.choices))
            texts.append(str(made.application))
    again = follow(first, changes, most=2_000)
    assert again is not None
    assert (again.tree.octets, list(again.texts)) == (tree.octets, texts)


def test_change_whose_node_is_gone_is_not_made() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    node = "A-ASSOCIATE-RQ/user_information[0]"
    assert follow(tree, [("element-left-out", node, b""), ("element-doubled", node, b"")]) is None
    assert follow(tree, []) == (tree, ())


def test_all_pairs_come_and_those_seldom_applied_come_first() -> None:
    index = PairIndex([tree_of(encode(Abort(2, 1)))])
    assert set(index.pairs) == all_pairs(shape()) and len(index.pairs) > 50
    hits: Counter[Pair] = Counter()
    choices = SeededChoices(1)
    for _ in range(8 * len(index.pairs)):
        made = index.draw(hits, choices)
        hits[made.application.schema_node, made.application.operator] += made.application.changed
    assert hits.keys() == set(index.pairs)
    assert min(hits.values()) >= 4


def shape() -> GroupShape:
    found = tree_of(encode(Abort(2, 1))).shape
    assert isinstance(found, GroupShape)
    return found


def test_index_of_the_bases_has_every_pair() -> None:
    from support.tree_samples import SCHEMAS

    assert set(INDEX.pairs) >= frozenset().union(*map(all_pairs, SCHEMAS))


def test_nothing_to_draw_from_is_refused() -> None:
    with pytest.raises(ValueError, match="no number"):
        PairIndex([]).draw({}, OctetChoices(b""))
    with pytest.raises(KeyError):
        INDEX.make(("A-ABORT", "nothing"), OctetChoices(b""))
