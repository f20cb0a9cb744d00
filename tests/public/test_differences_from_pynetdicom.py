"""What differs from pynetdicom on purpose: the lines of docs/guide/from_pynetdicom.md, one test for each."""

from __future__ import annotations

import contextvars
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

import dulcimer
from dulcimer import AE, build_context, build_role, evt, logging_setup
from dulcimer.dimse_messages import C_ECHO_RQ, C_ECHO_RSP
from dulcimer.dimse_primitives import C_ECHO
from dulcimer.errors import TransportError
from dulcimer.logging_setup import LOGGER
from dulcimer.pdu_primitives import UserIdentityNegotiation
from dulcimer.sop_class import BasicFilmSession, CTImageStorage, RTPlanStorage, Verification
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.wire.model import AssociateRq
from support.dicom_files import TEST_FILES
from support.entities import PATIENCE, Seen, ct, nothing_left, query, scp, scu, serving
from support.raw_dimse import requesting

PAGE = Path(__file__).parents[2] / "docs" / "guide" / "from_pynetdicom.md"
TESTED: set[str] = set()

Test = Callable[..., None]


def line(what: str) -> Callable[[Test], Test]:
    """The test of a line of the page, by its first column."""

    def remember(test: Test) -> Test:
        TESTED.add(what)
        return test

    return remember


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def raising(event: evt.Event) -> Any:
    raise RuntimeError("this handler always fails")


def test_every_line_of_the_page_has_a_test_here() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("## What differs")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert rows[0] == "what"
    assert set(rows[1:]) == TESTED


@line("own name")
def test_own_name_and_implementation_are_those_of_dulcimer() -> None:
    ae = AE()
    library: Any = dulcimer  # its older names are there at run time only
    assert ae.ae_title == "DULCIMER"
    assert ae.implementation_class_uid == library.PYNETDICOM_IMPLEMENTATION_UID
    assert ae.implementation_class_uid.startswith("2.25.")
    assert ae.implementation_version_name == library.PYNETDICOM_IMPLEMENTATION_VERSION
    assert library.PYNETDICOM_UID_PREFIX.startswith(ae.implementation_class_uid)


@line("logger")
def test_logger_is_called_dulcimer(caplog: pytest.LogCaptureFixture) -> None:
    assert LOGGER.name == "dulcimer"
    with caplog.at_level(logging.INFO, "dulcimer"):
        with serving(scp()) as address, scu().associate(*address):
            pass
    assert caplog.records
    assert {record.name.partition(".")[0] for record in caplog.records} == {"dulcimer"}


@line("longest PDU")
def test_pdus_of_262144_bytes_are_received() -> None:
    assert AE().maximum_pdu_size == 262144


@line("invalid settings")
def test_settings_that_make_no_sense_raise() -> None:
    ae = AE()
    for name, value in (("acse_timeout", -1), ("maximum_associations", 0), ("maximum_pdu_size", -5)):
        before = getattr(ae, name)
        with pytest.raises(ValueError, match=name):
            setattr(ae, name, value)
        assert getattr(ae, name) == before
    with pytest.raises(TypeError, match="require_calling_aet"):
        ae.require_calling_aet = "ONE_TITLE"


@line("list of contexts set twice")
def test_list_of_contexts_replaces_the_one_before() -> None:
    ae = AE()
    ae.requested_contexts = [build_context(CTImageStorage)]
    ae.requested_contexts = [build_context(Verification)]
    assert [context.abstract_syntax for context in ae.requested_contexts] == [Verification]
    with_roles = build_context(CTImageStorage)
    with_roles.scu_role, with_roles.scp_role = False, True
    ae.supported_contexts = [build_context(Verification)]
    ae.supported_contexts = [with_roles]
    (context,) = ae.supported_contexts
    assert (context.scu_role, context.scp_role) == (False, True)


@line("message IDs")
def test_every_request_has_a_message_id_of_its_own() -> None:
    seen: list[int] = []

    def answer(event: evt.Event) -> int:
        seen.append(event.message_id)
        return 0

    with serving(scp(), [(evt.EVT_C_ECHO, answer)]) as address:
        with scu().associate(*address) as association:
            for _ in range(3):
                association.send_c_echo()
    assert len(set(seen)) == 3


@line("unknown host name")
def test_unknown_host_is_an_association_that_is_aborted() -> None:
    association = scu().associate("no-such-host.invalid", 104)
    assert association.is_aborted
    assert "no-such-host.invalid" in str(association.error)


