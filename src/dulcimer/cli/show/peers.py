"""What a peer says about itself, in words and for programs."""

from __future__ import annotations

from dulcimer.acse.negotiation import PeerInformation
from dulcimer.cli.show.dump import printable
from dulcimer.counting import counted


def peer_text(peer: PeerInformation) -> str:
    """What the peer says about itself, in one line."""
    limit = counted(peer.maximum_length, "byte") if peer.maximum_length else "no limit"
    name = printable(peer.implementation_version_name) or "no version name"
    uid = printable(peer.implementation_class_uid) or "no implementation class UID"
    return f"{printable(peer.ae_title)}: {name}, {uid}, maximum length {limit}"


def peer_json(peer: PeerInformation) -> dict[str, object]:
    """What the peer says about itself, for programs."""
    return {
        "ae_title": peer.ae_title,
        "implementation_class_uid": peer.implementation_class_uid,
        "implementation_version_name": peer.implementation_version_name,
        "maximum_length": peer.maximum_length,
    }
