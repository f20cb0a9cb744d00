"""`ServiceUser`: its operations, one at a time, its errors, and other implementations as its peers."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dulcimer import (
    AE,
    FaultInjector,
    QRLevel,
    ServiceProvider,
    ServiceProviderParams,
    ServiceUser,
    Suboperations,
    TLSConfig,
    evt,
    run_provider_for_conn,
)
from dulcimer._generated.codes import PduType
from dulcimer.ae.core.addresses import host_and_port
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    EncodeError,
    OperationFailed,
    TransportError,
)
from dulcimer.presentation import build_context
from dulcimer.services.instance_file import NotADicomFile
from dulcimer.sop_class import CTImageStorage, MRImageStorage, Verification
from dulcimer.upper_layer.fault_injection import Drop
from support.dicom_files import TEST_FILES
from support.entities import PATIENCE, ct, nothing_left, peer_that, query
from support.peers.processes import HOST, free_port, server, storescp

JPEG = "1.2.840.10008.1.2.4.50"
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
STUDY, PATIENT = QRLevel.STUDY, QRLevel.PATIENT
ALL = (
    Verification,
    CTImageStorage,
    *(getattr(level, name) for level in (PATIENT, STUDY) for name in ("find", "get", "move")),
)


def _matches(*_: Any) -> Iterator[Dataset]:
    yield from (query(PatientID=str(number)) for number in range(3))


def _instances(*_: Any) -> list[Dataset]:
    return [ct("1.2.1"), ct("1.2.2")]


@contextmanager
def provider(**settings: Any) -> Iterator[str]:
    """A provider with callbacks for everything; yields its address."""
    everything = {"c_store": lambda *_: None, "c_find": _matches, "c_get": _instances, "c_move": _instances}
    with ServiceProvider(ServiceProviderParams(**{"ae_title": "SCP", **everything, **settings})) as running:
        yield "{}:{}".format(*running.listen_addr)


@contextmanager
def connected(address: str, **settings: Any) -> Iterator[ServiceUser]:
    with ServiceUser(ALL, **settings) as user:
        user.connect(address)
        yield user


# Operations


def test_all_operations_one_after_the_other() -> None:
    taken: list[tuple[str, str, str, int]] = []
    heard: list[Suboperations] = []
    with nothing_left(), provider(c_store=lambda _, *rest: taken.append((*rest[:3], len(rest[3])))) as address:
        with provider(c_store=lambda _, *rest: taken.append((*rest[:3], len(rest[3])))) as destination:
            with provider(remote_aes={"DEST": destination}) as mover, connected(mover) as user:
                done = user.c_move(STUDY, {"StudyInstanceUID": "1.2"}, "DEST", heard.append)
        assert done == Suboperations(0x0000, None, 2, 0, 0)
        assert [step.remaining for step in heard] == [1, 0, None]
        assert [instance for _, _, instance, _ in taken] == ["1.2.1", "1.2.2"]
        with connected(address) as user:
            assert user.is_connected
            assert user.c_echo() == 0x0000
            assert user.c_store(ct("1.2.3")) == 0x0000
            assert taken[-1][1:3] == (CTImageStorage, "1.2.3")
            assert [match.PatientID for match in user.c_find(STUDY, {"PatientID": ""})] == ["0", "1", "2"]
            assert [match.PatientID for match in user.c_find(PATIENT, query(PatientID=""))] == ["0", "1", "2"]
            received: list[tuple[str, ...]] = []
            done = user.c_get(STUDY, {"StudyInstanceUID": "1.2"}, lambda *instance: received.append(instance))
            assert (done.completed, done.failed) == (2, 0)
            assert [instance[2] for instance in received] == ["1.2.1", "1.2.2"]
            assert {instance[0] for instance in received} <= {IMPLICIT, EXPLICIT}
        assert not user.is_connected


def test_files_are_sent_as_they_lie_there(tmp_path: Path) -> None:
    taken: list[bytes] = []
    path = TEST_FILES / "CT_small.dcm"
    with provider(c_store=lambda *given: taken.append(given[4])) as address:
        with ServiceUser([CTImageStorage], transfer_syntaxes=EXPLICIT) as user:
            user.connect(address)
            assert user.c_store(path) == user.c_store(str(path)) == 0x0000
            (tmp_path / "text").write_text("no instance")
            with pytest.raises(NotADicomFile):
                user.c_store(tmp_path / "text")
            with pytest.raises(FileNotFoundError):
                user.c_store(tmp_path / "nothing")
            assert user.is_connected
    assert len(taken) == 2
    assert path.read_bytes().endswith(taken[0])


def test_compressed_transfer_syntaxes_of_storage_are_proposed_in_contexts_of_their_own() -> None:
    with provider() as address:
        with ServiceUser([Verification, CTImageStorage], transfer_syntaxes=[IMPLICIT, JPEG, EXPLICIT]) as user:
            user.connect(address)
            assert user.association is not None
            proposed = [
                (context.abstract_syntax, [str(uid) for uid in context.transfer_syntax])
                for context in user.association.requestor.requested_contexts
            ]
    assert proposed == [
        (Verification, [IMPLICIT, EXPLICIT]),
        (CTImageStorage, [IMPLICIT, EXPLICIT]),
        (CTImageStorage, [JPEG]),
    ]


def test_contexts_may_be_given_instead_of_uids() -> None:
    with provider() as address, ServiceUser([build_context(Verification, EXPLICIT)]) as user:
        user.connect(address)
        assert user.association is not None
        assert user.association.accepted_contexts[0].transfer_syntax == [EXPLICIT]


@pytest.mark.parametrize("level", QRLevel)
def test_level_stands_in_the_identifier_unless_the_filter_names_one(level: QRLevel) -> None:
    assert level.identifier({"PatientID": "1"}).QueryRetrieveLevel == level.value
    given = query(QueryRetrieveLevel="SERIES")
    assert level.identifier(given).QueryRetrieveLevel == "SERIES"
    assert level.identifier({"QueryRetrieveLevel": "IMAGE"}).QueryRetrieveLevel == "IMAGE"
    del given.QueryRetrieveLevel
    level.identifier(given)
    assert "QueryRetrieveLevel" not in given


def test_levels_have_the_models_of_the_standard() -> None:
    assert UID(PATIENT.find).keyword == "PatientRootQueryRetrieveInformationModelFind"
    for level in (STUDY, QRLevel.SERIES, QRLevel.IMAGE):
        assert UID(level.move).keyword == "StudyRootQueryRetrieveInformationModelMove"
        assert UID(level.get).keyword == "StudyRootQueryRetrieveInformationModelGet"


# One at a time


def test_second_operation_is_a_clear_error_until_the_results_are_read_or_closed() -> None:
    with nothing_left(), provider() as address, connected(address) as user:
        results = user.c_find(STUDY, {"PatientID": ""})
        assert next(results).PatientID == "0"
        with pytest.raises(RuntimeError, match="C-ECHO cannot begin while C-FIND is in progress: read all its results"):
            user.c_echo()
        with pytest.raises(RuntimeError, match="one operation at a time"):
            user.c_find(STUDY, {})
        assert len(list(results)) == 2
        assert list(results) == []
        assert user.c_echo() == 0x0000
        with user.c_find(STUDY, {"PatientID": ""}) as results:
            next(results)
        assert user.c_echo() == 0x0000


def test_operation_in_another_thread_is_refused_and_harms_nothing() -> None:
    refused: list[str] = []

    def other(user: ServiceUser) -> None:
        for attempt in (user.c_echo, user.release, lambda: user.connect("127.0.0.1:1")):
            with pytest.raises(RuntimeError, match="while C-GET is in progress") as error:
                attempt()
            refused.append(str(error.value))

    with nothing_left(), provider() as address, connected(address) as user:

        def store(*_: Any) -> None:
            thread = threading.Thread(target=other, args=(user,))
            thread.start()
            thread.join(PATIENCE)

        assert user.c_get(STUDY, {}, store).completed == 2
        assert len(refused) == 6


def test_results_that_are_let_go_are_cancelled() -> None:
    cancelled = threading.Event()

    def endless(*_: Any) -> Iterator[Dataset]:
        try:
            while True:
                yield query(PatientID="1")
        finally:
            cancelled.set()

    with nothing_left(), provider(c_find=endless) as address, connected(address) as user:
        for _ in user.c_find(STUDY, {"PatientID": ""}):
            break
        assert user.c_echo() == 0x0000
        assert cancelled.wait(PATIENCE)
        results = user.c_find(STUDY, {"PatientID": ""})
        next(results)
        user.release()
        assert list(results) == []


def test_abort_in_another_thread_ends_an_operation() -> None:
    waits = threading.Event()

    def find(*_: Any) -> Iterator[Dataset]:
        waits.set()
        threading.Event().wait(0.01)
        yield query(PatientID="1")
        released.wait(PATIENCE)

    released = threading.Event()
    with provider(c_find=find) as address, ServiceUser(ALL) as user:
        user.connect(address)
        results = user.c_find(STUDY, {"PatientID": ""})
        next(results)
        aborting = threading.Thread(target=user.abort)
        aborting.start()
        with pytest.raises(AssociationAborted, match="aborted by this end"):
            next(results)
        aborting.join(PATIENCE)
        released.set()
        with pytest.raises(AssociationAborted):
            user.c_echo()


# Association


def test_release_may_be_asked_for_again_and_a_new_association_follows() -> None:
    with nothing_left(), provider() as address:
        user = ServiceUser(ALL)
        user.release()
        user.connect(address)
        with pytest.raises(RuntimeError, match="has an association already"):
            user.connect(address)
        user.release()
        user.release()
        with pytest.raises(RuntimeError, match="has been released"):
            user.c_echo()
        user.connect(address)
        assert user.c_echo() == 0x0000
        user.release()


def test_nothing_is_possible_before_there_is_an_association() -> None:
    user = ServiceUser(ALL)
    assert user.association is None
    for attempt in (user.c_echo, lambda: user.c_find(STUDY, {}), lambda: user.c_move(STUDY, {}, "DEST")):
        with pytest.raises(RuntimeError, match="connect first"):
            attempt()
    user.abort()


def test_exception_in_the_block_aborts() -> None:
    ended: list[str] = []
    ae = AE("SCP")
    ae.add_supported_context(Verification)
    over = threading.Event()

    def aborted(_: evt.Event) -> None:
        ended.append("aborted")
        over.set()

    handlers = [(evt.EVT_ABORTED, aborted)]
    running = ae.start_server((HOST, 0), block=False, evt_handlers=handlers)
    assert running is not None
    with pytest.raises(ZeroDivisionError), ServiceUser([Verification]) as user:
        user.connect(running.server_address)
        raise ZeroDivisionError
    assert over.wait(PATIENCE)
    running.shutdown()
    assert ended == ["aborted"]


def test_connection_that_is_there_already_is_used() -> None:
    with nothing_left():
        ours, theirs = socket.socketpair()
        params = ServiceProviderParams(c_find=_matches)
        serving = threading.Thread(target=run_provider_for_conn, args=(theirs, params))
        serving.start()
        with ServiceUser([Verification, STUDY.find]) as user:
            user.set_conn(ours)
            assert user.c_echo() == 0x0000
            assert len(list(user.c_find(STUDY, {"PatientID": ""}))) == 3
        serving.join(PATIENCE)
        assert not serving.is_alive()
        assert ours.fileno() == theirs.fileno() == -1


def test_sockets_that_cannot_be_used_are_named() -> None:
    user = ServiceUser([Verification])
    with socket.socket() as unconnected, pytest.raises(ValueError, match="not connected"):
        user.set_conn(unconnected)
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        with_tls = ServiceUser([Verification], tls_config=TLSConfig())
        with pytest.raises(ValueError, match="server_name"):
            with_tls.set_conn(ours)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    with context.wrap_socket(socket.socket(), do_handshake_on_connect=False) as wrapped:
        with pytest.raises(TypeError, match="tls_config"):
            user.set_conn(wrapped)


# Errors


@pytest.mark.parametrize("address", ["host", "host:", "host:port", "::1:104", ":70000", ("host", -1), (104, "host")])
def test_what_is_no_address_is_refused(address: Any) -> None:
    with pytest.raises(ValueError, match="an address is"):
        ServiceUser([Verification]).connect(address)


def test_addresses_are_read_as_people_write_them() -> None:
    assert host_and_port("pacs.example:104") == ("pacs.example", 104)
    assert host_and_port("[::1]:11112") == ("::1", 11112)
    assert host_and_port(":11112") == ("", 11112)
    assert host_and_port(("::1", 104)) == ("::1", 104)


def test_peer_that_is_not_there_is_a_transport_error_and_another_try_is_possible() -> None:
    user = ServiceUser([Verification])
    with nothing_left():
        with pytest.raises(TransportError, match="refuses connections"):
            user.connect((HOST, free_port()))
        with provider() as address:
            user.connect(address)
            assert user.c_echo() == 0x0000
            user.release()


def test_rejection_and_contexts_that_nobody_accepts_are_reported() -> None:
    with nothing_left(), provider(require_called_ae_title=True, c_store=None, c_get=None) as address:
        with pytest.raises(AssociationRejected, match="called AE title not recognized"):
            ServiceUser([Verification], called_ae_title="OTHER").connect(address)
        with pytest.raises(
            ContextNotAccepted,
            match=r"accepted no presentation context that can be used: MR Image .*abstract syntax not supported",
        ):
            ServiceUser([MRImageStorage], called_ae_title="SCP").connect(address)
        with ServiceUser([Verification, CTImageStorage], called_ae_title="SCP") as user:
            user.connect(address)
            with pytest.raises(ContextNotAccepted, match="abstract syntax"):
                user.c_store(ct())
            with pytest.raises(ContextNotAccepted, match="was not proposed"):
                user.c_find(STUDY, {"PatientID": ""})
            assert user.c_echo() == 0x0000


def test_failure_status_says_what_the_peer_says() -> None:
    def refuse(*_: Any) -> None:
        raise OperationFailed(status=0xA700, comment="the disk is full")

    with nothing_left(), provider(c_store=refuse, c_echo=lambda _: 0x0110) as address, connected(address) as user:
        with pytest.raises(
            OperationFailed, match=r"C-STORE: .* A700H Failure: .*resources; its comment: the disk is full"
        ) as e:
            user.c_store(ct())
        assert (e.value.status, e.value.service, e.value.comment) == (0xA700, "C-STORE", "the disk is full")
        with pytest.raises(OperationFailed, match="C-ECHO: the peer answered 0110H Failure"):
            user.c_echo()
        with pytest.raises(OperationFailed, match=r"C-MOVE: .*A801H Failure: .*move destination unknown"):
            user.c_move(STUDY, {}, "NOWHERE")
        assert user.is_connected


def test_warning_status_is_a_result() -> None:
    with provider(c_store=lambda *_: 0xB000) as address, connected(address) as user:
        assert user.c_store(ct()) == 0xB000


def test_instances_that_could_not_be_sent_are_named() -> None:
    with provider(c_get=lambda *_: [ct("1.2.1"), ct("1.2.2")]) as address, connected(address) as user:
        statuses = iter((0x0000, 0xA700))
        done = user.c_get(STUDY, {}, lambda *_: next(statuses))
        assert done == Suboperations(0xB000, None, 1, 1, 0, ("1.2.2",))


def test_exception_of_a_callback_ends_the_retrieval_and_is_raised() -> None:
    def store(*_: Any) -> int:
        raise KeyError("mine")

    with nothing_left(), provider() as address, connected(address) as user:
        with pytest.raises(KeyError, match="mine"):
            user.c_get(STUDY, {}, store)
        assert user.c_echo() == 0x0000


def test_what_cannot_be_sent_is_refused_before_it_is_sent() -> None:
    with provider() as address, connected(address) as user:
        with pytest.raises(AttributeError, match="SOPClassUID"):
            user.c_store(Dataset())
        with pytest.raises(EncodeError), pytest.warns(UserWarning, match="between 0 and 65535"):
            user.c_find(STUDY, {"Rows": 70000})
        with pytest.raises(ValueError, match="'PatientNam' is not the keyword"):
            user.c_find(STUDY, {"PatientNam": ""})
        assert user.c_echo() == 0x0000


def test_peer_that_answers_nothing_is_a_timeout() -> None:
    with nothing_left(), peer_that(lambda connection: connection.recv(1 << 16) and connection.recv(1 << 16)) as address:
        user = ServiceUser([Verification], timeouts=Timeouts(acse=0.1))
        with pytest.raises(AssociationTimeout, match=r"association request did not come within 0\.1 s"):
            user.connect(address)


class Deaf(FaultInjector):
    """Does not answer requests."""

    def __init__(self, pdu_type: PduType) -> None:
        self._pdu_type = pdu_type

    def on_receive(self, data: bytes) -> Drop | None:
        return Drop() if data[0] == self._pdu_type else None


def test_release_that_nobody_answers_is_a_timeout_and_leaves_nothing_behind() -> None:
    with nothing_left(), provider(fault_injector=Deaf(PduType.A_RELEASE_RQ)) as address:
        user = ServiceUser([Verification], timeouts=Timeouts(acse=0.2))
        user.connect(address)
        with pytest.raises(AssociationTimeout, match="answer to the release request"):
            user.release()
        user.release()


def test_response_that_does_not_come_is_a_timeout_that_ends_the_association() -> None:
    with nothing_left(), provider(fault_injector=Deaf(PduType.P_DATA_TF)) as address:
        with ServiceUser(ALL, timeouts=Timeouts(dimse=0.2)) as user:
            user.connect(address)
            with pytest.raises(AssociationTimeout, match="no response came"):
                list(user.c_find(STUDY, {"PatientID": ""}))
            with pytest.raises(AssociationTimeout):
                user.c_echo()


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"sop_classes": []}, ValueError, "empty"),
        ({"sop_classes": Verification}, TypeError, "a list of SOP class UIDs"),
        ({"sop_classes": [Verification] * 129}, ValueError, "128"),
        ({"sop_classes": [Verification], "ae_title": ""}, ValueError, "ae_title"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ServiceUser(**settings)


# Other implementations


@contextmanager
def pynetdicom_scp(handlers: dict[str, Callable[..., Any]]) -> Iterator[tuple[str, int]]:
    import pynetdicom

    ae = pynetdicom.AE("SCP")
    for uid in ALL:
        ae.add_supported_context(uid)
    ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    ae.add_requested_context(CTImageStorage)
    bound: list[Any] = [(getattr(pynetdicom.evt, f"EVT_C_{name}"), handler) for name, handler in handlers.items()]
    running = ae.start_server((HOST, 0), block=False, evt_handlers=bound)
    assert running is not None
    try:
        yield HOST, running.server_address[1]
    finally:
        running.shutdown()


@pytest.mark.peer("pynetdicom")
def test_all_operations_with_pynetdicom() -> None:
    stored: list[str] = []

    def store(event: Any) -> int:
        stored.append(str(event.dataset.SOPInstanceUID))
        return 0x0000

    def find(event: Any) -> Iterator[Any]:
        # pynetdicom may read the C-CANCEL very late while it sends: without an end this took up to a minute.
        for _ in range(1_000):
            if event.is_cancelled:
                yield 0xFE00, None
                return
            yield 0xFF00, event.identifier
            if event.identifier.PatientID != "many":
                return

    def get(_: Any) -> Iterator[Any]:
        yield 2
        yield 0xFF00, ct("1.2.1")
        yield 0xFF00, ct("1.2.2")

    def move(event: Any) -> Iterator[Any]:
        yield destination if event.move_destination == "DEST" else (None, None)
        yield from get(event)

    with nothing_left(), ServiceProvider(ServiceProviderParams(c_store=lambda *_: None)) as taker:
        taker.start()
        destination = taker.listen_addr
        with pynetdicom_scp({"STORE": store, "FIND": find, "GET": get, "MOVE": move}) as address:
            with ServiceUser(ALL) as user:
                user.connect(address)
                assert user.c_echo() == 0x0000
                assert user.c_store(ct("1.2.3")) == 0x0000
                assert stored == ["1.2.3"]
                assert [found.PatientID for found in user.c_find(STUDY, {"PatientID": "x"})] == ["x"]
                with user.c_find(PATIENT, {"PatientID": "many"}) as results:
                    assert [next(results).PatientID for _ in range(3)] == ["many"] * 3
                received: list[str] = []
                done = user.c_get(STUDY, {}, lambda *instance: received.append(instance[2]))
                assert (done.status, done.completed) == (0x0000, 2)
                assert received == ["1.2.1", "1.2.2"]
                assert user.c_move(STUDY, {}, "DEST").completed == 2
                with pytest.raises(OperationFailed, match="A801H"):
                    user.c_move(STUDY, {}, "OTHER")


@pytest.mark.peer("DCMTK")
def test_instances_go_to_storescp_byte_for_byte(tmp_path: Path) -> None:
    with nothing_left(), storescp(tmp_path) as peer:
        with ServiceUser([Verification, CTImageStorage], transfer_syntaxes=EXPLICIT, ae_title="ME") as user:
            user.connect((HOST, peer.port))
            assert user.c_echo() == 0x0000
            assert user.c_store(TEST_FILES / "CT_small.dcm") == 0x0000
            assert user.c_store(ct("1.2.3")) == 0x0000
    assert len(list(tmp_path.iterdir())) == 2


QRSCP = """NetworkTCPPort = {port}
MaxPDUSize = 16384
MaxAssociations = 8
HostTable BEGIN
taker = (TAKER, 127.0.0.1, {taker})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QR {directory} RW (100, 1024mb) ANY
AETable END
"""


@pytest.mark.peer("DCMTK")
def test_all_operations_with_the_archive_of_dcmtk(tmp_path: Path) -> None:
    taken: list[str] = []
    port = free_port()
    (tmp_path / "data").mkdir()
    instances = [
        ct(f"1.2.{n}", PatientID="P", PatientName="A^B", StudyInstanceUID="1.9", SeriesInstanceUID="1.9.1", StudyID="1")
        for n in (1, 2)
    ]
    with nothing_left(), ServiceProvider(ServiceProviderParams(c_store=lambda *given: taken.append(given[3]))) as taker:
        config = tmp_path / "dcmqrscp.cfg"
        config.write_text(QRSCP.format(port=port, taker=taker.listen_addr[1], directory=tmp_path / "data"))
        with server("dcmqrscp", ["/usr/bin/dcmqrscp", "-v", "-c", str(config)], port, environment={"TCP_NODELAY": "1"}):
            with ServiceUser(ALL, called_ae_title="QR", ae_title="TAKER") as user:
                user.connect((HOST, port))
                assert user.c_echo() == 0x0000
                assert [user.c_store(instance) for instance in instances] == [0x0000, 0x0000]
                found = list(user.c_find(STUDY, {"StudyInstanceUID": "", "PatientName": "A*"}))
                assert [match.StudyInstanceUID for match in found] == ["1.9"]
                images = user.c_find(
                    QRLevel.IMAGE, {"StudyInstanceUID": "1.9", "SeriesInstanceUID": "1.9.1", "SOPInstanceUID": ""}
                )
                assert sorted(match.SOPInstanceUID for match in images) == ["1.2.1", "1.2.2"]
                received: list[str] = []
                done = user.c_get(STUDY, {"StudyInstanceUID": "1.9"}, lambda *given: received.append(given[2]))
                assert (done.status, done.completed) == (0x0000, 2)
                assert sorted(received) == ["1.2.1", "1.2.2"]
                done = user.c_move(STUDY, {"StudyInstanceUID": "1.9"}, "TAKER")
                assert (done.status, done.completed) == (0x0000, 2)
                assert sorted(taken) == ["1.2.1", "1.2.2"]
