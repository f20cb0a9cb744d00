"""What programs written for pynetdicom rely on silently: how a process ends, forks, waits, finds names."""

from __future__ import annotations

import errno
import logging
import multiprocessing
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dulcimer import AE, ServiceUser, _config, build_context, build_role, evt, transport
from dulcimer.ae.blocking.starting_servers import StartingServers
from dulcimer.pdu_primitives import SOPClassExtendedNegotiation
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.sop_class import ModalityPerformedProcedureStep as StudyStep
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from support.entities import PATIENCE, ct, nothing_left, query, scp, scu, serving

CLIENT = """
import sys
from pydicom.dataset import Dataset
from dulcimer import AE, QRLevel, ServiceUser
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as FIND

ae = AE()
ae.add_requested_context(FIND)
port = int(sys.argv[1])
asked = Dataset()
asked.QueryRetrieveLevel = "STUDY"
asked.PatientName = ""
"""
"""It has no handlers: they would keep its names, and so what is left open, until the process is gone."""


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def names(event: evt.Event) -> Iterator[tuple[int, Any]]:
    for name in ("A", "B"):
        yield 0xFF00, query(PatientName=name)


LEFT_OPEN = {
    "responses not read": """
kept = ae.associate("127.0.0.1", port).send_c_find(asked, FIND)
next(kept)
""",
    "responses in a loop": """
def main():
    for response in ae.associate("127.0.0.1", port).send_c_find(asked, FIND):
        raise ValueError("over")
main()
""",
    "inside a with block": """
def connected():
    with ae.associate("127.0.0.1", port) as association:
        yield association

kept = connected()
next(kept)
""",
    "server inside a with block": """
def serving():
    ae.add_supported_context(FIND)
    with ae.start_server(("127.0.0.1", 0), block=False) as server:
        yield server

kept = serving()
next(kept)
""",
    "entity inside a with block": """
def serving():
    with AE() as other:
        other.add_supported_context(FIND)
        other.start_server(("127.0.0.1", 0), block=False)
        yield other

kept = serving()
next(kept)
""",
    "results not read": """
user = ServiceUser([FIND])
user.connect(("127.0.0.1", port))
results = user.c_find(QRLevel.STUDY, asked)
next(results)
""",
    "user inside a with block": """
def connected():
    with ServiceUser([FIND]) as user:
        user.connect(("127.0.0.1", port))
        yield user

kept = connected()
next(kept)
""",
}


@pytest.mark.parametrize("left_open", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_process_ends_whatever_is_left_open(left_open: str) -> None:
    with serving(scp(Find), [(evt.EVT_C_FIND, names)]) as address:
        command = [sys.executable, "-c", f"{CLIENT}{left_open}raise ValueError('over')", str(address[1])]
        done = subprocess.run(command, capture_output=True, text=True, timeout=6 * PATIENCE, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert done.stderr.endswith("ValueError: over\n")


def test_second_query_need_not_wait_until_the_first_has_been_read() -> None:
    with serving(scp(Find), [(evt.EVT_C_FIND, names)]) as address, scu(Find).associate(*address) as association:
        first = association.send_c_find(query(), Find)
        second = association.send_c_find(query(), Find)
        assert [status.Status for status, _ in second] == [0xFF00, 0xFF00, 0]
        assert [status.Status for status, _ in first] == [0xFF00, 0xFF00, 0]


# Processes that are forked


def _in_child(answers: Any, go_on: Any, association: Any, user: ServiceUser, address: tuple[str, int]) -> None:
    for ae in (scu(), association.ae):
        with ae.associate(*address) as own:
            answers.put(own.send_c_echo().Status)
    for request in (association.send_c_echo, user.c_echo):
        try:
            request()
        except RuntimeError as error:
            answers.put(str(error))
    association.release()
    association.abort()
    user.release()
    user.abort()
    association.ae.shutdown()
    answers.put((association.is_alive(), user.is_connected, association.ae.active_associations))
    go_on.wait(6 * PATIENCE)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="processes cannot be forked here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_process_has_associations_of_its_own_and_leaves_its_parents_alone() -> None:
    context = multiprocessing.get_context("fork")
    answers, go_on = context.Queue(), context.Event()
    server_ae = scp()
    server = server_ae.start_server(("127.0.0.1", 0), block=False)
    assert server is not None
    address = server.server_address
    association = scu().associate(*address)
    user = ServiceUser([Verification])
    user.connect(address)
    child = context.Process(target=_in_child, args=(answers, go_on, association, user, address))
    child.start()
    try:
        found = [answers.get(timeout=6 * PATIENCE) for _ in range(5)]
        assert found[:2] == [0, 0]
        assert all("process" in why for why in found[2:4])
        assert found[4] == (False, False, [])
        assert (association.send_c_echo().Status, user.c_echo()) == (0, 0)
        association.release()
        assert association.is_released
        user.release()
        server.shutdown()
        # The child, which still runs, does not hold the address.
        again = server_ae.start_server(address, block=False)
        assert again is not None
        again.shutdown()
    finally:
        go_on.set()
        child.join(6 * PATIENCE)
        answers.close()
        answers.join_thread()
    assert child.exitcode == 0


# What has ended when nothing is active any more


@pytest.mark.parametrize("event", [evt.EVT_RELEASED, evt.EVT_CONN_CLOSE, evt.EVT_ABORTED], ids=str)
def test_association_is_active_until_its_handlers_have_heard_of_its_end(event: evt.NotificationEvent) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def slow(_: evt.Event) -> None:
        begun.set()
        go_on.wait(PATIENCE)
        done.set()

    ae = scp()
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(event, slow)])
    assert server is not None
    association = scu().associate(*server.server_address)
    if event is evt.EVT_ABORTED:
        association.abort()
    else:
        association.release()
    assert begun.wait(PATIENCE)
    assert len(server.active_associations) == len(ae.active_associations) == 1
    (accepted,) = server.active_associations
    go_on.set()
    accepted.join(PATIENCE)
    assert done.is_set()
    assert server.active_associations == []
    server.shutdown()


