"""The archive on the network, with requestors of our own: cancel, counters, extended negotiation, and its end."""

from __future__ import annotations

import asyncio
import random
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydicom.dataset import Dataset
from sqlalchemy.exc import OperationalError

from dulcimer import AsyncAE, build_role, evt
from dulcimer._generated.commands import CFindRq, CMoveRq, NActionRq
from dulcimer.ae.aio.association import AsyncAssociation
from dulcimer.archive import Archive
from dulcimer.archive.query.worklist import Worklist
from dulcimer.archive.scp.committing import COMMITMENT, INSTANCE, Committer
from dulcimer.archive.scp.destination import Calling
from dulcimer.archive.scp.remotes import Remote
from dulcimer.archive.scp.server import ArchiveServer
from dulcimer.archive.users import Users, hashed
from dulcimer.dimse.data_set import encode_data_set
from dulcimer.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)
from dulcimer.services.durable import FileSink
from dulcimer.services.group_commit import GroupCommit
from dulcimer.services.syncing import SyncedTree
from dulcimer.sop_class import (
    ModalityWorklistInformationFind,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)
from support.instances import CT, EXPLICIT, MR, keys, populate, put, write

FIND, GET, MOVE = (
    str(uid)
    for uid in (
        StudyRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelGet,
        StudyRootQueryRetrieveInformationModelMove,
    )
)
STUDY = "1.2.826.1.0"
"""The first study that `populate` makes: ten instances."""
PATIENCE = 60.0
Work = Callable[[Any], Awaitable[None]]


class Bench:
    """An archive of 40 instances that serves, and associations with it."""

    def __init__(self, server: ArchiveServer, archive: Archive, ae: AsyncAE) -> None:
        self.server = server
        self.archive = archive
        self._ae = ae
        self._address = server.address

    async def associate(self, *classes: str, items: Any = (), handlers: Any = (), **options: Any) -> AsyncAssociation:
        for uid in classes:
            self._ae.add_requested_context(uid, EXPLICIT)
        return await self._ae.associate(*self._address, ext_neg=list(items), evt_handlers=list(handlers), **options)


@asynccontextmanager
async def serving(root: Path, **options: Any) -> AsyncIterator[Bench]:
    """A bench with its archive in `root`."""
    archive = await asyncio.to_thread(Archive, root, retrieve_ae_title="ARCHIVE")
    try:
        async with AsyncAE("US") as ae, ArchiveServer(archive, **options).listen("127.0.0.1", 0) as server:
            yield Bench(server, archive, ae)
    finally:
        await asyncio.to_thread(archive.close)


def run(root: Path, work: Work, **options: Any) -> None:
    """Run the work with a bench."""

    async def main() -> None:
        async with asyncio.timeout(2 * PATIENCE), serving(root, **options) as bench:
            await work(bench)

    asyncio.run(main())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    populate(tmp_path / "archive", 40)
    return tmp_path / "archive"


async def answered(responses: Any) -> list[tuple[int, Dataset, Dataset | None]]:
    return [(status.Status, status, identifier) async for status, identifier in responses]


def relational(sop_class: str, *values: int) -> SOPClassExtendedNegotiation:
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = sop_class
    item.service_class_application_information = bytes(values)
    return item


# Several operations at a time


@pytest.mark.clause("PS3.7 D.3.3.3")
def test_instances_of_one_association_are_synced_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    arrived: list[Path] = []
    all_wait = threading.Event()
    commit, sync_files = GroupCommit.commit, SyncedTree.sync_files

    async def counted(group: GroupCommit, sink: FileSink, target: Path, durable: Any) -> Any:
        arrived.append(target)
        if len(arrived) == 8:
            asyncio.get_running_loop().call_soon(all_wait.set)
        return await commit(group, sink, target, durable)

    def sync(tree: SyncedTree, descriptors: list[int]) -> Any:
        groups.append(len(descriptors))
        assert all_wait.wait(PATIENCE)
        return sync_files(tree, descriptors)

    monkeypatch.setattr(GroupCommit, "commit", counted)
    monkeypatch.setattr(SyncedTree, "sync_files", sync)

    async def work(bench: Bench) -> None:
        window = AsynchronousOperationsWindowNegotiation()
        window.maximum_number_operations_invoked = 8
        paths = [write(tmp_path / f"{number}", f"1.2.3.{number}") for number in range(8)]
        async with await bench.associate(CT, items=[window]) as association:
            assert association.acceptor.asynchronous_operations == (8, 1)
            statuses = await asyncio.gather(*(association.send_c_store(path) for path in paths))
        assert [status.Status for status in statuses] == [0x0000] * 8
        assert len(list(bench.archive.find("IMAGE", keys(SOPInstanceUID="")))) == 8

    run(tmp_path / "archive", work)
    assert sum(groups) == 8
    assert len(groups) <= 2


