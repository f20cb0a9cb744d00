"""The headers of PDUs, items and presentation data values, as plain `struct` formats.

Generated from src/dulcimer/wire by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from struct import Struct

PDU_HEADER = Struct(">BxI")
"""Type of a PDU, and the number of bytes that follow (PS3.8 9.3.1)."""

ITEM_HEADER = Struct(">BxH")
"""Type of an item or sub-item, and the number of bytes that follow (PS3.8 9.3.1)."""

PDV_HEADER = Struct(">IBB")
"""Number of bytes that follow the first 4, presentation context id, message control header (PS3.8 9.3.5.1)."""