def test_timeouts_can_be_read_as_soon_as_they_are_set() -> None:
    ae = scu(connection_timeout=7)
    with serving(scp()) as address, ae.associate(*address) as association:
        for seconds in (5, 6, None, 7.5):
            association.network_timeout = seconds
            assert association.network_timeout == seconds
            ae.network_timeout = seconds
            assert association.network_timeout == seconds
        assert association.connection_timeout == 7
        for name in ("acse_timeout", "dimse_timeout", "network_timeout"):
            before = getattr(association, name)
            with pytest.raises(TypeError, match=name):
                setattr(association, name, "soon")
            with pytest.raises(ValueError, match=name):
                setattr(association, name, -1)
            assert getattr(association, name) == before


# Answers that may not be sent


def test_match_without_anything_is_no_match() -> None:
    def empty(event: evt.Event) -> Iterator[tuple[int, Any]]:
        yield 0xFF00, Dataset()

    with serving(scp(Find), [(evt.EVT_C_FIND, empty)]) as address, scu(Find).associate(*address) as association:
        assert [status.Status for status, _ in association.send_c_find(query(), Find)] == [0xC312]


def test_request_whose_data_set_is_mandatory_is_not_sent_with_an_empty_one() -> None:
    with serving(scp(Find, StudyStep)) as address, scu(Find, StudyStep).associate(*address) as association:
        with pytest.raises(ValueError, match="C-FIND-RQ is empty"):
            association.send_c_find(Dataset(), Find)
        with pytest.raises(ValueError, match="N-SET-RQ is empty"):
            association.send_n_set(Dataset(), StudyStep, "1.2.3")
        assert association.send_c_echo().Status == 0


def test_file_that_cannot_be_removed_holds_nothing_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths: list[Path] = []
    remove = Path.unlink

    def busy(path: Path, missing_ok: bool = False) -> None:
        if path in paths:
            raise PermissionError(13, "it is open somewhere")
        remove(path, missing_ok)

    def store(event: evt.Event) -> int:
        paths.append(event.dataset_path)
        return 0x0000

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Path, "unlink", busy)
    with serving(scp(CTImageStorage, receive_into_files=True), [(evt.EVT_C_STORE, store)]) as address:
        with scu(CTImageStorage).associate(*address) as association:
            assert [association.send_c_store(ct(uid)).Status for uid in ("1.2.3", "1.2.4")] == [0, 0]
    assert len(paths) == 2
    assert all(path.exists() for path in paths)


def test_names_of_an_entity_may_be_bytes() -> None:
    with pytest.warns(DeprecationWarning, match="ae_title"):
        ae = AE(b"BYTES")
    assert ae.ae_title == "BYTES"
    with pytest.warns(DeprecationWarning, match="require_calling_aet"):
        ae.require_calling_aet = [b"ONE", "TWO"]
    assert ae.require_calling_aet == ["ONE", "TWO"]
    ae.require_calling_aet = []
    ae.add_supported_context(Verification)
    with serving(ae) as address, pytest.warns(DeprecationWarning, match="ae_title"):
        with scu().associate(*address, ae_title=b"BYTES ") as association:
            assert association.acceptor.ae_title == "BYTES"
    with pytest.raises(ValueError, match="16"), pytest.warns(DeprecationWarning):
        AE(b"MORE THAN 16 CHARACTERS")
    with pytest.raises(ValueError, match="ae_title"), pytest.warns(DeprecationWarning):
        AE(b"\xe4")


