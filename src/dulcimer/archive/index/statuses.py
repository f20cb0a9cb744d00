"""Statuses with an explanation, as handlers return them."""

from __future__ import annotations

import logging

from pydicom.dataset import Dataset
from sqlalchemy.exc import SQLAlchemyError

from dulcimer._generated.statuses import (
    OUT_OF_RESOURCES,
    UNABLE_TO_COUNT_MATCHES,
    UNABLE_TO_PROCESS,
)
from dulcimer.archive.index.pending import IndexIncomplete
from dulcimer.archive.values.datasets import IdentifierError
from dulcimer.dimse.bounds import BrokenDataSet
from dulcimer.dimse.command_values import comment as as_comment
from dulcimer.errors import DulcimerError

logger = logging.getLogger("dulcimer.archive")


def explained(status: int, comment: str = "", offending_element: int | None = None) -> Dataset:
    """A status with Error Comment (0000,0902) and Offending Element (0000,0901) if given."""
    found = Dataset()
    found.Status = status
    if comment:
        found.ErrorComment = as_comment(comment)
    if offending_element is not None:
        found.OffendingElement = [offending_element]
    return found


def status_of(error: Exception, what: str) -> Dataset:
    """The status for a request that could not be performed; a warning is logged unless the peer can correct it."""
    if isinstance(error, IdentifierError):
        logger.info("%s refused: %s", what, error)
        return explained(error.status, error.comment, error.offending_element)
    if isinstance(error, BrokenDataSet):
        logger.warning("%s refused: %s", what, error)
        return explained(UNABLE_TO_PROCESS, str(error))
    note(error, what)
    if isinstance(error, IndexIncomplete):
        status = OUT_OF_RESOURCES if what == "C-FIND" else UNABLE_TO_COUNT_MATCHES
        return explained(status, "stored instances are not indexed yet; try again later")
    return explained(UNABLE_TO_PROCESS, "the archive could not process it; its log says why")


def note(error: Exception, what: str) -> None:
    """Log a failure, without patient data that the exception may contain."""
    trace = error if logger.isEnabledFor(logging.DEBUG) else None
    logger.error("%s failed: %s", what, message_of(error), exc_info=trace)


def message_of(error: Exception) -> str:
    """The message of an exception in one line, without patient data that it may contain."""
    if isinstance(error, SQLAlchemyError):
        # Its own text also has the statement and its values.
        error = getattr(error, "orig", None) or error
    elif not isinstance(error, OSError | DulcimerError):
        return type(error).__name__
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
