"""Mistakes of users: each time the message says what is wrong, and the exit status is right."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import RawDataElement
from pydicom.filereader import data_element_generator
from pydicom.uid import UID
from typer.testing import Result

from dulcimer.cli.main import app
from dulcimer.cli.scu.cut_off import cut_off
from dulcimer.cli.show import pdu_stream
from dulcimer.cli.show.hexinput import MOST_BYTES
from dulcimer.cli.show.pdu_stream import PduStream
from dulcimer.counting import counted
from dulcimer.services.instance_file import InstanceFile
from support.command_runs import CommandRunner
from support.dicom_files import TEST_FILES
from support.peers.processes import DULCIMER, HOST, dulcimer_serve, free_port


def run(*words: str, env: dict[str, str] | None = None, data: bytes | None = None) -> Result:
    result = CommandRunner().invoke(app, [*words], env={"NO_COLOR": "1", "COLUMNS": "200", **(env or {})}, input=data)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def told(result: Result) -> str:
    return " ".join(result.stderr.translate({ord(c): " " for c in "│╭╮╰╯─"}).split())


def speaks(answer: bytes) -> int:
    """The port of a server that answers anything with these bytes."""
    listener = socket.create_server((HOST, 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(answer)
            connection.recv(65536)

    threading.Thread(target=serve, daemon=True).start()
    return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo localhost abc", "'abc' is not a whole number"),
        ("echo localhost 104.5", "'104.5' is not a whole number"),
        ("echo localhost 0", "0 is too small; the minimum is 1"),
        ("echo localhost 99999", "99999 is too large; the maximum is 65535"),
        ("echo localhost 104 -ta soon", "'soon' is not a number"),
        ("echo localhost 104 --tls-min 1.1", "'1.1' is not one of"),
        ("serve --workers 999", "999 is too large; the maximum is 64"),
    ],
)
def test_number_or_choice_that_does_not_fit_is_named_in_words(command: str, words: str) -> None:
    result = run(*command.split())
    assert result.exit_code == 2
    assert words in told(result)
    assert "Input should" not in told(result)
    assert "Value error" not in told(result)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("", "'' is neither a name nor an IP address"),
        (" pacs", "is neither a name nor an IP address"),
        ("pacs:104", "write pacs 104"),
        ("[::1]:104", "write [::1] 104"),
        ("http://pacs", "is a URL"),
    ],
)
def test_what_is_no_host_is_refused_before_anything_is_looked_up(host: str, words: str) -> None:
    result = run("echo", host, "104")
    assert result.exit_code == 2
    assert words in told(result)


def test_ipv6_address_may_have_the_brackets_it_has_elsewhere() -> None:
    result = run("echo", "[::1]", str(free_port()))
    assert result.exit_code == 3
    assert "[::1]" not in told(result)


@pytest.mark.parametrize(
    "words",
    [
        ["serve", "--dir", ""],
        ["store", "localhost", "104", ""],
        ["find", "localhost", "104", "-w", ""],
        ["get", "localhost", "104", "-P", "-k", "PatientID=1", "-od", ""],
    ],
    ids=lambda words: words[0],
)
def test_empty_name_is_not_taken_for_the_directory_one_is_in(words: list[str], tmp_path: Path) -> None:
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        result = run(*words)
    finally:
        os.chdir(before)
    assert result.exit_code == 2
    assert "is empty" in told(result)
    assert not any(tmp_path.iterdir())


def test_server_without_an_address_does_not_listen_to_the_whole_network() -> None:
    result = run("serve", "--host", "", "--port", "0")
    assert result.exit_code == 2
    assert "'--host'" in told(result)


@pytest.mark.parametrize(
    ("answer", "headline"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is a web server: it answered in HTTP, not in DICOM."),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "is an SSH server: it does not speak DICOM."),
        (b"220 mail ESMTP\r\n", "speaks SMTP, not DICOM."),
        (b"220 FTP ready\r\n", "speaks FTP, not DICOM."),
        (bytes.fromhex("15030300020246"), "speaks TLS, but we spoke plain DICOM."),
    ],
    ids=["HTTP", "SSH", "SMTP", "FTP", "TLS alert"],
)
def test_what_the_peer_speaks_instead_of_dicom_is_named_first(answer: bytes, headline: str) -> None:
    port = speaks(answer)
    result = run("echo", HOST, str(port))
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{HOST} port {port} {headline}")
    assert ("use --tls" in told(result)) == (answer[0] == 0x15)


def test_it_is_us_who_abort_where_the_peer_sends_no_pdu_that_is_known() -> None:
    result = run("echo", HOST, str(speaks(b"\x99\0\0\0\0\0")))
    assert result.exit_code == 1
    assert result.stderr.startswith("We aborted the association: the peer broke the protocol.")
    assert "PDU type 99H is not defined" in told(result)


def test_peer_without_tls_is_not_put_on_certificates() -> None:
    result = run("echo", HOST, str(speaks(b"HTTP/1.1 400 Bad Request\r\n\r\n")), "--tls")
    assert result.exit_code == 3
    assert "leave out the TLS options" in told(result)
    assert "--tls-ca" not in told(result)


def test_tls_handshake_that_nobody_answers_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dulcimer.transport.tcp.TLS_HANDSHAKE", 0.2)
    with socket.create_server((HOST, 0)) as listener:
        result = run("echo", HOST, str(listener.getsockname()[1]), "--tls")
    assert result.exit_code == 3
    assert "TLS handshake not done within 0.2 s" in told(result)


def test_certificate_without_its_key_says_what_is_missing(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    trustme.CA().issue_cert(HOST).cert_chain_pems[0].write_to_path(certificate)
    result = run("echo", HOST, "104", "--tls-cert", str(certificate))
    assert result.exit_code == 2
    assert "a key may be in another file" in told(result)
    assert "_ssl.c" not in told(result)


@pytest.mark.parametrize("bound", ["192.0.2.1", "::1", "no-such-host.invalid"])
def test_own_address_that_does_not_fit_is_not_put_on_the_peer(bound: str) -> None:
    result = run("echo", HOST, str(free_port()), "--bind", bound)
    assert result.exit_code == 3
    assert f"our address {bound}" in told(result)


def test_password_without_a_user_is_a_usage_error_unless_the_environment_has_it() -> None:
    port = str(free_port())
    assert run("echo", HOST, port, "--password", "secret").exit_code == 2
    assert run("echo", HOST, port, env={"DULCIMER_PASSWORD": "secret"}).exit_code == 3


def test_text_is_no_query(tmp_path: Path) -> None:
    text = tmp_path / "README.md"
    text.write_text("# dulcimer\n\ndulcimer is the DICOM Upper Layer as an executable specification.\n")
    result = run("find", HOST, "104", "-f", str(text))
    assert result.exit_code == 2
    assert "neither DICOM nor JSON" in told(result)


@pytest.mark.parametrize(
    ("key", "words"),
    [("", "nothing is neither a keyword"), ("NumberOfStudyRelatedInstances=abc", "VR IS is a whole number")],
)
def test_key_that_is_none_says_why(key: str, words: str) -> None:
    result = run("find", HOST, "104", "-k", key)
    assert result.exit_code == 2
    assert words in told(result)


@pytest.mark.parametrize("command", ["get", "move"])
def test_patient_is_retrieved_from_the_model_that_has_patients(command: str) -> None:
    result = run(command, HOST, "104", "-k", "PatientID=1")
    assert result.exit_code == 2
    assert "add -P" in told(result)


def test_device_is_no_file_to_send(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    result = run("store", HOST, "104", "/dev/zero", str(pipe))
    assert result.exit_code == 1
    assert result.stdout.count("it is not a regular file") == 2


@pytest.mark.parametrize(
    "words",
    [
        ["diagnose", HOST, "9", "store"],
        ["check", HOST, "9", "--policy"],
        ["check", HOST, "9", "--expect"],
        ["check", "--html", "page.html", "--merge"],
    ],
    ids=["instance", "policy", "baseline", "report"],
)
def test_directory_that_should_be_a_file_is_told_once_and_in_words(words: list[str], tmp_path: Path) -> None:
    result = run(*words, str(tmp_path))
    assert result.exit_code == 2
    assert "cannot be read: Is a directory" in told(result)
    assert "Errno" not in told(result)


def test_directory_without_files_is_reported(tmp_path: Path) -> None:
    result = run("store", HOST, "104", str(tmp_path))
    assert (result.exit_code, result.stdout) == (1, "nothing was sent\n")
    assert "There is no DICOM file" in result.stderr


def test_instance_is_kept_although_nobody_reads_what_get_tells(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with dulcimer_serve(tmp_path / "archive") as peer:
        assert run("store", HOST, str(peer.port), str(TEST_FILES / "CT_small.dcm")).exit_code == 0
        words = [str(DULCIMER), "get", HOST, str(peer.port), "-P", "-k", "PatientID=1CT1", "-od", str(kept)]
        read, write = os.pipe()
        os.close(read)
        ended = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, timeout=60, check=False)
        os.close(write)
    assert b"Traceback" not in ended.stderr
    assert len(list(kept.glob("*.dcm"))) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is a thing of Linux")
def test_full_disk_is_no_fault_of_dulcimer() -> None:
    with Path("/dev/full").open("wb") as full:
        told_to = subprocess.run([DULCIMER, "explain", "Sta6"], stdout=full, stderr=subprocess.PIPE, check=False)
        unheard = subprocess.run([DULCIMER, "echo", HOST, str(free_port())], stderr=full, check=False)
    assert (told_to.returncode, unheard.returncode) == (5, 3)
    assert b"cannot be written: No space left on device" in told_to.stderr
    assert b"fault in dulcimer" not in told_to.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="descriptors are closed by a POSIX shell")
@pytest.mark.parametrize(
    ("closed", "words", "status"),
    [(">&-", "explain Sta6", 0), ("2>&-", "echo 127.0.0.1 1", 3), ("<&-", "decode -", 1)],
)
def test_closed_standard_stream_does_no_harm(closed: str, words: str, status: int) -> None:
    ended = subprocess.run(f"{DULCIMER} {words} {closed}", shell=True, capture_output=True, check=False)
    assert ended.returncode == status
    assert b"fault" not in ended.stderr
    assert b"cannot be reached" not in ended.stdout


@pytest.mark.parametrize("option", ["--json", "--html", "--junit", "--markdown"])
def test_place_of_a_report_is_looked_at_before_the_run(option: str, tmp_path: Path) -> None:
    result = run("check", "--embedded", option, os.devnull + "/missing/report")
    assert result.exit_code == 2
    assert option in told(result)
    assert "cannot be written" in told(result)
    assert run("check", "--embedded", option, str(tmp_path)).exit_code == 2


def test_directory_that_is_created_for_a_file_is_named_once(tmp_path: Path) -> None:
    place = tmp_path / "pictures" / "new"
    first, second = (run("explain", "Sta6", "--svg", str(place / name)) for name in ("a.svg", "b.svg"))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert told(first) == f"--svg: the directory {place} did not exist and was created."
    assert second.stderr == ""
    assert {path.name for path in place.iterdir()} == {"a.svg", "b.svg"}


def test_quiet_command_names_no_directory_that_it_creates(tmp_path: Path) -> None:
    result = run("echo", HOST, str(free_port()), "-q", "--trace", str(tmp_path / "new" / "echo.jsonl"))
    assert (tmp_path / "new").is_dir()
    assert "created" not in result.stderr


def test_captures_go_into_a_directory() -> None:
    result = run("check", "--embedded", "--pcap", os.devnull)
    assert result.exit_code == 2
    assert "is not a directory" in told(result)


def test_check_of_something_else_says_what_came_without_a_word_on_peculiarities() -> None:
    result = run("check", HOST, str(speaks(b"HTTP/1.1 400 Bad Request\r\n\r\n")))
    assert result.exit_code == 3
    assert "peculiarity" not in told(result)


def test_input_of_decode_has_a_limit_and_is_not_read_beyond_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            assert size > 0
            return bytes(size)

    monkeypatch.setattr("dulcimer.cli.show.hexinput.MOST_BYTES", 1 << 20)
    monkeypatch.setattr("pathlib.Path.open", lambda *_: Endless())
    result = run("decode", "/dev/zero")
    assert result.exit_code == 2
    assert "more than 1 MiB" in told(result)
    assert sum(asked[:-1]) <= 1 << 20 < sum(asked)
    assert max(asked) <= 1 << 16
    assert MOST_BYTES == 64 << 20


def test_directory_is_nothing_to_decode(tmp_path: Path) -> None:
    result = run("decode", str(tmp_path))
    assert result.exit_code == 2
    assert "is a directory" in told(result)


def test_bytes_that_are_not_pdus_are_not_cut_forever() -> None:
    data = bytes(6000)
    pdus = list(PduStream(data))
    assert len(pdus) == pdu_stream.MOST_UNKNOWN + 1
    assert b"".join(pdu.data for pdu in pdus) == data
    document = json.loads(run("decode", "--json", "-", data=data).stdout)
    assert len(document["pdus"]) == len(pdus)
    assert document["problems"] == sum(len(pdu.problems) for pdu in pdus)


@pytest.mark.parametrize("quoted", ["sta6 evt12", "reject 1 1 7", "status A700", "state 6"])
def test_quoted_words_mean_what_they_mean_apart(quoted: str) -> None:
    assert run("explain", quoted).stdout == run("explain", *quoted.split()).stdout
    assert run("explain", quoted).exit_code == 0


def test_options_come_in_the_order_in_which_they_are_wanted() -> None:
    for command, first in (("store", "Transfer"), ("serve", "Archive"), ("check", "Association")):
        panels = [line.split()[1] for line in run(command, "--help").stdout.splitlines() if line.startswith("╭")]
        assert next(name for name in panels if name not in ("Arguments", "Options")) == first
        assert panels.index("TLS") < panels.index("Output")


def element_ends(path: Path, offset: int, syntax: UID) -> set[int]:
    """Where the elements of a data set end, as pydicom reads them: a file that ends there lacks whole elements only."""
    with path.open("rb") as file:
        file.seek(offset)
        elements = data_element_generator(file, syntax.is_implicit_VR, syntax.is_little_endian)
        return {offset} | {raw.value_tell + raw.length for raw in elements if isinstance(raw, RawDataElement)}


WHOLE = ("CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm")


@pytest.mark.parametrize("name", WHOLE)
@given(data=st.data())
def test_file_that_is_cut_inside_an_element_is_found_out(name: str, data: st.DataObject) -> None:
    whole = InstanceFile.inspect(TEST_FILES / name)
    ends = element_ends(whole.path, whole.offset, UID(whole.transfer_syntax))
    content = whole.path.read_bytes()
    assert max(ends) == len(content)
    near_an_end = st.sampled_from(sorted(ends)).flatmap(lambda end: st.integers(max(whole.offset, end - 14), end))
    length = data.draw(st.integers(whole.offset, len(content)) | near_an_end, label="bytes that are left")
    with tempfile.TemporaryDirectory() as directory:
        part = Path(directory) / name
        part.write_bytes(content[:length])
        told = cut_off(replace(whole, path=part))
    begun = length - max(end for end in ends if end <= length)
    if begun == 0:
        assert told == ""
    elif begun < 8:
        assert told == f"{counted(begun, 'byte')} left at its end, less than an element"
    else:
        assert told.endswith(f"but the file has only {length}")


def test_file_that_is_cut_off_is_sent_with_a_warning(tmp_path: Path) -> None:
    part = tmp_path / "part.dcm"
    part.write_bytes((TEST_FILES / "CT_small.dcm").read_bytes()[:20000])
    with dulcimer_serve(tmp_path / "archive") as peer:
        ended = run("store", HOST, str(peer.port), str(part))
    assert ended.exit_code == 0
    assert "part.dcm is cut off: (7FE0,0010) should end at byte" in told(ended)
