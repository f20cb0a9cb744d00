"""Writes `_generated/headers.py`: the headers of PDUs, items and PDVs for code that only splits bytes."""

from __future__ import annotations

from dulcimer.wire.fields import Leaf, Reserved
from dulcimer.wire.items import UNKNOWN_ITEM
from dulcimer.wire.layout import Layout
from dulcimer.wire.pdus import PRESENTATION_DATA_VALUE, UNRECOGNIZED_PDU

SOURCE = "src/dulcimer/wire"

_TEMPLATE = '''"""The headers of PDUs, items and presentation data values, as plain `struct` formats.

Generated from {source} by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from struct import Struct

PDU_HEADER = Struct("{pdu}")
"""Type of a PDU, and the number of bytes that follow ({pdu_clause})."""

ITEM_HEADER = Struct("{item}")
"""Type of an item or sub-item, and the number of bytes that follow ({item_clause})."""

PDV_HEADER = Struct("{pdv}")
"""Number of bytes that follow the first 4, presentation context id, message control header ({pdv_clause})."""
'''


def generate() -> str:
    """The text of the module."""
    return _TEMPLATE.format(
        source=SOURCE,
        pdu=struct_format(UNRECOGNIZED_PDU),
        pdu_clause=UNRECOGNIZED_PDU.clause,
        item=struct_format(UNKNOWN_ITEM),
        item_clause=UNKNOWN_ITEM.clause,
        pdv=struct_format(PRESENTATION_DATA_VALUE),
        pdv_clause=PRESENTATION_DATA_VALUE.clause,
    )


def struct_format(layout: Layout) -> str:
    """The fields of fixed width that open a layout, in the language of `struct`; reserved ones give no value."""
    formats: list[str] = []
    for part in layout.parts.values():
        if not isinstance(part, Leaf) or part.width is None:
            break
        formats.append("x" * part.width if isinstance(part, Reserved) else part.format)
    return ">" + "".join(formats)
