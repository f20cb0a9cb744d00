"""`dulcimer decode` of PDUs with very many items: bounded in time and output, and every byte has its place."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from dulcimer.cli.main import app
from dulcimer.cli.show import dump as dump_text
from dulcimer.cli.show import pdu_stream
from dulcimer.cli.show.command_dump import Fragment, command_dump
from dulcimer.cli.show.hexinput import read_input
from dulcimer.cli.show.pdu_stream import MOST_ITEMS, PduStream
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import ReleaseRp
from self_fuzz.bounds import within
from self_fuzz.surface import Allowance
from support.command_runs import CommandRunner

EMPTY_ITEM = b"\x10\0\0\0"
HEAD = b"\0\1\0\0" + b"CALLED".ljust(16) + b"CALLING".ljust(16) + bytes(32)


def association(items: bytes) -> bytes:
    return struct.pack(">BBI", 1, 0, len(HEAD) + len(items)) + HEAD + items


LARGE = {
    "empty items": association(EMPTY_ITEM * 21_000),
    "unknown items": association(b"\x99\0\0\0" * 21_000),
    "PDVs": struct.pack(">BBI", 4, 0, 6 * 21_000) + struct.pack(">IBB", 2, 1, 0) * 21_000,
}


@pytest.mark.parametrize("kind", LARGE)
def test_fields_of_the_first_items_and_the_rest_as_one(kind: str) -> None:
    data = LARGE[kind]
    for most in (1, 100):
        fields = field_map(data, most_items=most)
        assert len(fields) < 20 + 6 * most
        assert b"".join(field.raw for field in fields) == data
        assert fields[-1].name == "unparsed_bytes"
        assert f"more items than the limit of {most}" in (fields[-1].problem or "")


def test_lawful_association_request_is_cut_into_fields_to_its_end() -> None:
    syntaxes = b"".join(b"\x40\0\0\5" + b"1.2.3" for _ in range(60))
    context = b"\x30\0\0\5" + b"1.2.3" + syntaxes
    items = b"".join(struct.pack(">BBHB3x", 0x20, 0, len(context) + 4, 2 * n + 1) + context for n in range(128))
    fields = field_map(association(items), most_items=MOST_ITEMS)
    assert all(field.name != "unparsed_bytes" for field in fields)


@pytest.mark.parametrize("kind", LARGE)
def test_text_shows_so_many_rows_and_says_how_many_there_are(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdu_stream, "MOST_ITEMS", 500)
    monkeypatch.setattr(dump_text, "ROWS_SHOWN", 50)
    result = CommandRunner().invoke(app, ["decode", "-"], input=LARGE[kind].hex(), env={"COLUMNS": "140"})
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) < 4 * 50
    assert "fields are shown; --json has them all" in result.stdout
    (pdu,) = PduStream(LARGE[kind])
    assert f"{len(pdu.problems)} PROBLEM" in result.stdout


def test_command_set_of_thousands_of_elements_is_gone_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dump_text, "ROWS_SHOWN", 50)
    element = struct.pack("<HHI", 0, 0x110, 0)
    pdu = struct.pack(">BBIIBB", 4, 0, 6 + 8 * 8000, 2 + 8 * 8000, 1, 3) + element * 8000
    result = CommandRunner().invoke(app, ["decode", "-"], input=pdu.hex(), env={"COLUMNS": "140"})
    assert result.exit_code == 1
    assert "only the first of 8000 fields are shown" in result.stdout


class Watched(bytes):
    """Bytes that count how many of them are copied."""

    copied = 0

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        Watched.copied += len(found) if isinstance(found, bytes) else 0
        return found


def test_each_byte_of_many_pdus_is_copied_once() -> None:
    data = Watched(encode(ReleaseRp()) * 500)
    Watched.copied = 0
    assert sum(1 for _ in PduStream(data)) == 500
    assert Watched.copied == len(data)


def test_file_takes_no_more_memory_than_it_has(tmp_path: Path) -> None:
    path = tmp_path / "small.bin"
    path.write_bytes(encode(ReleaseRp()))
    with within(Allowance(memory=1 << 20), 10):
        assert read_input([str(path)]) == encode(ReleaseRp())


@pytest.mark.parametrize("size", [1, 3, 8])
def test_place_of_an_element_is_found_among_many_fragments_without_a_search_from_the_first(size: int) -> None:
    count = 2000
    data = struct.pack("<HHI", 0, 0x110, 0) * count
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    fragments = [Fragment(100 * number, piece) for number, piece in enumerate(pieces)]
    with within(Allowance(calls_per_byte=10), len(data)):
        dumped = command_dump(1, [Fragment(7, b""), *fragments, Fragment(9, b"")])
    places = [100 * (8 * number // size) + 8 * number % size for number in range(count)]
    assert [element.offset for element in dumped.elements] == places
