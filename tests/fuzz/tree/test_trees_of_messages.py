"""Command sets, data sets and messages as trees: the same bytes, and lengths that follow a change."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.dimse.command_set import decode
from dulcimer.fuzz.corpus.every_element import every_command_element
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.commands import command_tree
from dulcimer.fuzz.tree.data_sets import EXPLICIT_DATA_SET, IMPLICIT_DATA_SET, data_set_tree
from dulcimer.fuzz.tree.messages import MESSAGE, P_DATA_WITH_MESSAGE, message_tree, p_data_tree
from dulcimer.fuzz.tree.nodes import LeafNode, LengthNode, Node, octets_of
from dulcimer.fuzz.tree.paths import (
    name_of,
    node_at,
    nodes_in,
    number_at,
    path_named,
    schema_name_of,
    with_node,
    with_nodes,
)
from dulcimer.fuzz.tree.shapes import UNPARSED, shapes_in
from dulcimer.wire.codec import decode as decode_pdu
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue, ReleaseRq
from support.tree_samples import changed, command_sets, data_sets, every_element, whole_message
from support.wire_strategies import any_bytes, p_data_tfs


def parsed(tree: Node) -> bool:
    return all(node.shape is not UNPARSED for _, node in nodes_in(tree))


def wrong_lengths(tree: Node) -> list[str]:
    return [
        name_of(tree, path)
        for path, node in nodes_in(tree)
        if isinstance(node, LengthNode) and node.fixed not in (None, b"\xff\xff\xff\xff")
    ]


@given(changed(command_sets()))
def test_any_command_set_and_its_tree_have_the_same_bytes(data: bytes) -> None:
    tree = command_tree(data)
    assert octets_of(tree) == data
    for path, _ in nodes_in(tree):
        assert path_named(tree, name_of(tree, path)) == path


def test_group_length_follows_what_is_left_out() -> None:
    data = every_command_element()
    tree = command_tree(data)
    assert parsed(tree)
    assert wrong_lengths(tree) == []
    shorter = with_nodes(tree, path_named(tree, "command_set/message_id[0]"), ())
    octets = octets_of(shorter)
    assert struct.unpack_from("<I", octets, 8) == (len(octets) - 12,)
    assert number_at(shorter, path_named(shorter, "command_set/command_group_length[0]/value")) == len(octets) - 12
    assert decode(octets).values.keys() == decode(data).values.keys() - {0x0110}


@pytest.mark.parametrize("explicit", [False, True], ids=["implicit", "explicit"])
@given(data=st.data())
def test_any_data_set_and_its_tree_have_the_same_bytes(explicit: bool, data: st.DataObject) -> None:
    octets = data.draw(changed(data_sets(explicit=explicit)) | st.binary(max_size=80))
    tree = data_set_tree(octets, explicit=explicit)
    assert octets_of(tree) == octets
    for path, _ in nodes_in(tree):
        assert path_named(tree, name_of(tree, path)) == path


@pytest.mark.parametrize("explicit", [False, True], ids=["implicit", "explicit"])
@given(data=st.data())
def test_well_formed_data_sets_are_cut_into_elements(explicit: bool, data: st.DataObject) -> None:
    tree = data_set_tree(data.draw(data_sets(explicit=explicit)), explicit=explicit)
    assert parsed(tree)
    assert wrong_lengths(tree) == []


@pytest.mark.parametrize("explicit", [False, True], ids=["implicit", "explicit"])
def test_every_element_of_the_schema_occurs(explicit: bool) -> None:
    tree = data_set_tree(every_element(explicit=explicit), explicit=explicit)
    assert parsed(tree)
    names = {schema_name_of(tree, path) for path, _ in nodes_in(tree)}
    assert names == {name for name, _ in shapes_in(EXPLICIT_DATA_SET if explicit else IMPLICIT_DATA_SET)}


def test_lengths_of_sequences_follow_and_undefined_ones_stay() -> None:
    tree = data_set_tree(every_element(explicit=True), explicit=True)
    first = path_named(tree, "explicit_data_set/00081140[0]/sequence_item[0]/00081155[0]/value")
    leaf = node_at(tree, first)
    assert isinstance(leaf, LeafNode)
    longer = with_node(tree, first, LeafNode(leaf.shape, leaf.octets + b"12345678"))
    name = "explicit_data_set/{}[0]/value_length"
    tags = ("00081140", "0008114A", "00082112")
    lengths = [number_at(longer, path_named(longer, name.format(tag))) for tag in tags]
    before = [number_at(tree, path_named(tree, name.format(tag))) for tag in tags]
    assert lengths == [before[0] + 8, before[1], 0xFFFFFFFF]


def test_sequences_below_many_levels_stay_bytes() -> None:
    data = b""
    for _ in range(2000):
        item = b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data
        data = struct.pack("<HHI", 0x0008, 0x1140, len(item)) + item
    tree = data_set_tree(data, explicit=False)
    assert octets_of(tree) == data
    assert not parsed(tree)


@given(any_bytes() | p_data_tfs().map(encode), st.sampled_from([None, False, True]))
def test_any_p_data_tf_and_its_tree_have_the_same_bytes(data: bytes, explicit: bool | None) -> None:
    tree = p_data_tree(data, explicit=explicit)
    assert octets_of(tree) == data
    for path, _ in nodes_in(tree):
        assert path_named(tree, name_of(tree, path)) == path


def whole(explicit: bool) -> bytes:
    values = (
        PresentationDataValue(1, 3, every_command_element()),
        PresentationDataValue(1, 2, every_element(explicit=explicit)),
    )
    return encode(PDataTf(values))


@pytest.mark.parametrize("explicit", [False, True], ids=["implicit", "explicit"])
def test_elements_of_a_message_are_nodes_of_its_p_data_tf(explicit: bool) -> None:
    tree = p_data_tree(whole(explicit), explicit=explicit)
    known = {name for name, _ in shapes_in(P_DATA_WITH_MESSAGE)}
    assert {schema_name_of(tree, path) for path, _ in nodes_in(tree)} <= known
    name = "P-DATA-TF/command_pdv[0]/command_set/affected_sop_class_uid[0]/value"
    leaf = node_at(tree, path_named(tree, name))
    assert isinstance(leaf, LeafNode)
    longer = with_node(tree, path_named(tree, name), LeafNode(leaf.shape, b"1.2.840.10008.5.1.4.1.1.2\0"))
    again = decode_pdu(octets_of(longer))
    assert isinstance(again, PDataTf)
    command = decode(again.presentation_data_value_items[0].fragment)
    assert command.value("affected_sop_class_uid") == "1.2.840.10008.5.1.4.1.1.2"
    assert command.value("command_group_length") == len(again.presentation_data_value_items[0].fragment) - 12


@given(command_sets(), st.none() | st.binary(max_size=300), st.integers(7, 60))
def test_message_is_cut_into_fragments_and_is_the_same_again(
    command: bytes, data_set: bytes | None, longest: int
) -> None:
    tree = message_tree(command, data_set, context_id=5, longest=longest)
    pdus = [node.octets for node in tree.children]
    assert octets_of(tree) == b"".join(pdus)
    values = [value for data in pdus for value in values_of(data)]
    assert all(len(data) - 6 <= longest for data in pdus)
    assert b"".join(bytes(one.fragment) for one in values if one.message_control_header & 1) == command
    rest = [one for one in values if not one.message_control_header & 1]
    assert b"".join(bytes(one.fragment) for one in rest) == (data_set or b"")
    assert [one.message_control_header for one in rest] == [0] * (len(rest) - 1) + [2] * bool(rest)


def values_of(data: bytes) -> tuple[PresentationDataValue, ...]:
    from dulcimer.wire.codec import decode_lenient

    pdu = decode_lenient(data).pdu
    assert isinstance(pdu, PDataTf)
    return pdu.presentation_data_value_items


def test_no_room_for_a_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="6 bytes leave no room"):
        message_tree(b"ab", longest=6)


@given(any_bytes() | st.lists(p_data_tfs().map(encode), max_size=3).map(b"".join))
def test_whatever_is_sent_at_once_and_its_tree_have_the_same_bytes(data: bytes) -> None:
    assert octets_of(tree_of_pdus(data)) == data


def test_what_is_sent_at_once_decides_its_tree() -> None:
    one, two = whole_message(explicit=True), whole_message(explicit=False)
    assert tree_of_pdus(one).shape is P_DATA_WITH_MESSAGE
    names = [{node.shape.name for _, node in nodes_in(tree_of_pdus(data))} for data in (one, two)]
    assert ["explicit_data_set" in found for found in names] == [True, False]
    assert ["implicit_data_set" in found for found in names] == [False, True]
    assert all("command_set" in found for found in names)
    assert tree_of_pdus(one + two).shape is MESSAGE
    assert tree_of_pdus(one + encode(ReleaseRq())).shape.name == "P-DATA-TF"
    assert tree_of_pdus(encode(ReleaseRq())).shape.name == "A-RELEASE-RQ"