# Servers and the ends of associations


def test_server_is_shut_down_at_the_end_of_a_with_block() -> None:
    server = scp().make_server(("127.0.0.1", 0))
    assert isinstance(server, transport.ThreadedAssociationServer)
    with server as entered:
        assert entered is server
        assert server.fileno() == server.socket.fileno() >= 0
        assert server.socket.getsockname() == server.server_address
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        with scu().associate(*server.server_address) as association:
            assert association.is_established
    assert server.fileno() == -1
    assert not scu().associate(*server.server_address).is_established
    with pytest.raises(TypeError, match="EVT_CONN_OPEN"):
        scp().make_server(("127.0.0.1", 0), request_handler=socketserver.BaseRequestHandler)


def test_acceptor_is_called_as_its_server_whatever_the_requestor_called() -> None:
    seen: list[Any] = []

    def look(event: evt.Event) -> None:
        assoc = event.assoc
        seen.append((assoc.acceptor.ae_title, assoc.local["ae_title"], assoc.requestor.called_ae_title))

    handlers = [(evt.EVT_REQUESTED, look), (evt.EVT_ESTABLISHED, look), (evt.EVT_RELEASED, look)]
    ae = scp()
    for title, options in (("SCP", {}), ("OTHER", {"ae_title": "OTHER"})):
        with serving(ae, handlers, **options) as address:
            with scu().associate(*address, ae_title="ANY THING") as association:
                assert association.acceptor.ae_title == "ANY THING"
                assert association.name == "requestor of ANY THING"
            (accepted,) = ae.active_associations or [None]
            if accepted is not None:
                accepted.join(PATIENCE)
        assert seen == [(title, title, "ANY THING")] * 3
        seen.clear()


def test_handler_of_a_request_says_what_this_association_supports_and_announces() -> None:
    common = build_role(CTImageStorage, scu_role=True)
    states: list[Any] = []

    def requested(event: evt.Event) -> None:
        acceptor, requestor = event.assoc.acceptor, event.assoc.requestor
        states.append((acceptor.writeable, requestor.writeable))
        assert (acceptor.maximum_length, acceptor.implementation_class_uid) == (262144, ae.implementation_class_uid)
        assert acceptor.implementation_version_name == ae.implementation_version_name
        assert [context.abstract_syntax for context in requestor.get_contexts("pcdl")] == [Verification, Find]
        assert acceptor.get_contexts("supported") == acceptor.supported_contexts
        with pytest.raises(ValueError, match="'pcdrl'"):
            acceptor.get_contexts("pcdrl")
        acceptor.supported_contexts = [build_context(Find)]
        acceptor.maximum_length = 12345
        acceptor.implementation_class_uid = "1.2.3.4"
        acceptor.implementation_version_name = "OURS"
        acceptor.add_negotiation_item(common)
        acceptor.add_negotiation_item(item)
        acceptor.remove_negotiation_item(common)
        assert acceptor.extended_negotiation == [item]
        with pytest.raises(TypeError, match="not an item"):
            acceptor.add_negotiation_item("an item")  # type: ignore[arg-type]  # wrong on purpose
        with pytest.raises(RuntimeError, match="requestor"):
            requestor.add_negotiation_item(item)
        with pytest.raises(AttributeError, match="acceptor"):
            requestor.supported_contexts = []
        states.append("all of it")

    def established(event: evt.Event) -> None:
        acceptor = event.assoc.acceptor
        states.append((acceptor.writeable, [cx.abstract_syntax for cx in acceptor.get_contexts("supported")]))
        for change in (acceptor.reset_negotiation_items, lambda: setattr(acceptor, "supported_contexts", [])):
            with pytest.raises(RuntimeError, match="cannot be changed"):
                change()

    item = SOPClassExtendedNegotiation()
    item.sop_class_uid, item.service_class_application_information = Find, b"\1"
    ae = scp(Find)
    with serving(ae, [(evt.EVT_REQUESTED, requested), (evt.EVT_ESTABLISHED, established)]) as address:
        with scu(Find).associate(*address) as association:
            answer = association.acceptor
            assert [context.abstract_syntax for context in association.accepted_contexts] == [Find]
            assert (answer.maximum_length, answer.implementation_class_uid) == (12345, "1.2.3.4")
            assert answer.implementation_version_name == "OURS"
            assert answer.sop_class_extended == {Find: b"\1"}
            assert [context.result for context in answer.get_contexts("pcdrl")] == [3, 0]
            assert answer.supported_contexts == answer.get_contexts("pcdrl")
    assert states == [(True, False), "all of it", (False, [Find])]
    assert [context.abstract_syntax for context in ae.supported_contexts] == [Verification, Find]