@line("failing echo handler")
def test_echo_handler_that_fails_is_answered_for_with_a_failure() -> None:
    with serving(scp(), [(evt.EVT_C_ECHO, raising)]) as address, scu().associate(*address) as association:
        assert association.send_c_echo().Status == 0x0110
    with serving(scp(), [(evt.EVT_C_ECHO, lambda event: None)]) as address, scu().associate(*address) as association:
        assert association.send_c_echo().Status == 0xC002


@line("status of a response")
def test_status_names_the_instance_that_the_scp_created() -> None:
    def create(event: evt.Event) -> Any:
        named = Dataset()
        named.AffectedSOPInstanceUID = "1.2.3.4"
        return 0x0000, named

    with serving(scp(BasicFilmSession), [(evt.EVT_N_CREATE, create)]) as address:
        with scu(BasicFilmSession).associate(*address) as association:
            status, _ = association.send_n_create(None, BasicFilmSession)
    assert (status.Status, status.AffectedSOPInstanceUID) == (0x0000, "1.2.3.4")


@line("failing notification handler")
def test_notification_handler_that_fails_does_not_keep_others_from_hearing() -> None:
    seen = Seen()
    with serving(scp()) as address:
        handlers = [(evt.EVT_ESTABLISHED, raising), (evt.EVT_ESTABLISHED, seen)]
        with scu().associate(*address, evt_handlers=handlers):
            seen.until("EVT_ESTABLISHED")


@line("cancelled request")
def test_cancelled_request_stays_cancelled() -> None:
    asked: list[bool] = []
    cancelled = threading.Event()

    def find(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, query(PatientID="1")
        while not event.is_cancelled:
            cancelled.wait(0.001)
        asked.extend([event.is_cancelled, event.is_cancelled])
        yield 0xFE00, None

    with serving(scp(Find), [(evt.EVT_C_FIND, find)]) as address, scu(Find).associate(*address) as association:
        answers = association.send_c_find(query(), Find, msg_id=5)
        next(answers)
        association.send_c_cancel(5, query_model=Find)
        assert [status.Status for status, _ in answers] == [0xFE00]
    assert asked == [True, True]


def identity(kind: int) -> UserIdentityNegotiation:
    item = UserIdentityNegotiation()
    item.user_identity_type = kind
    item.primary_field = b"user"
    item.positive_response_requested = True
    return item


@line("refused identity")
def test_refused_identity_is_rejected_permanently() -> None:
    with serving(scp(), [(evt.EVT_USER_ID, lambda event: (False, None))]) as address:
        association = scu().associate(*address, ext_neg=[identity(1)])
    assert association.is_rejected
    answer = association.acceptor.primitive
    assert answer is not None
    assert (answer.result, answer.result_source, answer.diagnostic) == (1, 2, 1)


@line("user name confirmed")
def test_user_name_is_confirmed_by_no_bytes() -> None:
    with serving(scp(), [(evt.EVT_USER_ID, lambda event: (True, None))]) as address:
        with scu().associate(*address, ext_neg=[identity(1)]) as association:
            confirmed = association.acceptor.user_identity
            assert confirmed is not None
            assert confirmed.server_response == b""


@line("last response of C-GET and C-MOVE")
def test_last_response_has_no_remaining_suboperations() -> None:
    def get(event: evt.Event) -> Iterator[Any]:
        yield 1
        yield 0xFF00, ct()

    ae = scp(Get)
    ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    with serving(ae, [(evt.EVT_C_GET, get)]) as address:
        stored = [(evt.EVT_C_STORE, lambda event: 0x0000)]
        roles = [build_role(CTImageStorage, scp_role=True)]
        with scu(Get, CTImageStorage).associate(*address, ext_neg=roles, evt_handlers=stored) as association:
            pending, final = (status for status, _ in association.send_c_get(query(), Get))
    assert pending.NumberOfRemainingSuboperations == 0
    assert "NumberOfRemainingSuboperations" not in final


@line("move originator")
def test_move_originator_is_the_entity_that_asked() -> None:
    seen: list[Any] = []

    def store(event: evt.Event) -> int:
        seen.append(event.request.MoveOriginatorApplicationEntityTitle)
        return 0x0000

    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, store)]) as destination:

        def move(event: evt.Event) -> Iterator[Any]:
            yield destination
            yield 1
            yield 0xFF00, ct()

        with serving(scp(Move), [(evt.EVT_C_MOVE, move)]) as address, scu(Move).associate(*address) as association:
            assert [status.Status for status, _ in association.send_c_move(query(), "THERE", Move)] == [0xFF00, 0]
    assert seen == ["SCU"]


