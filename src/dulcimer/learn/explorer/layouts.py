"""The schemas of the PDUs as JSON, from which the page decodes the bytes of a file that is dropped into it.

Names, clauses, widths, codes, rules and texts are those of `dulcimer.wire`: the script has none of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from pydicom._uid_dict import UID_dictionary

from dulcimer._generated.codes import Code
from dulcimer._generated.services import LATER_NAMES
from dulcimer.escaping import escaped
from dulcimer.wire import problems
from dulcimer.wire.fields import (
    G0_TEXT,
    LONGEST_UID,
    UID_CHARACTERS,
    UID_FORM,
    Coded,
    Const,
    Leaf,
    Length,
    Text,
    Unparsed,
    unparsed_leaf,
)
from dulcimer.wire.layout import RAW, Layout, LayoutList
from dulcimer.wire.lists import ItemsToEnd, RunOf
from dulcimer.wire.pdus import BYTES_AFTER, HEADER_CLAUSE, PDU_SCHEMAS, UNRECOGNIZED_PDU

_CHARACTERS: Final = [chr(code) for code in range(256)]
"""All that a byte can be."""
_ROOT: Final = "1.2.840.10008."
"""Of the UIDs of DICOM: programs add others to the dictionary."""


def layouts_json() -> dict[str, Any]:
    """All layouts that a PDU can have, each once; a layout is named by its number."""
    tables = _LayoutTables()
    return {
        "pdus": {int(kind): tables.number(layout) for kind, layout in PDU_SCHEMAS.items()},
        "unknown": tables.number(UNRECOGNIZED_PDU),
        "layouts": tables.layouts,
        "unparsed": {"name": BYTES_AFTER.name, "kind": BYTES_AFTER.kind, "doc": unparsed_leaf("").doc},
        "after": {"clause": HEADER_CLAUSE, "doc": BYTES_AFTER.doc},
        "raw": RAW,
        "texts": {name: text for name, text in vars(problems).items() if name.isupper()},
        "forms": {"g0": G0_TEXT.pattern, "uid": UID_FORM.pattern, "digits": UID_CHARACTERS.pattern},
        "longest": LONGEST_UID,
        "spaces": "".join(one for one in _CHARACTERS if one.isspace()),
        "escapes": {one: escaped(one) for one in _CHARACTERS if escaped(one) != one},
        "uids": _names_of_uids(),
    }


def _names_of_uids() -> dict[str, str]:
    """In the order of the UIDs, and with those that another package may have added: the same in every process."""
    known = {uid: entry[0] for uid, entry in UID_dictionary.items() if uid.startswith(_ROOT)}
    return dict(sorted((known | LATER_NAMES).items()))


class _LayoutTables:
    def __init__(self) -> None:
        self.layouts: list[dict[str, Any]] = []
        self._numbers: dict[int, int] = {}

    def number(self, layout: Layout) -> int:
        """The number of a layout, which is in the tables then."""
        if id(layout) not in self._numbers:
            self._numbers[id(layout)] = len(self.layouts)
            found: dict[str, Any] = {"title": layout.title, "clause": layout.clause, "minimum": layout.minimum}
            self.layouts.append(found)
            if layout.fixed is not None:
                found["fixed"] = layout.fixed
            if layout.framing is not None:
                found |= {"framing": layout.framing.name, "header": layout.header_size}
            found["parts"] = [self._part(name, part) for name, part in layout.parts.items()]
        return self._numbers[id(layout)]

    def _part(self, name: str, part: Leaf | LayoutList) -> dict[str, Any]:
        if isinstance(part, Leaf):
            return _leaf(part)
        if isinstance(part, ItemsToEnd):
            found: dict[str, Any] = {
                "name": name,
                "clause": part.clause,
                "header": part.header_size,
                "unknown": self.number(part.unknown),
                "ordered": part.ordered,
                "items": [
                    {
                        "type": number,
                        "layout": self.number(entry.layout),
                        "minimum": entry.minimum,
                        "maximum": entry.maximum,
                        "unique": entry.unique,
                    }
                    for number, entry in part.occurrences.items()
                ],
            }
            return found | ({"when": list(part.significant_when)} if part.significant_when else {})
        assert isinstance(part, RunOf)
        return {
            "name": name,
            "clause": part.clause,
            "header": part.header_size,
            "layout": self.number(part.layout),
            "minimum": part.minimum,
            "message": part.check is not None,
        }


def _leaf(leaf: Leaf) -> dict[str, Any]:
    found: dict[str, Any] = {"name": leaf.name, "kind": leaf.kind, "clause": leaf.clause, "doc": leaf.doc}
    found |= {"width": leaf.width} if leaf.width else {}
    found |= {"checked": True} if leaf.checked else {}
    found |= {"structural": True} if leaf.structural else {}
    found |= {"unparsed": True} if isinstance(leaf, Unparsed) else {}
    if leaf.rule is not None:
        found["rule"] = {"kind": type(leaf.rule).__name__, **asdict(leaf.rule)}
    if leaf.words is not None:
        found["words"] = asdict(leaf.words)
    match leaf:
        case Length():
            found["governs"] = leaf.governs
        case Const():
            found |= {"code": int(leaf.code), "label": leaf.code.label}
        case Coded(codes=Mapping() as codes):
            found |= {"by": leaf.by, "codes": {value: _described(kind) for value, kind in codes.items()}}
        case Coded(codes=type() as kind):
            found["codes"] = _described(kind)
        case Text():
            found |= {"minimum": leaf.minimum, "maximum": leaf.maximum}
    return found


def _described(kind: type[Code]) -> dict[int, str]:
    return {int(member): member.description for member in kind}
