"""How an association ended: one value, made once, which all layers read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dulcimer.errors import AssociationAborted, AssociationError


class Over(Enum):
    """The ways in which an association can end."""

    RELEASED = "released"
    REJECTED = "rejected"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True)
class AssociationEnd:
    """How an association ended, as the local user sees it; `error` says why, None after a release or our rejection."""

    how: Over
    error: AssociationError | None = None


def no_response_error(end: AssociationEnd | None) -> AssociationError:
    """The error for callers that wait for a response when the association ends."""
    return (end and end.error) or AssociationAborted("the association ended before the response came")


def association_over_error(end: AssociationEnd | None) -> AssociationError:
    """The error for callers that want to send when the association is over."""
    return (end and end.error) or AssociationAborted("the association is over")
