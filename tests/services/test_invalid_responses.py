"""Responses are checked against the request: an invalid one gives an empty status, and the reason is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from dulcimer._generated.commands import CEchoRq, CStoreRq, NActionRq, NCreateRq
from dulcimer.dimse import command_set
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.responses import deviation_of, problem_of
from dulcimer.learn.labs.messages import elements
from dulcimer.sop_class import CTImageStorage, ModalityPerformedProcedureStep, StorageCommitmentPushModel, Verification
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from support.entities import ct, nothing_left, peer_that, query, scu
from support.raw_dimse import Answer, answering

ANSWER = 0x8000
OTHER = "1.2.3.99"


@pytest.fixture
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def response(request: CommandSet, **changes: Any) -> bytes:
    """A valid response with these changes; an element that is None is left out."""
    assert request.command_field is not None
    values = {
        "affected_sop_class_uid": request.value("affected_sop_class_uid") or request.value("requested_sop_class_uid"),
        "command_field": request.command_field | ANSWER,
        "message_id_being_responded_to": request.value("message_id"),
        "command_data_set_type": 0x0101,
        "status": 0,
        **changes,
    }
    return elements({name: value for name, value in values.items() if value is not None})


def after(changes: dict[str, Any], send: Callable[[Any], Any], *classes: str) -> tuple[Any, Any]:
    """What `send` returns if the peer's responses have these changes; and the association."""
    with peer_that(answering(lambda request: [(response(request, **changes), None)])) as address:
        with scu(*classes).associate(*address) as association:
            assert association.is_established
            return send(association), association


INVALID: dict[str, tuple[dict[str, Any], str]] = {
    "no status": ({"status": None}, "no Status"),
    "status of four bytes": ({"status": b"\0\0\0\0"}, "no Status"),
    "status twice": ({"status": [0, 1]}, "a repeated element"),
    "answer of another service": ({"command_field": 0x8001}, "C-STORE-RSP answers a C-ECHO-RQ"),
    "command field not defined": ({"command_field": 0x8777}, "8777H answers a C-ECHO-RQ"),
    "no request named": ({"message_id_being_responded_to": None}, "without Message ID Being Responded To"),
}