@line("UIDs of a file")
def test_file_is_named_as_its_file_meta_information_says() -> None:
    path = TEST_FILES / "rtplan.dcm"
    file = dcmread(path)
    assert file.file_meta.MediaStorageSOPInstanceUID != file.SOPInstanceUID
    seen: list[str] = []

    def store(event: evt.Event) -> int:
        seen.append(event.request.AffectedSOPInstanceUID)
        return 0x0000

    with serving(scp(RTPlanStorage), [(evt.EVT_C_STORE, store)]) as address:
        with scu(RTPlanStorage).associate(*address) as association:
            assert association.send_c_store(path).Status == 0x0000
    assert seen == [file.file_meta.MediaStorageSOPInstanceUID]


@line("context variables")
def test_handlers_of_servers_see_context_variables_too() -> None:
    department = contextvars.ContextVar("department", default="nowhere")
    seen: list[str] = []
    department.set("radiology")

    def answer(event: evt.Event) -> int:
        seen.append(department.get())
        return 0

    with serving(scp(), [(evt.EVT_C_ECHO, answer)]) as address:
        department.set("cardiology")
        with scu().associate(*address) as association:
            association.send_c_echo()
    assert seen == ["radiology"]


@line("threads")
def test_associations_are_no_threads_but_can_be_waited_for() -> None:
    with serving(scp()) as address:
        association = scu().associate(*address)
        assert not isinstance(association, threading.Thread)
        assert association.is_alive()
        association.abort()
        association.join(PATIENCE)
        assert not association.is_alive()


@line("event without a handler")
def test_event_without_a_handler_has_none() -> None:
    with serving(scp()) as address, scu().associate(*address) as association:
        assert association.get_handlers(evt.EVT_C_STORE) == (None, None)
        assert association.get_handlers(evt.EVT_RELEASED) == []


@line("PDUs of events")
def test_pdus_of_events_are_dataclasses_messages_and_requests_are_objects() -> None:
    seen = Seen()
    asked: list[Any] = []

    def echo(event: evt.Event) -> int:
        asked.append((type(event.request), event.request.MessageID, event.request.AffectedSOPClassUID.name))
        return 0x0000

    with serving(scp(), [(evt.EVT_C_ECHO, echo)]) as address:
        handlers = [(evt.EVT_PDU_SENT, seen), (evt.EVT_DIMSE_SENT, seen), (evt.EVT_DIMSE_RECV, seen)]
        with scu().associate(*address, evt_handlers=handlers) as association:
            association.send_c_echo(msg_id=7)
            seen.until("EVT_DIMSE_SENT", "EVT_DIMSE_RECV")
    assert isinstance(seen.of("EVT_PDU_SENT")[0].pdu, AssociateRq)
    (sent,), (received,) = seen.of("EVT_DIMSE_SENT"), seen.of("EVT_DIMSE_RECV")
    assert (type(sent.message), type(received.message)) == (C_ECHO_RQ, C_ECHO_RSP)
    assert (sent.message.msg_type, sent.message.command_set.MessageID) == ("C-ECHO-RQ", 7)
    assert repr(received.message) == "<C-ECHO-RSP in context 1>"
    assert received.message.message_to_primitive().Status == 0
    assert asked == [(C_ECHO, 7, "Verification SOP Class")]


@line("identifiers in the log")
def test_identifiers_are_in_the_log_at_level_debug_only(caplog: pytest.LogCaptureFixture) -> None:
    for level, there in ((logging.INFO, False), (logging.DEBUG, True)):
        caplog.clear()
        with caplog.at_level(level, "dulcimer"), serving(scp(Find)) as address, scu(Find).associate(*address) as one:
            list(one.send_c_find(query(PatientName="SOMEBODY"), Find))
        assert ("SOMEBODY" in caplog.text) is there
        assert "C-FIND-RSP" in caplog.text


@line("unknown events in `evt_handlers`")
def test_handlers_of_what_is_no_event_are_refused() -> None:
    for bound in [("EVT_C_ECHO", print)], [(None, print)]:
        with pytest.raises(ValueError, match="is not an event"):
            scu().associate("127.0.0.1", 11112, evt_handlers=bound)
        with pytest.raises(ValueError, match="is not an event"):
            scp().start_server(("127.0.0.1", 0), block=False, evt_handlers=bound)


