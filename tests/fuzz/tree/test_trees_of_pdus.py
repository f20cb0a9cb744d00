"""A PDU and its tree have the same bytes, and a changed tree has the right lengths."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dulcimer._generated.codes import UserIdentityType
from dulcimer.fuzz.tree.nodes import LeafNode, LengthNode, octets_of
from dulcimer.fuzz.tree.paths import (
    boundaries,
    lengths_around,
    name_of,
    node_at,
    nodes_in,
    number_at,
    octets_at,
    offset_of,
    path_named,
    schema_name_of,
    with_lengths,
    with_node,
    with_nodes,
)
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import LeafShape, shapes_in
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import A_ASSOCIATE_AC, A_ASSOCIATE_RQ, PDU_SCHEMAS
from dulcimer.wire.schema_walk import walk
from support.tree_samples import request
from support.wire_strategies import any_bytes, associate_acs, associate_rqs, legal_pdus, p_data_tfs

legal = legal_pdus().map(encode)
nested = (associate_rqs() | associate_acs() | p_data_tfs()).map(encode)


@given(legal)
def test_legal_pdu_and_its_tree_have_the_same_bytes_and_all_lengths_are_counted(data: bytes) -> None:
    tree = tree_of(data)
    assert octets_of(tree) == data
    assert not [node for _, node in nodes_in(tree) if isinstance(node, LengthNode) and node.fixed is not None]


@given(any_bytes())
def test_any_bytes_and_their_tree_are_the_same(data: bytes) -> None:
    assert octets_of(tree_of(data)) == data


@given(any_bytes())
def test_leaves_are_the_fields_of_the_field_map(data: bytes) -> None:
    tree = tree_of(data)
    leaves = [
        (offset_of(tree, path), octets_at(tree, path))
        for path, node in nodes_in(tree)
        if node.shape.kind not in ("group", "list")
    ]
    assert [leaf for leaf in leaves if leaf[1]] == [
        (field.offset, field.raw) for field in field_map(data) if field.size
    ]


@given(any_bytes())
def test_every_node_is_found_by_its_name(data: bytes) -> None:
    tree = tree_of(data)
    for path, _ in nodes_in(tree):
        assert path_named(tree, name_of(tree, path)) == path


@settings(max_examples=50)
@given(nested, st.data(), st.binary(max_size=30))
def test_lengths_follow_a_value_that_changes(data: bytes, draw: st.DataObject, value: bytes) -> None:
    tree = tree_of(data)
    varied = [path for path, node in nodes_in(tree) if isinstance(node, LeafNode) and node.shape.width is None]
    assume(varied)
    path = draw.draw(st.sampled_from(varied))
    leaf = node_at(tree, path)
    assert isinstance(leaf, LeafNode)
    changed = with_node(tree, path, LeafNode(leaf.shape, value))
    assert octets_at(changed, path) == value
    assert decode_lenient(octets_of(changed)).structural is None
    assert len(octets_of(changed)) - len(data) == len(value) - len(leaf.octets)


@settings(max_examples=50)
@given(nested, st.data())
def test_lengths_follow_an_element_that_is_left_out_or_doubled(data: bytes, draw: st.DataObject) -> None:
    tree = tree_of(data)
    listed = [path for path, node in nodes_in(tree) if node.shape.kind == "group" and path]
    assume(listed)
    path = draw.draw(st.sampled_from(listed))
    node = node_at(tree, path)
    for copies in (2, 0):
        changed = octets_of(with_nodes(tree, path, (node,) * copies))
        assert len(changed) == len(data) + (copies - 1) * len(node.octets)
        assert all(
            ": no " in str(one) or one.problem.startswith("no ")
            for one in decode_lenient(changed).deviations
            if one.structural
        )


def test_names_read_as_in_the_standard() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    path = path_named(tree, "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length")
    assert number_at(tree, path) == 4
    assert schema_name_of(tree, path) == "A-ASSOCIATE-RQ/user_information/maximum_length/item_length"
    around = [name_of(tree, length) for length in lengths_around(tree, path)]
    assert around == ["A-ASSOCIATE-RQ/user_information[0]/item_length", "A-ASSOCIATE-RQ/pdu_length"]
    third = path_named(tree, "A-ASSOCIATE-RQ/presentation_context_rq[2]/presentation_context_id")
    assert number_at(tree, third) == 5
    assert name_of(tree, path_named(tree, "A-ASSOCIATE-RQ/variable_items")) == "A-ASSOCIATE-RQ/variable_items"
    assert name_of(tree, ()) == "A-ASSOCIATE-RQ"


@pytest.mark.parametrize(
    "name", ["A-ABORT", "A-ASSOCIATE-RQ/nothing", "A-ASSOCIATE-RQ/user_information[1]", "A-ASSOCIATE-RQ/pdu_type/x"]
)
def test_name_of_no_node_is_refused(name: str) -> None:
    with pytest.raises(LookupError):
        path_named(tree_of(request(UserIdentityType.USERNAME)), name)


def test_lengths_of_one_field_govern_only_that() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME_AND_PASSCODE))
    path = path_named(tree, "A-ASSOCIATE-RQ/user_information[0]/user_identity[0]/secondary_field")
    around = [name_of(tree, length).rpartition("/")[2] for length in lengths_around(tree, path)]
    assert around == ["secondary_field_length", "item_length", "item_length", "pdu_length"]


def test_fixed_length_stays_when_what_it_governs_changes() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    length = path_named(tree, "A-ASSOCIATE-RQ/user_information[0]/item_length")
    fixed = with_lengths(tree, {length: b"\xff\xfe"})
    last = path_named(tree, "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]")
    assert octets_at(with_nodes(fixed, last, ()), length) == b"\xff\xfe"
    assert number_at(with_nodes(tree, last, ()), length) == number_at(tree, length) - 8


@pytest.mark.parametrize("schema", PDU_SCHEMAS.values(), ids=lambda schema: schema.title)
def test_shapes_have_the_leaves_of_the_schema_without_items_that_are_never_allowed(schema: Layout) -> None:
    shapes = [shape for _, shape in shapes_in(shape_of(schema)) if isinstance(shape, LeafShape)]
    never = {A_ASSOCIATE_RQ: ("[59H]",), A_ASSOCIATE_AC: ("[57H]", "[58H]")}.get(schema, ())
    leaves = [leaf for path, leaf in walk(schema) if not any(key in path for key in never)]
    assert [shape.leaf for shape in shapes] == leaves
    assert [(shape.name, shape.kind, shape.width) for shape in shapes] == [
        (leaf.name, leaf.kind, leaf.width) for leaf in leaves
    ]


@given(legal)
def test_names_in_the_schema_are_those_of_its_shapes(data: bytes) -> None:
    tree = tree_of(data)
    known = {name for name, _ in shapes_in(tree.shape)}
    names = {schema_name_of(tree, path) for path, _ in nodes_in(tree)}
    assert {name for name in names if "item_of_unknown_type" not in name} <= known


@given(any_bytes())
def test_bytes_can_be_cut_where_fields_begin(data: bytes) -> None:
    found = boundaries(tree_of(data))
    assert found == tuple(sorted({field.offset for field in field_map(data) if field.size and field.offset}))
