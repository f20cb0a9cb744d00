"""Invalid requests are answered with the statuses of PS3.7 Annex C, before a handler is called."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dulcimer import _config, evt
from dulcimer._generated.commands import CommandField
from dulcimer.sop_class import (
    BasicFilmBox,
    BasicFilmSession,
    BasicGrayscalePrintManagementMeta,
    CTImageStorage,
    ModalityPerformedProcedureStep,
    MRImageStorage,
    StorageCommitmentPushModel,
    UnifiedProcedureStepPull,
    UnifiedProcedureStepPush,
    Verification,
)
from dulcimer.sop_class import PatientRootQueryRetrieveInformationModelFind as PatientFind
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.wire.model import Abort
from support.entities import nothing_left, scp, serving
from support.raw_dimse import Raw, requesting

CLASSES = (
    Verification,
    CTImageStorage,
    Find,
    ModalityPerformedProcedureStep,
    UnifiedProcedureStepPull,
    BasicGrayscalePrintManagementMeta,
    "1.2.3.4.5",
)
CONTEXT = {uid: 2 * number + 1 for number, uid in enumerate(CLASSES)}
LONG = "1." + "2" * 64
DATA = b"\x10\0\x20\0\2\0\0\0id"


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """The events whose handler was called."""
    return []


@pytest.fixture
def raw(asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Raw]:
    """An association with a server whose handlers all return success; instances are received into files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def told(event: evt.Event) -> int:
        asked.append(event.name)
        return 0

    def told_with_data(event: evt.Event) -> Any:
        return told(event), None

    def found(event: evt.Event) -> Iterator[Any]:
        told(event)
        yield 0x0000, None

    handlers = [
        *((event, told) for event in (evt.EVT_C_ECHO, evt.EVT_C_STORE, evt.EVT_N_DELETE)),
        *(
            (event, told_with_data)
            for event in (evt.EVT_N_ACTION, evt.EVT_N_CREATE, evt.EVT_N_GET, evt.EVT_N_SET, evt.EVT_N_EVENT_REPORT)
        ),
        (evt.EVT_C_FIND, found),
    ]
    asked.clear()
    with serving(scp(*CLASSES[1:], receive_into_files=True), handlers) as address:
        with requesting(address, *CLASSES) as connection:
            yield connection


def message(field: CommandField, uid: str, **values: Any) -> dict[str, Any]:
    """A request; an element that is None is left out."""
    named = (
        "requested" if field.name.startswith("N_") and field.name[2:5] in ("GET", "SET", "ACT", "DEL") else "affected"
    )
    usual: dict[str, Any] = {f"{named}_sop_class_uid": str(uid), "command_field": int(field), "message_id": 7}
    if field in (CommandField.C_STORE_RQ, CommandField.C_FIND_RQ):
        usual["priority"] = 0
    if field is CommandField.C_STORE_RQ or field.name.startswith("N_"):
        usual[f"{named}_sop_instance_uid"] = "1.2.3"
    return {name: value for name, value in {**usual, **values}.items() if value is not None}


ECHO, STORE, FIND = CommandField.C_ECHO_RQ, CommandField.C_STORE_RQ, CommandField.C_FIND_RQ
CREATE, SET, GET, ACTION = (
    CommandField.N_CREATE_RQ,
    CommandField.N_SET_RQ,
    CommandField.N_GET_RQ,
    CommandField.N_ACTION_RQ,
)
STEP = ModalityPerformedProcedureStep
META = BasicGrayscalePrintManagementMeta

REFUSED: dict[str, tuple[dict[str, Any], bytes | None, str, int]] = {
    # missing, damaged, repeated
    "store without priority": (message(STORE, CTImageStorage, priority=None), DATA, CTImageStorage, 0x0212),
    "store without instance": (
        message(STORE, CTImageStorage, affected_sop_instance_uid=None),
        DATA,
        CTImageStorage,
        0x0212,
    ),
    "store of an empty instance": (
        message(STORE, CTImageStorage, affected_sop_instance_uid=""),
        DATA,
        CTImageStorage,
        0x0212,
    ),
    "priority of one byte": (message(STORE, CTImageStorage, priority=b"\0"), DATA, CTImageStorage, 0x0212),
    "class twice": (message(ECHO, Verification, affected_sop_class_uid=[Verification] * 2), None, Verification, 0x0212),
    "data set type twice": (
        {**message(ECHO, Verification), "command_data_set_type": [0x0101, 0x0101]},
        None,
        Verification,
        0x0212,
    ),
    "class missing": (message(ECHO, Verification, affected_sop_class_uid=None), None, Verification, 0x0212),
    "action without a type": (message(ACTION, META, requested_sop_class_uid=BasicFilmSession), None, META, 0x0212),
    # no data set
    "store without data": (message(STORE, CTImageStorage), None, CTImageStorage, 0x0212),
    "query without identifier": (message(FIND, Find), None, Find, 0x0212),
    "nothing to set": (message(SET, STEP), None, STEP, 0x0120),
    # SOP classes
    "echo of another class": (message(ECHO, CTImageStorage), None, Verification, 0x0122),
    "query of another model": (message(FIND, PatientFind), DATA, Find, 0x0122),
    "store of what is no storage": (message(STORE, Find), DATA, CTImageStorage, 0x0122),
    "step of another service": (message(CREATE, StorageCommitmentPushModel), DATA, STEP, 0x0118),
    "step of no known class": (message(SET, "1.2.3.4.5.6"), DATA, STEP, 0x0118),
    # operations
    "echo in a context of storage": (message(ECHO, CTImageStorage), None, CTImageStorage, 0x0211),
    "deletion of a step": (message(CommandField.N_DELETE_RQ, STEP), None, STEP, 0x0211),
    "command that there is not": ({**message(ECHO, Verification), "command_field": 0x0777}, None, Verification, 0x0211),
    # UIDs
    "store of no UID": (message(STORE, CTImageStorage, affected_sop_instance_uid=LONG), DATA, CTImageStorage, 0x0117),
    "creation of no UID": (message(CREATE, STEP, affected_sop_instance_uid=LONG), DATA, STEP, 0x0117),
    "no UID to get": (message(GET, STEP, requested_sop_instance_uid=LONG), None, STEP, 0x0117),
    # a created instance must have a UID
    "creation without a name": (message(CREATE, STEP, affected_sop_instance_uid=None), DATA, STEP, 0x0110),
}


