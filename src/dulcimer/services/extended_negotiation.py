"""What the bytes of a SOP Class Extended Negotiation sub-item are about, by service (PS3.7 D.3.3.5, PS3.4)."""

from __future__ import annotations

from dataclasses import dataclass

RELATIONAL_QUERIES = "relational queries"
RELATIONAL_RETRIEVAL = "relational retrieval"
DATE_TIME_MATCHING = "date-time matching"
FUZZY_MATCHING = "fuzzy semantic matching"
TIMEZONE_ADJUSTMENT = "timezone query adjustment"
ENHANCED_CONVERSION = "enhanced multi-frame conversion"
RESERVED = ""

FIND_BYTES = (RELATIONAL_QUERIES, DATE_TIME_MATCHING, FUZZY_MATCHING, TIMEZONE_ADJUSTMENT, ENHANCED_CONVERSION)
"""C-FIND of Query/Retrieve (PS3.4 C.5.1.1): 1 if it is supported. "" is a reserved byte, which is 1."""
WORKLIST_BYTES = (RESERVED, RESERVED, FUZZY_MATCHING, TIMEZONE_ADJUSTMENT)
"""C-FIND for worklists (PS3.4 K.5.1.1)."""
RETRIEVE_BYTES = (RELATIONAL_RETRIEVAL, ENHANCED_CONVERSION)
"""C-MOVE and C-GET (PS3.4 C.5.2.1, C.5.3.1)."""


@dataclass(frozen=True, slots=True)
class StorageByte:
    """A byte of the field of a storage SOP class: its place, what an SCU sends, and what the values of an SCP mean."""

    name: str
    of_scu: int
    meanings: tuple[str, ...]


STORAGE_BYTES: tuple[StorageByte | None, ...] = (
    StorageByte("level of support", 3, ("level 0 (local)", "level 1 (base)", "level 2 (full)")),
    None,
    StorageByte("digital signatures", 0, ("signature level unspecified", "level 1", "level 2", "level 3")),
    None,
    StorageByte("element coercion", 2, ("no coercion", "may coerce elements")),
    None,
)
"""The field of storage SOP classes (PS3.4 B.3.1); None is a reserved byte, which is 0."""
