"""The cases of requestors: complete, with stable ids, and made of bytes that are what they say."""

from __future__ import annotations

import re

import pytest

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import NO_DATA_SET
from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer._generated.fsm import EVENTS, TABLE, Events, States
from dulcimer._generated.requestor import ENTRIES, RULES, AcceptanceVariant, Response
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import of_pdu
from dulcimer.conformance.model.steps import Send, data_of
from dulcimer.conformance.sender_rules.acceptor import AcceptorCheck
from dulcimer.conformance.sender_rules.common import SenderCheck
from dulcimer.conformance.sender_rules.requestor import RequestorCheck, requestor_log
from dulcimer.conformance.stimuli.answers import DimseRequest, Requests, acceptance_bytes, response_bytes
from dulcimer.conformance.stimuli.messages import Titles, associate_rq
from dulcimer.dimse import command_set
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import AssociateAc, PDataTf, PresentationDataValue

CASES = requestor_cases()
ID = re.compile(
    r"ul\.req\.sender\.after-end|ul\.fsm\.req\.sta\d\d\.evt\d\d(\.[a-z0-9-]+)*|ul\.time\.req\.sta\d\d|(enc|pdv|dimse)\.req(\.[a-z0-9-]+)+"
)
REQUEST = associate_rq(Titles())
REQUEST_BYTES = encode(REQUEST)


@pytest.mark.clause("PS3.8 9.2.3")
def test_every_cell_of_a_requestor_that_the_network_can_bring_about_has_a_case() -> None:
    states = {States.from_label(entry.state) for entry in ENTRIES} - {States.STA_4}
    cells = {cell for cell in TABLE if cell[1] in states and EVENTS[cell[0]].kind != "primitive"}
    found = {case.cell for case in CASES if case.cell}
    assert found == cells | {(Events.EVT_17, States.STA_4)}
    assert len(found) == 65


def test_ids_are_unique_and_follow_the_scheme() -> None:
    ids = [case.id for case in CASES] + [rule.id for rule in RULES]
    assert len(ids) == len(set(ids))
    assert [identifier for identifier in ids if not ID.fullmatch(identifier)] == []
    assert not set(ids) & {case.id for case in acceptor_cases(Titles())}


def test_aliases_are_ae_titles_and_tell_the_cases_apart() -> None:
    aliases = [case.alias for case in CASES]
    assert len(set(aliases)) == len(CASES)
    assert all(re.fullmatch(r"[A-Z0-9]{1,16}", alias) for alias in aliases)


def test_every_case_says_what_it_demands() -> None:
    for case in CASES:
        assert case.role == "requestor", case.id
        assert case.requirement.endswith("."), case.id
        assert case.clause.startswith("PS3."), case.id
        assert case.severity in {"S0", "S1", "S2", "S3", "S4"}, case.id
        assert case.expected, case.id
        assert case.rules, case.id
        assert case.injection.steps or case.expectation.watch == "window" or case.opening.steps, case.id


@pytest.mark.parametrize("variant", ("type-00", "rq-short", "p-data-no-pdv", "abort-length-2"))
def test_every_variant_of_evt19_has_a_case_in_sta6(variant: str) -> None:
    assert f"ul.fsm.req.sta06.evt19.{variant}" in {case.id for case in CASES}


@pytest.mark.parametrize(
    ("rules", "check"), ((SENDER_RULES, AcceptorCheck), (RULES, RequestorCheck)), ids=("acceptor", "requestor")
)
def test_each_rule_names_a_check_that_is_there_and_each_check_is_named(
    rules: tuple[SenderRule, ...], check: type[SenderCheck]
) -> None:
    assert set(check.checks) == {rule.check for rule in rules}


