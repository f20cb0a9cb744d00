"""The presentation contexts in which instances come back with C-GET: as many as an association holds."""

from __future__ import annotations

from collections.abc import Sequence

import typer
from pydicom.uid import UID, AllTransferSyntaxes

from dulcimer._generated.services import SELECTED_STORAGE, STORAGE_SOP_CLASSES
from dulcimer.acse.negotiation import MOST_CONTEXTS, Context
from dulcimer.services.storage import is_uid
from dulcimer.wire.model import ScpScuRoleSelection

_KEYWORDS = {row.keyword: row.uid for row in STORAGE_SOP_CLASSES}


def sop_classes(names: Sequence[str]) -> tuple[str, ...]:
    """The SOP classes with these keywords or UIDs, by default the usual ones; `typer.BadParameter` for others."""
    if not names:
        return SELECTED_STORAGE
    found: dict[str, None] = {}
    for name in names:
        uid = _KEYWORDS.get(name, name)
        if not is_uid(uid) or "." not in uid:
            raise typer.BadParameter(
                f"{name!r} is neither a UID nor the keyword of a SOP class such as CTImageStorage",
                param_hint="'--sop-class'",
            )
        found[uid] = None
    if len(found) >= MOST_CONTEXTS:
        raise typer.BadParameter(
            f"at most {MOST_CONTEXTS - 1} SOP classes fit into one association with the query (PS3.8 9.3.2.2), "
            f"not {len(found)}",
            param_hint="'--sop-class'",
        )
    return tuple(found)


def storage_contexts(
    classes: Sequence[str], uncompressed: Sequence[str], *, compressed: bool, room: int
) -> list[Context]:
    """A context for each class with the uncompressed transfer syntaxes, and more with the compressed ones.

    With one context for each compressed transfer syntax the peer can send each instance unchanged. If `room` is too
    little for that, the compressed ones share a context; if it is still too little, they are added to the first one.
    """
    plain = tuple(uncompressed)
    if not compressed:
        return [Context(uid, plain) for uid in classes]
    packed = tuple(str(uid) for uid in AllTransferSyntaxes if UID(uid).is_compressed)
    if len(classes) * (1 + len(packed)) <= room:
        return [Context(uid, syntaxes) for uid in classes for syntaxes in (plain, *((one,) for one in packed))]
    if len(classes) * 2 <= room:
        return [Context(uid, syntaxes) for uid in classes for syntaxes in (plain, packed)]
    return [Context(uid, (*plain, *packed)) for uid in classes]


def roles(classes: Sequence[str]) -> list[ScpScuRoleSelection]:
    """The sub-items that make us SCP of the classes (PS3.7 D.3.3.4)."""
    return [ScpScuRoleSelection(uid, 0, 1) for uid in classes]
