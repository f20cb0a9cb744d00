"""Extended negotiation of queries, when the association is requested (PS3.4 C.5.1.1, C.5.2.1, C.5.3.1, K.5.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import typer

from dulcimer.services import extended_negotiation as names
from dulcimer.wire.fields import unpadded
from dulcimer.wire.model import AssociateAc, SopClassExtendedNegotiation

Field: TypeAlias = tuple[str, ...]
"""The Service Class Application Information of some SOP classes: the option of each byte, "" for a reserved 1."""

_OPTIONS = {
    names.RELATIONAL_QUERIES: "--relational",
    names.RELATIONAL_RETRIEVAL: "--relational",
    names.DATE_TIME_MATCHING: "--dt-matching",
    names.FUZZY_MATCHING: "--fuzzy",
    names.TIMEZONE_ADJUSTMENT: "--timezone-adj",
    names.ENHANCED_CONVERSION: "--enhanced-conversion",
    names.RESERVED: "",
}

FIND: Field = tuple(_OPTIONS[name] for name in names.FIND_BYTES)
"""C-FIND (PS3.4 C.5.1.1)."""
WORKLIST: Field = tuple(_OPTIONS[name] for name in names.WORKLIST_BYTES)
"""C-FIND for worklists (PS3.4 K.5.1.1)."""
RETRIEVE: Field = tuple(_OPTIONS[name] for name in names.RETRIEVE_BYTES)
"""C-MOVE and C-GET (PS3.4 C.5.2.1, C.5.3.1)."""


def items(sop_class: str, field: Field, wishes: Mapping[str, bool]) -> list[SopClassExtendedNegotiation]:
    """The sub-item that proposes the wished options, empty without any; bytes after the last one are left out.

    `typer.BadParameter` for an option that does not exist for the SOP class.
    """
    for name, wanted in wishes.items():
        if wanted and name not in field:
            raise typer.BadParameter("there is no such negotiation for this information model", param_hint=name)
    if not any(wishes.values()):
        return []
    values = [int(not name or wishes.get(name, False)) for name in field]
    while not values[-1]:
        values.pop()
    return [SopClassExtendedNegotiation(sop_class, bytes(values))]


def refused(answer: AssociateAc, sop_class: str, field: Field, wishes: Mapping[str, bool]) -> list[str]:
    """The wished options that the peer did not accept; all of them if it did not answer."""
    found = [
        item.service_class_application_information
        for item in answer.user_information.all(SopClassExtendedNegotiation)
        if unpadded(item.sop_class_uid) == sop_class
    ]
    agreed = found[0] if found else b""
    return [name for number, name in enumerate(field) if wishes.get(name) and agreed[number : number + 1] != b"\x01"]
