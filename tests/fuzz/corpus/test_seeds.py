"""Seeds are right: what is found from them comes from what is changed in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dulcimer._generated.codes import PduType, UserIdentityType
from dulcimer._generated.commands import MESSAGES
from dulcimer.dimse.messages import Message, MessageAssembler
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.service_seeds import service_seeds
from dulcimer.fuzz.corpus.streams import pdus_of
from dulcimer.fuzz.corpus.wide_seeds import wide_seeds
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes
from dulcimer.wire.codec import decode
from dulcimer.wire.model import AssociateRq, PDataTf, Pdu, UserIdentity
from support.dicom_files import TEST_FILES, sort_test_files

FILES = sorted(TEST_FILES.rglob("*"))
ACCEPTOR = acceptor_seeds() | wide_seeds("acceptor") | service_seeds("acceptor")
REQUESTOR = requestor_seeds() | wide_seeds("requestor") | service_seeds("requestor")
SEEDS = {**acceptor_seeds(files=FILES), **ACCEPTOR, **{f"requestor: {name}": one for name, one in REQUESTOR.items()}}


def pdus(sequence: FuzzSequence) -> Iterator[Pdu]:
    """The PDUs of a sequence, read strictly."""
    return map(decode, pdus_of(sequence.sent))


def messages(sequence: FuzzSequence) -> list[Message]:
    assembler = MessageAssembler(range(256))
    values = [
        (item.presentation_context_id, item.message_control_header, item.fragment)
        for pdu in pdus(sequence)
        if isinstance(pdu, PDataTf)
        for item in pdu.presentation_data_value_items
    ]
    return list(assembler.process(values))


@pytest.mark.parametrize("name", SEEDS)
def test_each_pdu_and_each_message_of_a_seed_follows_the_standard(name: str) -> None:
    sequence = SEEDS[name]
    assert list(pdus(sequence)) or "half-closed" in name
    for message in messages(sequence):
        assert message.command_set.message()
        assert not message.command_set.deviations
    assert not any(step.operators for step in sequence.steps if isinstance(step, SendBytes))
    assert FuzzSequence.from_json(sequence.to_json()) == sequence


@pytest.mark.parametrize("seeds", [ACCEPTOR, REQUESTOR], ids=["acceptor", "requestor"])
def test_no_two_seeds_are_the_same(seeds: dict[str, FuzzSequence]) -> None:
    assert len({sequence.digest for sequence in seeds.values()}) == len(seeds)


@pytest.mark.parametrize("seeds", [acceptor_seeds(), requestor_seeds()], ids=["acceptor", "requestor"])
def test_every_pdu_comes_first_and_in_an_association(seeds: dict[str, FuzzSequence]) -> None:
    for kind in PduType:
        assert seeds[f"{kind.label} first"].sent[0] == kind
        assert [pdu.pdu_type for pdu in pdus(seeds[f"{kind.label} in an association"])][-1] == kind


def test_every_user_identity_is_there() -> None:
    found = {
        item.user_identity_type
        for sequence in acceptor_seeds().values()
        for pdu in pdus(sequence)
        if isinstance(pdu, AssociateRq)
        for item in pdu.user_information.all(UserIdentity)
    }
    assert found == set(UserIdentityType)


def test_every_composite_service_is_there() -> None:
    found = {
        MESSAGES[message.command_set.command_field or 0].name
        for sequence in acceptor_seeds().values()
        for message in messages(sequence)
    }
    assert found >= {"C-ECHO-RQ", "C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ", "C-STORE-RQ", "C-STORE-RSP", "C-CANCEL-RQ"}


def test_files_with_instances_become_seeds_and_others_do_not() -> None:
    small = [instance for instance in sort_test_files()[0] if instance.path.stat().st_size < 1 << 18]
    added = {name for name in SEEDS if name.startswith("C-STORE of ")}
    assert {f"C-STORE of {instance.path.as_posix()}" for instance in small} <= added
    for instance in small:
        request = next(pdus(SEEDS[f"C-STORE of {instance.path.as_posix()}"]))
        assert isinstance(request, AssociateRq)
        context = request.presentation_contexts[-1]
        assert (context.abstract_syntax, context.transfer_syntaxes) == (instance.sop_class, (instance.transfer_syntax,))