@pytest.mark.clause("PS3.7 9.3, 10.3")
@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize(("changes", "why"), INVALID.values(), ids=INVALID)
def test_invalid_response_is_an_empty_status_and_the_reason_is_logged(
    changes: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, association = after(changes, lambda association: association.send_c_echo())
    assert len(status) == 0
    assert association.is_aborted
    assert why in str(association.error)
    assert why in caplog.text


def test_response_to_another_message_is_passed_over() -> None:
    def answers(request: CommandSet) -> Sequence[Answer]:
        return [(response(request, message_id_being_responded_to=999, status=1), None), (response(request), None)]

    with peer_that(answering(answers)) as address, scu().associate(*address) as association:
        assert association.send_c_echo(msg_id=7).Status == 0


@pytest.mark.parametrize(
    "changes", [{"affected_sop_class_uid": None}, {"affected_sop_class_uid": ""}, {"error_comment": "why not"}], ids=str
)
def test_what_a_response_may_leave_out_or_add_is_no_fault(changes: dict[str, Any]) -> None:
    status, _ = after(changes, lambda association: association.send_c_echo())
    assert status.Status == 0


ANOTHER: dict[str, tuple[dict[str, Any], Callable[[Any], Any], str, str]] = {
    "SOP class": (
        {"affected_sop_class_uid": OTHER},
        lambda association: association.send_c_echo(),
        Verification,
        "Affected SOP Class UID (0000,0002) '1.2.3.99'",
    ),
    "stored instance": (
        {"affected_sop_instance_uid": OTHER},
        lambda association: association.send_c_store(ct()),
        CTImageStorage,
        "Affected SOP Instance UID (0000,1000) '1.2.3.99'",
    ),
    "reported instance": (
        {"affected_sop_instance_uid": OTHER},
        lambda association: association.send_n_event_report(query(), 1, StorageCommitmentPushModel, "1.2.3")[0],
        StorageCommitmentPushModel,
        "Affected SOP Instance UID (0000,1000) '1.2.3.99'",
    ),
    "action": (
        {"action_type_id": 9},
        lambda association: association.send_n_action(query(), 1, StorageCommitmentPushModel, "1.2")[0],
        StorageCommitmentPushModel,
        "Action Type ID (0000,1008) 9",
    ),
}


@pytest.mark.usefixtures("tidy")
@pytest.mark.parametrize(("changes", "send", "sop_class", "why"), ANOTHER.values(), ids=ANOTHER)
def test_status_counts_where_the_answer_names_another_and_the_log_tells(
    changes: dict[str, Any], send: Callable[[Any], Any], sop_class: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, association = after(changes, send, sop_class)
    assert status.Status == 0
    assert association.is_released
    assert why in caplog.text


def test_invalid_answer_in_the_middle_of_a_query_ends_it_with_an_empty_status() -> None:
    def answers(request: CommandSet) -> Sequence[Answer]:
        match = response(request, status=0xFF00, command_data_set_type=0)
        return [(match, b"\x10\0\x20\0\2\0\0\0id"), (response(request, status=None), None)]

    with peer_that(answering(answers)) as address, scu(Find).associate(*address) as association:
        found = list(association.send_c_find(query(), Find))
        assert [(status.get("Status"), data and data.PatientID) for status, data in found] == [
            (0xFF00, "id"),
            (None, None),
        ]
        assert association.is_aborted or not association.is_established


def test_data_set_that_cannot_be_read_is_reported_and_the_association_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from dulcimer.errors import DIMSEProcessingError
    from dulcimer.services import answers as module

    def fail(*_: Any, **__: Any) -> None:
        raise DIMSEProcessingError("not to be read")

    def answers(request: CommandSet) -> Sequence[Answer]:
        if request.command_field == 0x0020:
            match = response(request, status=0xFF00, command_data_set_type=0)
            return [(match, b"\x10\0\x20\0\2\0\0\0id"), (response(request), None)]
        if request.command_field == 0x0030:
            return [(response(request), None)]
        return [(response(request, command_data_set_type=0), b"\x10\0\x20\0\2\0\0\0id")]

    monkeypatch.setattr(module, "decode_data_set", fail)
    with peer_that(answering(answers)) as address:
        with scu(Find, ModalityPerformedProcedureStep).associate(*address) as association:
            found = [(status.Status, data) for status, data in association.send_c_find(query(), Find)]
            assert found == [(0xFF00, None), (0x0000, None)]
            status, data = association.send_n_create(query(), ModalityPerformedProcedureStep, "1.2.3")
            assert (status.Status, data) == (0x0110, None)
            assert association.send_c_echo().Status == 0
    assert caplog.text.count("not to be read") == 2


# The check itself

STORE = CStoreRq(affected_sop_class_uid="1.2", message_id=7, priority=0, affected_sop_instance_uid="1.2.3")
ACTION = NActionRq(requested_sop_class_uid="1.2", message_id=7, requested_sop_instance_uid="1.2.3", action_type_id=1)


@pytest.mark.clause("PS3.7 9.1, 10.1")
@pytest.mark.parametrize(
    ("request_", "changes", "why"),
    [
        (STORE, {}, None),
        (STORE, {"affected_sop_class_uid": "1.2 "}, None),
        (STORE, {"affected_sop_class_uid": "1.2.4"}, "SOP Class UID"),
        (STORE, {"affected_sop_instance_uid": "1.2.4"}, "SOP Instance UID"),
        (STORE, {"command_field": None}, "nothing answers a C-STORE-RQ"),
        (STORE, {"status": None}, "C-STORE-RSP has no Status (0000,0900)"),
        # may differ by the standard: a class of a meta class, an instance that the provider names
        (ACTION, {"affected_sop_class_uid": "1.2.4", "affected_sop_instance_uid": "9"}, None),
        (ACTION, {"action_type_id": 2}, "Action Type ID"),
        (NCreateRq(affected_sop_class_uid="1.2", message_id=7), {"affected_sop_instance_uid": "9"}, None),
        (CEchoRq(affected_sop_class_uid="1.2", message_id=7), {"affected_sop_class_uid": "1.3"}, "SOP Class UID"),
    ],
    ids=str,
)
def test_response_is_checked_against_what_the_standard_has_equal(
    request_: Any, changes: dict[str, Any], why: str | None
) -> None:
    asked = command_set.decode(command_set.encode(request_, has_data_set=False))
    answer = command_set.decode(response(asked, **changes))
    problem = problem_of(request_, answer) or deviation_of(request_, answer)
    assert problem is None if why is None else why in (problem or "")
