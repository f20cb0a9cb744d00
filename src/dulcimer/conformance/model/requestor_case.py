"""A case for requestors: also the port of the tester, and the verdicts on how the command ends."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import ENDINGS
from dulcimer.conformance.model.case import Case

_ALIAS_DIGITS = 8


class Port(StrEnum):
    """Whether the port of the tester accepts connections, or how it refuses them."""

    OPEN = "open"
    CLOSED = "closed"
    """Bound, but not listening."""
    FULL = "full"
    """The queue of connections is full."""
    DEAF = "deaf"
    """Connections open, but are never accepted."""


@dataclass(frozen=True, slots=True)
class RequestorCase(Case):
    """One case of a requestor.

    - `serves`: the tester answers requests after the reaction, and the rest must conform, too.
    - `endings`: the verdicts on what the command does after the end of the association.
    """

    port: Port = Port.OPEN
    serves: bool = False
    endings: tuple[Alternative, ...] = ENDINGS["any"]

    @property
    def alias(self) -> str:
        """A called AE title, 10 characters, that selects this case."""
        return "DT" + hashlib.sha256(self.id.encode()).hexdigest()[:_ALIAS_DIGITS].upper()