@pytest.mark.parametrize(
    ("user", "verdict"), (((), "FAILED"), (("class-uid",), "UNOBSERVABLE")), ids=("said", "not-said")
)
def test_maximum_length_binds_only_if_it_was_announced(user: tuple[str, ...], verdict: str) -> None:
    log = requestor_log()
    check = RequestorCheck(CASES[0], log)
    check.sent(acceptance_bytes(REQUEST, REQUEST_BYTES, AcceptanceVariant(user=user), 16384))
    pdu = PDataTf((PresentationDataValue(1, 0, bytes(20000)),))
    check.received(of_pdu(0.0, encode(pdu), pdu))
    found = {result.case.id: str(result.verdict) for result in log.results()}
    assert found["enc.req.sender.maximum-length"] == verdict


def test_usual_acceptance_accepts_all_and_echoes_the_request() -> None:
    answer = acceptance_bytes(REQUEST, REQUEST_BYTES, AcceptanceVariant(), 16384)
    decoded = decode_lenient(answer)
    assert isinstance(decoded.pdu, AssociateAc)
    assert not decoded.deviations
    assert answer[10:74] == REQUEST_BYTES[10:74]
    assert [item.result_reason for item in decoded.pdu.presentation_contexts] == [0]


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.id.startswith("enc.req.length.")], ids=lambda case: case.id
)
def test_acceptance_with_a_wrong_length_cannot_be_cut_into_fields(case: RequestorCase) -> None:
    (step,) = case.injection.steps
    assert isinstance(step, Send)
    assert isinstance(step.made, AcceptanceVariant)
    data = acceptance_bytes(REQUEST, REQUEST_BYTES, step.made, 16384)
    assert decode_lenient(data).structural is not None


def test_reserved_bytes_of_an_acceptance_are_all_set_and_it_still_reads_the_same() -> None:
    usual = decode_lenient(acceptance_bytes(REQUEST, REQUEST_BYTES, AcceptanceVariant(), 16384))
    data = acceptance_bytes(REQUEST, REQUEST_BYTES, AcceptanceVariant(reserved=True), 16384)
    assert data[1] == 0xFF
    assert decode_lenient(data).pdu == usual.pdu


@pytest.mark.parametrize("limit", (0, 8, 16, 64, 16384))
def test_response_keeps_to_the_maximum_length_and_reads_as_one_command_set(limit: int) -> None:
    data = response_bytes(DimseRequest.echo(), Response(), limit)
    command = bytearray()
    while data:
        size = 6 + int.from_bytes(data[2:6], "big")
        pdu = decode_lenient(data[:size]).pdu
        assert isinstance(pdu, PDataTf)
        assert not limit or size - 6 <= limit
        for value in pdu.presentation_data_value_items:
            command += value.fragment
        data = data[size:]
    message = command_set.decode(command)
    assert message.command_field == 0x8030
    assert message.value("status") == 0


def test_request_is_whole_when_its_data_set_has_come() -> None:
    from dulcimer._generated.commands import CStoreRq

    request = CStoreRq(
        affected_sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        message_id=3,
        priority=0,
        affected_sop_instance_uid="1.2.3",
    )
    data = command_set.encode(request, has_data_set=True)
    command = command_set.decode(data)
    requests = Requests()
    assert command.value("command_data_set_type") != NO_DATA_SET
    assert requests.add(PDataTf((PresentationDataValue(5, 3, data),)), command) is None
    assert requests.add(PDataTf((PresentationDataValue(5, 0, b"ab"),)), None) is None
    whole = requests.add(PDataTf((PresentationDataValue(5, 2, b"cd"),)), None)
    assert whole is not None
    assert whole.context_id == 5
    assert whole.wants_response


def test_stimulus_and_its_provocation_go_out_in_one_segment() -> None:
    case = next(case for case in CASES if case.id == "ul.fsm.req.sta09.evt13")
    (step,) = case.injection.steps
    assert data_of(step)[:1] == bytes([PduType.A_RELEASE_RQ])
    assert data_of(step)[10:11] == bytes([PduType.A_RELEASE_RP])
