"""The decision of Storage Commitment (PS3.4 J): which of the referenced instances are safe on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Container
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from dulcimer._generated.statuses import INVALID_ARGUMENT_VALUE
from dulcimer.archive.values.datasets import items, texts
from dulcimer.errors import DulcimerError
from dulcimer.services.instance_file import InstanceFile, NotADicomFile
from dulcimer.services.syncing import sync_directory

_TRANSACTION_UID = Tag(0x0008, 0x1195)
_REFERENCED_SOP_SEQUENCE = Tag(0x0008, 0x1199)
_REFERENCED_SOP_CLASS_UID = Tag(0x0008, 0x1150)
_REFERENCED_SOP_INSTANCE_UID = Tag(0x0008, 0x1155)


class EventType(IntEnum):
    """Event Type ID of the N-EVENT-REPORT (PS3.4 Table J.3-2)."""

    SUCCESSFUL = 1
    FAILURES_EXIST = 2


class FailureReason(IntEnum):
    """Failure Reason (0008,1197) (PS3.3 C.14.1.1)."""

    PROCESSING_FAILURE = 0x0110
    NO_SUCH_OBJECT_INSTANCE = 0x0112
    CLASS_INSTANCE_CONFLICT = 0x0119
    REFERENCED_SOP_CLASS_NOT_SUPPORTED = 0x0122
    DUPLICATE_TRANSACTION_UID = 0x0131


class CommitmentRequestError(DulcimerError):
    """An N-ACTION request that does not name what to commit.

    Attributes: ``status`` for the N-ACTION response, ``offending_element``, the tag at fault.
    """

    def __init__(self, message: str, offending_element: int) -> None:
        self.status = INVALID_ARGUMENT_VALUE
        self.offending_element = offending_element
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Commitment:
    """The contents of the N-EVENT-REPORT: its Event Type ID and its Event Information."""

    event_type: EventType
    information: Dataset


def parse_request(information: Dataset) -> tuple[str, list[tuple[str, str]]]:
    """Transaction UID and references (SOP class, SOP instance), each once, of the Action Information of an N-ACTION.

    Raises CommitmentRequestError. The N-ACTION can be answered before the files are checked.
    """
    transaction = texts(information, _TRANSACTION_UID)
    if len(transaction) != 1:
        raise CommitmentRequestError("no Transaction UID", _TRANSACTION_UID)
    references: dict[tuple[str, str], None] = {}
    for item in items(information, _REFERENCED_SOP_SEQUENCE):
        sop_class, instance = texts(item, _REFERENCED_SOP_CLASS_UID), texts(item, _REFERENCED_SOP_INSTANCE_UID)
        for values, tag in ((sop_class, _REFERENCED_SOP_CLASS_UID), (instance, _REFERENCED_SOP_INSTANCE_UID)):
            if len(values) != 1:
                raise CommitmentRequestError("a reference without its UIDs", tag)
        references[sop_class[0], instance[0]] = None
    if not references:
        raise CommitmentRequestError("no Referenced SOP Sequence, or an empty one", _REFERENCED_SOP_SEQUENCE)
    return transaction[0], list(references)


def decide(
    information: Dataset,
    file_of: Callable[[str], Path | None],
    *,
    retrieve_ae_title: str = "",
    open_transactions: Container[str] = (),
    supported: Container[str] | None = None,
) -> Commitment:
    """Decide on the Action Information of an N-ACTION request.

    `file_of` gives the file of a SOP instance, None if there is none. An instance is committed if its file
    exists, has the referenced class, and has been synced. A missing instance whose class is not in `supported`
    (if given) is reported as: class not supported. If the Transaction UID is among
    `open_transactions`, nothing is committed. Raises CommitmentRequestError.
    """
    transaction, references = parse_request(information)
    committed: list[Dataset] = []
    failed: list[Dataset] = []
    for sop_class, uid in references:
        if transaction in open_transactions:
            reason: FailureReason | None = FailureReason.DUPLICATE_TRANSACTION_UID
        else:
            reason = _failure(sop_class, uid, file_of, supported)
        item = Dataset()
        item.ReferencedSOPClassUID = sop_class
        item.ReferencedSOPInstanceUID = uid
        if reason is None:
            committed.append(item)
        else:
            item.FailureReason = int(reason)
            failed.append(item)
    report = Dataset()
    report.TransactionUID = transaction
    if retrieve_ae_title:
        report.RetrieveAETitle = retrieve_ae_title
    if committed:
        report.ReferencedSOPSequence = committed
    if failed:
        report.FailedSOPSequence = failed
    return Commitment(EventType.FAILURES_EXIST if failed else EventType.SUCCESSFUL, report)


def _failure(
    sop_class: str, uid: str, file_of: Callable[[str], Path | None], supported: Container[str] | None
) -> FailureReason | None:
    path = file_of(uid)
    if path is None:
        if supported is not None and sop_class not in supported:
            return FailureReason.REFERENCED_SOP_CLASS_NOT_SUPPORTED
        return FailureReason.NO_SUCH_OBJECT_INSTANCE
    try:
        instance = InstanceFile.inspect(path)
        if instance.sop_instance_uid != uid:
            return FailureReason.NO_SUCH_OBJECT_INSTANCE
        if instance.sop_class_uid != sop_class:
            return FailureReason.CLASS_INSTANCE_CONFLICT
        # Files copied into the directory by others may never have been synced.
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except (OSError, NotADicomFile):
        return FailureReason.PROCESSING_FAILURE
    return None
