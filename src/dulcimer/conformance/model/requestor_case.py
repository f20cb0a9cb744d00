"""A case of a requestor: what a case of an acceptor has, and what the answers of the tester are made from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from dulcimer._generated.conformance import Alternative
from dulcimer._generated.requestor import ENDINGS, Acceptance, Response
from dulcimer.conformance.model.case import Case, Step

_ALIAS_DIGITS = 8


@dataclass(frozen=True, slots=True)
class RequestorStep(Step):
    """One thing the tester does: accept, expect, request (await a whole one), serve, send, fin, rst, half-close.

    What is sent is `data` and behind it what `make` says: "acceptance" and "response" depend on what the peer has
    sent. `pattern` is what `expect` and `serve` wait for.
    """

    make: str = ""
    acceptance: Acceptance = field(default_factory=Acceptance)
    response: Response = field(default_factory=Response)


@dataclass(frozen=True, slots=True)
class RequestorCase(Case):
    """One case of a requestor.

    - `port`: "open", or how the connection is kept from the peer: "closed", "full" or "deaf".
    - `serves`: the tester answers requests after the reaction, and what follows must be in order.
    - `endings`: the verdicts on what the command does after the end of the association.
    """

    port: str = "open"
    serves: bool = False
    endings: tuple[Alternative, ...] = ENDINGS["any"]

    @property
    def alias(self) -> str:
        """A called AE title, 10 characters, that asks for this case."""
        return "DT" + hashlib.sha256(self.id.encode()).hexdigest()[:_ALIAS_DIGITS].upper()
