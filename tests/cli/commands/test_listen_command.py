"""`dulcimer listen` as a user sees it: its lines, its JSON, its exit statuses, and the examples of its page."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from typer.testing import Result

from dulcimer import AE
from dulcimer.cli.listening import run
from dulcimer.cli.main import app
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.command_runs import CommandRunner, invoke, lines_of, summary_of, words_of
from support.console_pages import ROOT, example, is_as_shown
from support.dicom_files import TEST_FILES
from support.peers.processes import DULCIMER, HOST, free_port

PAGE = "docs/guide/listen.md"
GUIDE = (ROOT / PAGE).read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\$ (dulcimer listen .*)$", GUIDE, re.MULTILINE)
JPEG = "1.2.840.10008.1.2.4.50"

announce = run._announce


def echo(port: int) -> None:
    entity = AE("MODALITY")
    entity.add_requested_context(Verification)
    entity.add_requested_context(CTImageStorage, [JPEG])
    with entity.associate(HOST, port, ae_title="PACS") as association:
        association.send_c_echo()


def wrong(port: int) -> None:
    with socket.create_connection((HOST, port), timeout=20) as sock:
        sock.sendall(encode(PDataTf((PresentationDataValue(1, 3, b"abcd"),))))
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(4096):
            pass


def listened(client: Callable[[int], None], *options: str) -> Result:
    """Run the command while a client talks to it."""
    ports: Queue[int] = Queue()

    def announced(settings: Any, given: Any, server: str, host: str, port: int) -> None:
        announce(settings, given, server, host, port)
        ports.put(port)

    thread = Thread(target=lambda: client(ports.get(timeout=60)))
    thread.start()
    with patch.object(run, "_announce", announced):
        words = ["listen", "0", "--connections", "1", *options]
        result = CommandRunner().invoke(app, words, env={"NO_COLOR": "1", "COLUMNS": "80"})
    thread.join(60)
    assert "Traceback" not in result.output
    return result


def test_what_a_client_does_is_printed_in_80_columns() -> None:
    result = listened(echo)
    assert result.exit_code == 0
    text = words_of(result.stdout)
    assert "MODALITY calls PACS" in text
    assert "proposes 2 contexts" in text
    assert "C-ECHO-RQ on context 1 (Verification SOP Class)" in text
    assert "released by the client" in text
    assert "No deviation from the standard." in text
    assert all(len(line) <= 85 for line in result.stdout.splitlines())


def test_a_client_that_deviates_fails_the_command_with_clause_and_advice() -> None:
    result = listened(wrong)
    assert result.exit_code == 1
    assert "clause   PS3.8 Table 9-10" in result.stdout
    assert "advice" in result.stdout


def modality(port: int) -> None:
    """A client that proposes a CT image in JPEG, too, and sends it uncompressed."""
    command = ["storescu", "-aet", "MODALITY1", "-aec", "PACS", "-xv", "-R", HOST, str(port)]
    subprocess.run([*command, str(TEST_FILES / "CT_small.dcm")], capture_output=True, timeout=60, check=True)


@pytest.mark.peer("DCMTK")
def test_the_page_shows_what_is_printed_of_a_client(tmp_path: Path) -> None:
    shown = example(PAGE, "dulcimer listen 11112")
    result = listened(modality)
    assert is_as_shown(shown.shown, result.stdout), result.stdout
    survey = tmp_path / "pacs.json"
    entity = AE("PACS")
    entity.add_supported_context(CTImageStorage, ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
    server = entity.start_server((HOST, 0), block=False)
    assert server is not None
    invoke("survey", server.server_address, "-aec", "PACS", "-q", "-o", str(survey))
    server.shutdown()
    compared = listened(modality, "--as", str(survey))
    shown = example(PAGE, "dulcimer listen 11112 --as")
    assert is_as_shown(shown.shown, compared.stdout), compared.stdout


def test_json_has_an_object_for_each_event() -> None:
    result = listened(echo, "--json")
    events = [line.get("event") for line in lines_of(result)]
    assert events == ["connected", "proposed", "message", "answered", "ended", None]
    assert summary_of(result)["messages"] == 1
    assert "listening on" in result.stderr


def test_what_a_surveyed_server_would_refuse_is_printed(tmp_path: Path) -> None:
    survey = tmp_path / "pacs.json"
    entity = AE("PACS")
    entity.add_supported_context(Verification)
    entity.add_supported_context(CTImageStorage, ["1.2.840.10008.1.2"])
    server = entity.start_server((HOST, 0), block=False)
    assert server is not None
    invoke("survey", server.server_address, "-aec", "PACS", "-q", "-o", str(survey))
    server.shutdown()
    result = listened(echo, "--as", str(survey))
    assert "PACS: refused: none of these transfer syntaxes; it takes Implicit VR Little Endian" in words_of(
        result.stdout
    )
    assert "PACS would refuse 1 context." in result.stdout
    alike = listened(echo, "--as", str(survey), "--answer")
    assert "we refuse it" in alike.stdout


def test_an_answer_needs_a_survey() -> None:
    result = CommandRunner().invoke(app, ["listen", "0", "--answer"])
    assert result.exit_code == 2
    assert "--as SURVEY.json" in words_of(result.output)


def test_a_port_in_use_is_a_usage_error() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        result = CommandRunner().invoke(app, ["listen", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "cannot listen" in words_of(result.output)


def test_ctrl_c_ends_it_with_a_summary() -> None:
    command = [str(DULCIMER), "listen", str(free_port())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on")
        process.send_signal(signal.SIGINT)
        text = process.stdout.read()
    assert process.returncode == 0
    assert "0 connections in" in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_options_of_the_page_exist(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pacs.json").write_text("{}")
    words = shlex.split(example)[1:]
    result = CommandRunner().invoke(app, [*words, "--time", "0.01"])
    assert "No such option" not in result.output
