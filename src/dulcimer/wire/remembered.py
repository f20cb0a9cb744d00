"""PDUs that come again and again are decoded once: those of association control, which have no data.

A peer requests each association with the same bytes, and is answered with the same. What is remembered is bounded, and
does not contain identities of users.
"""

from __future__ import annotations

from dulcimer.wire.codec import Decoded, decode_lenient
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRq,
    Buffer,
    PDataTf,
    UnknownItem,
    UserIdentity,
    UserIdentityResponse,
    UserInformation,
)

LONGEST = 4096
"""Longest PDU that is remembered, in bytes."""
MOST = 64
"""Number of PDUs that are remembered."""

_known: dict[tuple[bytes, int, int], Decoded] = {}


def decode_again(data: Buffer, *, most_items: int, most_deviations: int) -> Decoded:
    """As `codec.decode_lenient`; nobody can change the result, so that others may get it, too."""
    key = bytes(data), most_items, most_deviations
    found = _known.get(key)
    if found is None:
        found = decode_lenient(key[0], most_items=most_items, most_deviations=most_deviations)
        if len(key[0]) <= LONGEST and _may_be_kept(found):
            if len(_known) >= MOST:
                _known.clear()
            _known[key] = found
    return found


def _may_be_kept(found: Decoded) -> bool:
    """Whether every byte is understood, and none is of a passcode or a ticket."""
    if found.pdu is None or found.deviations or isinstance(found.pdu, PDataTf):
        return False
    items = found.pdu.variable_items if isinstance(found.pdu, AssociateRq | AssociateAc) else ()
    nested = [one for item in items if isinstance(item, UserInformation) for one in item.user_data]
    return not any(isinstance(one, UnknownItem | UserIdentity | UserIdentityResponse) for one in (*items, *nested))