# C-FIND


def test_query_is_answered_as_it_goes_and_stops_at_a_cancel(root: Path) -> None:
    populate(root, 3000)

    async def work(bench: Bench) -> None:
        async with await bench.associate(FIND, items=[relational(FIND, 1)]) as association:
            responses = association.send_c_find(keys("IMAGE", SOPInstanceUID=""), FIND, msg_id=5)
            first, _ = await anext(responses)
            assert first.Status == 0xFF00
            await association.send_c_cancel(5, query_model=FIND)
            rest = [status for status, *_ in await answered(responses)]
            assert rest[-1] == 0xFE00
            assert len(rest) < 3000

    run(root, work)


@pytest.mark.clause("PS3.4 C.5.1.1.1")
def test_relational_queries_are_agreed_on_and_other_options_declined(root: Path) -> None:
    async def work(bench: Bench) -> None:
        items = [relational(FIND, 1, 1, 1, 1), relational(MOVE, 1)]
        async with await bench.associate(FIND, MOVE, items=items) as association:
            assert association.acceptor.sop_class_extended == {FIND: b"\1\1\0\0", MOVE: b"\1"}
            found = await answered(association.send_c_find(keys("IMAGE", PatientID="ID00000", SOPInstanceUID=""), FIND))
            assert len(found) == 21
        async with await bench.associate(FIND) as association:
            [(status, why, _)] = await answered(association.send_c_find(keys("IMAGE", SOPInstanceUID=""), FIND))
            assert status == 0xA900
            assert why.ErrorComment == "StudyInstanceUID is missing"
            assert why.OffendingElement == 0x0020000D

    run(root, work)


def test_key_that_the_archive_does_not_have_is_reported_in_each_answer(root: Path) -> None:
    async def work(bench: Bench) -> None:
        async with await bench.associate(FIND) as association:
            asked = keys("STUDY", StudyInstanceUID=STUDY, PatientMotherBirthName="")
            statuses = [status for status, *_ in await answered(association.send_c_find(asked, FIND))]
            assert statuses == [0xFF01, 0x0000]

    run(root, work)


