"""Whole conversations between two application entities, one for each service."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.filewriter import dcmwrite

from dulcimer import AE, AsyncAE, build_role, evt
from dulcimer.ae.aio.association import AsyncAssociation
from dulcimer.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    RepositoryQuery,
    StorageCommitmentPushModel,
    UnifiedProcedureStepPull,
    UnifiedProcedureStepPush,
    Verification,
)
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from support.entities import ct, nothing_left, query, scp, scu, serving


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def matches(event: evt.Event, count: int = 3) -> Iterator[Any]:
    for number in range(count):
        yield 0xFF00, query(PatientID=f"{event.identifier.PatientID}{number}")


def test_echo_succeeds_without_a_handler_and_answers_as_the_handler_says() -> None:
    with serving(scp()) as address:
        association = scu().associate(*address)
        assert association.is_established
        assert association.send_c_echo().Status == 0x0000
        association.release()
        assert (association.is_released, association.is_established) == (True, False)
    with serving(scp(), [(evt.EVT_C_ECHO, lambda event, status: status, [0x0210])]) as address:
        with scu().associate(*address) as association:
            assert association.send_c_echo(msg_id=77).Status == 0x0210


def test_store_hands_the_data_set_to_the_handler() -> None:
    seen: list[Any] = []

    def store(event: evt.Event) -> Dataset:
        seen.append((event.dataset.PatientName, event.file_meta.TransferSyntaxUID, event.context.context_id))
        assert event.encoded_dataset()[128:132] == b"DICM"
        status = Dataset()
        status.Status = 0xB000
        status.ErrorComment = "kept, with a remark"
        return status

    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, store)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            status = association.send_c_store(ct(), msg_id=5)
            assert (status.Status, status.ErrorComment) == (0xB000, "kept, with a remark")
            context = next(cx for cx in association.accepted_contexts if cx.abstract_syntax == CTImageStorage)
    assert seen == [("Test^Case", context.transfer_syntax[0], context.context_id)]


def test_file_is_sent_as_it_lies_there_and_received_into_a_file(tmp_path: Path) -> None:
    dcmwrite(tmp_path / "a.dcm", ct("1.2.9"), enforce_file_format=True)
    kept: list[bytes] = []

    def store(event: evt.Event) -> int:
        assert event.dataset.SOPInstanceUID == "1.2.9"
        kept.append(event.dataset_path.read_bytes())
        assert kept[0].endswith(event.encoded_dataset(include_meta=False))
        paths.append(event.dataset_path)
        return 0x0000

    paths: list[Path] = []
    requestor = AE()
    requestor.add_requested_context(CTImageStorage, "1.2.840.10008.1.2.1")
    with serving(scp(CTImageStorage, receive_into_files=True), [(evt.EVT_C_STORE, store)]) as address:
        with requestor.associate(*address) as association:
            assert association.send_c_store(tmp_path / "a.dcm").Status == 0x0000
            assert association.send_c_store(str(tmp_path / "a.dcm")).Status == 0x0000
    assert kept[0][128:132] == b"DICM"
    assert not any(path.exists() for path in paths)


def test_find_yields_each_match_and_the_end() -> None:
    with serving(scp(Find), [(evt.EVT_C_FIND, matches)]) as address, scu(Find).associate(*address) as association:
        answers = list(association.send_c_find(query(PatientID="P"), Find))
        assert [status.Status for status, _ in answers] == [0xFF00, 0xFF00, 0xFF00, 0x0000]
        assert [found and found.PatientID for _, found in answers] == ["P0", "P1", "P2", None]


def test_repository_that_has_more_says_so_before_the_end() -> None:
    def limited(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, query(PatientID="1")
        yield 0xB001, None

    with serving(scp(RepositoryQuery), [(evt.EVT_C_FIND, limited)]) as address:
        with scu(RepositoryQuery).associate(*address) as association:
            answers = association.send_c_find(query(), RepositoryQuery)
            assert [status.Status for status, _ in answers] == [0xFF00, 0xB001, 0x0000]


def test_cancel_reaches_the_handler() -> None:
    cancelled = threading.Event()

    def endless(event: evt.Event) -> Iterator[Any]:
        while not event.is_cancelled:
            yield 0xFF00, query(PatientID="1")
        cancelled.set()
        yield 0xFE00, None

    with serving(scp(Find), [(evt.EVT_C_FIND, endless)]) as address, scu(Find).associate(*address) as association:
        answers = association.send_c_find(query(), Find, msg_id=7)
        next(answers)
        association.send_c_cancel(7, query_model=Find)
        assert [status.Status for status, _ in answers][-1] == 0xFE00
        assert cancelled.is_set()
        with pytest.raises(ValueError, match="context_id or the query_model"):
            association.send_c_cancel(7)


def test_iteration_that_ends_early_cancels_and_leaves_the_association_in_order() -> None:
    cancelled = threading.Event()

    def endless(event: evt.Event) -> Iterator[Any]:
        while not event.is_cancelled:
            yield 0xFF00, query(PatientID="1")
        cancelled.set()

    with serving(scp(Find), [(evt.EVT_C_FIND, endless)]) as address, scu(Find).associate(*address) as association:
        for status, _ in association.send_c_find(query(), Find):
            assert status.Status == 0xFF00
            break
        assert association.send_c_echo().Status == 0x0000
        assert cancelled.is_set()
        association.release()
        assert association.is_released


def instances(event: evt.Event, count: int = 3) -> Iterator[Any]:
    yield count
    for number in range(count):
        yield 0xFF00, ct(f"1.2.{number}")


def test_get_brings_the_instances_on_the_same_association() -> None:
    received: list[str] = []

    def store(event: evt.Event) -> int:
        received.append(event.dataset.SOPInstanceUID)
        there: Any = event.assoc
        assert there is association
        return 0x0000

    acceptor = scp(Get)
    acceptor.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
    with serving(acceptor, [(evt.EVT_C_GET, instances)]) as address:
        association = scu(Get, CTImageStorage).associate(
            *address,
            ext_neg=[build_role(CTImageStorage, scp_role=True)],
            evt_handlers=[(evt.EVT_C_STORE, store)],
        )
        answers = [status for status, _ in association.send_c_get(query(), Get)]
        association.release()
    assert received == ["1.2.0", "1.2.1", "1.2.2"]
    assert [status.Status for status in answers] == [0xFF00] * 3 + [0x0000]
    assert answers[-1].NumberOfCompletedSuboperations == 3


def test_get_without_the_role_of_scp_fails_and_names_the_instances() -> None:
    acceptor = scp(Get, CTImageStorage)
    with serving(acceptor, [(evt.EVT_C_GET, instances)]) as address:
        with scu(Get, CTImageStorage).associate(*address) as association:
            status, identifier = list(association.send_c_get(query(), Get))[-1]
    assert (status.Status, status.NumberOfFailedSuboperations) == (0xA702, 3)
    assert identifier is not None
    assert identifier.FailedSOPInstanceUIDList == ["1.2.0", "1.2.1", "1.2.2"]


def test_move_opens_an_association_to_the_destination_that_the_handler_names() -> None:
    received: list[Any] = []

    def store(event: evt.Event) -> int:
        request = event.request
        received.append(
            (
                event.assoc.requestor.called_ae_title,
                event.dataset.SOPInstanceUID,
                request.MoveOriginatorApplicationEntityTitle,
                request.MoveOriginatorMessageID,
            )
        )
        return 0x0000

    def move(event: evt.Event) -> Iterator[Any]:
        assert event.move_destination == "THERE"
        yield (*there, {"contexts": context})
        yield 2
        yield 0xFF00, ct("1.2.0")
        yield 0xFF00, ct("1.2.1")

    context = scu(CTImageStorage).requested_contexts
    with serving(scp(CTImageStorage), [(evt.EVT_C_STORE, store)]) as there:
        with serving(scp(Move), [(evt.EVT_C_MOVE, move)]) as address, scu(Move).associate(*address) as association:
            answers = [status for status, _ in association.send_c_move(query(), "THERE", Move, msg_id=11)]
    assert [status.Status for status in answers] == [0xFF00, 0xFF00, 0x0000]
    assert answers[-1].NumberOfCompletedSuboperations == 2
    assert received == [("THERE", "1.2.0", "SCU", 11), ("THERE", "1.2.1", "SCU", 11)]


@pytest.mark.parametrize("destination", [(None, None), ("127.0.0.1", 1)])
def test_move_to_nowhere_is_refused(destination: tuple[Any, Any]) -> None:
    def move(event: evt.Event) -> Iterator[Any]:
        yield destination
        yield 1

    with serving(scp(Move), [(evt.EVT_C_MOVE, move)]) as address, scu(Move).associate(*address) as association:
        assert [status.Status for status, _ in association.send_c_move(query(), "X", Move)] == [0xA801]


def test_every_n_service_carries_its_data_set_both_ways() -> None:
    uid, instance = ModalityPerformedProcedureStep, "1.2.3.4"
    seen: list[Any] = []

    def answer(event: evt.Event, name: str) -> Any:
        seen.append(getattr(event, name).PatientID)
        return 0x0000, query(PatientID="answer")

    def get(event: evt.Event) -> Any:
        seen.append([int(tag) for tag in event.attribute_identifiers])
        return 0x0000, query(PatientID="answer")

    def action(event: evt.Event) -> Any:
        seen.append((event.action_type, event.action_information.PatientID))
        return 0x0000, query(PatientID="answer")

    def report(event: evt.Event) -> Any:
        seen.append((event.event_type, event.event_information.PatientID))
        return 0x0000, query(PatientID="answer")

    given = query(PatientID="question")
    push = UnifiedProcedureStepPush
    handlers = [
        (evt.EVT_N_CREATE, answer, ["attribute_list"]),
        (evt.EVT_N_SET, answer, ["modification_list"]),
        (evt.EVT_N_GET, get),
        (evt.EVT_N_ACTION, action),
        (evt.EVT_N_EVENT_REPORT, report),
        (evt.EVT_N_DELETE, lambda event: 0x0000),
    ]
    with serving(scp(uid, UnifiedProcedureStepPull, "1.2.840.10008.5.1.1.14"), handlers) as address:
        requestor = scu(uid, UnifiedProcedureStepPull, "1.2.840.10008.5.1.1.14")
        with requestor.associate(*address) as association:
            answers = [
                association.send_n_create(given, uid, instance),
                association.send_n_set(given, uid, instance),
                association.send_n_get([0x00100020], uid, instance),
                association.send_n_action(given, 3, push, instance),
                association.send_n_event_report(given, 1, uid, instance),
            ]
            assert association.send_n_delete("1.2.840.10008.5.1.1.14", instance).Status == 0x0000
    assert [(status.Status, data and data.PatientID) for status, data in answers] == [(0x0000, "answer")] * 5
    assert seen == ["question", "question", [0x00100020], (3, "question"), (1, "question")]


def test_storage_commitment_reports_on_the_same_association() -> None:
    """The SCP reports from the handler of another event: handlers may use their association."""
    reports: list[Any] = []

    def action(event: evt.Event) -> Any:
        threading.Thread(target=report, args=(event.assoc,)).start()
        return 0x0000, None

    def report(association: Any) -> None:
        status, _ = association.send_n_event_report(query(), 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
        reports.append(status.Status)
        reported.set()

    reported = threading.Event()
    with serving(scp(StorageCommitmentPushModel), [(evt.EVT_N_ACTION, action)]) as address:
        with scu(StorageCommitmentPushModel).associate(
            *address, evt_handlers=[(evt.EVT_N_EVENT_REPORT, lambda event: (0x0000, None))]
        ) as association:
            status, data = association.send_n_action(query(), 1, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
            assert (status.Status, data) == (0x0000, Dataset())
            assert reported.wait(10)
    assert reports == [0x0000]


def test_handler_may_send_on_its_own_association() -> None:
    """A C-STORE handler on the requestor asks the peer something while it answers."""
    statuses: list[int] = []

    def store(event: evt.Event) -> int:
        statuses.append(event.assoc.send_c_echo().Status)
        return 0x0000

    acceptor = scp(Get)
    acceptor.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)

    def window(event: evt.Event) -> tuple[int, int]:
        return event.nr_invoked, event.nr_performed

    from dulcimer.pdu_primitives import AsynchronousOperationsWindowNegotiation

    item = AsynchronousOperationsWindowNegotiation()
    item.maximum_number_operations_invoked = item.maximum_number_operations_performed = 2
    with serving(acceptor, [(evt.EVT_C_GET, instances), (evt.EVT_ASYNC_OPS, window)]) as address:
        with scu(Get, CTImageStorage).associate(
            *address,
            ext_neg=[build_role(CTImageStorage, scp_role=True), item],
            evt_handlers=[(evt.EVT_C_STORE, store)],
        ) as association:
            assert [status.Status for status, _ in association.send_c_get(query(), Get)][-1] == 0x0000
    assert statuses == [0x0000] * 3


def test_request_without_an_accepted_context_is_a_value_error_that_says_why() -> None:
    with serving(scp(CTImageStorage)) as address:
        with scu(Find).associate(*address) as association:
            with pytest.raises(ValueError, match=r"FIND .*abstract syntax"):
                association.send_c_find(query(), Find)
            with pytest.raises(ValueError, match="not proposed"):
                association.send_c_store(ct())
            with pytest.raises(AttributeError, match="SOPInstanceUID"):
                association.send_c_store(query(SOPClassUID=CTImageStorage))
            assert [context.abstract_syntax for context in association.rejected_contexts] == [Find]
            assert association.rejected_contexts[0].status == "Abstract Syntax Not Supported"
    with pytest.raises(RuntimeError, match="not established"):
        association.send_c_echo()
    with pytest.raises(RuntimeError, match="not established"):
        association.send_c_find(query(), Find)


def test_transfer_syntax_is_converted_only_where_that_is_allowed() -> None:
    acceptor = AE()
    acceptor.add_supported_context(CTImageStorage, "1.2.840.10008.1.2")
    seen: list[str] = []

    def store(event: evt.Event) -> int:
        seen.append(event.dataset.PatientName)
        return 0x0000

    with serving(acceptor, [(evt.EVT_C_STORE, store)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            with pytest.raises(
                ValueError, match="in Implicit VR Little Endian on this association; the data set is in Explicit VR"
            ):
                association.send_c_store(ct(), allow_conversion=False)
            assert association.send_c_store(ct()).Status == 0x0000
    assert seen == ["Test^Case"]


def test_async_entities_converse_with_async_handlers() -> None:
    received: list[str] = []

    async def find(event: evt.Event) -> Any:
        for number in range(3):
            await asyncio.sleep(0)
            yield 0xFF00, query(PatientID=str(number))

    async def store(event: evt.Event) -> int:
        assert isinstance(event.assoc, AsyncAssociation)
        received.append(event.dataset.SOPInstanceUID)
        return 0x0000

    async def body() -> None:
        acceptor = AsyncAE("SCP")
        requestor = AsyncAE("SCU")
        for uid in (Verification, Find, CTImageStorage):
            acceptor.add_supported_context(uid)
            requestor.add_requested_context(uid)
        handlers = [(evt.EVT_C_FIND, find), (evt.EVT_C_STORE, store)]
        server = await acceptor.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        assert server is not None
        async with server, await requestor.associate(*server.server_address) as association:
            assert (await association.send_c_echo()).Status == 0x0000
            assert (await association.send_c_store(ct("1.2.8"))).Status == 0x0000
            found = [item async for _, item in association.send_c_find(query(), Find)]
            assert [item and item.PatientID for item in found] == ["0", "1", "2", None]
        await asyncio.wait_for(association.wait_closed(), 60)

    asyncio.run(body())
    assert received == ["1.2.8"]


def test_blocking_server_ends_when_it_is_shut_down() -> None:
    acceptor = scp()
    server = acceptor.make_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with scu().associate(*server.server_address) as association:
        assert association.send_c_echo().Status == 0x0000
    acceptor.shutdown()
    thread.join(10)
    assert not thread.is_alive()
    assert acceptor.servers == []
    server.shutdown()


def test_ipv6_and_bind_address() -> None:
    try:
        server = scp().start_server(("::1", 0), block=False)
    except Exception as error:
        pytest.skip(f"no IPv6 here: {error}")
    assert server is not None
    with scu().associate(("::1", 0, 0), server.server_address[1], bind_address=("::1", 0)) as association:
        assert association.requestor.address == "::1"
        assert association.send_c_echo().Status == 0x0000
    server.shutdown()
