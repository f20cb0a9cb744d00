"""Generated codes, DIMSE messages, statuses and services, compared with the standard and with other software."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.datadict import get_entry
from pydicom.uid import UID

from dulcimer._generated import codes, commands, services
from dulcimer._generated.codes import (
    CLAUSES,
    REJECT_REASONS,
    AbortReason,
    AbortSource,
    Code,
    ContextResult,
    ItemType,
    PduType,
    RejectResult,
    RejectSource,
    describe_abort,
    describe_context_result,
    describe_rejection,
)
from dulcimer._generated.commands import (
    ELEMENTS,
    MESSAGE_CLASSES,
    MESSAGES,
    NO_DATA_SET,
    SERVICE_STATUSES,
    STATUS_CLASSES,
    STATUSES,
    CommandField,
    Priority,
    status_category,
    status_meaning,
)
from dulcimer._generated.services import SERVICE_CLASSES, SERVICE_OF_SOP_CLASS, STORAGE_SOP_CLASSES

BYTES = st.integers(0, 255)


@pytest.mark.clause("PS3.8 Table 9-21")
def test_sixteen_rejections_are_defined() -> None:
    triples = [
        (result, source, reason)
        for result in RejectResult
        for source in REJECT_REASONS
        for reason in REJECT_REASONS[source]
    ]
    assert len(triples) == 16
    sentences = {describe_rejection(*triple) for triple in triples}
    assert len(sentences) == 16
    assert not any("reserved" in sentence for sentence in sentences)
    assert {source: [int(r) for r in reasons] for source, reasons in REJECT_REASONS.items()} == {
        RejectSource.UL_SERVICE_USER: [1, 2, 3, 7],
        RejectSource.SERVICE_PROVIDER_ACSE: [1, 2],
        RejectSource.SERVICE_PROVIDER_PRESENTATION: [1, 2],
    }


def test_descriptions_are_sentences() -> None:
    assert describe_rejection(1, 1, 7) == (
        "The association was rejected permanently by the service-user: called AE title not recognized."
    )
    assert describe_rejection(2, 3, 0) == (
        "The association was rejected for the time being by the service-provider (presentation): reserved value 0."
    )
    assert describe_rejection(9, 9, 9) == (
        "The association was rejected (reserved value 9) by a source of reserved value 9: reserved value 9."
    )
    assert describe_abort(0, 5) == "The association was aborted by the service-user."
    assert describe_abort(2, 0) == "The association was aborted by the service-provider: reason not specified."
    assert describe_abort(2, 3) == "The association was aborted by the service-provider: reserved value 3."
    assert describe_context_result(0) == "The presentation context was accepted."
    assert describe_context_result(9) == "The presentation context was answered with reserved value 9."


@given(BYTES, BYTES, BYTES)
def test_any_value_is_described(result: int, source: int, reason: int) -> None:
    for sentence in (
        describe_rejection(result, source, reason),
        describe_abort(source, reason),
        describe_context_result(result),
    ):
        assert sentence.startswith("The ") and sentence.endswith(".") and "{" not in sentence
    assert (result in {int(code) for code in ContextResult}) == ("reserved" not in describe_context_result(result))


@pytest.mark.clause("PS3.8 9.3")
def test_types_and_codes_have_the_numbers_of_the_standard() -> None:
    assert [int(pdu) for pdu in PduType] == list(range(1, 8))
    assert [int(item) for item in ItemType] == [0x10, 0x20, 0x21, 0x30, 0x40, *range(0x50, 0x5A)]
    assert [int(source) for source in AbortSource] == [0, 2]
    assert [int(reason) for reason in AbortReason] == [0, 1, 2, 4, 5, 6]
    assert [int(result) for result in ContextResult] == [0, 1, 2, 3, 4]
    assert (codes.PROTOCOL_VERSION, codes.APPLICATION_CONTEXT_NAME) == (1, "1.2.840.10008.3.1.1.1")


@pytest.mark.parametrize("kind", CLAUSES, ids=lambda kind: kind.__name__)
def test_code_keeps_its_words_through_copy_and_pickle(kind: type[Code]) -> None:
    for member in kind:
        assert kind(int(member)) is member
        for other in (copy.deepcopy(member), pickle.loads(pickle.dumps(member))):
            assert other is member
        assert member.label and member.description and member.clause.startswith("PS3.")


@pytest.mark.clause("PS3.7 E.1")
@pytest.mark.parametrize("tag", ELEMENTS, ids=lambda tag: f"{tag:08X}")
def test_element_is_that_of_the_data_dictionary(tag: int) -> None:
    element = ELEMENTS[tag]
    vr, vm, name, retired, keyword = get_entry(tag)
    assert (element.tag, element.vr, element.vm, element.keyword, element.retired) == (
        tag, vr, vm, keyword, bool(retired),
    )  # fmt: skip
    assert element.name == name


@pytest.mark.clause("PS3.7 6.3.1")
def test_attribute_names_are_python_names() -> None:
    names = {element.keyword: element.attribute for element in ELEMENTS.values()}
    assert names["MessageIDBeingRespondedTo"] == "message_id_being_responded_to"
    assert names["MoveOriginatorApplicationEntityTitle"] == "move_originator_application_entity_title"
    assert names["AffectedSOPClassUID"] == "affected_sop_class_uid"
    assert all(name.isidentifier() for name in names.values())


@pytest.mark.clause("PS3.7 9.3, 10.3")
def test_there_are_23_messages_and_each_response_answers_its_request() -> None:
    assert len(MESSAGES) == len(MESSAGE_CLASSES) == len(CommandField) == 23
    for field, info in MESSAGES.items():
        assert CommandField[info.name.replace("-", "_")] == info.command_field == field
        if info.response is not None:
            assert info.response == field | 0x8000
            assert MESSAGES[info.response].request == field
    assert [info.name for info in MESSAGES.values() if info.request is info.response is None] == ["C-CANCEL-RQ"]
    assert (NO_DATA_SET, Priority.MEDIUM, Priority.HIGH, Priority.LOW) == (0x0101, 0, 1, 2)


@pytest.mark.clause("PS3.7 9.3, 10.3")
@pytest.mark.peer("pynetdicom")
@pytest.mark.parametrize("field", MESSAGES, ids=lambda field: MESSAGES[field].name)
def test_message_has_the_elements_of_pynetdicom(field: int) -> None:
    from pynetdicom import dimse_messages

    info = MESSAGES[field]
    theirs = dimse_messages._COMMAND_SET_KEYWORDS[info.name]
    ours = {
        element.keyword for element in ELEMENTS.values() if element.attribute in {name for name, _, _ in info.elements}
    }
    common = {"CommandGroupLength", "CommandField", "CommandDataSetType"}
    # They also list elements of Annex C and the retired Message ID of responses.
    extra = {
        "OffendingElement",
        "ErrorComment",
        "ErrorID",
        "MessageID",
        "AttributeIdentifierList",
        "AffectedSOPClassUID",
        "AffectedSOPInstanceUID",
        "ActionTypeID",
        "EventTypeID",
    }
    assert ours | common <= set(theirs)
    assert set(theirs) - ours - common <= (extra if info.name.endswith("RSP") else set())


@pytest.mark.parametrize("field", MESSAGE_CLASSES, ids=lambda field: MESSAGES[field].name)
def test_message_class_requires_what_is_mandatory(field: int) -> None:
    kind = MESSAGE_CLASSES[field]
    info = MESSAGES[field]
    assert (kind.command_field, kind.info) == (field, info)
    required = {row.name for row in dataclasses.fields(kind) if row.default is dataclasses.MISSING}  # type: ignore[arg-type]  # every message is a dataclass
    assert required == {name for name, mark, _ in info.elements if mark == "M"}
    names = {row.name for row in dataclasses.fields(kind)}  # type: ignore[arg-type]  # every message is a dataclass
    assert names >= {name for name, _, _ in info.elements}
    if info.name.endswith("RSP"):
        assert names >= {"offending_element", "error_comment", "error_id"}
    message = kind(**dict.fromkeys(required, 1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(message, min(required), 2)
    with pytest.raises(TypeError):
        kind()


def test_statuses_are_in_the_class_of_the_standard() -> None:
    assert [status_category(code) for code in (0x0000, 0x0001, 0x0107, 0x0116, 0xB000, 0xBFFF)] == [
        "Success", *["Warning"] * 5,
    ]  # fmt: skip
    assert {status_category(code) for code in (0x0100, 0x0106, 0x0108, 0x01FF, 0x02FF, 0xA000, 0xC000, 0xCFFF)} == {
        "Failure"
    }
    assert [status_category(code) for code in (0xFE00, 0xFF00, 0xFF01)] == ["Cancel", "Pending", "Pending"]
    assert {status_category(code) for code in (0x0002, 0x00FF, 0x0300, 0x9FFF, 0xD000, 0xFF02, 0xFFFF)} == {"Unknown"}
    assert [name for name, row in STATUS_CLASSES.items() if not row.final] == ["Pending"]


@pytest.mark.peer("pynetdicom")
def test_every_status_that_pynetdicom_knows_is_in_the_same_class() -> None:
    from pynetdicom.status import code_to_category

    differing = {
        code
        for code in range(0x10000)
        if code_to_category(code) != "Unknown" and code_to_category(code) != status_category(code)
    }
    assert differing == set()


def test_status_means_what_the_service_says() -> None:
    assert status_meaning(0xA7FF, "C-STORE") == "refused: out of resources"
    assert status_meaning(0xA801, "C-MOVE") == "refused: move destination unknown"
    assert (status_meaning(0xA801, "C-GET"), status_meaning(0x0122, "C-GET"), status_meaning(0xA801)) == (
        "", "refused: SOP class not supported", "",
    )  # fmt: skip
    assert set(SERVICE_STATUSES) >= {"C-ECHO", "C-STORE", "C-FIND", "C-GET", "C-MOVE"}
    assert all(info.category == status_category(code) for code, info in STATUSES.items())


@pytest.mark.peer("pynetdicom")
def test_service_classes_are_the_23_that_pynetdicom_serves() -> None:
    from pynetdicom.sop_class import uid_to_service_class

    assert len(SERVICE_CLASSES) == 23
    for uid, service in SERVICE_OF_SOP_CLASS.items():
        ours = service.replace(" ", "").replace("/", "").replace("-", "")
        theirs = uid_to_service_class(UID(uid)).__name__.removesuffix("ServiceClass")
        assert ours == theirs
    assert {sop_class.uid for sop_class in STORAGE_SOP_CLASSES} <= set(SERVICE_OF_SOP_CLASS)
    assert {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"} <= {row.uid for row in STORAGE_SOP_CLASSES}


def test_generated_modules_import_nothing_of_dulcimer() -> None:
    for module in (codes, commands, services):
        assert not any(
            getattr(value, "__module__", "").startswith("dulcimer.") and "_generated" not in value.__module__
            for value in vars(module).values()
        )
