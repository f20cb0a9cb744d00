"""A case of a requestor: what a case of an acceptor has, and what the answers of the tester are made from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import ENDINGS
from dulcimer.conformance.model.case import Case

_ALIAS_DIGITS = 8


class Port(StrEnum):
    """Whether the port of the tester takes connections, or how the connection is kept from the peer."""

    OPEN = "open"
    CLOSED = "closed"
    """Bound, and refuses."""
    FULL = "full"
    """Nobody more is let in."""
    DEAF = "deaf"
    """Let in, and never taken."""


@dataclass(frozen=True, slots=True)
class RequestorCase(Case):
    """One case of a requestor.

    - `serves`: the tester answers requests after the reaction, and what follows must be in order.
    - `endings`: the verdicts on what the command does after the end of the association.
    """

    port: Port = Port.OPEN
    serves: bool = False
    endings: tuple[Alternative, ...] = ENDINGS["any"]

    @property
    def alias(self) -> str:
        """A called AE title, 10 characters, that asks for this case."""
        return "DT" + hashlib.sha256(self.id.encode()).hexdigest()[:_ALIAS_DIGITS].upper()