@pytest.mark.clause("PS3.7 Annex C")
@pytest.mark.parametrize(("request_", "data", "context", "status"), REFUSED.values(), ids=REFUSED)
def test_invalid_request_is_answered_with_its_status_and_the_association_goes_on(
    raw: Raw,
    asked: list[str],
    request_: dict[str, Any],
    data: bytes | None,
    context: str,
    status: int,
    tmp_path: Path,
) -> None:
    answer = raw.ask(request_, data, CONTEXT[context])
    assert answer is not None
    assert f"{answer.value('status'):04X}" == f"{status:04X}"
    assert answer.value("message_id_being_responded_to") == 7
    assert answer.command_field == request_["command_field"] | 0x8000
    assert (asked == []) is (status != 0x0110)
    following = raw.ask(message(ECHO, Verification, message_id=8))
    assert following is not None
    assert following.value("status") == 0
    assert not list(tmp_path.iterdir())


TAKEN: dict[str, tuple[dict[str, Any], bytes | None, str]] = {
    "store of another storage class": (message(STORE, MRImageStorage), DATA, CTImageStorage),
    "UID with a component that begins with 0": (
        message(STORE, CTImageStorage, affected_sop_instance_uid="1.02.3"),
        DATA,
        CTImageStorage,
    ),
    "class of the meta class": (message(CREATE, BasicFilmBox), DATA, META),
    "push in a context of pull": (message(CREATE, UnifiedProcedureStepPush), DATA, UnifiedProcedureStepPull),
    "any class in a private context": (message(CREATE, "1.2.3.4.5.6"), DATA, "1.2.3.4.5"),
    "creation without attributes": (message(CREATE, STEP), None, STEP),
    "element that is not of the message": (message(GET, STEP, error_comment="x"), None, STEP),
    "data set where none belongs": (message(ECHO, Verification), DATA, Verification),
}


@pytest.mark.parametrize(("request_", "data", "context"), TAKEN.values(), ids=TAKEN)
def test_request_that_is_only_unusual_is_performed(
    raw: Raw, asked: list[str], request_: dict[str, Any], data: bytes | None, context: str
) -> None:
    answer = raw.ask(request_, data, CONTEXT[context])
    assert answer is not None
    assert answer.value("status") == 0
    assert len(asked) == 1


def test_uid_that_breaks_a_rule_is_refused_where_rules_are_enforced(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "ENFORCE_UID_CONFORMANCE", True)
    request = message(STORE, CTImageStorage, affected_sop_instance_uid="1.02.3")
    answer = raw.ask(request, DATA, CONTEXT[CTImageStorage])
    assert answer is not None
    assert (answer.value("status"), answer.value("affected_sop_instance_uid")) == (0x0117, "1.02.3")


def test_validator_of_the_user_decides_what_is_a_uid(raw: Raw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_config.VALIDATORS, "UI", lambda value: (len(value) > 64, "too short"))
    request = message(STORE, CTImageStorage, affected_sop_instance_uid=LONG)
    answer = raw.ask(request, DATA, CONTEXT[CTImageStorage])
    assert answer is not None
    assert answer.value("status") == 0


@pytest.mark.parametrize("change", [{"message_id": None}, {"message_id": b"\0"}, {"message_id": [1, 2]}], ids=str)
def test_request_that_cannot_be_answered_ends_the_association(raw: Raw, change: dict[str, Any]) -> None:
    answer = raw.ask(message(ECHO, Verification, **change))
    assert answer is None or answer.value("status") == 0x0212
    if answer is None:
        assert isinstance(raw.ended_by, Abort)


def test_why_a_request_is_refused_stands_in_the_response(raw: Raw) -> None:
    answer = raw.ask(message(ECHO, CTImageStorage), None, CONTEXT[Verification])
    assert answer is not None
    assert str(CTImageStorage) in answer.value("error_comment")