def test_worklist_is_served_without_an_archive(tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncAE("US") as ae, ArchiveServer(worklist=Worklist(tmp_path)).listen("127.0.0.1", 0) as server:
            for uid in (ModalityWorklistInformationFind, FIND, CT):
                ae.add_requested_context(uid)
            async with await ae.associate(*server.address) as association:
                accepted = [context.abstract_syntax for context in association.accepted_contexts]
                assert accepted == [ModalityWorklistInformationFind]
                found = await answered(association.send_c_find(keys(PatientName=""), ModalityWorklistInformationFind))
                assert [status for status, *_ in found] == [0x0000]

    asyncio.run(main())


def test_database_that_fails_is_a_failure_status_and_the_next_query_is_answered(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(bench: Bench) -> None:
        flush = bench.archive.flush

        def fail() -> None:
            bench.archive.flush = flush  # type: ignore[method-assign]  # to be seen, or to fail
            raise OperationalError("SELECT", {}, Exception("disk I/O error"))

        bench.archive.flush = fail  # type: ignore[method-assign]  # to be seen, or to fail
        async with await bench.associate(FIND) as association:
            asked = keys("STUDY", StudyInstanceUID="")
            assert [status for status, *_ in await answered(association.send_c_find(asked, FIND))] == [0xC000]
            assert len(await answered(association.send_c_find(asked, FIND))) == 5

    run(root, work)
    assert "C-FIND failed: disk I/O error" in caplog.messages
    assert all(record.exc_info is None for record in caplog.records)


# C-GET and C-MOVE


def taking(received: list[str], *statuses: int) -> Any:
    """A handler of EVT_C_STORE that answers with these statuses, then with success."""
    left = list(statuses)

    async def store(event: evt.Event) -> int:
        received.append(str(event.request.AffectedSOPInstanceUID))
        return left.pop(0) if left else 0x0000

    return evt.EVT_C_STORE, store


def test_get_is_cancelled_with_what_remains(root: Path) -> None:
    received: list[str] = []

    async def work(bench: Bench) -> None:
        roles = [build_role(uid, scp_role=True) for uid in (CT, MR)]
        opened = await bench.associate(GET, CT, MR, items=roles, handlers=[taking(received)])
        async with opened as association:
            responses = association.send_c_get(keys("STUDY", StudyInstanceUID=STUDY), GET, msg_id=3)
            await anext(responses)
            await association.send_c_cancel(3, query_model=GET)
            status, final, _ = (await answered(responses))[-1]
            assert status == 0xFE00
            assert final.NumberOfRemainingSuboperations == 10 - len(received)
            assert final.NumberOfCompletedSuboperations == len(received) < 10

    run(root, work)


def test_get_counts_instances_that_the_requestor_cannot_take(root: Path) -> None:
    received: list[str] = []

    async def work(bench: Bench) -> None:
        items = [build_role(CT, scp_role=True)]
        async with await bench.associate(GET, CT, items=items, handlers=[taking(received, 0xB007)]) as association:
            found = await answered(association.send_c_get(keys("STUDY", StudyInstanceUID=STUDY), GET))
        _, final, failed = found[-1]
        assert final.Status == 0xB000
        assert (final.NumberOfWarningSuboperations, final.NumberOfCompletedSuboperations) == (1, 4)
        assert final.NumberOfFailedSuboperations == 5
        assert failed is not None
        assert set(failed.FailedSOPInstanceUIDList).isdisjoint(received)

    run(root, work)


def test_get_of_a_file_that_is_gone_fails_for_it_alone(root: Path) -> None:
    received: list[str] = []

    async def work(bench: Bench) -> None:
        next(root.rglob(f"{STUDY}.0.2.dcm")).unlink()
        roles = [build_role(uid, scp_role=True) for uid in (CT, MR)]
        async with await bench.associate(GET, CT, MR, items=roles, handlers=[taking(received)]) as association:
            found = await answered(association.send_c_get(keys("STUDY", StudyInstanceUID=STUDY), GET))
        _, final, failed = found[-1]
        assert (final.Status, final.NumberOfFailedSuboperations) == (0xB000, 1)
        assert failed is not None
        assert failed.FailedSOPInstanceUIDList == f"{STUDY}.0.2"

    run(root, work)
    assert len(received) == 9


@asynccontextmanager
async def destination(received: list[str], *statuses: int) -> AsyncIterator[Remote]:
    """A remote that takes instances."""
    async with AsyncAE("REMOTE") as ae:
        for uid in (CT, MR):
            ae.add_supported_context(uid, EXPLICIT)
        handlers = [taking(received, *statuses)]
        server = await ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        assert server is not None
        yield Remote("REMOTE", *server.server_address)


def moving(root: Path, remote: Remote, work: Work) -> Awaitable[None]:
    async def main() -> None:
        async with serving(root, remotes={"REMOTE": remote}) as bench:
            await work(bench)

    return main()


def test_move_counts_and_names_what_failed(root: Path) -> None:
    received: list[str] = []

    async def work(bench: Bench) -> None:
        async with await bench.associate(MOVE) as association:
            found = await answered(association.send_c_move(keys("STUDY", StudyInstanceUID=STUDY), "REMOTE", MOVE))
        assert [status for status, *_ in found] == [0xFF00] * 10 + [0xB000]
        assert [one.NumberOfRemainingSuboperations for _, one, _ in found[:-1]] == list(range(9, -1, -1))
        _, final, failed = found[-1]
        assert (final.NumberOfFailedSuboperations, final.NumberOfWarningSuboperations) == (1, 1)
        assert failed is not None
        assert failed.FailedSOPInstanceUIDList == received[0]

    async def main() -> None:
        async with destination(received, 0xA700, 0xB000) as remote:
            await moving(root, remote, work)

    asyncio.run(main())
    assert len(received) == 10


def test_move_is_cancelled(root: Path) -> None:
    received: list[str] = []

    async def work(bench: Bench) -> None:
        async with await bench.associate(MOVE) as association:
            moved = keys("STUDY", StudyInstanceUID=STUDY)
            responses = association.send_c_move(moved, "REMOTE", MOVE, msg_id=9)
            await anext(responses)
            await association.send_c_cancel(9, query_model=MOVE)
            status, final, _ = (await answered(responses))[-1]
            assert status == 0xFE00
            assert final.NumberOfRemainingSuboperations + final.NumberOfCompletedSuboperations == 10

    async def main() -> None:
        async with destination(received) as remote:
            await moving(root, remote, work)

    asyncio.run(main())
    assert len(received) < 10


@pytest.mark.parametrize(
    ("title", "identifier", "status"),
    [
        ("REMOTE", keys("STUDY"), 0xA900),
        ("REMOTE", keys("STUDY", StudyInstanceUID="9.9"), 0x0000),
        ("ELSEWHERE", keys("STUDY", StudyInstanceUID=STUDY), 0xA801),
    ],
    ids=["no key", "no such study", "unknown destination"],
)
def test_move_of_nothing_opens_no_association(root: Path, title: str, identifier: Dataset, status: int) -> None:
    async def work(bench: Bench) -> None:
        async with await bench.associate(MOVE) as association:
            assert [found for found, *_ in await answered(association.send_c_move(identifier, title, MOVE))] == [status]

    run(root, work, remotes={"REMOTE": Remote("REMOTE", "127.0.0.1", 1)})


def test_destination_that_aborts_is_opened_again_for_the_next_instance(root: Path) -> None:
    received: list[str] = []

    async def abort_once(event: evt.Event) -> int:
        received.append(str(event.request.AffectedSOPInstanceUID))
        if len(received) == 3:
            await event.assoc.abort(block=False)
        return 0x0000

    async def work(bench: Bench) -> None:
        async with await bench.associate(MOVE) as association:
            found = await answered(association.send_c_move(keys("STUDY", StudyInstanceUID=STUDY), "REMOTE", MOVE))
        _, final, failed = found[-1]
        assert (final.NumberOfCompletedSuboperations, final.NumberOfFailedSuboperations) == (9, 1)
        assert failed is not None
        assert failed.FailedSOPInstanceUIDList == received[2]

    async def main() -> None:
        async with AsyncAE("REMOTE") as ae:
            for uid in (CT, MR):
                ae.add_supported_context(uid, EXPLICIT)
            handlers: list[Any] = [(evt.EVT_C_STORE, abort_once)]
            server = await ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
            assert server is not None
            await moving(root, Remote("REMOTE", *server.server_address), work)

    asyncio.run(main())
    assert len(received) == 10


# Storage commitment


def request(*instances: str) -> Dataset:
    information = Dataset()
    information.TransactionUID = "1.2.3"
    information.ReferencedSOPSequence = []
    for uid in instances:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT, uid
        information.ReferencedSOPSequence.append(item)
    return information


@pytest.mark.parametrize(
    ("action", "instance", "information", "status"),
    [
        (1, INSTANCE, request(), 0x0115),
        (2, INSTANCE, request("1.2"), 0x0123),
        (1, "1.2.3", request("1.2"), 0x0112),
    ],
    ids=["nothing asked for", "no such action", "no such instance"],
)
def test_commitment_request_that_cannot_be_performed_is_refused(
    root: Path, action: int, instance: str, information: Dataset, status: int
) -> None:
    async def work(bench: Bench) -> None:
        async with await bench.associate(COMMITMENT) as association:
            answer, _ = await association.send_n_action(information, action, COMMITMENT, instance)
            assert answer.Status == status

    run(root, work)


def test_report_that_cannot_be_delivered_is_logged_with_advice(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(_: evt.Event) -> tuple[int, None]:
        return 0x0110, None

    async def work(bench: Bench) -> None:
        committer = Committer(bench.archive, {}, Calling("ARCHIVE"), pauses=(0.001, 0.001))
        bench.server._handlers.bind(evt.EVT_N_ACTION, committer.act)
        handlers = [(evt.EVT_N_EVENT_REPORT, refuse)]
        async with await bench.associate(COMMITMENT, handlers=handlers) as association:
            await association.send_n_action(request(f"{STUDY}.0.0"), 1, COMMITMENT, INSTANCE)
            await asyncio.wait(tuple(committer._tasks), timeout=PATIENCE)
        await committer.close(0.0)

    run(root, work)
    assert sum("will be sent again" in message for message in caplog.messages) == 2
    assert "add it as a remote" in caplog.messages[-1]


# Access, and shutdown


def test_only_users_are_let_in(root: Path) -> None:
    async def work(bench: Bench) -> None:
        for name, password, accepted in (("anna", "secret", True), ("anna", "wrong", False), (None, "", False)):
            item = UserIdentityNegotiation()
            item.user_identity_type = 2
            item.primary_field, item.secondary_field = (name or "x").encode(), password.encode()
            association = await bench.associate(Verification, items=[item] if name else [])
            assert association.is_established == accepted
            assert association.is_rejected != accepted
            await association.release()

    run(root, work, users=Users({"anna": hashed("secret")}))


def test_user_whose_password_has_to_wait_too_long_may_come_again(root: Path) -> None:
    async def work(bench: Bench) -> None:
        users.most = 0
        item = UserIdentityNegotiation()
        item.user_identity_type, item.primary_field, item.secondary_field = 2, b"anna", b"secret"
        association = await bench.associate(FIND, items=[item])
        assert association.is_rejected
        answer: Any = association.acceptor.primitive
        assert (answer.result, answer.result_source, answer.diagnostic) == (2, 3, 1)

    users = Users({"anna": hashed("secret")})
    run(root, work, users=users)


def test_associations_of_other_processes_count_towards_the_limit(root: Path) -> None:
    from dulcimer.archive.operation.metrics import Metrics

    own, other = Metrics(), Metrics()

    async def work(bench: Bench) -> None:
        other.accepted()
        assert (await bench.associate(Verification)).is_rejected
        other.ended()
        async with await bench.associate(Verification) as association:
            assert association.is_established
            assert own.associations_open() == 1

    run(root, work, metrics=own, others=[own, other], maximum_associations=1)


def test_association_in_progress_is_finished_and_an_idle_one_is_not_waited_for(root: Path) -> None:
    async def work(bench: Bench) -> None:
        idle, busy = await bench.associate(Verification), await bench.associate(FIND)
        draining = asyncio.create_task(bench.server.drain(PATIENCE))
        for _ in range(3):
            found = await answered(busy.send_c_find(keys("STUDY", StudyInstanceUID=""), FIND))
            assert len(found) == 5
        assert not (await bench.associate(Verification)).is_established
        await busy.release()
        assert busy.is_released
        await draining
        await idle.wait_closed()
        assert idle.is_aborted

    run(root, work)


def test_association_that_waits_for_an_answer_is_not_idle(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dulcimer.archive.scp.server._QUIET", 0.0)
    asked, going = threading.Event(), threading.Event()

    async def work(bench: Bench) -> None:
        def wait() -> None:
            asked.set()
            going.wait(PATIENCE)

        bench.archive.flush = wait  # type: ignore[method-assign]  # to be seen, or to fail
        idle, busy = await bench.associate(Verification), await bench.associate(FIND)
        responses = busy.send_c_find(keys("STUDY", StudyInstanceUID=""), FIND)
        await responses.start()
        await asyncio.to_thread(asked.wait, PATIENCE)
        draining = asyncio.create_task(bench.server.drain(PATIENCE))
        await idle.wait_closed()
        going.set()
        assert len(await answered(responses)) == 5
        await draining

    run(root, work)


def test_messages_are_counted_by_service_and_category(root: Path) -> None:
    async def work(bench: Bench) -> None:
        async with await bench.associate(FIND, Verification) as association:
            await association.send_c_echo()
            await answered(association.send_c_find(keys("STUDY", StudyInstanceUID=""), FIND))
            await answered(association.send_c_find(keys("NONE"), FIND))
        from dulcimer.archive.operation.metrics import text

        lines = text([bench.server.metrics]).splitlines()
        for line in (
            'dulcimer_requests_total{service="C-FIND"} 2',
            'dulcimer_responses_total{service="C-ECHO",status="Success"} 1',
            'dulcimer_responses_total{service="C-FIND",status="Pending"} 4',
            'dulcimer_responses_total{service="C-FIND",status="Success"} 1',
            'dulcimer_responses_total{service="C-FIND",status="Failure"} 1',
            "dulcimer_associations_total 1",
        ):
            assert line in lines

    run(root, work)


def test_instance_replaced_by_one_in_another_syntax_goes_out_as_it_now_is(root: Path, tmp_path: Path) -> None:
    from pydicom import dcmread
    from pydicom.uid import ImplicitVRLittleEndian

    received: list[str] = []

    async def work(bench: Bench) -> None:
        bench.archive.flush()
        path = put(root, f"{STUDY}.0.0", StudyInstanceUID=STUDY, SeriesInstanceUID=f"{STUDY}.0", PatientID="ID00000")
        data_set = dcmread(path)
        data_set.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
        data_set.save_as(path, implicit_vr=True, little_endian=True)
        roles = [build_role(uid, scp_role=True) for uid in (CT, MR)]

        async def store(event: evt.Event) -> int:
            assert event.dataset.SOPInstanceUID
            received.append(event.dataset.SOPInstanceUID)
            return 0x0000

        handlers = [(evt.EVT_C_STORE, store)]
        async with await bench.associate(GET, CT, MR, items=roles, handlers=handlers) as association:
            found = await answered(association.send_c_get(keys("STUDY", StudyInstanceUID=STUDY), GET))
        assert found[-1][0] == 0x0000

    run(root, work)
    assert f"{STUDY}.0.0" in received


def test_remote_that_wants_tls_is_called_with_it(root: Path) -> None:
    received: list[str] = []
    authority = trustme.CA()
    serving_context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(serving_context)
    calling_context = ssl.create_default_context()
    authority.configure_trust(calling_context)

    async def work(bench: Bench) -> None:
        async with await bench.associate(MOVE) as association:
            moved = keys("IMAGE", StudyInstanceUID=STUDY, SeriesInstanceUID=f"{STUDY}.0", SOPInstanceUID=f"{STUDY}.0.1")
            found = await answered(association.send_c_move(moved, "REMOTE", MOVE))
        assert [status for status, *_ in found] == [0xFF00, 0x0000]

    async def main() -> None:
        async with AsyncAE("REMOTE") as ae:
            ae.add_supported_context(CT, EXPLICIT)
            handlers: list[Any] = [taking(received)]
            server = await ae.start_server(
                ("127.0.0.1", 0), block=False, ssl_context=serving_context, evt_handlers=handlers
            )
            assert server is not None
            remote = Remote("REMOTE", *server.server_address, tls=True)
            async with serving(root, remotes={"REMOTE": remote}, calling_tls=calling_context) as bench:
                await work(bench)

    asyncio.run(main())
    assert received == [f"{STUDY}.0.1"]


def test_identifier_of_any_bytes_is_answered(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(7)
    whole = encode_data_set(keys("STUDY", StudyInstanceUID=STUDY, PatientName="A*", StudyDate="2024-"), EXPLICIT)

    def damaged() -> bytes:
        data = bytearray(whole[: chance.randrange(len(whole) + 1)] if chance.random() < 0.3 else whole)
        for _ in range(chance.randrange(4)):
            if data:
                data[chance.randrange(len(data))] = chance.randrange(256)
        return bytes(data) + bytes(len(data) % 2)

    async def work(bench: Bench) -> None:
        association = await bench.associate(FIND, MOVE, COMMITMENT)
        user, exchange = association.session.user, association.session.exchange
        for number in range(1, 301):
            message: Any = CFindRq(affected_sop_class_uid=FIND, message_id=number, priority=0)
            if number % 3 == 1:
                message = CMoveRq(affected_sop_class_uid=MOVE, message_id=number, priority=0, move_destination="REMOTE")
            elif number % 3 == 2:
                message = NActionRq(
                    requested_sop_class_uid=COMMITMENT,
                    message_id=number,
                    requested_sop_instance_uid=INSTANCE,
                    action_type_id=1,
                )
            context = user.context_for(
                (message.info.name.startswith("N") and COMMITMENT) or message.affected_sop_class_uid
            )
            async with exchange.operation(context.context_id, message, damaged()) as operation:
                while (await operation.next()).command_set.value("status") & 0xFF00 == 0xFF00:
                    pass
        await association.release()
        assert association.is_released

    run(root, work, remotes={"REMOTE": Remote("REMOTE", "127.0.0.1", 1)})
    assert all(record.exc_info is None for record in caplog.records)
    assert not any("A*" in message or STUDY in message for message in caplog.messages)
