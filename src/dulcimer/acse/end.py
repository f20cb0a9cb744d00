"""How an association ended: one value, made once, which all layers read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dulcimer.errors import AssociationAborted, AssociationError


class Over(Enum):
    """How an association can end, or come to nothing."""

    RELEASED = "released"
    REJECTED = "rejected"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class End:
    """How an association ended, as the local user sees it; `error` says why, None after a release or our rejection."""

    how: Over
    error: AssociationError | None = None


def no_response(end: End | None) -> AssociationError:
    """What those are told who wait for a response when the association ends."""
    return (end and end.error) or AssociationAborted("the association ended before the response came")


def too_late(end: End | None) -> AssociationError:
    """What those are told who want to send when no data may leave any more."""
    return (end and end.error) or AssociationAborted("the association is over")
