"""A parser that Kaitai Struct makes of our description cuts PDUs as we do."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from dulcimer.learn.exports.kaitai import kaitai
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.pdus import PDU_SCHEMAS
from support.drawn_examples import drawn
from support.peers.catalogue import PACKAGES
from support.wire_strategies import legal_pdus

pytestmark = pytest.mark.peer("Kaitai")
READER = Path(__file__).parents[1] / "support" / "kaitai_reader.cjs"


def cut_by_kaitai(pdus: list[bytes]) -> list[dict[str, int | str]]:
    asked = {"packages": str(PACKAGES / "npm/node_modules"), "ksy": kaitai(), "pdus": [data.hex() for data in pdus]}
    done = subprocess.run(
        ["node", str(READER)], input=json.dumps(asked), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [dict(fields) for fields in json.loads(done.stdout)]


def cut_by_us(data: bytes) -> dict[str, int | str]:
    """The fields, named as JavaScript names them; the second byte of an item has the name of most items there."""
    found: dict[str, int | str] = {}
    for field in field_map(data):
        value = field.value.hex() if isinstance(field.value, bytes) else field.value
        assert isinstance(value, int | str)
        path = field.path.replace("sub_item_version", "reserved_2")
        found[re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), path)] = value
    return found


def test_parser_made_by_kaitai_finds_the_same_fields_and_values() -> None:
    pdus = drawn(legal_pdus().map(encode), 150)
    assert {data[0] for data in pdus} == set(PDU_SCHEMAS)
    seen = {path for data in pdus for path in cut_by_us(data)}
    assert {path.rpartition(".")[2] for path in seen} >= {"secondaryField", "serviceClassUid", "maximumLengthReceived"}
    for data, found in zip(pdus, cut_by_kaitai(pdus), strict=True):
        assert found == cut_by_us(data), data.hex()
