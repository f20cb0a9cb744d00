"""Identifiers whose lengths do not add up: the SCP refuses them, the SCU reports them; neither uses the rest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from dulcimer import evt
from dulcimer._generated.commands import CommandField
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.learn.labs.messages import elements
from dulcimer.sop_class import StorageCommitmentPushModel as Commitment
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from support.command_runs import invoke, lines_of, words_of
from support.entities import nothing_left, peer_that, query, scp, scu, serving
from support.raw_dimse import answering, requesting

WHOLE = encode_data_set(query(PatientID="ID0001"), "1.2.840.10008.1.2")


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def ask_for(event: Any) -> Iterator[Any]:
    yield 0xFF00, event.identifier


def ask_for_count(event: Any) -> Iterator[Any]:
    yield len(event.identifier) and 0


def act(event: Any) -> Any:
    return 0, event.action_information


@pytest.mark.clause("PS3.4 C.4.1.1.4")
@pytest.mark.parametrize("cut", [1, 2, 3, 6, 7, 10])
def test_request_with_a_broken_data_set_is_refused_and_no_handler_is_blamed(
    cut: int, caplog: pytest.LogCaptureFixture
) -> None:
    handlers: list[Any] = [(evt.EVT_C_FIND, ask_for), (evt.EVT_C_GET, ask_for_count), (evt.EVT_N_ACTION, act)]
    requests = {
        CommandField.C_FIND_RQ: ({"affected_sop_class_uid": str(Find), "priority": 0}, 0xC000),
        CommandField.C_GET_RQ: ({"affected_sop_class_uid": str(Get), "priority": 0}, 0xC000),
        CommandField.N_ACTION_RQ: (
            {
                "requested_sop_class_uid": str(Commitment),
                "requested_sop_instance_uid": "1.2.3",
                "action_type_id": 1,
            },
            0x0110,
        ),
    }
    with serving(scp(Find, Get, Commitment), handlers) as address:
        with requesting(address, Find, Get, Commitment) as raw:
            for number, (field, (values, status)) in enumerate(requests.items()):
                asked = {"command_field": field, "message_id": number, **values}
                answer = raw.ask(asked, WHOLE[:-cut], 2 * number + 1)
                assert answer is not None
                assert answer.value("status") == status
                assert answer.value("error_comment").startswith("the data set is broken: ")
    assert not [record for record in caplog.records if record.exc_info]


def answers(request: Any) -> list[Any]:
    """A complete match, one that is cut off, another complete one."""
    values = {
        "affected_sop_class_uid": request.value("affected_sop_class_uid"),
        "command_field": 0x8020,
        "message_id_being_responded_to": request.value("message_id"),
        "command_data_set_type": 0,
        "status": 0xFF00,
    }
    final = {**values, "command_data_set_type": 0x0101, "status": 0}
    pending = elements(values)
    return [(pending, WHOLE), (pending, WHOLE[:-3]), (pending, WHOLE), (elements(final), None)]


def test_match_that_is_cut_off_is_none() -> None:
    with peer_that(answering(answers)) as address, scu(Find).associate(*address) as association:
        found = list(association.send_c_find(query(PatientID=""), Find))
    assert [status.Status for status, _ in found] == [0xFF00, 0xFF00, 0xFF00, 0]
    assert [match and match.PatientID for _, match in found] == ["ID0001", None, "ID0001", None]


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
def test_find_tells_the_match_that_is_cut_off_and_ends_with_1(json: list[str]) -> None:
    with peer_that(answering(answers)) as address:
        result = invoke("find", address, "-k", "PatientID", *json)
    assert result.exit_code == 1
    if json:
        found = lines_of(result)
        assert [line["00100020"]["Value"] for line in found[:2]] == [["ID0001"]] * 2
        assert "match 2" in found[2]["error"]["came"]
    else:
        assert result.stdout.count("ID0001") == 2
        assert "2 matches" in result.stdout
        assert "not readable: match 2" in words_of(result.output)
