"""`ServiceProvider`: its callbacks, its start and end, TLS, and other implementations as its users."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import trustme
from pydicom import dcmread

from dulcimer import (
    AE,
    ConnectionState,
    QRLevel,
    ServiceProvider,
    ServiceProviderParams,
    ServiceUser,
    TLSConfig,
    evt,
    run_provider_for_conn,
)
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    ContextNotAccepted,
    OperationFailed,
    TransportError,
)
from dulcimer.sop_class import CTImageStorage, ModalityWorklistInformationFind, Verification
from support.dicom_files import TEST_FILES, data_set
from support.entities import PATIENCE, ct, nothing_left, query
from support.peers.processes import HOST, PeerProcessError, client, free_port, storescp

STUDY = QRLevel.STUDY
WANTED = (Verification, CTImageStorage, STUDY.find, STUDY.get, STUDY.move)
PRIVATE = "1.2.826.0.1.3680043.10.1554.9"


def at(provider: ServiceProvider) -> str:
    return "{}:{}".format(*provider.listen_addr)


def user_of(provider: ServiceProvider, **settings: Any) -> ServiceUser:
    user = ServiceUser(WANTED, **settings)
    user.connect(at(provider))
    return user


# Callbacks


def test_callbacks_get_who_asks_and_what() -> None:
    seen: list[tuple[Any, ...]] = []

    def find(*given: Any) -> Iterator[Any]:
        seen.append(given)
        yield query(PatientID="P")

    def get(*given: Any) -> list[Any]:
        seen.append(given)
        return []

    params = ServiceProviderParams(
        c_echo=lambda *given: seen.append(given),
        c_store=lambda *given: seen.append(given),
        c_find=find,
        c_get=get,
    )
    with nothing_left(), ServiceProvider(params) as provider:
        with user_of(provider, ae_title="ME", called_ae_title="YOU") as user:
            user.c_echo()
            user.c_store(ct("1.2.3"))
            assert [match.PatientID for match in user.c_find(STUDY, {"PatientID": "x"})] == ["P"]
            assert user.c_get(STUDY, {"PatientID": "y"}, lambda *_: None).completed == 0
            assert user.association is not None
            where = user.association.requestor.where
    echo, store, found, got = seen
    state = ConnectionState("ME", "YOU", where, None)
    assert echo == (state,)
    assert store[0] == state
    assert store[2:4] == (CTImageStorage, "1.2.3")
    assert b"Test^Case" in store[4]
    assert (found[0], found[2], found[3].PatientID) == (state, STUDY.find, "x")
    assert (got[0], got[2], got[3].PatientID) == (state, STUDY.get, "y")


def test_status_that_a_callback_returns_is_the_answer_and_none_is_success() -> None:
    statuses: list[int | None] = [None, 0x0000, 0xB007]
    with ServiceProvider(ServiceProviderParams(c_store=lambda *_: statuses.pop(0))) as provider:
        with user_of(provider) as user:
            assert [user.c_store(ct()) for _ in range(3)] == [0x0000, 0x0000, 0xB007]


def _failing(*_: Any) -> Iterator[Any]:
    yield ct("1.2.1")
    raise OperationFailed(status=0xC001, comment="no more of these")


def _failing_at_once(*_: Any) -> list[Any]:
    raise OperationFailed(status=0xA900, comment="not these")


def _broken(*_: Any) -> list[Any]:
    raise KeyError("a fault of the callback")


@pytest.mark.parametrize(
    ("callback", "status", "comment"),
    [(_failing, 0xC001, "no more of these"), (_failing_at_once, 0xA900, "not these"), (_broken, None, "")],
)
@pytest.mark.parametrize("service", ["find", "get", "move"])
def test_failure_of_a_callback_is_what_the_peer_hears(
    service: str, callback: Callable[..., Any], status: int | None, comment: str
) -> None:
    with nothing_left(), ServiceProvider(ServiceProviderParams(c_store=lambda *_: None)) as taker:
        params = ServiceProviderParams(c_find=callback, c_get=callback, c_move=callback, remote_aes={"T": at(taker)})
        with ServiceProvider(params) as provider, user_of(provider) as user:
            requests: dict[str, Callable[[], Any]] = {
                "find": lambda: list(user.c_find(STUDY, {})),
                "get": lambda: user.c_get(STUDY, {}, lambda *_: None),
                "move": lambda: user.c_move(STUDY, {}, "T"),
            }
            with pytest.raises(OperationFailed) as error:
                requests[service]()
            assert error.value.status == status or (status is None and error.value.status >> 12 == 0xC)
            assert error.value.comment == comment
            assert user.c_echo() == 0x0000


@pytest.mark.parametrize("counted", ["list", "number first", "not counted"])
def test_remaining_instances_are_counted_where_their_number_is_known(counted: str) -> None:
    instances = [ct(f"1.2.{number}") for number in range(3)]
    given: dict[str, Callable[..., Any]] = {
        "list": lambda *_: instances,
        "number first": lambda *_: iter([3, *instances]),
        "not counted": lambda *_: iter(instances),
    }
    remaining: list[int | None] = []
    with ServiceProvider(ServiceProviderParams(c_get=given[counted])) as provider, user_of(provider) as user:
        done = user.c_get(STUDY, {}, lambda *_: None, lambda step: remaining.append(step.remaining))
    assert done.completed == 3
    assert remaining[:3] == ([None] * 3 if counted == "not counted" else [2, 1, 0])


def test_nothing_is_asked_of_an_iterator_once_the_peer_has_cancelled() -> None:
    given: list[int] = []
    closed = threading.Event()

    def endless(*_: Any) -> Iterator[Any]:
        try:
            while True:
                given.append(len(given))
                yield ct(f"1.2.{len(given)}")
        finally:
            closed.set()

    with nothing_left(), ServiceProvider(ServiceProviderParams(c_find=endless, c_get=endless)) as provider:
        with user_of(provider) as user:
            with user.c_find(STUDY, {}) as results:
                next(results)
            assert closed.wait(PATIENCE)
            closed.clear()

            def enough(*_: Any) -> None:
                raise InterruptedError

            with pytest.raises(InterruptedError):
                user.c_get(STUDY, {}, enough)
            assert closed.wait(PATIENCE)
            assert user.c_echo() == 0x0000


def test_service_without_a_callback_is_not_accepted() -> None:
    with ServiceProvider(ServiceProviderParams()) as provider, user_of(provider) as user:
        assert user.c_echo() == 0x0000
        with pytest.raises(ContextNotAccepted, match="abstract syntax not supported"):
            user.c_store(ct())
        with pytest.raises(ContextNotAccepted, match="abstract syntax not supported"):
            user.c_find(STUDY, {})


def test_worklists_and_named_sop_classes_are_accepted_too() -> None:
    taken: list[str] = []
    params = ServiceProviderParams(
        c_find=lambda *_: [query()], c_store=lambda *given: taken.append(given[2]), sop_classes=[PRIVATE]
    )
    instance = ct("1.2.3")
    instance.SOPClassUID = PRIVATE
    with ServiceProvider(params) as provider, ServiceUser([ModalityWorklistInformationFind, PRIVATE]) as user:
        user.connect(at(provider))
        assert user.c_store(instance) == 0x0000
        assert user.association is not None
        statuses = [
            status.Status for status, _ in user.association.send_c_find(query(), ModalityWorklistInformationFind)
        ]
    assert taken == [PRIVATE]
    assert statuses == [0xFF00, 0x0000]


def test_destination_of_a_move_must_be_known_and_reachable() -> None:
    params = ServiceProviderParams(c_move=lambda *_: [ct()], remote_aes={"GONE": (HOST, free_port())})
    with ServiceProvider(params) as provider, user_of(provider) as user:
        for destination in ("UNKNOWN", "GONE"):
            with pytest.raises(OperationFailed, match="move destination unknown"):
                user.c_move(STUDY, {}, destination)


# Start and end


def test_run_serves_until_it_is_closed_in_another_thread() -> None:
    with nothing_left():
        provider = ServiceProvider(ServiceProviderParams())
        running = threading.Thread(target=provider.run)
        running.start()
        with user_of(provider) as user:
            assert user.c_echo() == 0x0000
            assert len(provider.active_associations) == 1
        provider.close()
        running.join(PATIENCE)
        assert not running.is_alive()
        provider.shutdown()


def test_address_that_is_taken_is_an_error_at_once() -> None:
    with ServiceProvider(ServiceProviderParams(), "localhost:0") as provider:
        assert provider.listen_addr[1] > 0
        with pytest.raises(TransportError, match="cannot listen"):
            ServiceProvider(ServiceProviderParams(), at(provider))
    with pytest.raises(ValueError, match="an address is"):
        ServiceProvider(ServiceProviderParams(remote_aes={"A": "nowhere"}))


def test_limits_and_titles_of_the_parameters_hold() -> None:
    params = ServiceProviderParams(
        ae_title="HERE", maximum_length=5000, maximum_associations=1, timeouts=Timeouts(dimse=7)
    )
    with nothing_left(), ServiceProvider(params) as provider, user_of(provider) as user:
        assert user.association is not None
        assert user.association.acceptor.maximum_length == 5000
        with pytest.raises(AssociationRejected, match="local limit exceeded"):
            user_of(provider)


def test_close_aborts_what_is_open() -> None:
    provider = ServiceProvider(ServiceProviderParams())
    provider.start()
    user = user_of(provider)
    provider.close()
    assert user.association is not None
    user.association.join(PATIENCE)
    with pytest.raises(AssociationAborted, match="aborted"):
        user.c_echo()


def test_connection_that_ends_at_once_ends_the_provider_for_it() -> None:
    with nothing_left():
        ours, theirs = socket.socketpair()
        ours.close()
        run_provider_for_conn(theirs, ServiceProviderParams())
        assert theirs.fileno() == -1


# TLS


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pem")
    authority, other = trustme.CA(), trustme.CA()
    files = {name: folder / f"{name}.pem" for name in ("ca", "other", "server", "client", "key", "cert")}
    authority.cert_pem.write_to_path(str(files["ca"]))
    other.cert_pem.write_to_path(str(files["other"]))
    authority.issue_cert("pacs.example", HOST).private_key_and_cert_chain_pem.write_to_path(str(files["server"]))
    issued = authority.issue_cert("client.example")
    issued.private_key_and_cert_chain_pem.write_to_path(str(files["client"]))
    issued.private_key_pem.write_to_path(str(files["key"]))
    issued.cert_chain_pems[0].write_to_path(str(files["cert"]))
    return files


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_tls_is_spoken_on_both_sides_and_known_to_callbacks(pem: dict[str, Path], version: str) -> None:
    only = ssl.TLSVersion[version]
    seen: list[ConnectionState] = []
    params = ServiceProviderParams(
        c_echo=seen.append,
        tls_config=TLSConfig(certificate=pem["server"], ca=pem["ca"], minimum_version=only, maximum_version=only),
    )
    theirs = TLSConfig(certificate=pem["client"], ca=pem["ca"])
    with nothing_left(), ServiceProvider(params) as provider, user_of(provider, tls_config=theirs) as user:
        assert user.c_echo() == 0x0000
    tls = seen[0].tls
    assert tls is not None
    assert tls.version == version.replace("_", ".")
    assert "AES" in tls.cipher
    assert tls.peer_certificate is not None
    assert ("DNS", "client.example") in tls.peer_names["subjectAltName"]


def test_tls_is_begun_on_a_connection_that_is_there(pem: dict[str, Path]) -> None:
    seen: list[ConnectionState] = []
    params = ServiceProviderParams(c_echo=seen.append, tls_config=TLSConfig(certificate=pem["server"]))
    with nothing_left():
        ours, theirs = socket.socketpair()
        serving = threading.Thread(target=run_provider_for_conn, args=(theirs, params))
        serving.start()
        with ServiceUser([Verification], tls_config=TLSConfig(ca=pem["ca"], server_name="pacs.example")) as user:
            user.set_conn(ours)
            assert user.c_echo() == 0x0000
        serving.join(PATIENCE)
        assert not serving.is_alive()
    tls = seen[0].tls
    assert tls is not None
    assert (tls.peer_certificate, tls.peer_names) == (None, {})


@pytest.mark.parametrize(
    ("client_side", "words"),
    [
        ({"ca": "other"}, "certificate of the peer was not accepted"),
        ({"ca": "ca", "server_name": "other.example"}, "certificate of the peer was not accepted.*other.example"),
        (None, "closed"),
    ],
    ids=["another authority", "another name", "no TLS"],
)
def test_peer_that_is_not_trusted_is_refused(
    pem: dict[str, Path], client_side: dict[str, str] | None, words: str
) -> None:
    params = ServiceProviderParams(tls_config=TLSConfig(certificate=pem["server"]))
    config = client_side and TLSConfig(ca=pem[client_side["ca"]], server_name=client_side.get("server_name"))
    with nothing_left(), ServiceProvider(params) as provider:
        with pytest.raises((TransportError, AssociationAborted), match=words):
            user_of(provider, tls_config=config, timeouts=Timeouts(acse=PATIENCE, connect=PATIENCE))


def test_names_and_certificates_may_be_passed_over(pem: dict[str, Path]) -> None:
    params = ServiceProviderParams(tls_config=TLSConfig(certificate=pem["client"]))
    with nothing_left(), ServiceProvider(params) as provider:
        for config in (TLSConfig(ca=pem["ca"], check_name=False), TLSConfig(verify=False)):
            with user_of(provider, tls_config=config) as user:
                assert user.c_echo() == 0x0000


def test_connection_without_tls_failures_a_provider_that_wants_it(pem: dict[str, Path]) -> None:
    params = ServiceProviderParams(tls_config=TLSConfig(certificate=pem["server"]))
    with nothing_left():
        ours, theirs = socket.socketpair()
        with closing(ours):
            ours.sendall(b"\x01\x00\x00\x00\x00\x44no TLS at all")
            with pytest.raises(TransportError, match="cannot be served"):
                run_provider_for_conn(theirs, params)
        assert theirs.fileno() == -1


def test_peer_that_leaves_during_the_handshake_is_reported(pem: dict[str, Path]) -> None:
    with nothing_left():
        ours, theirs = socket.socketpair()
        ours.close()
        with pytest.raises(TransportError, match=r"cannot be served: ."):
            run_provider_for_conn(theirs, ServiceProviderParams(tls_config=TLSConfig(certificate=pem["server"])))


def test_handshakes_that_hang_do_not_hold_up_the_end(pem: dict[str, Path]) -> None:
    with (
        nothing_left(),
        ServiceProvider(ServiceProviderParams(tls_config=TLSConfig(certificate=pem["server"]))) as provider,
    ):
        with socket.create_connection(provider.listen_addr) as hanging:
            with user_of(provider, tls_config=TLSConfig(ca=pem["ca"])) as user:
                user.c_echo()  # so the connection before this one has been accepted
            begin = time.monotonic()
            provider.close()
            assert time.monotonic() - begin < PATIENCE / 2  # a handshake may take as long as PATIENCE
            hanging.settimeout(PATIENCE)
            with suppress(ConnectionResetError):
                assert hanging.recv(1) == b""


def test_instances_are_moved_over_tls(pem: dict[str, Path]) -> None:
    taken: list[str] = []
    taker_params = ServiceProviderParams(
        c_store=lambda *given: taken.append(given[3]), tls_config=TLSConfig(certificate=pem["server"])
    )
    with nothing_left(), ServiceProvider(taker_params) as taker:
        params = ServiceProviderParams(
            c_move=lambda *_: [ct("1.2.1")], remote_aes={"T": at(taker)}, move_tls_config=TLSConfig(ca=pem["ca"])
        )
        with ServiceProvider(params) as provider, user_of(provider) as user:
            assert user.c_move(STUDY, {}, "T").completed == 1
    assert taken == ["1.2.1"]


# Other implementations


def everything(taken: list[tuple[str, bytes]], **settings: Any) -> ServiceProviderParams:
    ct_file = TEST_FILES / "CT_small.dcm"

    def find(_: ConnectionState, __: str, ___: str, identifier: Any) -> Iterator[Any]:
        found = dcmread(ct_file, stop_before_pixels=True)
        match = query(QueryRetrieveLevel=identifier.QueryRetrieveLevel)
        for element in identifier:
            setattr(match, element.keyword, found.get(element.keyword, ""))
        yield match

    return ServiceProviderParams(
        ae_title="SCP",
        c_store=lambda *given: taken.append((given[3], given[4])),
        c_find=find,
        c_get=lambda *_: [ct_file],
        c_move=lambda *_: iter([ct_file]),
        **settings,
    )


@pytest.mark.peer("DCMTK")
def test_tools_of_dcmtk_echo_store_find_get_and_move(tmp_path: Path) -> None:
    taken: list[tuple[str, bytes]] = []
    moved: list[tuple[str, bytes]] = []
    path = TEST_FILES / "CT_small.dcm"
    uid = str(dcmread(path).SOPInstanceUID)
    study = ["-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=1.2"]
    with nothing_left(), ServiceProvider(everything(moved)) as taker:
        with ServiceProvider(everything(taken, remote_aes={"TAKER": at(taker)})) as provider:
            where = [HOST, str(provider.listen_addr[1])]
            client(["/usr/bin/echoscu", *where])
            client(["/usr/bin/storescu", *where, path])
            assert [instance for instance, _ in taken] == [uid]
            assert data_set(path).startswith(taken[0][1])  # DCMTK leaves out the trailing padding
            found = client(["/usr/bin/findscu", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName", *where])
            assert "CompressedSamples^CT1" in found.stdout + found.stderr
            client(["/usr/bin/getscu", "-S", *study, "-od", tmp_path, *where])
            assert [dcmread(file).SOPInstanceUID for file in tmp_path.iterdir()] == [uid]
            client(["/usr/bin/movescu", "-S", *study, "-aem", "TAKER", *where])
            assert [instance for instance, _ in moved] == [uid]
            with pytest.raises(PeerProcessError):
                client(["/usr/bin/movescu", "-S", *study, "-aem", "OTHER", *where])


@pytest.mark.peer("DCMTK")
def test_dcmtk_speaks_tls_in_both_roles(pem: dict[str, Path], tmp_path: Path) -> None:
    ours = TLSConfig(certificate=pem["server"], ca=pem["ca"])
    with nothing_left(), ServiceProvider(ServiceProviderParams(tls_config=ours)) as provider:
        port = str(provider.listen_addr[1])
        client(["/usr/bin/echoscu", "+tls", pem["key"], pem["cert"], "+cf", pem["ca"], HOST, port])
        client(["/usr/bin/echoscu", HOST, port], expect=1)
    with nothing_left(), storescp(tmp_path, "+tls", str(pem["key"]), str(pem["cert"]), "+cf", str(pem["ca"])) as peer:
        config = TLSConfig(certificate=pem["client"], ca=pem["ca"], server_name="client.example")
        with ServiceUser([Verification, CTImageStorage], tls_config=config) as user:
            user.connect((HOST, peer.port))
            assert user.c_echo() == 0x0000
            assert user.c_store(ct("1.2.3")) == 0x0000


@pytest.mark.peer("pynetdicom")
def test_pynetdicom_echoes_stores_finds_gets_and_moves() -> None:
    import pynetdicom

    taken: list[tuple[str, bytes]] = []
    moved: list[tuple[str, bytes]] = []
    got: list[str] = []

    def keep(event: Any) -> int:
        got.append(str(event.dataset.SOPInstanceUID))
        return 0x0000

    with nothing_left(), ServiceProvider(everything(moved)) as taker:
        with ServiceProvider(everything(taken, remote_aes={"TAKER": at(taker)})) as provider:
            ae = pynetdicom.AE("PEER")
            for uid in WANTED:
                ae.add_requested_context(uid)
            association = ae.associate(
                *provider.listen_addr,
                ext_neg=[pynetdicom.build_role(CTImageStorage, scu_role=True, scp_role=True)],
                evt_handlers=[(pynetdicom.evt.EVT_C_STORE, keep)],
            )
            assert association.is_established
            assert association.send_c_echo().Status == 0x0000
            assert association.send_c_store(ct("1.2.3")).Status == 0x0000
            found = list(association.send_c_find(query(PatientName=""), STUDY.find))
            assert [status.Status for status, _ in found] == [0xFF00, 0x0000]
            assert found[0][1] is not None
            assert str(found[0][1].PatientName) == "CompressedSamples^CT1"
            assert [status.Status for status, _ in association.send_c_get(query(), STUDY.get)] == [0xFF00, 0x0000]
            statuses = [status.Status for status, _ in association.send_c_move(query(), "TAKER", STUDY.move)]
            assert statuses == [0xFF00, 0x0000]
            association.release()
    assert [instance for instance, _ in taken] == ["1.2.3"]
    assert got == [instance for instance, _ in moved] == [str(dcmread(TEST_FILES / "CT_small.dcm").SOPInstanceUID)]


def test_application_entities_are_peers_too() -> None:
    ae = AE("AE")
    ae.add_requested_context(Verification)
    with nothing_left(), ServiceProvider(ServiceProviderParams()) as provider:
        heard: list[str] = []
        association = ae.associate(
            *provider.listen_addr, evt_handlers=[(evt.EVT_RELEASED, lambda event: heard.append(event.name))]
        )
        assert association.send_c_echo().Status == 0x0000
        association.release()
    assert heard == ["EVT_RELEASED"]
