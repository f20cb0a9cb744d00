"""What a dialogue needs to know about the negotiation."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol


class Negotiated(Protocol):
    """What was negotiated for the association."""

    @property
    def accepted_contexts(self) -> Container[int]:
        """The IDs of the presentation contexts in use."""

    @property
    def invoke_window(self) -> int:
        """Operations that this end may have outstanding, 0 for any number."""

    @property
    def perform_window(self) -> int:
        """Operations of the peer that this end performs side by side, 0 for any number."""
