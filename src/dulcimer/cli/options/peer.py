"""Whom a command asks, and how: all of its options for the association together."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.cli.options.common import AssociationOptions, ClientTlsOptions
from dulcimer.cli.options.identity import IdentityOptions


@dataclass(frozen=True, slots=True)
class PeerOptions:
    """Whom a command asks, and how."""

    host: str
    port: int
    association: AssociationOptions
    tls: ClientTlsOptions
    identity: IdentityOptions
