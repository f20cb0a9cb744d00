"""What handlers written for pynetdicom yield and read, and what programs find in the responses."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian

from dulcimer import AE, build_context, build_role, evt
from dulcimer.counting import counted
from dulcimer.dimse.data_set import decode_data_set, encode_data_set
from dulcimer.dimse.decoded import DecodedDataset
from dulcimer.dimse_primitives import C_FIND, C_STORE, N_GET
from dulcimer.services.instance_file import NotADicomFile
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import ModalityPerformedProcedureStep as StudyStep
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.utils import make_target, pretty_bytes
from support.entities import ct, nothing_left, query, scp, scu, serving

IMPLICIT = ImplicitVRLittleEndian


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


# Retrieval


STORED = [(evt.EVT_C_STORE, lambda event: 0x0000)]


def got(*yielded: Any) -> tuple[list[Any], Any, Any]:
    """Statuses, last status and last identifier of a C-GET whose handler yields these values."""
    ae = scp(Get)
    ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    with serving(ae, [(evt.EVT_C_GET, lambda event: iter(yielded))]) as address:
        roles = [build_role(CTImageStorage, scp_role=True)]
        with scu(Get, CTImageStorage).associate(*address, ext_neg=roles, evt_handlers=STORED) as association:
            responses = list(association.send_c_get(query(), Get))
    return [status.Status for status, _ in responses], *responses[-1]


def moved(*yielded: Any) -> list[int]:
    """The statuses of a C-MOVE whose handler yields these values."""
    with serving(scp(Move), [(evt.EVT_C_MOVE, lambda event: iter(yielded))]) as address:
        with scu(Move).associate(*address) as association:
            return [status.Status for status, _ in association.send_c_move(query(), "X", Move)]


NOBODY = ("127.0.0.1", 1)


@pytest.mark.parametrize("instances", [0, 1])
def test_fewer_instances_than_promised_are_no_failure(instances: int, caplog: pytest.LogCaptureFixture) -> None:
    statuses, final, identifier = got(5, *[(0xFF00, ct())] * instances)
    assert statuses == [0xFF00] * instances + [0x0000]
    assert (final.NumberOfCompletedSuboperations, final.NumberOfFailedSuboperations) == (instances, 0)
    assert identifier is None
    assert f"{counted(5 - instances, 'instance')} fewer" in caplog.text


def test_failure_of_the_handler_counts_what_is_left_as_failed() -> None:
    _, final, identifier = got(5, (0xFF00, ct()), (0xA700, None))
    assert (final.Status, final.NumberOfFailedSuboperations) == (0xA700, 4)
    assert isinstance(identifier, Dataset)


@pytest.mark.parametrize("status", [0xA702, 0xB000, 0xFE00])
def test_last_identifier_of_a_retrieval_that_did_not_succeed_is_a_data_set(status: int) -> None:
    statuses, _, identifier = got(1, (status, None))
    assert statuses == [status]
    assert "FailedSOPInstanceUIDList" not in identifier


@pytest.mark.parametrize("number", ["no number", [], -1, 1.5e400, 1j], ids=str)
def test_bad_number_of_instances_is_reported_before_anybody_is_asked(number: Any) -> None:
    assert got(number)[0] == [0xC413]
    assert moved(NOBODY, number) == [0xC513]


def test_number_may_be_of_any_kind_that_is_one() -> None:
    class Size:
        def __int__(self) -> int:
            return 1

    assert got(Size(), (0xFF00, ct()))[0] == [0xFF00, 0x0000]
    assert moved(NOBODY, Size()) == [0xA801]


def test_handler_that_yields_too_little_is_reported() -> None:
    assert got()[0] == [0xC413]
    assert moved() == [0xC514]
    assert moved(NOBODY) == [0xC513]
    assert moved((None, None)) == [0xA801]
    for destination in (5, "nowhere", ("127.0.0.1",), {"host": "127.0.0.1", "port": 1}):
        assert moved(destination, 1) == [0xC515]
    assert moved(("127.0.0.1", "no port"), 1) == [0xC515]


def test_move_of_nothing_needs_no_destination() -> None:
    assert moved(NOBODY, 0) == [0x0000]
    assert moved(NOBODY, 0, (0xFF00, ct())) == [0x0000]
    assert moved(NOBODY, 0, (0xA700, None)) == [0xA700]


# What programs find in responses and requests


def test_identifiers_of_responses_have_decoded_elements() -> None:
    found = query(PatientName="A", PatientID="B")
    found.ReferencedStudySequence = [query(StudyID="1")]

    def match(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, found

    with serving(scp(Find), [(evt.EVT_C_FIND, match)]) as address, scu(Find).associate(*address) as association:
        (_, identifier), _ = association.send_c_find(query(PatientName=""), Find)
    assert identifier == found
    assert identifier is not None
    assert {element.keyword for element in identifier} == {
        "QueryRetrieveLevel",
        "PatientName",
        "PatientID",
        "ReferencedStudySequence",
    }
    assert all(tag == element.tag for tag, element in identifier.items())
    (item,) = identifier.ReferencedStudySequence
    assert [element.keyword for element in item.values()] == ["QueryRetrieveLevel", "StudyID"]


def test_element_that_cannot_be_decoded_is_there_as_it_came(caplog: pytest.LogCaptureFixture) -> None:
    charset, samples = "08000500 0a000000 49534f5f495220313030", "28000200 03000000 010203"
    data_set = DecodedDataset.of(decode_data_set(bytes.fromhex(charset + samples), IMPLICIT))
    assert caplog.text == ""
    text, raw = data_set.values()
    assert (text.value, raw.value) == ("ISO_IR 100", b"\1\2\3")
    with pytest.raises(BytesLengthException):
        data_set.SamplesPerPixel  # noqa: B018 - that it raises is the test


def test_event_says_why_it_lacks_an_attribute() -> None:
    event = evt.Event(None, evt.EVT_C_STORE, {})
    with pytest.raises(AttributeError, match=r"AE\.receive_into_files"):
        event.dataset_path  # noqa: B018 - that it raises is the test
    with pytest.raises(AttributeError, match="EVT_C_STORE has no attribute 'moves'"):
        event.moves  # noqa: B018 - that it raises is the test


def test_modifications_have_both_names() -> None:
    seen: list[Any] = []

    def modify(event: evt.Event) -> tuple[int, Any]:
        seen.append((event.modification_list is event.attribute_list, event.attribute_list.PatientID))
        return 0x0000, None

    with serving(scp(StudyStep), [(evt.EVT_N_SET, modify)]) as address, scu(StudyStep).associate(*address) as a:
        assert a.send_n_set(query(PatientID="7"), StudyStep, "1.2.3")[0].Status == 0
    assert seen == [(True, "7")]


def test_request_of_an_event_is_the_primitive() -> None:
    seen: list[Any] = []

    def get(event: evt.Event) -> tuple[int, Any]:
        seen.append((event.request.AttributeIdentifierList, event.attribute_identifiers))
        seen.append((type(event.request), event.request.msg_type, event.request.is_valid_request))
        return 0x0000, None

    one, other = Tag("PatientName"), Tag("PatientID")
    with serving(scp(StudyStep), [(evt.EVT_N_GET, get)]) as address, scu(StudyStep).associate(*address) as a:
        for tags in ([one], [one, other], None):
            a.send_n_get(tags, StudyStep, "1.2.3")
    assert seen[::2] == [(one, [one]), ([one, other], [one, other]), (None, [])]
    assert set(seen[1::2]) == {(N_GET, "N-GET", True)}


# Events made by hand, as unit tests of handlers do


def test_event_made_by_hand_has_what_its_request_has() -> None:
    request = C_STORE()
    request.MessageID = 3
    request.AffectedSOPClassUID, request.AffectedSOPInstanceUID = CTImageStorage, "1.2.3"
    request.DataSet = BytesIO(encode_data_set(ct(), IMPLICIT))
    context = build_context(CTImageStorage, IMPLICIT)
    event = evt.Event(None, evt.EVT_C_STORE, {"request": request, "context": context.as_tuple})
    assert (event.message_id, event.dataset.PatientName, event.is_cancelled) == (3, "Test^Case", False)
    assert event.request is request
    assert event.command.affected_sop_instance_uid == "1.2.3"
    meta = event.file_meta
    assert (meta.MediaStorageSOPInstanceUID, meta.TransferSyntaxUID) == ("1.2.3", IMPLICIT)
    assert event.encoded_dataset(include_meta=False) == request.DataSet.getvalue()
    assert event.encoded_dataset()[128:132] == b"DICM"
    with pytest.raises(AttributeError, match="identifier"):
        event.identifier  # noqa: B018 - that it raises is the test
    with pytest.raises(AttributeError, match="no request"):
        evt.Event(None, evt.EVT_ESTABLISHED).command  # noqa: B018 - that it raises is the test

    asked = N_GET()
    asked.AttributeIdentifierList = Tag("PatientName")
    assert evt.Event(None, evt.EVT_N_GET, {"request": asked}).attribute_identifiers == [Tag("PatientName")]
    event.request = asked
    assert event.request is asked

    query_ = C_FIND()
    query_.MessageID, query_.Identifier = 5, BytesIO(encode_data_set(query(), IMPLICIT))
    cancelled = {"request": query_, "context": context.as_tuple, "_is_cancelled": lambda message_id: message_id == 5}
    event = evt.Event(None, evt.EVT_C_FIND, cancelled)
    assert event.is_cancelled
    assert event.identifier == query()


def test_events_can_be_triggered_by_hand(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Any] = []

    def broken(event: evt.Event) -> None:
        raise ValueError("broken handler")

    with serving(scp()) as address, scu().associate(*address) as association:
        assert evt.trigger(association, evt.EVT_C_STORE) is None
        association.bind(evt.EVT_C_STORE, lambda event, *args: (event.text, args), ["argument"])
        assert evt.trigger(association, evt.EVT_C_STORE, {"text": "text"}) == ("text", ("argument",))
        association.bind(evt.EVT_DATA_SENT, broken)
        association.bind(evt.EVT_DATA_SENT, lambda event: seen.append(event.data))
        assert evt.trigger(association, evt.EVT_DATA_SENT, {"data": b"by hand"}) is None
        assert seen[0] == b"by hand"
        association.bind(evt.EVT_C_STORE, broken)
        with pytest.raises(ValueError, match="broken handler"):
            evt.trigger(association, evt.EVT_C_STORE)
    assert "a handler of EVT_DATA_SENT failed" in caplog.text


# What is checked before it is sent


def test_what_cannot_be_stored_is_refused_as_documented(tmp_path: Path) -> None:
    text = tmp_path / "text.dcm"
    text.write_text("no DICOM file at all, although it is longer than a preamble\n" * 9)
    without = ct(PixelData=b"\0\0")
    del without.file_meta
    plain = ct()
    del plain.file_meta
    server, client = scp(CTImageStorage, Find), scu(CTImageStorage, Find)
    with serving(server, STORED) as address, client.associate(*address) as association:
        with pytest.raises(AttributeError, match="TransferSyntaxUID"):
            association.send_c_store(without)
        assert association.send_c_store(plain).Status == 0  # nothing in it depends on a transfer syntax
        for error in (InvalidDicomError, NotADicomFile):
            with pytest.raises(error, match=r"text\.dcm"):
                association.send_c_store(text)
        for priority in (3, -1, "high"):
            with pytest.raises(ValueError, match="priority"):
                association.send_c_store(ct(), priority=priority)  # type: ignore[arg-type]  # wrong on purpose
        with pytest.raises(ValueError, match="priority"):
            association.send_c_find(query(), Find, priority=7)
        with pytest.raises(TypeError, match="message ID"):
            association.send_c_echo(msg_id="1")  # type: ignore[arg-type]  # wrong on purpose
        assert association.send_c_store(ct(), priority=0).Status == 0


def test_implementation_class_uid_is_a_uid() -> None:
    ae = AE()
    before = ae.implementation_class_uid
    for value in ("abc", "1..2", "1.02", "1.2.", ""):
        with pytest.raises(ValueError, match="implementation_class_uid"):
            ae.implementation_class_uid = value
    assert ae.implementation_class_uid == before


def test_bytes_are_shown_as_pynetdicom_shows_them() -> None:
    assert pretty_bytes(b"\0\1\2", prefix="> ", delimiter=" ", items_per_line=2, suffix=";") == ["> 00 01;", "> 02;"]
    assert pretty_bytes(BytesIO(bytes(40)), max_size=32)[0] == "  Only dumping 32 bytes."
    assert len(pretty_bytes(bytes(40), max_size=32)) == 3
    assert len(pretty_bytes(bytes(40), max_size=None)) == 3


def test_thread_sees_the_context_variables_of_who_made_its_target() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
    variable.set("mine")
    seen: list[str] = []
    thread = threading.Thread(target=make_target(lambda: seen.append(variable.get())))
    thread.start()
    thread.join()
    assert seen == ["mine"]


def test_cancel_goes_in_no_context_that_was_not_accepted() -> None:
    with serving(scp(Find)) as address, scu(Find).associate(*address) as association:
        for message_id, context_id in ((1, 99), (1, 0), (1, None)):
            with pytest.raises(ValueError, match=r"context"):
                association.send_c_cancel(message_id, context_id)
        association.send_c_cancel(1, association.accepted_contexts[1].context_id)
        assert association.send_c_echo().Status == 0
