"""What commands print: text of a peer cannot control the terminal, and characters that cannot be encoded do no harm."""

from __future__ import annotations

import io
import json
import logging
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dulcimer import evt
from dulcimer.escaping import escaped, escaped_json, escaped_lines
from dulcimer.logging_setup import LogFormatter
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelGet as Get
from support.command_runs import invoke, lines_of
from support.entities import ct, scp, serving
from support.peers.processes import DULCIMER

NAME = "Wójcik^Łukasz\U0001f600"
ENCODINGS = ["ascii", "latin-1", "cp1252", "utf-8"]
HOSTILE = "a\x1b[2Jb\nE: forged\r\x85\x9bc\u202e\u2028\x7f\x00"


@given(st.text())
def test_escaped_text_is_one_line_to_print(text: str) -> None:
    assert escaped(text).isprintable() or not text
    assert escaped_lines(text).replace("\n  ", "").isprintable() or not text
    if text.isprintable():
        assert escaped(text) == text


@given(st.text(), st.sampled_from(ENCODINGS))
def test_escaped_json_says_the_same_in_any_encoding(text: str, encoding: str) -> None:
    for indent in (None, 2):
        made = escaped_json(json.dumps({"text": [text]}, ensure_ascii=False, indent=indent), encoding)
        assert json.loads(made.encode(encoding).decode(encoding)) == {"text": [text]}
        assert made.replace("\n", "").isprintable()


def logged(level: int, message: str, *args: Any, exc_info: Any = None) -> str:
    record = logging.LogRecord("dulcimer.x", level, "x.py", 1, message, args, exc_info)
    return LogFormatter().format(record)


def test_record_is_one_line_whatever_a_peer_has_put_into_it() -> None:
    line = logged(logging.WARNING, "SOP class %s of %r", HOSTILE, HOSTILE)
    assert line.startswith(
        "W: SOP class a\\x1b[2Jb\\nE: forged\\x0d\\x85\\x9bc\\u202e\\u2028\\x7f\\x00 of".replace("\\n", "\\x0a")
    )
    assert line.isprintable()


def test_lines_of_a_traceback_are_indented_and_cannot_be_forged() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        lines = logged(logging.ERROR, "it failed", exc_info=(ValueError, error, error.__traceback__)).split("\n")
    assert lines[0] == "E: it failed"
    assert all(line.startswith("  ") and line.isprintable() for line in lines[1:])
    assert any("Traceback" in line for line in lines)


def run(encoding: str, *words: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {"PYTHONIOENCODING": encoding, "PATH": "/usr/bin:/bin", "COLUMNS": "200"}
    return subprocess.run([DULCIMER, *map(str, words)], env=environment, capture_output=True, timeout=60, check=False)


def find(event: Any) -> Any:
    match = Dataset()
    match.SpecificCharacterSet = "ISO_IR 192"
    match.QueryRetrieveLevel = "STUDY"
    match.PatientName = NAME
    yield 0xFF00, match


def get(event: Any) -> Any:
    yield 1
    yield 0xFF00, ct("1.2.3.4")


def test_names_that_the_output_cannot_say_are_escaped(tmp_path: Path) -> None:
    """`find` in text and JSON; `get` into a folder whose name it cannot print, which does not affect the peer."""
    statuses: list[int] = []
    peer = scp(Find, Get)
    peer.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)

    def heard(event: Any) -> None:
        status = event.message.command_set.get("Status")
        if event.message.msg_type == "C-STORE-RSP":
            statuses.append(status)

    handlers: list[Any] = [(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get), (evt.EVT_DIMSE_RECV, heard)]
    with serving(peer, handlers) as (host, port):
        for encoding in ("ascii", "cp1252"):
            done = run(encoding, "find", host, port, "-k", "PatientName", "--level", "STUDY")
            assert done.returncode == 0, done.stderr
            assert b"ukasz\\U0001f600" in done.stdout
            assert b"\\u0141ukasz" in done.stdout
        done = run("ascii", "find", host, port, "-k", "PatientName", "--level", "STUDY", "--json")
        assert json.loads(done.stdout)["00100010"]["Value"] == [{"Alphabetic": NAME}]
        folder = tmp_path / "Łódź"
        done = run(
            "ascii", "get", host, port, "-k", "StudyInstanceUID=1.2", "-od", folder, "--sop-class", CTImageStorage
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (b"%s" % str(folder).encode("ascii", "backslashreplace")) in done.stdout
    assert statuses == [0]
    assert len(list(folder.iterdir())) == 1


def test_long_values_are_cut_in_the_table_and_whole_in_json() -> None:
    comments = "x" * 100_000

    def long(event: Any) -> Any:
        match = Dataset()
        match.PatientID = "1"
        match.StudyComments = comments
        match.ModalitiesInStudy = ["CT"] * 10_000
        match.add_new(0x00091010, "OB", bytes(100_000))
        yield 0xFF00, match

    asked = ["-k", "PatientID", "-k", "StudyComments", "-k", "ModalitiesInStudy", "-k", "00091010"]
    with serving(scp(Find), [(evt.EVT_C_FIND, long)]) as address:
        table = invoke("find", address, *asked, "--level", "STUDY")
        whole = invoke("find", address, *asked, "--level", "STUDY", "--json")
    assert table.exit_code == 0
    assert max(map(len, table.stdout.splitlines())) < 1000
    assert "Values are cut after 256 characters" in table.output
    assert lines_of(whole)[0]["00324000"]["Value"] == [comments]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_control_characters_of_pdus_are_escaped_by_decode(options: list[str]) -> None:
    uid = HOSTILE.encode("latin-1", "replace")
    item = b"\x10\0" + len(uid).to_bytes(2, "big") + uid
    body = b"\0\1\0\0" + b"CALLED\x9b2J".ljust(16) + b"CALLING\x85\x1b".ljust(16) + bytes(32) + item
    pdu = b"\x01\0" + len(body).to_bytes(4, "big") + body
    done = subprocess.run(
        [DULCIMER, "decode", "-", *options], input=pdu.hex().encode(), capture_output=True, check=False
    )
    assert done.returncode == 1
    text = done.stdout.decode()
    assert text.replace("\n", "").isprintable()
    assert "forged" in text
    assert not any(line.startswith("E:") for line in io.StringIO(text))
