"""The walk over a schema finds every leaf that a field map can show, with all that is known about it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from dulcimer.wire import model
from dulcimer.wire.codec import encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.fields import Leaf, Length, Uid
from dulcimer.wire.items import ITEM_SCHEMAS
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import PDU_SCHEMAS
from dulcimer.wire.schema_walk import walk
from support.wire_strategies import legal_pdus

KINDS = {"const", "enum", "integer", "length", "uid", "ae_title", "text", "bytes", "reserved"}
LEAVES = [
    pytest.param(leaf, id=f"{schema.title} {path}") for schema in PDU_SCHEMAS.values() for path, leaf in walk(schema)
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_leaf_tells_kind_doc_and_clause(leaf: Leaf) -> None:
    assert leaf.kind in KINDS
    assert leaf.doc
    assert re.fullmatch(r"PS3\.[78] (\d+\.[\d.]*\d|D\.[\d.]*\d|E\.2|Table 9-\d\d)", leaf.clause)
    assert leaf.name
    assert leaf.width is None or leaf.width in (1, 2, 4, 16, 32)


@given(legal_pdus())
def test_fields_of_a_pdu_are_leaves_of_its_schema(pdu: model.Pdu) -> None:
    known = {re.sub(r"\[\w*\]", "[]", path): leaf for path, leaf in walk(PDU_SCHEMAS[pdu.pdu_type])}
    for field in field_map(encode(pdu)):
        leaf = known.get(re.sub(r"\[\d+\]", "[]", field.path))
        if leaf is not None and field.name not in ("reserved_2", "item_type"):
            assert leaf.name == field.name
        assert leaf is not None or field.name == "value"


def test_there_is_a_schema_for_each_pdu_and_item_of_the_standard() -> None:
    assert sorted(PDU_SCHEMAS) == [1, 2, 3, 4, 5, 6, 7]
    assert sorted(ITEM_SCHEMAS) == [0x10, 0x20, 0x21, 0x30, 0x40, 0x50, *range(0x51, 0x5A)]
    assert all(schema.type_code == code for schemas in (PDU_SCHEMAS, ITEM_SCHEMAS) for code, schema in schemas.items())


def test_length_that_is_not_next_to_its_field_is_refused() -> None:
    with pytest.raises(ValueError, match="does not follow its length"):
        Layout("x", "y", "length" / Length(2, "uid"), "other" / Length(2), "uid" / Uid())


def test_leaf_belongs_to_one_layout_only() -> None:
    leaf = Uid()
    Layout("x", "y", "uid" / leaf)
    with pytest.raises(ValueError, match="part of another layout"):
        Layout("z", "y", "uid" / leaf)