def test_invalid_supported_contexts_are_logged_and_not_used(caplog: pytest.LogCaptureFixture) -> None:
    def requested(event: evt.Event) -> None:
        event.assoc.acceptor.supported_contexts[0].scu_role = True

    with serving(scp(), [(evt.EVT_REQUESTED, requested)]) as address, scu().associate(*address) as association:
        assert association.is_established
    assert "supported contexts that are not valid" in caplog.text


def test_association_waits_for_a_server_of_its_process_that_is_about_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as placeholder:
        port: int = placeholder.getsockname()[1]
    entered, waiting, listening = threading.Event(), threading.Event(), threading.Event()
    make_server, wait = AE.make_server, StartingServers.wait

    def slow(ae: AE, *arguments: Any) -> Any:
        entered.set()
        assert waiting.wait(PATIENCE)
        return make_server(ae, *arguments)

    def seen(servers: StartingServers, port: int) -> None:
        waiting.set()
        wait(servers, port)
        listening.set()

    monkeypatch.setattr(AE, "make_server", slow)
    monkeypatch.setattr(StartingServers, "wait", seen)
    ae = scp()
    thread = threading.Thread(target=ae.start_server, args=(("127.0.0.1", port),))
    thread.start()
    assert entered.wait(PATIENCE)
    with scu().associate("127.0.0.1", port) as association:
        assert association.is_established
    assert listening.is_set()
    ae.shutdown()
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_nobody_waits_for_a_server_on_another_port_or_one_that_could_not_listen() -> None:
    servers = StartingServers()
    with pytest.raises(ValueError, match="no"), servers.starting(11112):
        servers.wait(104)
        raise ValueError("no such address")
    servers.wait(11112)


def test_misuse_of_associate_is_reported_by_type() -> None:
    ae = scu()
    with pytest.raises(TypeError, match="ext_neg"):
        ae.associate("127.0.0.1", 11112, ext_neg=["junk"])  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(TypeError, match="'addr'"):
        AE().associate(5, 11112)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(TypeError, match="'port'"):
        AE().associate("127.0.0.1", "11112")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(RuntimeError, match="no presentation context"):
        AE().associate("127.0.0.1", 11112)
    with serving(scp()) as address, pytest.raises(OSError, match=str(address[1])) as caught:
        scp().start_server(address, block=False)
    assert caught.value.errno == errno.EADDRINUSE
    assert caught.value.strerror == os.strerror(errno.EADDRINUSE)


# What is logged


def test_log_tells_each_message_with_its_status_at_level_info(caplog: pytest.LogCaptureFixture) -> None:
    handlers = [(evt.EVT_C_STORE, lambda event: 0xA700), (evt.EVT_C_FIND, names)]
    with caplog.at_level(logging.INFO, "dulcimer"), serving(scp(CTImageStorage, Find), handlers) as address:
        with scu(CTImageStorage, Find).associate(*address) as association:
            association.send_c_store(ct(PatientName="Secret^Name"), msg_id=5)
            list(association.send_c_find(query(PatientName="Secret*"), Find, msg_id=6))
            association.send_c_cancel(6, query_model=Find)
    told = caplog.messages
    for line in (
        "C-STORE-RQ, message 5: CT Image Storage",
        "C-STORE-RSP to message 5: A700H Failure, refused: out of resources",
        "C-FIND-RQ, message 6: Study Root Query/Retrieve Information Model - FIND",
        "C-FIND-RSP to message 6: FF00H Pending",
        "C-FIND-RSP to message 6: 0000H Success",
        "C-CANCEL-RQ of message 6",
    ):
        for how in ("sending", "received"):
            assert any(message.startswith(f"{how} {line}") for message in told), (how, line)
    assert "Secret" not in caplog.text


@pytest.mark.parametrize("wanted", ["standard", "none"])
def test_log_tells_of_messages_only_where_it_is_wanted(
    wanted: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_config, "LOG_HANDLER_LEVEL", wanted)
    with caplog.at_level(logging.INFO, "dulcimer"), serving(scp()) as address, scu().associate(*address) as association:
        association.send_c_echo()
    assert ("C-ECHO-RSP" in caplog.text) is (wanted == "standard")
