"""Every DIMSE service has a seed, under a SOP class that has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dulcimer._generated.commands import MESSAGES
from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer.dimse.data_set import decode_data_set
from dulcimer.dimse.messages import MemorySink, Message, MessageAssembler
from dulcimer.fuzz.corpus.every_element import IMPLICIT
from dulcimer.fuzz.corpus.query_seeds import query_seeds
from dulcimer.fuzz.corpus.requestor_seeds import requestor_seeds
from dulcimer.fuzz.corpus.seeds import acceptor_seeds
from dulcimer.fuzz.corpus.service_seeds import service_seeds
from dulcimer.fuzz.corpus.streams import pdus_of
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole
from dulcimer.wire.codec import decode
from dulcimer.wire.model import AssociateRq, PDataTf

NORMALIZED = ("N-EVENT-REPORT", "N-GET", "N-SET", "N-ACTION", "N-CREATE", "N-DELETE")
COMPOSITE = ("C-STORE", "C-FIND", "C-GET", "C-MOVE", "C-ECHO")
SEEDS: dict[TargetRole, dict[str, FuzzSequence]] = {
    "acceptor": acceptor_seeds() | service_seeds("acceptor"),
    "requestor": requestor_seeds() | service_seeds("requestor"),
}


def messages(sequence: FuzzSequence) -> Iterator[Message]:
    pdus = [pdu for pdu in map(decode, pdus_of(sequence.sent)) if isinstance(pdu, PDataTf)]
    values = [
        (one.presentation_context_id, one.message_control_header, one.fragment)
        for pdu in pdus
        for one in pdu.presentation_data_value_items
    ]
    yield from MessageAssembler(range(256)).process(values)


def names(role: TargetRole) -> set[str]:
    found = (one for seed in SEEDS[role].values() for one in messages(seed))
    return {MESSAGES[one.command_set.command_field or 0].name for one in found}


def test_every_request_is_sent_to_acceptors() -> None:
    assert names("acceptor") >= {f"{service}-RQ" for service in (*NORMALIZED, *COMPOSITE, "C-CANCEL")}


def test_every_response_is_sent_to_requestors() -> None:
    assert names("requestor") >= {f"{service}-RSP" for service in (*NORMALIZED, *COMPOSITE)} | {"N-EVENT-REPORT-RQ"}


OF_ACCEPTOR = service_seeds("acceptor") | query_seeds()


@pytest.mark.parametrize("name", OF_ACCEPTOR)
def test_service_is_one_of_the_sop_class_of_its_context(name: str) -> None:
    seed = OF_ACCEPTOR[name]
    request = next(map(decode, pdus_of(seed.sent)))
    assert isinstance(request, AssociateRq)
    services = {
        one.presentation_context_id: services_of(one.abstract_syntax or "") for one in request.presentation_contexts
    }
    for message in messages(seed):
        service = MESSAGES[message.command_set.command_field or 0].name.removesuffix("-RQ").removesuffix("-RSP")
        assert service == "C-CANCEL" or service in services[message.context_id]


def services_of(sop_class: str) -> tuple[str, ...]:
    found = [one for one in SERVICE_CLASSES.values() if sop_class in {each.uid for each in one.sop_classes}]
    return tuple(service for one in found for service in one.messages)


@pytest.mark.parametrize("role", ["acceptor", "requestor"])
def test_messages_have_the_data_sets_that_they_must_have(role: TargetRole) -> None:
    for seed in (OF_ACCEPTOR if role == "acceptor" else service_seeds(role)).values():
        for message in messages(seed):
            info = MESSAGES[message.command_set.command_field or 0]
            assert message.command_set.has_data_set is not None
            assert not (info.data_set == "none" and message.command_set.has_data_set)
            assert info.data_set != "M" or message.command_set.has_data_set
            if message.command_set.has_data_set:
                assert isinstance(message.data, MemorySink)
                assert list(decode_data_set(message.data.getvalue(), IMPLICIT))
