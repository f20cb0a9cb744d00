"""Every byte of a PDU as part of one named leaf field, whatever the bytes are."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from dulcimer.wire import problems
from dulcimer.wire.fields import Length, Unparsed, unparsed_leaf
from dulcimer.wire.model import Buffer
from dulcimer.wire.part import Part
from dulcimer.wire.pdus import PDU, read_one
from dulcimer.wire.stream import Deviation, Reader, Record, TooMuchError, Value


@dataclass(frozen=True, slots=True)
class Field:
    """One leaf field: `size` bytes at `offset`, counted from the start of the PDU or item.

    `value` is a number, text or bytes, `meaning` the same in words ("" if there is nothing to add), `doc`
    what the field is for, `problem` what deviates from the standard. `kind` is that of the leaf in the
    schema; a length `governs` the field of that name in its layout, "" for all that follows it there. A
    problem of a whole item, or of the choice of items in a list, is reported at the type of that item, or of
    the one around the list.
    """

    path: str
    name: str
    offset: int
    size: int
    raw: bytes
    value: Value
    meaning: str
    clause: str
    doc: str
    problem: str | None
    kind: str
    governs: str = ""


def field_map(data: Buffer, schema: Part = PDU, *, most_items: int = sys.maxsize) -> tuple[Field, ...]:
    """The fields of one PDU in the order of its bytes: each byte is in one field; never raises.

    The bytes are read as what `schema` describes, for example an item or a certain PDU. Of a PDU with more than
    `most_items` items, nested ones included, the first are cut into fields. Bytes that no field describes, and the
    rest, are leaves named ``unparsed_bytes``. Fields of zero bytes are listed, too.
    """
    reader = Reader(bytes(data), strict=False, recording=True, most_items=most_items)
    try:
        read_one(schema, reader)
    except TooMuchError:
        _rest(reader, most_items)
    records = reader.records or []
    found = _problems_by_path(records, reader.deviations)
    return tuple(_field(reader.data, record, found) for record in records)


def _rest(reader: Reader, most_items: int) -> None:
    """Add the rest of a PDU that has more items than are read, as one leaf."""
    assert reader.records
    clause, begin, end = reader.deviations[-1].clause, reader.records[-1][3], len(reader.data)
    leaf = unparsed_leaf(clause, f"what follows the first {most_items} items")
    reader.records.append((leaf, leaf.name, begin, end, reader.data[begin:end], {}))


def _field(data: bytes, record: Record, found: dict[str, list[str]]) -> Field:
    leaf, path, start, end, value, values = record
    problem = "; ".join(found.get(path, ()))
    if not problem and isinstance(leaf, Unparsed):
        problem = problems.NOT_CUT
    return Field(
        path=path,
        name=leaf.name,
        offset=start,
        size=end - start,
        raw=data[start:end],
        value=value,
        meaning=leaf.meaning(value, values),
        clause=leaf.clause,
        doc=leaf.doc,
        problem=problem or None,
        kind=leaf.kind,
        governs=leaf.governs if isinstance(leaf, Length) else "",
    )


def _problems_by_path(records: list[Record], deviations: list[Deviation]) -> dict[str, list[str]]:
    """The problems, each at a path that has a leaf."""
    leaves = {record[1] for record in records}
    unparsed = {record[2]: record[1] for record in records if isinstance(record[0], Unparsed)}
    found: dict[str, list[str]] = {}
    for deviation in deviations:
        path, problem = deviation.path, deviation.problem
        if path not in leaves:
            if cut_off := deviation.structural and path.rpartition(".")[2].replace("_", " "):
                problem = f"{cut_off}: {problem}"
            path = (cut_off and unparsed.get(deviation.offset)) or _type_leaf(path, leaves)
        found.setdefault(path, []).append(problem)
    return found


def _type_leaf(path: str, leaves: set[str]) -> str:
    """The path of the type in the item or PDU that contains this path; if there is none, of the first type."""
    around = path.rpartition(".")[0]
    candidates = ("item_type", "item_length", "pdu_type")
    found = next((leaf for name in candidates if (leaf := f"{around}.{name}".lstrip(".")) in leaves), "")
    return found or next((leaf for leaf in ("pdu_type", "item_type") if leaf in leaves), "")
