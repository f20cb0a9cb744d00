"""How sure a cause is: the one list for findings, live steps and failed commands, which load nothing else of them."""

from __future__ import annotations

from enum import StrEnum


class Sureness(StrEnum):
    """How sure a cause is, the surest first. `CERTAIN`: the evidence can have no other cause."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"
