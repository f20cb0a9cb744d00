"""The PDUs as a format description for Kaitai Struct, made from the schemas of `dulcimer.wire`.

A parser for a dozen languages can be compiled from it. It cuts valid PDUs into fields; it tests nothing.
"""

from __future__ import annotations

import re
from typing import Any

from dulcimer._generated.codes import CLAUSES, Code, ItemType, PduType
from dulcimer.learn.exports.yaml_text import yaml_text
from dulcimer.wire.fields import AeTitle, Coded, Leaf, Length, Reserved, Text, Uid
from dulcimer.wire.layout import Layout, LayoutList
from dulcimer.wire.lists import ItemsToEnd
from dulcimer.wire.pdus import PDU_SCHEMAS, UNRECOGNIZED_PDU

FORMAT = "dicom_upper_layer"
"""The id of the format, which names the class or module that is compiled from it."""
_NUMBERS = {1: "u1", 2: "u2", 4: "u4"}
_HEADER_SIZE = 3
_SPACE = 0x20
_DOC = (
    "PDUs of the DICOM upper layer, one after the other, as one end of an association sends them (PS3.8 9.3). "
    "Made by: dulcimer export ksy"
)

_Entry = dict[str, Any]


def kaitai() -> str:
    """The description (.ksy): its ids are the names of the fields in the standard, as everywhere in dulcimer."""
    return yaml_text(_Description().document())


class _Description:
    def __init__(self) -> None:
        self._types: dict[str, _Entry] = {}
        self._names: dict[int, str] = {}
        self._enums: dict[str, dict[int, _Entry]] = {}

    def document(self) -> _Entry:
        for layout in PDU_SCHEMAS.values():
            self._type_of(layout)
        cases = {f"{self._enum(PduType)}::{_slug(kind.label)}": self._type_of(PDU_SCHEMAS[kind]) for kind in PduType}
        header = list(UNRECOGNIZED_PDU.parts.values())[:_HEADER_SIZE]
        pdu = self._framed(header, cases, PduType)
        meta = {
            "id": FORMAT,
            "title": "DICOM upper layer PDUs",
            "license": "MIT",
            "encoding": "ISO-8859-1",
            "endian": "be",
        }
        seq = [{"id": "pdus", "type": "pdu", "repeat": "eos"}]
        return {"meta": meta, "doc": _DOC, "seq": seq, "types": {"pdu": pdu, **self._types}, "enums": self._enums}

    def _type_of(self, layout: Layout) -> str:
        """The name of the type of what follows the header of a layout, or of all of one without a header."""
        if id(layout) not in self._names:
            name = _slug(re.sub(r" (PDU|item|sub-item)$", "", layout.title))
            if name in self._names.values():
                name += "_ac"
            self._names[id(layout)] = name
            self._types[name] = {}  # keeps its place before those that it needs
            self._types[name] = self._described(layout, self._fields(layout))
        return self._names[id(layout)]

    def _described(self, layout: Layout, seq: list[_Entry]) -> _Entry:
        return {"doc": layout.title, "doc-ref": layout.clause, "seq": seq}

    def _fields(self, layout: Layout) -> list[_Entry]:
        after = list(layout.parts)
        if layout.framing is not None:
            after = after[after.index(layout.framing.name) + 1 :]
        governed = {one.governs: one.name for one in layout.parts.values() if isinstance(one, Length) and one.governs}
        return [self._field(name, layout.parts[name], governed.get(name)) for name in after]

    def _field(self, name: str, part: Leaf | LayoutList, length: str | None) -> _Entry:
        if isinstance(part, Leaf):
            return self._leaf(name, part, length)
        element = self._element(part, name)
        if length is None:
            return {"id": name, "type": element, "repeat": "eos"}
        wrapper = f"{name}_list"
        self._types[wrapper] = {"seq": [{"id": "elements", "type": element, "repeat": "eos"}]}
        return {"id": name, "size": length, "type": wrapper}

    def _element(self, part: LayoutList, name: str) -> str:
        """The type of an element of a list."""
        layouts = list(part.elements())
        if isinstance(part, ItemsToEnd):
            cases = {
                f"{self._enum(ItemType)}::{_slug(ItemType(int(key[:-1], 16)).label)}": self._type_of(layout)
                for key, layout in layouts
            }
            header = list(part.unknown.parts.values())[:_HEADER_SIZE]
            item = f"item_of_{self._names_of_cases(cases)}"
            self._types.setdefault(item, self._framed(header, cases, ItemType))
            return item
        ((_, layout),) = layouts
        if layout.framing is None:
            return self._type_of(layout)
        body = self._type_of(layout)
        element = f"{name}_element"
        header = [one for one in layout.parts.values() if isinstance(one, Leaf)][:1]
        self._types[element] = {
            "seq": [
                *(self._leaf(one.name, one, None) for one in header),
                {"id": "body", "size": header[-1].name, "type": body},
            ]
        }
        return element

    def _names_of_cases(self, cases: _Entry) -> str:
        return "_".join(list(cases.values())[-2:])

    def _framed(self, header: list[Any], cases: _Entry, kind: type[Code]) -> _Entry:
        """A header with a type and a length, and what follows it by its type; of unknown types, bytes."""
        first, *others = (self._leaf(one.name, one, None) for one in header)
        first |= {"enum": self._enum(kind), "doc": kind.__doc__}
        body = {"id": "body", "size": others[-1]["id"], "type": {"switch-on": first["id"], "cases": cases}}
        return {"seq": [first, *others, body]}

    def _leaf(self, name: str, leaf: Leaf, length: str | None) -> _Entry:
        entry: _Entry = {"id": name, **self._form(leaf, length)}
        if leaf.doc:
            entry["doc"] = leaf.doc
        entry["doc-ref"] = leaf.clause
        return entry

    def _form(self, leaf: Leaf, length: str | None) -> _Entry:
        match leaf:
            case AeTitle():
                return {"size": leaf.width, "type": "str", "pad-right": _SPACE}
            case Reserved() if leaf.width not in (1, 2):
                return {"size": leaf.width} if leaf.width else {"size-eos": True}
            case Coded() if not leaf.by and isinstance(leaf.codes, type):
                return {"type": _NUMBERS[leaf.width], "enum": self._enum(leaf.codes)}
            case Leaf(width=int(width)):
                return {"type": _NUMBERS[width]}
            case _:
                size: _Entry = {"size": length} if length else {"size-eos": True}
                return {**size, "type": "str"} if isinstance(leaf, Uid | Text) else size

    def _enum(self, kind: type[Code]) -> str:
        name = _snake(kind.__name__)
        self._enums.setdefault(
            name,
            {
                int(member): {"id": _slug(member.label), "doc": member.description, "doc-ref": CLAUSES[kind]}
                for member in kind
            },
        )
        return name


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
