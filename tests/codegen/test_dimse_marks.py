"""Marks of the DIMSE messages and fields of the statuses, typed here a second time on purpose.

A message reads: mark and element numbers in group 0000, then the mark of the data set after the bar.
"""

from __future__ import annotations

import pytest

from dulcimer._generated.commands import ELEMENTS, MESSAGES, STATUSES

MARKS = {
    0x0001: "M 0002 0110 0700 1000; U 1030 1031 | M",
    0x8001: "M 0120 0900; U= 0002 1000 | none",
    0x0010: "M 0002 0110 0700 | M",
    0x8010: "M 0120 0900; U= 0002; C 1020 1021 1022 1023 | U",
    0x0020: "M 0002 0110 0700 | M",
    0x8020: "M 0120 0900; U= 0002 | C",
    0x0021: "M 0002 0110 0600 0700 | M",
    0x8021: "M 0120 0900; U= 0002; C 1020 1021 1022 1023 | U",
    0x0030: "M 0002 0110 | none",
    0x8030: "M 0120 0900; U= 0002 | none",
    0x0FFF: "M 0120 | none",
    0x0100: "M 0002 0110 1000 1002 | U",
    0x8100: "M 0120 0900; U= 0002 1000; C= 1002 | C",
    0x0110: "M 0003 0110 1001; U 1005 | none",
    0x8110: "M 0120 0900; U 0002 1000 | C",
    0x0120: "M 0003 0110 1001 | M",
    0x8120: "M 0120 0900; U 0002 1000 | U",
    0x0130: "M 0003 0110 1001 1008 | U",
    0x8130: "M 0120 0900; U 0002 1000; C= 1008 | C",
    0x0140: "M 0002 0110; U 1000 | U",
    0x8140: "M 0120 0900; U= 0002; C 1000 | U",
    0x0150: "M 0003 0110 1001 | none",
    0x8150: "M 0120 0900; U 0002 1000 | none",
}

FIELDS = {
    0x0105: "1005", 0x0106: "DS", 0x0107: "0002 1000 1005", 0x0110: "0002 0902 0903 1000", 0x0111: "1000",
    0x0112: "1000", 0x0113: "0002 1002", 0x0114: "0002 1002 1008", 0x0115: "0002 1000 1002 1008 DS", 0x0116: "DS",
    0x0117: "1000", 0x0118: "0002", 0x0119: "0002 1000", 0x0120: "1005", 0x0121: "DS", 0x0122: "0902",
    0x0123: "0002 1008", 0x0124: "0902", 0x0210: "", 0x0211: "", 0x0212: "", 0x0213: "", 0x0000: "", 0xFE00: "",
}  # fmt: skip

NUMBERS = {element.attribute: f"{tag:04X}" for tag, element in ELEMENTS.items()}


def expected(row: str) -> set[tuple[str, str, bool]]:
    found = set()
    for part in row.split(" | ")[0].split("; "):
        mark, *numbers = part.split(" ")
        found |= {(number, mark[0], mark.endswith("=")) for number in numbers}
    return found


@pytest.mark.clause("PS3.7 9.3, 10.3")
@pytest.mark.parametrize("field", MARKS, ids=lambda field: MESSAGES[field].name)
def test_message_has_the_printed_marks(field: int) -> None:
    info = MESSAGES[field]
    assert {(NUMBERS[name], mark, equal) for name, mark, equal in info.elements} == expected(MARKS[field])
    assert info.data_set == MARKS[field].split(" | ")[1]


@pytest.mark.clause("PS3.7 9.3, 10.3")
def test_every_message_is_typed_here() -> None:
    assert set(MARKS) == set(MESSAGES)


@pytest.mark.clause("PS3.7 Annex C")
def test_statuses_say_more_in_the_printed_fields() -> None:
    found = {
        code: " ".join([*(NUMBERS[name] for name in info.elements), *["DS"] * info.in_data_set])
        for code, info in STATUSES.items()
    }
    assert {code: set(row.split()) for code, row in found.items()} == {
        code: set(row.split()) for code, row in FIELDS.items()
    }
