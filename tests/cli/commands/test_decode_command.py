"""`dulcimer decode`: annotated bytes, whatever the bytes are."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from typer.testing import Result

from dulcimer._generated.commands import CEchoRq, CEchoRsp
from dulcimer.cli.main import app
from dulcimer.cli.show.hexinput import bytes_of
from dulcimer.dimse import command_set
from dulcimer.learn.labs.turns import ACCEPT, REQUEST, C, S
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.captures.judged_captures import captured
from support.command_runs import CommandRunner
from support.html_pages import Page
from support.wire_strategies import any_bytes, legal_pdus

ABORT = "07 00 00 00 00 04 00 00 02 01"
ECHO = command_set.encode(CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=7), has_data_set=False)


def decode(*arguments: str, data: bytes | None = None, columns: int = 100) -> Result:
    result = CommandRunner().invoke(
        app, ["decode", *arguments], input=data, env={"COLUMNS": str(columns), "NO_COLOR": "1"}
    )
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def decoded(*arguments: str, data: bytes | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(decode("--json", *arguments, data=data).stdout)
    return found


def p_data(*values: tuple[int, bytes]) -> bytes:
    return encode(PDataTf(tuple(PresentationDataValue(1, header, fragment) for header, fragment in values)))


@settings(deadline=None)
@given(any_bytes())
def test_any_bytes_are_shown_to_the_end_in_100_columns(data: bytes) -> None:
    result = decode("-", data=b"\x07" + data)
    assert result.exit_code in (0, 1)
    assert all(len(line.rstrip()) <= 100 for line in result.stdout.splitlines())
    assert result.stdout.isascii()


@settings(deadline=None)
@given(any_bytes())
def test_fields_of_any_bytes_partition_them(data: bytes) -> None:
    data = b"\x07" + data
    fields = [field for pdu in decoded("-", data=data)["pdus"] for field in pdu["fields"]]
    assert "".join(field["hex"] for field in fields) == data.hex()
    sizes = [(field["offset"], field["size"]) for field in fields]
    assert all(start + size == after for (start, size), (after, _) in pairwise(sizes))


@settings(deadline=None, max_examples=50)
@given(legal_pdus().filter(lambda pdu: not isinstance(pdu, PDataTf)))
def test_legal_pdus_have_no_problem_and_status_0(pdu: Any) -> None:
    result = decode("-", data=encode(pdu))
    assert result.exit_code == 0, result.stdout
    assert result.stdout.rstrip().endswith("1 PDU, no problem found.")  # a name may be "PROBLEM"


@pytest.mark.parametrize(
    "arguments",
    [
        [ABORT],
        ABORT.split(),
        [ABORT.replace(" ", ":")],
        ["0x" + ABORT.replace(" ", " 0x")],
        ["0x" + ABORT.replace(" ", "")],
        [ABORT.replace(" ", ",\n")],
    ],
    ids=["spaces", "words", "colons", "0x each", "0x once", "lines"],
)
def test_digits_may_be_written_in_several_ways(arguments: list[str]) -> None:
    result = decode(*arguments)
    assert result.exit_code == 0
    assert "A-ABORT" in result.stdout
    assert "01H: unrecognized PDU" in " ".join(result.stdout.split()) or "1: unrecognized PDU" in result.stdout


def test_file_standard_input_and_text_of_digits_say_the_same(tmp_path: Path) -> None:
    raw = bytes.fromhex(ABORT)
    (tmp_path / "raw.bin").write_bytes(raw)
    (tmp_path / "text.hex").write_text(ABORT + "\n")
    shown = {
        decode(str(tmp_path / "raw.bin")).stdout,
        decode(str(tmp_path / "text.hex")).stdout,
        decode("-", data=raw).stdout,
        decode("-", data=ABORT.encode()).stdout,
    }
    assert len(shown) == 1


@given(any_bytes())
def test_no_pdu_is_taken_for_digits(data: bytes) -> None:
    pdu = b"\x01" + data
    assert bytes_of(pdu) == pdu


@pytest.mark.parametrize(("text", "told"), [("no such file", "is neither a file"), ("070", "3 hexadecimal digits")])
def test_what_is_neither_file_nor_digits_is_a_usage_error(text: str, told: str) -> None:
    result = decode(text, columns=200)
    assert result.exit_code == 2
    assert told in result.stderr


def test_several_pdus_are_shown_with_offsets_in_the_whole() -> None:
    result = decode(ABORT + ABORT)
    assert "PDU 1 at byte 0: A-ABORT, 10 bytes" in result.stdout
    assert "PDU 2 at byte 10: A-ABORT, 10 bytes" in result.stdout
    assert result.stdout.endswith("2 PDUs, no problem found.\n")


def test_violation_is_reported_in_words_at_its_offset_with_status_1() -> None:
    result = decode("03 00 00 00 00 04 00 09 01 01")
    assert result.exit_code == 1
    (line,) = [line for line in result.stdout.splitlines() if line.lstrip().startswith("!")]
    assert line.split()[:4] == ["!", "7", "09", "result"]
    assert "PROBLEM: value 9 is not" in result.stdout
    assert "1 PDU, 1 PROBLEM: the bytes violate the standard." in result.stdout


@pytest.mark.parametrize("data", [b"\x04\x00\x00", b"\x04\x00\x00\x00\x00\x08\x00\x00"])
def test_truncated_pdu_is_a_violation(data: bytes) -> None:
    assert decode("-", data=data).exit_code == 1


def test_no_bytes_are_a_violation() -> None:
    assert decode("-", data=b"").exit_code == 1
    assert decoded("-", data=b"")["problems"] == 1


def test_command_set_in_fragments_is_shown_with_offsets_in_the_whole() -> None:
    data = p_data((1, ECHO[:30])) + p_data((3, ECHO[30:]))
    (first, second) = decoded("-", data=data)["pdus"]
    assert first["command_sets"] == []
    (command,) = second["command_sets"]
    assert command["message"] == "C-ECHO-RQ"
    assert [element["tag"] for element in command["elements"]] == [
        "00000000",
        "00000002",
        "00000100",
        "00000110",
        "00000800",
    ]
    # 12 bytes of headers come before each fragment
    assert command["elements"][0]["offset"] == 12
    assert data[command["elements"][3]["offset"] :].startswith(bytes.fromhex(command["elements"][3]["hex"]))
    assert command["elements"][1]["meaning"] == "Verification SOP Class"


def test_elements_of_a_command_set_are_part_of_the_text() -> None:
    response = CEchoRsp(message_id_being_responded_to=7, status=0x0122)
    result = decode("-", data=p_data((3, command_set.encode(response, has_data_set=False))))
    assert result.exit_code == 0
    assert "C-ECHO-RSP" in result.stdout
    assert "(0000,0900) Status" in result.stdout
    assert "0122H: Failure: refused:" in result.stdout


@pytest.mark.clause("PS3.7 6.3.1")
@pytest.mark.parametrize(
    ("damaged", "told"),
    [
        (ECHO[12:], "no Command Group Length"),
        (ECHO[:8] + b"\x01" + ECHO[9:], "announces 1 byte, but 56 follow"),
        (ECHO[:12] + ECHO[38:], "C-ECHO-RQ without Affected SOP Class UID (0000,0002)"),
        (ECHO[:-10] + ECHO[38:48] + ECHO[-10:], "appears twice"),
        (ECHO.replace(b"\x30\x00", b"\x33\x00"), "the Command Field (0000,0100) is not defined"),
        (ECHO[:-2], "claims 2 bytes, 0 are left"),
    ],
)
def test_damage_in_a_command_set_is_reported(damaged: bytes, told: str) -> None:
    found = decoded("-", data=p_data((3, damaged + b"\0" * (len(damaged) % 2))))
    assert any(told in problem for problem in found["pdus"][0]["problems"])
    assert found["problems"] >= 1


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (bytes(128) + b"DICM" + bytes(8), "DICOM file"),
        (b"\x16\x03\x01", "TLS"),
    ],
)
def test_bytes_of_another_kind_are_recognized(data: bytes, told: str) -> None:
    assert told in decode("-", data=data).stdout


def test_long_fragment_is_cut_in_text_and_whole_in_json() -> None:
    data = p_data((2, bytes(1000)))
    result = decode("-", data=data)
    assert "... 976 more" in result.stdout
    assert len(result.stdout.splitlines()) < 20
    assert decoded("-", data=data)["pdus"][0]["fields"][-1]["hex"] == bytes(1000).hex()


def test_80_columns_are_enough() -> None:
    result = decode(ABORT, columns=80)
    assert all(len(line.rstrip()) <= 80 for line in result.stdout.splitlines())
    assert "A-ABORT" in result.stdout


@pytest.mark.parametrize(
    ("digits", "field", "problem"),
    [
        ("01 00 00 00", "unparsed_bytes", "pdu length: needs 4 bytes, has 2"),
        ("01 00", "pdu_type", "pdu length: needs 4 bytes, has 0"),
    ],
)
def test_problem_of_a_field_that_is_cut_off_names_the_field(digits: str, field: str, problem: str) -> None:
    (pdu,) = decoded(digits)["pdus"]
    assert {one["name"]: one["problem"] for one in pdu["fields"] if one["problem"]} == {field: problem}


@settings(deadline=None, max_examples=30)
@given(any_bytes())
def test_page_of_any_bytes_has_a_link_from_each_field_to_its_row_and_back(data: bytes) -> None:
    result = decode("--html", "-", "-", data=b"\x07" + data)
    page = Page(result.stdout)
    ids = [value for _, name, value in page.attributes if name == "id"]
    links = [value for _, name, value in page.attributes if name == "href"]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in links if link.startswith("#f")} <= set(ids)
    fields = [field for pdu in decoded("-", data=b"\x07" + data)["pdus"] for field in pdu["fields"]]
    assert sum(link.startswith("#f") for link in links) == sum(field["size"] > 0 for field in fields)


def test_page_obeys_nothing_that_is_in_the_bytes_and_is_as_wrong_as_they_are(tmp_path: Path) -> None:
    hostile = b"<script>alert(1)"
    data = bytes((7, 0, 0, 0, 0, 20)) + bytes((0, 0, 2, 1)) + hostile
    path = tmp_path / "page.html"
    result = decode("--html", str(path), "-", data=data)
    assert result.exit_code == 1
    page = Page(path.read_text(encoding="utf-8"))
    assert page.tags["script"] == 1
    assert "default-src 'none'" in " ".join(page.values("content"))
    assert any("problem" in text for text in page.texts["b"])


def test_page_of_a_capture_names_frame_and_sender(tmp_path: Path) -> None:
    (tmp_path / "echo.pcapng").write_bytes(captured([(C, REQUEST), (S, ACCEPT)]))
    result = decode("--html", "-", str(tmp_path / "echo.pcapng"))
    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert "association 1, frame 4, client to server" in text
    assert "2 PDUs, no problem found" in text


def test_page_and_json_at_once_is_a_usage_error() -> None:
    assert decode("--json", "--html", "-", ABORT).exit_code == 2
