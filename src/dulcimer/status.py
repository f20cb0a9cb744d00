"""Statuses of DIMSE responses: categories, and what they mean to each service class (PS3.7 Annex C, PS3.4).

The tables map a code to its category and its meaning; those of service classes have the statuses of any service too.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TypeAlias

from pydicom.dataset import Dataset

from dulcimer._generated import statuses
from dulcimer._generated.commands import SERVICE_STATUSES, STATUSES, StatusRange, status_category
from dulcimer._generated.services import SERVICE_CLASSES

STATUS_SUCCESS = "Success"
STATUS_FAILURE = "Failure"
STATUS_WARNING = "Warning"
STATUS_CANCEL = "Cancel"
STATUS_PENDING = "Pending"
STATUS_UNKNOWN = "Unknown"

StatusDictType: TypeAlias = dict[int, tuple[str, str]]


def _table(service: str, *messages: str) -> StatusDictType:
    """The statuses of a service class, in some of its DIMSE services or in all of them."""
    statuses = SERVICE_CLASSES[service].statuses
    return _expanded(*(row for message in messages or statuses for row in statuses[message]))


def _expanded(*rows: StatusRange) -> StatusDictType:
    table: StatusDictType = {}
    # Narrow rows first: they are more specific than a range with the same code.
    for row in sorted(rows, key=lambda row: row.last - row.first):
        for code in range(row.first, row.last + 1):
            table.setdefault(code, (row.category, row.meaning))
    for code, general in GENERAL_STATUS.items():
        table.setdefault(code, general)
    return table


GENERAL_STATUS: StatusDictType = {code: (row.category, row.meaning) for code, row in STATUSES.items()}
"""Statuses of any service (PS3.7 Annex C)."""
VERIFICATION_SERVICE_CLASS_STATUS = _expanded(*SERVICE_STATUSES["C-ECHO"])
STORAGE_SERVICE_CLASS_STATUS = _table("Storage")
QR_FIND_SERVICE_CLASS_STATUS = _table("Query/Retrieve", "C-FIND")
QR_MOVE_SERVICE_CLASS_STATUS = _table("Query/Retrieve", "C-MOVE")
QR_GET_SERVICE_CLASS_STATUS = _table("Query/Retrieve", "C-GET")
MODALITY_WORKLIST_SERVICE_CLASS_STATUS = _table("Basic Worklist Management")
RELEVANT_PATIENT_SERVICE_CLASS_STATUS = _table("Relevant Patient Information Query")
SUBSTANCE_ADMINISTRATION_SERVICE_CLASS_STATUS = _table("Substance Administration Query")
NON_PATIENT_SERVICE_CLASS_STATUS = _table("Non-Patient Object Storage")
PROCEDURE_STEP_STATUS = _table("Procedure Step")
PRINT_JOB_MANAGEMENT_SERVICE_CLASS_STATUS = _table("Print Management")
STORAGE_COMMITMENT_SERVICE_CLASS_STATUS = _table("Storage Commitment")
STORAGE_MANAGEMENT_SERVICE_CLASS_STATUS = _table("Storage Management")
APPLICATION_EVENT_LOGGING_SERVICE_CLASS_STATUS = _table("Application Event Logging")
MEDIA_CREATION_MANAGEMENT_SERVICE_CLASS_STATUS = _table("Media Creation Management")
UNIFIED_PROCEDURE_STEP_SERVICE_CLASS_STATUS = _table("Unified Procedure Step")
RT_MACHINE_VERIFICATION_SERVICE_CLASS_STATUS = _table("RT Machine Verification")


class Status(IntEnum):
    """Statuses that handlers return most often; `Status.add` names another one."""

    SUCCESS = statuses.SUCCESS
    CANCEL = statuses.CANCEL
    PENDING = statuses.PENDING
    MOVE_DESTINATION_UNKNOWN = statuses.MOVE_DESTINATION_UNKNOWN

    @classmethod
    def add(cls, name: str, code: int) -> None:
        """Make `Status.<name>` the int `code`, 0 to FFFFH; raises ValueError for a code out of range."""
        setattr(cls, name, _checked(code))


def code_to_status(code: int) -> Dataset:
    """A data set whose Status (0000,0900) is `code`; raises ValueError unless it is an int from 0 to FFFFH."""
    status = Dataset()
    status.Status = _checked(code)
    return status


def code_to_category(code: int) -> str:
    """One of the `STATUS_` constants, such as "Failure" (PS3.7 Annex C); ValueError unless 0 to FFFFH."""
    return status_category(_checked(code))


def _checked(code: int) -> int:
    if not isinstance(code, int) or not 0 <= code <= 0xFFFF:
        raise ValueError(f"a status is an int from 0 to FFFFH (PS3.7 Table E.1-1), not {code!r}")
    return code
