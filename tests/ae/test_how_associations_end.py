"""How associations of application entities end, in order or not; nothing is left of them."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dulcimer import AE, Association, build_role, evt
from dulcimer._generated.commands import NEventReportRq
from dulcimer.acse.negotiation import Context, answer_pdu, prefer
from dulcimer.dimse.messages import fragments
from dulcimer.errors import AssociationAborted, AssociationTimeout, TransportError
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.sop_class import ModalityPerformedProcedureStep as Step
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelMove as Move
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import Abort, AssociateRq, PDataTf, Pdu, PresentationDataValue, ReleaseRp, ReleaseRq
from support.associations import AC, RQ
from support.entities import PATIENCE, Seen, ct, nothing_left, peer_that, query, scp, scu, serving


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def receive(connection: socket.socket) -> Pdu | None:
    """The next PDU, None at the end of the connection."""
    header = _exactly(connection, 6)
    return None if header is None else decode(header + (_exactly(connection, int.from_bytes(header[2:], "big")) or b""))


def _exactly(connection: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            return None
        data += more
    return data


def accept(connection: socket.socket) -> None:
    """Accept the association with everything that is proposed."""
    request = receive(connection)
    assert isinstance(request, AssociateRq)
    contexts = [Context(item.abstract_syntax or "", item.transfer_syntaxes) for item in request.presentation_contexts]
    connection.sendall(encode(answer_pdu(request, prefer(contexts))[0]))


def test_release_collision_is_resolved_as_requestor() -> None:
    seen: list[Any] = []

    def collide(connection: socket.socket) -> None:
        accept(connection)
        seen.append(receive(connection))
        connection.sendall(encode(ReleaseRq()))
        seen.append(receive(connection))
        connection.sendall(encode(ReleaseRp()))
        seen.append(receive(connection))

    with peer_that(collide) as address:
        association = scu().associate(*address)
        association.release()
        assert association.is_released
        assert association.error is None
    assert seen == [ReleaseRq(), ReleaseRp(), None]


def test_release_collision_is_resolved_as_acceptor() -> None:
    told = Seen()
    handlers = [(evt.EVT_ESTABLISHED, lambda event: event.assoc.release()), (evt.EVT_RELEASED, told)]
    with serving(scp(), handlers) as address, socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(encode(RQ))
        assert type(receive(connection)) is type(AC)
        assert receive(connection) == ReleaseRq()
        connection.sendall(encode(ReleaseRq()))
        connection.sendall(encode(ReleaseRp()))
        assert receive(connection) == ReleaseRp()
        connection.close()
        told.until("EVT_RELEASED")
    assert told.names == ["EVT_RELEASED"]


def test_request_that_comes_with_the_acceptance_is_answered() -> None:
    """An acceptor may send at once, so that both may arrive in one segment."""
    seen: list[str] = []
    answers: list[Any] = []
    answered = threading.Event()

    def hurry(connection: socket.socket) -> None:
        request = receive(connection)
        assert isinstance(request, AssociateRq)
        contexts = [Context(Step, item.transfer_syntaxes) for item in request.presentation_contexts]
        report = NEventReportRq(
            affected_sop_class_uid=Step, message_id=9, affected_sop_instance_uid="1.2", event_type_id=1
        )
        data = [encode(PDataTf((PresentationDataValue(*item.values[0]),))) for item in fragments(1, report, None, 0)]
        connection.sendall(encode(answer_pdu(request, prefer(contexts))[0]) + b"".join(data))
        answers.append(receive(connection))
        answered.set()
        while receive(connection) is not None:
            pass

    def told(event: evt.Event) -> Any:
        seen.append(event.name)
        return 0x0000, None

    requestor = AE()
    requestor.add_requested_context(Step)
    with peer_that(hurry) as address:
        handlers = [(event, told) for event in (evt.EVT_N_EVENT_REPORT, evt.EVT_ESTABLISHED, evt.EVT_ACCEPTED)]
        association = requestor.associate(*address, evt_handlers=handlers)
        assert association.is_established
        assert answered.wait(PATIENCE)
        association.abort()
    assert isinstance(answers[0], PDataTf)
    assert seen == ["EVT_ACCEPTED", "EVT_ESTABLISHED", "EVT_N_EVENT_REPORT"]


def find_then(act: Callable[[evt.Event], None]) -> Any:
    def find(event: evt.Event) -> Iterator[Any]:
        yield 0xFF00, query(PatientID="1")
        act(event)
        yield 0xFF00, query(PatientID="2")

    return find


def get_then(act: Callable[[evt.Event], None]) -> Any:
    def get(event: evt.Event) -> Iterator[Any]:
        yield 3
        yield 0xFF00, ct("1.2.1")
        act(event)
        yield 0xFF00, ct("1.2.2")

    return get


def move_then(there: tuple[str, int], act: Callable[[evt.Event], None]) -> Any:
    def move(event: evt.Event) -> Iterator[Any]:
        yield there
        yield from get_then(act)(event)

    return move


def answers_of(association: Association, kind: str) -> Iterator[Any]:
    if kind == "find":
        return association.send_c_find(query(), Find)
    if kind == "get":
        return association.send_c_get(query(), Get)
    return association.send_c_move(query(), "SCP", Move)


def entities(kind: str, act: Callable[[evt.Event], None]) -> tuple[AE, AE, list[Any]]:
    """Requestor and acceptor for one of C-FIND, C-GET, C-MOVE, and handlers that act after the first answer."""
    acceptor, requestor = scp(Find, Get, Move), scu(Find, Get, Move, CTImageStorage)
    acceptor.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
    acceptor.add_requested_context(CTImageStorage)

    def move(event: evt.Event) -> Iterator[Any]:
        yield from move_then(acceptor.servers[0].server_address, act)(event)

    handlers = [
        (evt.EVT_C_FIND, find_then(act)),
        (evt.EVT_C_GET, get_then(act)),
        (evt.EVT_C_MOVE, move),
        (evt.EVT_C_STORE, lambda event: 0x0000),
    ]
    return requestor, acceptor, handlers


ROLE = [build_role(CTImageStorage, scu_role=True, scp_role=True)]
STORE = [(evt.EVT_C_STORE, lambda event: 0x0000)]


@pytest.mark.parametrize("kind", ["find", "get", "move"])
def test_abort_by_the_provider_in_the_middle_ends_the_answers(kind: str) -> None:
    requestor, acceptor, handlers = entities(kind, lambda event: event.assoc.abort())
    with serving(acceptor, handlers) as address:
        association = requestor.associate(*address, ext_neg=ROLE, evt_handlers=STORE)
        answers = [(status.get("Status"), data) for status, data in answers_of(association, kind)]
        assert answers[0][0] == 0xFF00
        assert answers[-1] == (None, None)
        assert association.is_aborted
        assert isinstance(association.error, AssociationAborted)
        assert association.error.source == 0


@pytest.mark.parametrize("kind", ["find", "get", "move"])
def test_abort_by_the_user_in_the_middle_ends_the_handler(kind: str) -> None:
    closed = threading.Event()
    aborted = threading.Event()

    def wait(event: evt.Event) -> None:
        try:
            assert aborted.wait(PATIENCE)
        finally:
            closed.set()

    requestor, acceptor, handlers = entities(kind, wait)
    with serving(acceptor, handlers) as address:
        association = requestor.associate(*address, ext_neg=ROLE, evt_handlers=STORE)
        answers = answers_of(association, kind)
        assert next(answers)[0].Status == 0xFF00
        association.abort()
        aborted.set()
        assert [(status.get("Status"), data) for status, data in answers] == [(None, None)]
        assert association.is_aborted
        assert closed.wait(PATIENCE)


@pytest.mark.parametrize("kind", ["find", "get", "move"])
def test_peer_that_vanishes_in_the_middle_ends_the_answers(kind: str) -> None:
    def vanish(connection: socket.socket) -> None:
        accept(connection)
        assert isinstance(receive(connection), PDataTf)

    with peer_that(vanish) as address:
        association = scu(Find, Get, Move).associate(*address)
        assert [(len(status), data) for status, data in answers_of(association, kind)] == [(0, None)]
        assert association.is_aborted
        assert "closed" in str(association.error)


def silent(connection: socket.socket) -> None:
    """Accept, then only listen."""
    accept(connection)
    while receive(connection) is not None:
        pass


def test_response_that_does_not_come_within_the_dimse_timeout_is_an_empty_status() -> None:
    with peer_that(silent) as address:
        association = scu(dimse_timeout=0.05).associate(*address)
        assert len(association.send_c_echo()) == 0
        assert association.is_aborted
        assert isinstance(association.error, AssociationTimeout)
        assert association.error.seconds == 0.05


def test_release_that_is_not_answered_within_the_acse_timeout_aborts() -> None:
    seen: list[Any] = []

    def listen(connection: socket.socket) -> None:
        accept(connection)
        while (pdu := receive(connection)) is not None:
            seen.append(pdu)

    with peer_that(listen) as address:
        association = scu().associate(*address)
        association.acse_timeout = 0.05
        association.release()
        assert association.is_aborted
        assert not association.is_released
    assert seen == [ReleaseRq(), Abort(0, 0)]


@pytest.mark.parametrize("response", ["A-ABORT", "A-RELEASE"])
def test_idle_association_ends_after_the_network_timeout_as_the_setting_says(response: str) -> None:
    told = Seen()
    requestor = scu(network_timeout=0.05, network_timeout_response=response)
    with serving(scp()) as address:
        handlers = [(event, told) for event in (evt.EVT_ABORTED, evt.EVT_RELEASED, evt.EVT_CONN_CLOSE)]
        association = requestor.associate(*address, evt_handlers=handlers)
        association.join(PATIENCE)
        assert not association.is_alive()
        assert association.is_released is (response == "A-RELEASE")
        assert association.is_aborted is (response == "A-ABORT")
    assert told.names == ["EVT_RELEASED" if response == "A-RELEASE" else "EVT_ABORTED", "EVT_CONN_CLOSE"]


def test_network_timeout_does_not_end_an_association_on_which_a_handler_works() -> None:
    """The handler takes longer than the timeouts of both ends, which are short only while it runs."""
    ends: list[Any] = []

    def echo(event: evt.Event) -> int:
        ends.append(event.assoc)
        for end in ends:
            end.network_timeout = 0.05
        threading.Event().wait(0.3)
        for end in ends:
            end.network_timeout = None
        return 0x0000

    with serving(scp(), [(evt.EVT_C_ECHO, echo)]) as address:
        association = scu().associate(*address)
        ends.append(association)
        assert association.send_c_echo().Status == 0x0000
        association.release()


def test_timeouts_changed_on_the_entity_hold_for_open_associations() -> None:
    with peer_that(silent) as address:
        requestor = scu()
        association = requestor.associate(*address)
        requestor.dimse_timeout, requestor.acse_timeout = 7, 8
        assert (association.dimse_timeout, association.acse_timeout) == (7, 8)
        requestor.network_timeout = 0.05
        association.join(PATIENCE)
        assert association.is_aborted


def test_peer_that_cannot_be_reached_is_an_association_that_is_aborted() -> None:
    told = Seen()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        association = scu().associate("127.0.0.1", unused.getsockname()[1], evt_handlers=[(evt.EVT_ABORTED, told)])
    assert association.is_aborted
    assert not association.is_established
    assert isinstance(association.error, TransportError)
    assert told.names == ["EVT_ABORTED"]


def test_tls_handshake_is_bounded_by_the_connection_timeout() -> None:
    def hang(connection: socket.socket) -> None:
        while connection.recv(1000):
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with peer_that(hang) as address:
        begin = time.monotonic()
        association = scu(connection_timeout=0.1).associate(*address, tls_args=(context, "localhost"))
        assert time.monotonic() - begin < PATIENCE
        assert isinstance(association.error, TransportError)


@pytest.mark.parametrize("event", [evt.EVT_REQUESTED, evt.EVT_ESTABLISHED, evt.EVT_C_ECHO, evt.EVT_USER_ID])
def test_abort_in_a_handler_does_not_wait_for_the_handler(event: Any) -> None:
    from dulcimer.pdu_primitives import UserIdentityNegotiation

    item = UserIdentityNegotiation()
    item.user_identity_type, item.primary_field = 1, b"me"

    def abort(event: evt.Event) -> Any:
        event.assoc.abort()
        return (True, None) if event.name == "EVT_USER_ID" else 0x0000

    with serving(scp(), [(event, abort)]) as address:
        association = scu().associate(*address, ext_neg=[item])
        if association.is_established and event is evt.EVT_C_ECHO:
            assert len(association.send_c_echo()) == 0
        association.join(PATIENCE)
        assert association.is_aborted


def test_release_in_a_handler_of_the_acceptor() -> None:
    with serving(scp(), [(evt.EVT_ESTABLISHED, lambda event: event.assoc.release())]) as address:
        association = scu().associate(*address)
        association.join(PATIENCE)
        assert association.is_released


def test_shutdown_does_not_wait_forever_for_a_handler_that_hangs() -> None:
    go_on = threading.Event()
    acceptor = scp()
    server = acceptor.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda event: go_on.wait(PATIENCE) and 0)]
    )
    assert server is not None
    association = scu(dimse_timeout=0.05).associate(*server.server_address)
    association.send_c_echo()
    begin = time.monotonic()
    acceptor.shutdown()
    assert time.monotonic() - begin < PATIENCE / 2
    go_on.set()


def test_shutdown_in_a_handler_of_the_server() -> None:
    done = threading.Event()

    def stop(event: evt.Event) -> int:
        event.assoc.ae.shutdown()
        done.set()
        return 0x0000

    acceptor = scp()
    server = acceptor.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, stop)])
    assert server is not None
    association = scu().associate(*server.server_address)
    assert len(association.send_c_echo()) == 0
    assert done.wait(PATIENCE)
    assert acceptor.servers == []


def test_sync_handlers_hold_up_their_own_association_only() -> None:
    """Many more handlers block than there are processors."""
    gate = threading.Event()
    inside = threading.Semaphore(0)

    def echo(event: evt.Event) -> int:
        inside.release()
        return 0x0000 if event.message_id == 2 or gate.wait(PATIENCE) else 0x0110

    count = 20
    with serving(scp(maximum_associations=count + 1), [(evt.EVT_C_ECHO, echo)]) as address:
        requestor = scu()
        statuses: list[int] = []

        def blocked() -> None:
            with requestor.associate(*address) as association:
                statuses.append(association.send_c_echo(msg_id=1).Status)

        threads = [threading.Thread(target=blocked) for _ in range(count)]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert inside.acquire(timeout=PATIENCE)
        with requestor.associate(*address) as association:
            assert association.send_c_echo(msg_id=2).Status == 0x0000
        gate.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert statuses == [0x0000] * count


def test_context_managers_release_or_abort() -> None:
    with serving(scp()) as address:
        with scu().associate(*address) as association:
            pass
        assert association.is_released
        with pytest.raises(ZeroDivisionError), scu().associate(*address) as association:
            raise ZeroDivisionError
        assert association.is_aborted
        with scu() as requestor:
            association = requestor.associate(*address)
            assert str(association.accepted_contexts[0].abstract_syntax) == Verification
        assert association.is_aborted
