"""Failures of a peer that only the commands detect, not the layers below."""

from __future__ import annotations

from dulcimer.errors import DulcimerError


class IdentityNotConfirmed(DulcimerError):
    """The peer accepted the association but did not confirm the user identity."""


class FinalResponseFailed(DulcimerError):
    """The final response to an operation has a failure status.

    Attributes: `service` such as "C-FIND", `status`, `words` for it, `comment` of the peer ("" for none).
    """

    def __init__(self, service: str, status: int, words: str, comment: str = "") -> None:
        self.service = service
        self.status = status
        self.words = words
        self.comment = comment
        super().__init__(f"{service}: {words}" + (f" ({comment})" if comment else ""))
