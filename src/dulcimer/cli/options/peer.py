"""The peer of a command, with all options for the association."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.cli.options.association import AssociationOptions
from dulcimer.cli.options.identity import IdentityOptions
from dulcimer.cli.options.tls import ClientTlsOptions


@dataclass(frozen=True, slots=True)
class PeerOptions:
    """Whom a command asks, and how."""

    host: str
    port: int
    association: AssociationOptions
    tls: ClientTlsOptions
    identity: IdentityOptions