# These have tests of their own in test_habits_of_programs.py and test_habits_of_handlers.py.
TESTED |= {
    "required data set that is empty",
    "number of instances below 0",
    "server that is started in a thread",
    "process that is forked",
}


@line("`EVT_REQUESTED`")
def test_title_of_the_requestor_is_known_in_its_first_event() -> None:
    titles: list[str] = []
    handlers = [(evt.EVT_REQUESTED, lambda event: titles.append(event.assoc.requestor.ae_title))]
    with serving(scp(require_calling_aet=["ANOTHER"]), handlers) as address:
        assert scu().associate(*address).is_rejected
    assert titles == ["SCU"]


@line("address in use")
def test_address_in_use_is_an_os_error_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1 port {port}") as caught:
            scp().start_server(("127.0.0.1", port), block=False)
    assert isinstance(caught.value, TransportError)
    assert caught.value.errno


@line("instances of C-GET")
def test_instances_of_c_get_come_in_another_thread() -> None:
    threads: list[threading.Thread] = []

    def get(event: evt.Event) -> Iterator[Any]:
        yield 1
        yield 0xFF00, ct()

    def store(event: evt.Event) -> int:
        threads.append(threading.current_thread())
        return 0x0000

    ae = scp(Get)
    ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    with serving(ae, [(evt.EVT_C_GET, get)]) as address:
        roles = [build_role(CTImageStorage, scp_role=True)]
        handlers = [(evt.EVT_C_STORE, store)]
        with scu(Get, CTImageStorage).associate(*address, ext_neg=roles, evt_handlers=handlers) as association:
            list(association.send_c_get(query(), Get))
    assert threads
    assert threading.current_thread() not in threads


@line("`send_c_store` of a data set without Transfer Syntax UID")
def test_data_set_without_pixels_needs_no_transfer_syntax() -> None:
    plain, pixels = ct(), ct(PixelData=b"\0\0")
    del plain.file_meta, pixels.file_meta
    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, lambda event: 0)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            assert association.send_c_store(plain).Status == 0x0000
            with pytest.raises(AttributeError, match="TransferSyntaxUID"):
                association.send_c_store(pixels)


@line("text that the character set cannot express")
def test_key_that_cannot_be_said_is_not_sent_as_another_one() -> None:
    asked = query(PatientName="Иван*")
    asked.SpecificCharacterSet = "ISO_IR 100"
    with serving(scp(Find)) as address, scu(Find).associate(*address) as association:
        with pytest.raises(ValueError, match="ISO_IR 100"):
            list(association.send_c_find(asked, Find))


@line("Error Comment of a handler")
def test_comment_that_is_too_long_is_shortened() -> None:
    def refuse(event: evt.Event) -> Dataset:
        status = Dataset()
        status.Status, status.ErrorComment = 0xA700, "нет места " * 10
        return status

    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, refuse)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            status = association.send_c_store(ct())
    assert status.Status == 0xA700
    assert status.ErrorComment == ("??? ????? " * 10)[:64].strip()


@line("identifier that is cut off")
def test_identifier_that_is_cut_off_is_refused() -> None:
    def find(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, event.identifier

    request = {
        "affected_sop_class_uid": str(Find),
        "command_field": 0x0020,
        "message_id": 1,
        "priority": 0,
    }
    with serving(scp(Find), [(evt.EVT_C_FIND, find)]) as address, requesting(address, Find) as raw:
        answer = raw.ask(request, b"\x10\0\x20\0\6\0\0\0ID00")
    assert answer is not None
    assert answer.value("status") == 0xC000


@line("text that cannot be a UID")
def test_text_that_can_be_no_uid_is_refused() -> None:
    for text in ("not a uid", "CTImageStorage"):
        with pytest.raises(ValueError, match="is not a UID"):
            AE().add_requested_context(text)


@line("fault in a handler, no logging set up")
def test_fault_in_a_handler_is_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    monkeypatch.setattr(LOGGER, "handlers", [logging_setup._last_resort])
    LOGGER.warning("what is not of a handler is silent")
    logging_setup.handler_failed("the handler of C-ECHO-RQ", RuntimeError("my bug"))
    assert capsys.readouterr().err == "dulcimer: the handler of C-ECHO-RQ failed\nRuntimeError: my bug\n"
