"""What a receiver reads of changed trees: lengths that lie, values, structure, fragments and data sets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.codes import UserIdentityType
from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.fuzz.corpus.every_element import every_command_element
from dulcimer.fuzz.operators.catalogue import BY_NAME, apply_named
from dulcimer.fuzz.operators.operator import Application
from dulcimer.fuzz.tree.data_sets import data_set_tree
from dulcimer.fuzz.tree.messages import message_tree, p_data_tree
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import nodes_in, number_at, path_named
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    AssociateRq,
    PDataTf,
    PresentationContextRq,
    PresentationDataValue,
    UserInformation,
)
from support.tree_samples import every_element, request

RQ = tree_of(request(UserIdentityType.USERNAME_AND_PASSCODE))
ITEM_LENGTH = "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length"


def applied(tree: Node, operator: str, node: str, choices: bytes | int = b"") -> Application:
    source = SeededChoices(choices) if isinstance(choices, int) else OctetChoices(choices)
    application = apply_named(tree, operator, node, source)
    assert application is not None
    assert application.changed, str(application)
    return application


def read(octets: bytes) -> AssociateRq:
    pdu = decode_lenient(octets).pdu
    assert isinstance(pdu, AssociateRq)
    return pdu


def fragments(octets: bytes) -> list[PresentationDataValue]:
    """The PDVs of P-DATA-TFs one after the other."""
    found: list[PresentationDataValue] = []
    while octets:
        length = 6 + int.from_bytes(octets[2:6], "big")
        pdu = decode_lenient(octets[:length]).pdu
        assert isinstance(pdu, PDataTf)
        found += pdu.presentation_data_value_items
        octets = octets[length:]
    return found


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("zero", 0),
        ("one", 1),
        ("minus-one", 3),
        ("minus-two", 2),
        ("plus-one", 5),
        ("plus-two", 6),
        ("sign-bit", 0x8000),
    ],
)
@pytest.mark.parametrize("following", [0, 1, 2])
def test_length_lies_and_so_do_as_many_around_it_as_are_drawn(operator: str, value: int, following: int) -> None:
    result = applied(RQ, f"length-{operator}", ITEM_LENGTH, bytes((following,)))
    assert len(result.octets) == len(RQ.octets)
    names = (ITEM_LENGTH, "A-ASSOCIATE-RQ/user_information[0]/item_length", "A-ASSOCIATE-RQ/pdu_length")
    for place, name in enumerate(names):
        path = path_named(RQ, name)
        lie = value - 4 if place <= following else 0
        assert number_at(result.tree, path) == number_at(RQ, path) + lie


def test_lengths_are_as_large_as_their_names_say() -> None:
    def length(operator: str, node: str) -> int:
        return number_at(applied(RQ, operator, node).tree, path_named(RQ, node))

    pdu = "A-ASSOCIATE-RQ/pdu_length"
    whole = len(RQ.octets)
    assert length("length-highest", pdu) == 2**32 - 1
    assert length("length-sign-bit", pdu) == 2**31
    assert length("length-ffff", pdu) == 0xFFFF
    assert length("length-highest", ITEM_LENGTH) == 0xFFFF
    assert length("length-remaining", pdu) == whole
    assert length("length-under-child", pdu) < number_at(
        RQ, path_named(RQ, "A-ASSOCIATE-RQ/application_context[0]/item_length")
    )
    outer = "A-ASSOCIATE-RQ/user_information[0]/item_length"
    assert length("length-over-parent", ITEM_LENGTH) > number_at(RQ, path_named(RQ, outer)) - 4
    assert length("length-over-parent", outer) > number_at(RQ, path_named(RQ, outer))


@given(st.integers(0, 2**64), st.sampled_from([1, 3]))
def test_context_id_is_wrong_in_the_way_that_is_said(seed: int, which: int) -> None:
    node = f"A-ASSOCIATE-RQ/presentation_context_rq[{which - 1 >> 1}]/presentation_context_id"
    ids = {
        name: number_at(applied(RQ, name, node, seed).tree, path_named(RQ, node))
        for name in BY_NAME
        if name.startswith("context-")
    }
    assert ids["context-zero"] == 0
    assert ids["context-even"] == which + 1
    assert ids["context-doubled"] in {1, 3, 5} - {which}
    assert ids["context-unused"] not in {1, 3, 5}
    assert ids["context-unused"] % 2 == 1


def test_strings_keep_the_width_of_a_field_or_break_it() -> None:
    title = "A-ASSOCIATE-RQ/called_ae_title"
    assert read(applied(RQ, "string-command", title).octets).called_ae_title == "$(id)"
    assert read(applied(RQ, "string-command", title, b"\0\0\1").octets).called_ae_title == "CALLED$(id)"
    assert read(applied(RQ, "string-blank", title).octets).called_ae_title == ""
    assert len(applied(RQ, "string-high", title, b"\0\2").octets) == len(RQ.octets)
    assert len(applied(RQ, "string-too-long", title).octets) == len(RQ.octets) + 1


@pytest.mark.parametrize(("operator", "length"), [("string-empty", 0), ("string-longest", 64), ("string-too-long", 65)])
def test_uids_of_0_64_and_65_characters(operator: str, length: int) -> None:
    node = "A-ASSOCIATE-RQ/application_context[0]/application_context_name"
    pdu = read(applied(RQ, operator, node).octets)
    assert len(pdu.variable_items[0].application_context_name) == length  # type: ignore[union-attr]  # the first item
    problems = [one.problem for one in decode_lenient(encode(pdu)).deviations]
    assert bool(problems) == (length != 64)


@pytest.mark.parametrize(
    ("operator", "number"), [("list-empty", 0), ("list-one", 1), ("list-128", 128), ("list-129", 129)]
)
def test_lists_have_as_many_elements_as_the_name_says(operator: str, number: int) -> None:
    pdu = read(applied(RQ, operator, "A-ASSOCIATE-RQ/variable_items").octets)
    assert len(pdu.variable_items) == number
    contexts = [item.presentation_context_id for item in pdu.variable_items if isinstance(item, PresentationContextRq)]
    assert len(set(contexts)) == len(contexts)


def test_list_has_the_most_that_the_lengths_around_it_count() -> None:
    node = "A-ASSOCIATE-RQ/user_information[0]/user_data"
    result = applied(RQ, "list-most", node)
    length = path_named(RQ, "A-ASSOCIATE-RQ/user_information[0]/item_length")
    assert 0xFF00 < number_at(result.tree, length) <= 0xFFFF
    assert decode_lenient(result.octets).structural is None


@given(st.integers(0, 2**64))
def test_element_that_is_moved_is_elsewhere(seed: int) -> None:
    result = applied(RQ, "element-moved", "A-ASSOCIATE-RQ/presentation_context_rq[1]", seed)
    assert len(result.octets) == len(RQ.octets)
    left = [item for item in read(result.octets).variable_items if isinstance(item, PresentationContextRq)]
    assert len(left) == 2


def test_item_in_itself() -> None:
    result = applied(RQ, "element-in-itself", "A-ASSOCIATE-RQ/user_information[0]", b"\1")
    (user,) = (item for item in read(result.octets).variable_items if isinstance(item, UserInformation))
    assert len(result.octets) > 2 * len(applied(RQ, "element-left-out", "A-ASSOCIATE-RQ/user_information[0]").octets)
    depth = max(str(path).count(",") for path, _ in nodes_in(tree_of(result.octets)))
    assert user.user_data
    assert depth >= 4


def test_bytes_after_a_pdu_are_not_counted_and_those_in_it_are() -> None:
    after = applied(RQ, "pdu-followed", "A-ASSOCIATE-RQ")
    assert after.octets == RQ.octets + b"\0"
    inside = applied(RQ, "pdu-with-trailing-bytes", "A-ASSOCIATE-RQ")
    assert int.from_bytes(inside.octets[2:6], "big") == len(inside.octets) - 6 == len(RQ.octets) - 5


MESSAGE = message_tree(b"C" * 10, b"D" * 20, context_id=3, longest=10)
FIRST = "message/P-DATA-TF[0]/presentation_data_value[0]"


def test_pdv_is_split_at_every_byte() -> None:
    values = fragments(applied(MESSAGE, "pdv-split-at-every-byte", FIRST).octets)
    assert [bytes(one.fragment) for one in values][:5] == [b"C", b"C", b"C", b"C", b"CCCC"]
    assert [one.message_control_header for one in values][:4] == [1, 1, 1, 1]
    assert b"".join(bytes(one.fragment) for one in values) == b"C" * 10 + b"D" * 20


@pytest.mark.parametrize(("operator", "length"), [("pdv-of-no-bytes", 0), ("pdv-of-one-byte", 1), ("pdv-empty", 2)])
def test_pdv_is_as_short_as_the_name_says(operator: str, length: int) -> None:
    octets = applied(MESSAGE, operator, FIRST).octets
    assert int.from_bytes(octets[6:10], "big") == length
    assert int.from_bytes(octets[2:6], "big") == 4 + length


def test_message_without_end_interleaved_or_ended_early() -> None:
    whole = fragments(MESSAGE.octets)
    assert [one.message_control_header for one in whole] == [1, 1, 3, 0, 0, 0, 0, 2]
    no_end = fragments(applied(MESSAGE, "message-without-end", "message").octets)
    assert [one.message_control_header for one in no_end] == [1, 1, 1, 0, 0, 0, 0, 2]
    early = fragments(applied(MESSAGE, "message-ended-early", "message").octets)
    assert [one.message_control_header for one in early] == [3, 1, 3, 0, 0, 0, 0, 2]
    mixed = fragments(applied(MESSAGE, "message-interleaved", "message").octets)
    assert [one.message_control_header & 1 for one in mixed] == [0, 1, 0, 1, 0, 1, 0, 0]
    assert applied(MESSAGE, "message-in-one-pdu", "message").octets[:6] == b"\4\0" + (8 * 6 + 30).to_bytes(4, "big")
    inside = fragments(applied(MESSAGE, "message-with-command-inside", "message", b"\4").octets)
    assert [one.message_control_header & 1 for one in inside] == [1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0]
    none = applied(MESSAGE, "list-empty", "message/P-DATA-TF[0]/presentation_data_value_items").octets
    assert none.startswith(b"\4\0\0\0\0\0\4\0")


def test_pdvs_of_command_and_data_set_take_turns() -> None:
    pdu = encode(PDataTf((PresentationDataValue(1, 3, b"c" * 8), PresentationDataValue(1, 2, b"d" * 8))))
    values = fragments(applied(tree_of(pdu), "pdvs-interleaved", "P-DATA-TF/presentation_data_value_items").octets)
    assert [(one.message_control_header, bytes(one.fragment)) for one in values] == [
        (1, b"cccc"), (0, b"dddd"), (3, b"cccc"), (2, b"dddd"),
    ]  # fmt: skip


def test_group_length_lies_and_the_p_data_tf_around_it_is_right() -> None:
    pdu = encode(PDataTf((PresentationDataValue(1, 3, every_command_element()),)))
    tree = p_data_tree(pdu)
    node = "P-DATA-TF/command_pdv[0]/command_set/command_group_length[0]/value"
    result = applied(tree, "length-plus-one", node)
    assert len(result.octets) == len(pdu)
    changed = [at for at, (old, new) in enumerate(zip(pdu, result.octets, strict=True)) if old != new]
    assert changed == [20]


@pytest.mark.parametrize("explicit", [False, True], ids=["implicit", "explicit"])
@pytest.mark.parametrize("form", [0, 1, 2], ids=["ended", "open", "defined"])
@pytest.mark.parametrize("most", [3_000, 1 << 20])
def test_nesting_bomb_is_deep_and_bounded(explicit: bool, form: int, most: int) -> None:
    tree = data_set_tree(every_element(explicit=explicit), explicit=explicit)
    result = BY_NAME["data-nested-deeply"].apply(tree, (), OctetChoices(bytes((form, 4))), most=most)
    assert result.changed
    assert most // 4 < len(result.octets) <= most
    again = data_set_tree(result.octets, explicit=explicit)
    assert max(len(path) for path, _ in nodes_in(again)) > 100
    assert again.octets == result.octets


def test_element_gets_another_vr_or_that_of_a_sequence() -> None:
    tree = data_set_tree(every_element(explicit=True), explicit=True)
    node = "explicit_data_set/00100010[0]/vr"
    at = tree.octets.index(b"\x10\x00\x10\x00PN") + 4
    assert applied(tree, "vr-sequence", node).octets[at : at + 2] == b"SQ"
    assert applied(tree, "vr-other", node).octets[at : at + 2] not in (b"PN", b"SQ")


@pytest.mark.parametrize(
    ("operator", "octets"),
    [
        ("data-with-item", "feff00e000000000"),
        ("data-with-item-end", "feff0de000000000"),
        ("data-with-sequence-end", "feffdde000000000"),
    ],
)
def test_delimitation_is_out_of_place(operator: str, octets: str) -> None:
    tree = data_set_tree(every_element(explicit=True), explicit=True)
    result = applied(tree, operator, "explicit_data_set")
    assert result.octets == bytes.fromhex(octets) + tree.octets


@pytest.mark.parametrize("repaired", [0, 1])
def test_lengths_beyond_those_that_are_repaired_stay_as_they_were(repaired: int) -> None:
    node = "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]"
    result = applied(RQ, "element-left-out", node, bytes((2, repaired)))
    for place, name in enumerate(("A-ASSOCIATE-RQ/user_information[0]/item_length", "A-ASSOCIATE-RQ/pdu_length")):
        path = path_named(RQ, name)
        assert number_at(result.tree, path) == number_at(RQ, path) - (8 if place < repaired else 0)


def test_pdv_that_is_split_ends_once_and_splits_fit_the_room() -> None:
    whole = message_tree(b"C" * 40, context_id=3)
    values = fragments(applied(whole, "pdv-split", FIRST, b"\7").octets)
    assert [(one.message_control_header, len(one.fragment)) for one in values] == [(1, 7), (3, 33)]
    path = path_named(whole, FIRST)
    bounded = BY_NAME["pdv-split-at-every-byte"].apply(whole, path, OctetChoices(b""), most=len(whole.octets) + 60)
    assert bounded.changed
    assert len(fragments(bounded.octets)) > 4
