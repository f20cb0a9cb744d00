"""`dulcimer echo`, `store` and `serve` over loopback connections."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from typer.testing import Result

from dulcimer.cli.main import app
from dulcimer.services.instance_file import file_header
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, PresentationContextAc
from support.associations import AC, RJ, USER_INFORMATION
from support.command_runs import CommandRunner, lines_of, summary_of, words_of
from support.dicom_files import TEST_FILES, read_instance
from support.peers.processes import DULCIMER, HOST, PeerProcess, client, dulcimer_serve, free_port, storescp

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
CONTEXT_NAME, ACCEPTED = AC.variable_items[0], PresentationContextAc.of(1, 0, EXPLICIT)
DATA = b"\x20\x00\x0d\x00UI\x04\x001.2\x00\x20\x00\x0e\x00UI\x04\x001.3\x00"
"""Study and Series Instance UID, without which an archive keeps an instance with a warning."""


def invoke(command: str, port: int, *arguments: str) -> Result:
    result = CommandRunner().invoke(app, [command, HOST, str(port), *arguments], env={"NO_COLOR": "1"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write_instance(path: Path, uid: str = "1.2.3.4", sop_class: str = CT, syntax: str = EXPLICIT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file_header(sop_class, uid, syntax, "TEST") + DATA)
    return path


@pytest.fixture
def received(tmp_path: Path) -> Path:
    return tmp_path / "received"


@pytest.fixture
def peer(received: Path) -> Iterator[PeerProcess]:
    with dulcimer_serve(received) as process:
        yield process


def scripted(behave: Callable[[socket.socket], object]) -> int:
    """The port of a peer that accepts one connection, reads the request, calls a function and closes."""
    listener = socket.create_server((HOST, 0))

    def run() -> None:
        with listener, listener.accept()[0] as connection:
            connection.settimeout(10.0)
            connection.recv(65536)
            behave(connection)

    threading.Thread(target=run, daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def test_echo_tells_the_peer_and_each_answer(peer: PeerProcess) -> None:
    result = invoke("echo", peer.port, "--repeat", "3")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("0000H Success") == 3
    assert "C-ECHO 3 of 3" in result.stdout
    assert "DULCIMER" in result.stdout


def test_echo_in_json(peer: PeerProcess) -> None:
    found = json.loads(invoke("echo", peer.port, "--json", "--repeat", "2").stdout)
    assert [(echo["status"], echo["category"]) for echo in found["echoes"]] == [(0, "Success"), (0, "Success")]
    assert all(echo["milliseconds"] > 0 for echo in found["echoes"])
    assert found["peer"]["implementation_class_uid"]


def test_verbose_echo_logs_transitions_and_debug_logs_bytes(peer: PeerProcess) -> None:
    port = str(peer.port)
    verbose = client([DULCIMER, "echo", HOST, port, "-v"]).stderr
    assert "Sta5 + Evt3 -> AE-3 -> Sta6" in verbose
    assert "sent 01H A-ASSOCIATE-RQ" in verbose
    assert "P-DATA-TF" not in verbose
    debug = client([DULCIMER, "echo", HOST, port, "-d"]).stderr
    assert "sent 04H P-DATA-TF" in debug
    assert "bytes: 01 00 00 00" in debug


def test_closed_port_is_status_3() -> None:
    port = free_port()
    result = invoke("echo", port)
    assert result.exit_code == 3
    assert result.stderr.startswith(f"127.0.0.1 port {port} refuses connections")
    assert "Traceback" not in result.output


def test_failure_is_json_where_json_was_asked_for() -> None:
    error = json.loads(invoke("echo", free_port(), "--json").stdout)["error"]
    assert error["status"] == 3
    assert error["advice"]
    assert (error["peer"]["called_ae_title"], error["peer"]["calling_ae_title"]) == ("ANY-SCP", "DULCIMER")


def test_rejection_is_status_1_and_names_the_option_that_helps(received: Path) -> None:
    with dulcimer_serve(received, "--require-called-aet", "-aet", "ARCHIVE") as strict:
        result = invoke("echo", strict.port)
        assert result.exit_code == 1
        assert "called AE title not recognized" in result.stderr
        assert "it is not called ANY-SCP (the default of -aec), or it does not know us as DULCIMER" in words_of(
            result.stderr
        )
        assert f"peer 127.0.0.1 port {strict.port}, called ANY-SCP" in words_of(result.stderr)
        assert invoke("echo", strict.port, "-aec", "ARCHIVE").exit_code == 0


@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (encode(RJ), 1, "rejected permanently"),
        (encode(Abort(2, 1)), 1, "unrecognized PDU"),
        (b"", 4, "The peer closed the connection before it answered."),
        (encode(AC), 4, "The peer closed the connection in the middle of the association."),
    ],
    ids=["rejects", "aborts", "closes", "closes after it accepted"],
)
def test_peer_that_fails_in_other_ways(answer: bytes, status: int, told: str) -> None:
    result = invoke("echo", scripted(lambda connection: connection.sendall(answer)))
    assert result.exit_code == status, result.output
    assert told in " ".join(result.stderr.split())


def test_silent_peer_is_given_up_after_the_timeout() -> None:
    result = invoke("echo", scripted(lambda connection: connection.recv(65536)), "-ta", "0.2")
    assert result.exit_code == 1
    assert "within 0.2 s" in result.stderr


def test_ctrl_c_ends_an_echo_quietly_with_status_130() -> None:
    asked = threading.Event()

    def wait(connection: socket.socket) -> None:
        asked.set()
        connection.recv(65536)

    command = [str(DULCIMER), "echo", HOST, str(scripted(wait))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert asked.wait(30.0)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30.0)
    assert (process.returncode, output, errors) == (130, b"", b"")


def test_store_sends_directories_and_passes_over_other_files(peer: PeerProcess, received: Path, tmp_path: Path) -> None:
    write_instance(tmp_path / "study" / "a.dcm", "1.2.3.1")
    write_instance(tmp_path / "study" / "deep" / "b", "1.2.3.2", syntax="1.2.840.10008.1.2.4.50")
    (tmp_path / "study" / "readme.txt").write_text("hello")
    result = invoke("store", peer.port, str(tmp_path / "study"))
    assert result.exit_code == 0, result.output
    assert "2 of 2 files stored" in result.stdout
    assert "1 file skipped: not DICOM" in result.stdout
    assert {path.name for path in received.rglob("*.dcm")} == {"1.2.3.1.dcm", "1.2.3.2.dcm"}
    assert next(received.rglob("1.2.3.1.dcm")).read_bytes().endswith(DATA)


def test_store_reports_each_file_in_json(peer: PeerProcess, tmp_path: Path) -> None:
    good = write_instance(tmp_path / "good.dcm")
    bad = tmp_path / "bad.dcm"
    bad.write_text("no DICOM")
    result = invoke("store", peer.port, "--json", str(good), str(bad))
    assert result.exit_code == 1
    *files, last = lines_of(result)
    by_path = {entry["path"]: entry for entry in files}
    assert by_path[str(good)]["kept"] is True
    assert by_path[str(good)]["status"] == 0
    assert by_path[str(bad)]["kept"] is False
    assert by_path[str(bad)]["problem"]
    assert (last["summary"]["stored"], last["summary"]["not_stored"]) == (1, 1)


def test_file_whose_class_the_peer_does_not_take_fails_alone(peer: PeerProcess, tmp_path: Path) -> None:
    write_instance(tmp_path / "a.dcm", "1.2.3.1", sop_class="1.2.3.99")
    write_instance(tmp_path / "b.dcm", "1.2.3.2")
    result = invoke("store", peer.port, str(tmp_path / "a.dcm"), str(tmp_path / "b.dcm"))
    assert result.exit_code == 1
    assert "abstract syntax not supported" in result.stdout
    assert "1 of 2 files stored" in result.stdout


def test_more_contexts_than_an_association_holds_take_several(peer: PeerProcess, tmp_path: Path) -> None:
    for number in range(130):
        write_instance(tmp_path / "many" / f"{number:03}", f"1.2.3.{number}", sop_class=f"1.2.3.99.{number}")
    write_instance(tmp_path / "many" / "x", "1.2.4")
    result = invoke("store", peer.port, "--json", str(tmp_path / "many"))
    found = summary_of(result)
    assert (found["stored"], found["not_stored"]) == (1, 130)
    assert not any("error" in line for line in lines_of(result))


def test_peer_that_dies_is_status_4_and_no_file_is_forgotten(tmp_path: Path) -> None:
    def accept_and_die(connection: socket.socket) -> None:
        connection.sendall(encode(replace(AC, variable_items=(CONTEXT_NAME, ACCEPTED, USER_INFORMATION))))
        connection.recv(65536)

    for number in range(3):
        write_instance(tmp_path / "study" / str(number), f"1.2.3.{number}")
    result = invoke("store", scripted(accept_and_die), "--json", str(tmp_path / "study"))
    *files, last, error = lines_of(result)
    assert len(files) == 3
    assert not any(entry["kept"] for entry in files)
    assert last["summary"]["not_stored"] == 3
    assert (result.exit_code, error["error"]["status"]) == (4, 4)


def test_store_without_a_single_instance_is_not_done(peer: PeerProcess, tmp_path: Path) -> None:
    assert invoke("store", peer.port, str(tmp_path)).exit_code == 1


@pytest.mark.peer("DCMTK")
def test_dcmtk_echoes_and_stores(peer: PeerProcess, received: Path) -> None:
    image = read_instance(TEST_FILES / "CT_small.dcm")
    client(["echoscu", HOST, str(peer.port)])
    client(["storescu", HOST, str(peer.port), image.path])
    assert [path.name for path in received.rglob("*.dcm")] == [f"{image.sop_instance}.dcm"]
    assert re.search(r"association from ECHOSCU at 127.0.0.1 port \d+ to \S+: released", peer.log())
    assert f"stored {image.sop_instance}.dcm" in peer.log()


@pytest.mark.peer("DCMTK")
def test_dcmtk_receives(tmp_path: Path) -> None:
    (tmp_path / "received").mkdir()
    with storescp(tmp_path / "received") as peer:
        assert invoke("echo", peer.port).exit_code == 0
        assert invoke("store", peer.port, str(write_instance(tmp_path / "a.dcm"))).exit_code == 0
    assert len(list((tmp_path / "received").iterdir())) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_server_prints_its_port_and_stops_with_status_0(number: signal.Signals, tmp_path: Path) -> None:
    command = [str(DULCIMER), "serve", "--port", "0", "--dir", str(tmp_path / "new"), "-aet", "ARCHIVE"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        listening = process.stdout.readline()
        assert listening.startswith("listening on 127.0.0.1:")
        said = process.stdout.readline()
        assert "ARCHIVE" in said
        assert str(tmp_path / "new") in said
        assert invoke("echo", int(listening.rpartition(":")[2])).exit_code == 0
        process.send_signal(number)
        output, errors = process.communicate(timeout=30.0)
    assert (process.returncode, errors) == (0, "")
    assert re.fullmatch(r"association from DULCIMER at 127.0.0.1 port \d+ to ANY-SCP: released\nstopped\n", output)


def test_server_without_directory_answers_echo_and_takes_no_instance(tmp_path: Path) -> None:
    command = [str(DULCIMER), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        assert "C-ECHO only" in process.stdout.readline()
        assert invoke("echo", port).exit_code == 0
        assert invoke("store", port, str(write_instance(tmp_path / "a.dcm"))).exit_code == 1
        process.terminate()


def test_end_of_an_association_is_reported_in_one_line_whatever_the_peer_calls_itself(peer: PeerProcess) -> None:
    assert invoke("echo", peer.port, "-aet", "[red]X").exit_code == 0
    with socket.create_connection((HOST, peer.port)) as connection:
        connection.sendall(b"\xff\x00\x00\x00\x00\x00")
        assert connection.recv(10)[:1] == b"\x07"
    assert re.search(r"association from \[red\]X at 127.0.0.1 port \d+ to ANY-SCP: released", peer.log())
    assert "Traceback" not in peer.log()


def test_port_in_use_is_a_usage_error() -> None:
    with socket.create_server((HOST, 0)) as taken:
        result = CommandRunner().invoke(app, ["serve", "--port", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "cannot listen" in result.stderr


def test_tls_is_used_on_both_sides_and_a_stranger_is_refused(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    files = {name: str(tmp_path / name) for name in ("ca", "other", "server", "client")}
    authority.cert_pem.write_to_path(files["ca"])
    stranger.cert_pem.write_to_path(files["other"])
    for name in ("server", "client"):
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(files[name])
    options = ["--tls-cert", files["server"], "--tls-ca", files["ca"]]
    command = [str(DULCIMER), "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2])
        with_certificate = ["--tls-cert", files["client"]]
        assert invoke("echo", port, "--tls-ca", files["ca"], *with_certificate).exit_code == 0
        assert invoke("echo", port, "--tls-insecure", *with_certificate).exit_code == 0
        refused = invoke("echo", port, "--tls-ca", files["other"], *with_certificate)
        assert refused.exit_code == 3
        assert "certificate" in refused.stderr.lower()
        assert invoke("echo", port, "--tls-ca", files["ca"]).exit_code in (3, 4)
        assert invoke("echo", port, "-ta", "5").exit_code in (3, 4)
        process.terminate()


def test_key_that_is_no_key_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("no key")
    result = invoke("echo", 104, "--tls-cert", str(tmp_path / "key"))
    assert result.exit_code == 2
    assert "cannot be used" in " ".join(result.stderr.split())
