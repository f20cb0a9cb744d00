"""The strategies of the test kit: what is valid is valid and complete, what is damaged says how, all is bounded."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from pydicom.filereader import read_dataset

from dulcimer._generated.commands import CommandField
from dulcimer.dimse import command_set
from dulcimer.dimse.messages import MemorySink, MessageAssembler
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes, TargetRole
from dulcimer.fuzz.tree.paths import nodes_in, schema_name_of
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import LeafShape, shapes_in
from dulcimer.fuzz.tree.wire_shapes import shape_of
from dulcimer.testing import strategies as dicom
from dulcimer.wire.codec import decode, decode_lenient, encode
from dulcimer.wire.model import Pdu
from dulcimer.wire.pdus import PDU_SCHEMAS

_T = TypeVar("_T")
ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")


def examples(strategy: st.SearchStrategy[_T], count: int) -> list[_T]:
    """So many examples. They depend on which modules are imported, so a test must not need a rare one."""
    found: list[_T] = []

    @settings(max_examples=count, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: _T) -> None:
        found.append(value)

    collect()
    return found


def test_every_field_of_every_pdu_occurs_in_valid_pdus() -> None:
    wanted = {
        name
        for schema in PDU_SCHEMAS.values()
        for name, shape in shapes_in(shape_of(schema))
        if isinstance(shape, LeafShape) and shape.name != "unparsed_bytes"
    }
    seen: set[str] = set()
    for count in (50, 300, 2000):
        if wanted <= seen:
            break
        for strategy in (dicom.associate_rqs(), dicom.associate_acs(), dicom.pdus()):
            for pdu in examples(strategy, count):
                tree = tree_of(encode(pdu))
                seen |= {schema_name_of(tree, path) for path, _ in nodes_in(tree)}
    assert sorted(wanted - seen) == []


@given(dicom.pdus())
def test_nothing_deviates_in_valid_pdus(pdu: Pdu) -> None:
    data = encode(pdu)
    assert decode_lenient(data).deviations == ()
    assert decode(data) == pdu


@given(dicom.damaged_pdus())
def test_damaged_bytes_differ_from_their_base_and_say_how(damaged: dicom.ChangedBytes) -> None:
    assert damaged.data != damaged.base or len(damaged.changes) > 1
    assert 1 <= len(damaged.changes) <= 3
    assert all(": " in change for change in damaged.changes)
    assert bytes(damaged) == damaged.data


def test_damage_shrinks_to_one_change_of_a_small_pdu() -> None:
    quiet = settings(max_examples=2000, derandomize=True, suppress_health_check=list(HealthCheck))
    found = find(dicom.damaged_pdus(), lambda made: any("pdu_length: " in one for one in made.changes), settings=quiet)
    assert len(found.changes) == 1
    assert len(found.base) <= 18


@given(st.integers(16, 600).flatmap(lambda most: st.tuples(st.just(most), dicom.hostile_pdus(most=most))))
def test_hostile_bytes_are_bounded(made: tuple[int, dicom.ChangedBytes]) -> None:
    most, hostile = made
    assert len(hostile.data) <= most
    assert hostile.changes


def test_hostile_bytes_are_of_many_kinds() -> None:
    changes = "\n".join(change for made in examples(dicom.hostile_pdus(), 100) for change in made.changes)
    kinds = ("pdu_length ", "length: ", "havoc", "the same PDU", "splice", "random bytes")
    assert len([kind for kind in kinds if kind in changes]) >= 5, changes


def test_hostile_lengths_are_huge() -> None:
    quiet = settings(max_examples=20_000, derandomize=True, suppress_health_check=list(HealthCheck))
    found = find(dicom.hostile_pdus(), lambda made: "pdu_length 4294967295" in made.changes[0], settings=quiet)
    assert len(found.data) < 80


@given(dicom.damaged_pdus(dicom.release_rqs().map(encode), most_changes=1))
def test_base_of_the_damage_can_be_given(damaged: dicom.ChangedBytes) -> None:
    assert damaged.base == bytes.fromhex("050000000004 00000000".replace(" ", ""))
    assert len(damaged.changes) == 1


# ---------------------------------------------------------------------- messages


@given(dicom.command_sets())
def test_nothing_deviates_in_command_sets(data: bytes) -> None:
    command = command_set.decode(data)
    assert command.deviations == ()
    assert command_set.encode(command.message(), has_data_set=command.has_data_set is True) == data


def test_all_messages_occur_and_one_kind_can_be_asked_for() -> None:
    assert len({message.command_field for message in examples(dicom.dimse_messages(), 200)}) > 15
    for field in CommandField:
        made = examples(dicom.dimse_messages(field), 5)
        assert {message.command_field for message in made} == {field}


@given(st.integers(8, 300).flatmap(lambda most: st.tuples(st.just(most), dicom.messages(maximum_length=most))))
def test_message_comes_out_of_its_fragments(made: tuple[int, dicom.FragmentedMessage]) -> None:
    most, message = made
    assembler = MessageAssembler({message.context_id}, lambda *_: MemorySink())
    whole = [
        one
        for pdu in message.p_data_tfs
        for one in assembler.process(
            [
                (item.presentation_context_id, item.message_control_header, item.fragment)
                for item in pdu.presentation_data_value_items
            ]
        )
    ]
    assert [one.command_set.message() for one in whole] == [message.message]
    assert all(len(data) - 6 <= most and not decode_lenient(data).deviations for data in message.pdus)
    assert bytes(message) == b"".join(map(encode, message.p_data_tfs))
    sink = whole[0].data
    assert (sink.getvalue() if isinstance(sink, MemorySink) else None) == message.data_set


def test_fragments_are_few_or_many_and_several_are_in_a_pdu() -> None:
    found = examples(dicom.messages(), 200)
    counts = {len(one.p_data_tfs) for one in found}
    assert 1 in counts
    assert max(counts) > 10
    assert any(len(pdu.presentation_data_value_items) > 3 for one in found for pdu in one.p_data_tfs)


def test_maximum_length_without_room_for_a_fragment_is_refused() -> None:
    with pytest.raises(ValueError, match="maximum_length 7 is less than 8"):
        find(dicom.messages(maximum_length=7), lambda _: True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("explicit", [False, True], ids=["implicit", "explicit"])
def test_data_sets_are_read_by_pydicom_without_a_warning(explicit: bool) -> None:
    for data in examples(dicom.data_set_bytes(explicit=explicit), 100):
        assert len(data) < 4096
        read = read_dataset(BytesIO(data), is_implicit_VR=not explicit, is_little_endian=True)
        tags = [element.tag for element in read.iterall()]
        assert tags
        assert list(read.keys()) == sorted(read.keys())
        assert read_dataset(BytesIO(data), is_implicit_VR=not explicit, is_little_endian=True) == read


# ---------------------------------------------------------------------- sequences


@pytest.mark.parametrize("role", ROLES)
def test_sequences_are_legal_or_illegal(role: TargetRole) -> None:
    every, legal, illegal = (
        {one.digest for one in examples(dicom.event_sequences(role, kind), 400)} for kind in ("any", "legal", "illegal")
    )
    assert len(every) > 50
    assert len(legal) > 10
    assert len(illegal) > 50
    assert not legal & illegal


@given(dicom.event_sequences("acceptor", "legal"))
def test_legal_sequence_begins_with_a_request(sequence: FuzzSequence) -> None:
    first = next((step for step in sequence.steps if isinstance(step, SendBytes)), None)
    assert first is None or first.data[0] in (1, 7)


# ---------------------------------------------------------------------- without hypothesis


@pytest.mark.parametrize("wanted", ["UpperLayerMachine", "strategies"])
def test_without_hypothesis_the_command_that_installs_it_is_named(wanted: str) -> None:
    program = f"""
import sys
sys.modules["hypothesis"] = None
import dulcimer.testing.plugin
from dulcimer.testing import UpperLayerAdapter
from dulcimer.testing import {wanted}
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: this part of dulcimer.testing needs hypothesis, which is not installed: "
        "pip install 'dulcimer[fuzz]'"
    )
