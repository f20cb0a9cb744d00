"""Commands whose peer answers with damaged elements: the exit status follows the Status element, and is never 5."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dulcimer._generated.commands import ELEMENTS, MESSAGE_CLASSES, MESSAGES
from dulcimer.dimse.command_set import CommandSet
from support.command_runs import invoke, lines_of, words_of
from support.dicom_files import TEST_FILES
from support.entities import peer_that
from support.raw_dimse import RESPONSE, answering, attributes, response

BY_ATTRIBUTE = {element.attribute: element for element in ELEMENTS.values()}
COMMANDS: dict[str, list[str]] = {
    "echo": [],
    "store": [str(TEST_FILES / "CT_small.dcm")],
    "find": ["-k", "PatientName"],
    "get": ["-k", "StudyInstanceUID=1.2.3"],
    "move": ["-aem", "THERE", "-k", "StudyInstanceUID=1.2.3"],
}
GOOD = {"US": b"\x01\0", "AT": b"\x10\0\x10\0", "LO": b"a comment ", "UI": b"1.2.3\0", "AE": b"THERE "}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda raw: b"",
    "too short": lambda raw: raw[:-1],
    "too long": lambda raw: raw + raw,
    "control characters": lambda raw: b"\x1b[31m\nE: forged" + raw,
    "not ASCII": lambda raw: b"\xc4\xff" + raw,
}


def optional_of(request: CommandSet) -> list[str]:
    """Elements that the response may have, and that need not be equal to those of the request."""
    field = (request.command_field or 0) | RESPONSE
    said = {name for name, mark, equal in MESSAGES[field].elements if mark == "M" or equal}
    return [name for name in attributes(MESSAGE_CLASSES[field]) if name not in said]


@pytest.mark.parametrize("json", [[], ["--json"]], ids=["text", "json"])
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_elements_that_may_be_missing_count_for_nothing_when_damaged(
    command: str, damage: str, json: list[str]
) -> None:
    """All of them at once, with a status of success, and of failure."""
    for status, exits in ((0, 0), (0xC001, 1)):

        def answers(request: CommandSet, status: int = status) -> Any:
            damaged = {
                name: DAMAGES[damage](GOOD[BY_ATTRIBUTE[name].vr])
                for name in optional_of(request)
                if name in BY_ATTRIBUTE
            }
            return [(response(request, status, damaged), None)]

        with peer_that(answering(answers)) as address:
            result = invoke(command, address, *COMMANDS[command], *json)
        assert result.exit_code == exits, result.output
        assert result.output.replace("\n", "").isprintable()
        assert not any(line.startswith("E:") for line in result.output.splitlines())
        if json and result.stdout:
            assert lines_of(result) if command in ("store", "get", "move") else True


@pytest.mark.parametrize(
    ("name", "raw", "told"),
    [
        ("status", b"", "has no Status"),
        ("status", b"\0\0\0\0", "it has 4 bytes, and a value of VR US has 2"),
        ("message_id_being_responded_to", b"\1", "without Message ID Being Responded To"),
    ],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_elements_that_must_be_there_are_the_peers_fault_when_damaged(
    command: str, name: str, raw: bytes, told: str
) -> None:
    with peer_that(answering(lambda request: [(response(request, 0, {name: raw}), None)])) as address:
        result = invoke(command, address, *COMMANDS[command])
    assert result.exit_code in (1, 4), result.output
    assert told in words_of(result.output)


def test_empty_counters_of_a_move_are_counters_that_were_not_given() -> None:
    counters = {"number_of_completed_suboperations": 248, "number_of_failed_suboperations": 0}
    empty = {"number_of_remaining_suboperations": b"", "error_comment": b""}
    with peer_that(answering(lambda request: [(response(request, 0, {**empty, **counters}), None)])) as address:
        result = invoke("move", address, *COMMANDS["move"])
    assert result.exit_code == 0
    assert "0000H Success" in result.stdout
    assert "248 completed" in result.stdout


@pytest.mark.clause("PS3.4 C.4.2.1.5")
@pytest.mark.parametrize(
    ("counters", "exits"),
    [
        ({}, 1),
        ({"number_of_failed_suboperations": b""}, 1),
        ({"number_of_failed_suboperations": 0, "number_of_warning_suboperations": 2}, 0),
        ({"number_of_failed_suboperations": 1}, 1),
    ],
)
def test_failures_or_warnings_that_cannot_be_distinguished_are_no_success(counters: dict[str, Any], exits: int) -> None:
    with peer_that(answering(lambda request: [(response(request, 0xB000, counters), None)])) as address:
        result = invoke("move", address, *COMMANDS["move"])
    assert result.exit_code == exits, result.output
