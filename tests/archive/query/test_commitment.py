"""Storage commitment: what is reported as safe is on disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from dulcimer.archive import Archive, CommitmentRequestError, EventType, FailureReason
from support.instances import CT, MR, write


def request(*references: tuple[str, str], transaction: str = "2.25.1") -> Dataset:
    information = Dataset()
    information.TransactionUID = transaction
    information.ReferencedSOPSequence = []
    for sop_class, instance in references:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, instance
        information.ReferencedSOPSequence.append(item)
    return information


def failures(information: Dataset) -> dict[str, int]:
    return {str(item.ReferencedSOPInstanceUID): item.FailureReason for item in information.get("FailedSOPSequence", [])}


def committed(information: Dataset) -> list[str]:
    return [str(item.ReferencedSOPInstanceUID) for item in information.get("ReferencedSOPSequence", [])]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive", retrieve_ae_title="HERE") as archive:
        for number in range(3):
            archive.import_file(write(tmp_path / "a", f"1.2.3.{number}"))
        yield archive


@pytest.mark.clause("PS3.4 J.3.3")
def test_all_that_is_on_disk_is_committed_to_and_reported_once(archive: Archive) -> None:
    decision = archive.commit(request((CT, "1.2.3.0"), (CT, "1.2.3.1"), (CT, "1.2.3.0")))
    assert decision.event_type is EventType.SUCCESSFUL
    assert committed(decision.information) == ["1.2.3.0", "1.2.3.1"]
    assert decision.information.TransactionUID == "2.25.1"
    assert decision.information.RetrieveAETitle == "HERE"
    assert "FailedSOPSequence" not in decision.information


@pytest.mark.clause("PS3.3 C.14.1.1")
def test_what_is_missing_or_of_another_class_fails_with_its_reason(archive: Archive) -> None:
    path = archive.file_of("1.2.3.2")
    assert path is not None
    path.unlink()
    decision = archive.commit(
        request((CT, "1.2.3.0"), (MR, "1.2.3.1"), (CT, "1.2.3.2"), (CT, "9.9"), ("1.2.3", "9.8"), (CT, "../a")),
        supported={CT, MR},
    )
    assert decision.event_type is EventType.FAILURES_EXIST
    assert committed(decision.information) == ["1.2.3.0"]
    assert failures(decision.information) == {
        "1.2.3.1": FailureReason.CLASS_INSTANCE_CONFLICT,
        "1.2.3.2": FailureReason.NO_SUCH_OBJECT_INSTANCE,
        "9.9": FailureReason.NO_SUCH_OBJECT_INSTANCE,
        "9.8": FailureReason.REFERENCED_SOP_CLASS_NOT_SUPPORTED,
        "../a": FailureReason.NO_SUCH_OBJECT_INSTANCE,
    }


@pytest.mark.clause("PS3.4 J.3.3, PS3.3 C.14")
def test_numbers_are_those_of_the_standard() -> None:
    assert [int(number) for number in EventType] == [1, 2]
    assert int(FailureReason.NO_SUCH_OBJECT_INSTANCE) == 0x0112
    assert int(FailureReason.CLASS_INSTANCE_CONFLICT) == 0x0119


def test_nothing_that_the_disk_does_not_take_is_committed_to(archive: Archive, monkeypatch: Any) -> None:
    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    decision = archive.commit(request((CT, "1.2.3.0")))
    assert failures(decision.information) == {"1.2.3.0": FailureReason.PROCESSING_FAILURE}


def test_file_that_was_damaged_is_not_committed_to(archive: Archive) -> None:
    path = archive.file_of("1.2.3.0")
    assert path is not None
    path.write_bytes(b"")
    assert failures(archive.commit(request((CT, "1.2.3.0"))).information) == {
        "1.2.3.0": FailureReason.PROCESSING_FAILURE
    }


def test_transaction_that_is_under_way_fails_as_a_whole(archive: Archive) -> None:
    decision = archive.commit(request((CT, "1.2.3.0")), open_transactions={"2.25.1"})
    assert failures(decision.information) == {"1.2.3.0": FailureReason.DUPLICATE_TRANSACTION_UID}


def incomplete(*removed: str) -> Dataset:
    information = request((CT, "1.2.3.0"))
    for keyword in removed:
        delattr(information, keyword)
    return information


@pytest.mark.parametrize(
    ("information", "offending"),
    [
        (Dataset(), 0x00081195),
        (incomplete("TransactionUID"), 0x00081195),
        (incomplete("ReferencedSOPSequence"), 0x00081199),
        (request(), 0x00081199),
        (request((CT, "")), 0x00081155),
        (request(("", "1.2")), 0x00081150),
    ],
)
def test_request_for_nothing_is_refused(archive: Archive, information: Dataset, offending: int) -> None:
    with pytest.raises(CommitmentRequestError) as caught:
        archive.commit(information)
    assert (caught.value.status, caught.value.offending_element) == (0x0115, offending)
