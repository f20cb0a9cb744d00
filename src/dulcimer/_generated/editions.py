"""Editions of the standard that links lead to.

Generated from spec/editions.toml by `python -m codegen`: do not edit.
"""

from __future__ import annotations

EDITION = "2020c"
"""That of the facts in `spec/`."""

LATER_EDITIONS: dict[str, str] = {
    "PS3.4 Annex JJ": "2024c",
    "PS3.4 Annex KK": "2024c",
}
"""Those of annexes that came afterwards."""
