"""Constants, under the module name of pynetdicom."""

from __future__ import annotations

from typing import TypeAlias

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
from dulcimer.presentation import ALL_TRANSFER_SYNTAXES, DEFAULT_TRANSFER_SYNTAXES
from dulcimer.status import (
    STATUS_CANCEL,
    STATUS_FAILURE,
    STATUS_PENDING,
    STATUS_SUCCESS,
    STATUS_UNKNOWN,
    STATUS_WARNING,
)
from dulcimer.values import UidLike

__all__ = [
    "ALL_TRANSFER_SYNTAXES",
    "APPLICATION_CONTEXT_NAME",
    "DEFAULT_MAX_LENGTH",
    "DEFAULT_TRANSFER_SYNTAXES",
    "MODE_ACCEPTOR",
    "MODE_REQUESTOR",
    "STATUS_CANCEL",
    "STATUS_FAILURE",
    "STATUS_PENDING",
    "STATUS_SUCCESS",
    "STATUS_UNKNOWN",
    "STATUS_WARNING",
    "OptionalUIDType",
]

DEFAULT_MAX_LENGTH = DEFAULT_MAXIMUM_LENGTH
"""The default of the longest P-DATA-TF that an entity receives, in bytes (PS3.8 D.1)."""
MODE_REQUESTOR = "requestor"
MODE_ACCEPTOR = "acceptor"
"""The role of an end of an association."""
OptionalUIDType: TypeAlias = UidLike
"""A value that is accepted as a UID, or None."""
