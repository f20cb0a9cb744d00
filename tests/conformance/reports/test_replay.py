"""Failures as files that play them again."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.report.html import html
from dulcimer.conformance.report.junit import junit
from dulcimer.conformance.report.markdown import markdown
from dulcimer.conformance.report.replay import replays
from support.conformance.report_samples import (
    ACCEPTANCE,
    RELEASE_RP,
    REQUEST,
    case,
    established,
    event,
    pdu,
    report,
    reports,
    silent,
)

PLAY = [sys.executable, "-I"]


def written(place: Path, document: dict[str, Any]) -> Path:
    for name, data in replays(document).items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place / "replay.py"


def read_until_closed(sock: socket.socket) -> bytes:
    sock.settimeout(20)
    found = b""
    while data := sock.recv(4096):
        found += data
    return found


def test_server_gets_the_bytes_of_the_run_and_its_answers_are_waited_for(tmp_path: Path) -> None:
    script = written(tmp_path, report(case("a.b", "FAILED", trace=silent())))
    got: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        sock, _ = listener.accept()
        with sock:
            sock.settimeout(20)
            got.append(sock.recv(len(REQUEST)))
            sock.sendall(ACCEPTANCE)  # what is sent next waits for this
            got.append(read_until_closed(sock))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        port = str(listener.getsockname()[1])
        ended = subprocess.run(
            [*PLAY, script, "a.b", "127.0.0.1", port], capture_output=True, text=True, timeout=60, check=False
        )
        thread.join(20)
    assert ended.returncode == 0, ended.stderr
    assert got == [REQUEST, RELEASE_RP]
    assert f"< A-ASSOCIATE-AC, {len(ACCEPTANCE)} bytes" in ended.stdout
    assert "observed:" in ended.stdout


def test_client_is_listened_for_and_answered_with_the_bytes_of_the_run(tmp_path: Path) -> None:
    trace = [
        event(0, Kind.OPENED, "connection accepted"),
        pdu(0.1, "<", "A-ASSOCIATE-RQ", REQUEST),
        pdu(0.2, ">", "A-ASSOCIATE-AC", ACCEPTANCE),
        event(0.3, Kind.TESTER_RST, "tester closed the connection (RST)"),
    ]
    script = written(tmp_path, report(case("req", "FAILED", role="requestor", trace=trace)))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words: list[str | Path] = [*PLAY, script, "req", "127.0.0.1", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        while "listening" not in playing.stdout.readline():
            pass
        with socket.create_connection(("127.0.0.1", port)) as sock:
            sock.sendall(REQUEST)
            sock.settimeout(20)
            assert sock.recv(len(ACCEPTANCE)) == ACCEPTANCE
            with pytest.raises(ConnectionResetError):
                sock.recv(1)
        assert playing.wait(20) == 0


def test_arguments_that_are_none_say_how_it_is_called(tmp_path: Path) -> None:
    script = written(tmp_path, report(case("a", "FAILED", trace=silent())))
    for words in ([], ["a", "127.0.0.1", "x"], ["no-such-case", "127.0.0.1", "1"]):
        ended = subprocess.run([*PLAY, script, *words], capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 2
        assert "Traceback" not in ended.stderr


def test_rule_for_what_the_peer_sends_is_played_by_a_case_that_broke_it(tmp_path: Path) -> None:
    rule = case("enc.sender.x", "FAILED", trace=[pdu(0, "<", "?", ACCEPTANCE)], seen_in=["shows"])
    found = replays(report(rule, case("shows", "OK", trace=established())))
    assert found["enc.sender.x/1.bin"] == REQUEST
    assert not [name for name in found if name.startswith("shows")]


def test_what_is_not_known_whole_is_not_played() -> None:
    cut = [*established(), pdu(1, ">", "data", REQUEST, shown=20)]
    assert replays(report(case("a", "FAILED", trace=cut))) == {}


@given(reports())
def test_any_report_has_files_with_safe_names_that_hold_what_was_sent(document: dict[str, Any]) -> None:
    found = replays(document)
    for name in found:
        assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9.]+)?", name)
    for name, data in found.items():
        if name.endswith("steps.json"):
            files = [step["file"] for step in json.loads(data)["steps"] if step["do"] == "send"]
            assert all(f"{name.rpartition('/')[0]}/{file}" in found for file in files)


def test_every_form_has_the_command_that_plays_a_failure_again() -> None:
    document = report(case("a.b", "FAILED", trace=silent()), replay="out dir")
    for form in (html, markdown, junit):
        assert "replay.py" in form([document])
        assert "a.b 127.0.0.1 11112" in form([document])
