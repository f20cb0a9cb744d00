"""Indications of the end of an association, kept until they are taken."""

from __future__ import annotations

from dulcimer.fsm.primitives import (
    AbortIndication,
    Indication,
    PAbortIndication,
    ReleaseConfirmation,
    ReleaseIndication,
)

_KEPT = (ReleaseIndication, ReleaseConfirmation, AbortIndication, PAbortIndication)
_ABORTS = (AbortIndication, PAbortIndication)
_MOST = 8


class Indications:
    """Release and abort indications and confirmations, in order; nothing follows an abort."""

    def __init__(self) -> None:
        self._kept: list[Indication] = []

    def put(self, primitive: Indication) -> None:
        """Keep an indication of release or abort; others are ignored."""
        if isinstance(primitive, _KEPT):
            if isinstance(primitive, _ABORTS):
                self._kept.clear()
            self._kept.append(primitive)
            del self._kept[:-_MOST]

    def peek(self) -> Indication | None:
        """The next one, without taking it; None if there is none."""
        return self._kept[0] if self._kept else None

    def take(self) -> Indication | None:
        """Take the next one; None if there is none."""
        return self._kept.pop(0) if self._kept else None
