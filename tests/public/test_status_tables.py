"""Statuses as users know them: categories and the tables of the service classes."""

from __future__ import annotations

from typing import Any

import pytest

from dulcimer import status
from dulcimer._generated.commands import STATUS_CLASSES, STATUSES, status_meaning
from dulcimer.status import Status, code_to_category, code_to_status

TABLES = [name for name in vars(status) if name.endswith("STATUS")]


@pytest.mark.clause("PS3.7 C.5")
@pytest.mark.peer("pynetdicom")
def test_category_is_that_of_pynetdicom_except_for_unlisted_failures() -> None:
    from pynetdicom.status import code_to_category as theirs

    differing = {code for code in range(0x10000) if code_to_category(code) != theirs(code)}
    # All of 01xx (but 0107 and 0116) and 02xx are failures; pynetdicom knows the ones that Annex C lists.
    assert differing == set(range(0x0100, 0x0300)) - set(STATUSES)
    assert {code_to_category(code) for code in differing} == {"Failure"}


@pytest.mark.peer("pynetdicom")
def test_names_of_pynetdicom_are_there() -> None:
    import pynetdicom.status

    assert [name for name in pynetdicom.status.__all__ if not hasattr(status, name)] == []


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.peer("pynetdicom")
def test_table_has_the_codes_and_categories_of_pynetdicom(name: str) -> None:
    import pynetdicom.status

    theirs = {code: category for code, (category, _) in getattr(pynetdicom.status, name).items()}
    ours = {code: category for code, (category, _) in getattr(status, name).items()}
    # 0001, "requested optional attributes are not supported", may answer any N-GET; pynetdicom does not have it in
    # the tables of print and of machine verification.
    assert set(ours) - set(theirs) <= {0x0001}
    assert {code: ours.get(code) for code in theirs} == theirs


@pytest.mark.parametrize("name", TABLES)
def test_every_meaning_is_said_and_every_category_is_that_of_the_code(name: str) -> None:
    for code, (category, meaning) in getattr(status, name).items():
        assert meaning
        assert category == code_to_category(code)


def test_category_constants_are_the_classes_of_the_specification() -> None:
    constants = {value for name, value in vars(status).items() if name.startswith("STATUS_")}
    assert constants == {*STATUS_CLASSES, "Unknown"}


def test_particular_meaning_comes_before_that_of_a_range() -> None:
    table = status.UNIFIED_PROCEDURE_STEP_SERVICE_CLASS_STATUS
    assert table[0xC310] == ("Failure", "the procedure step is not in progress")
    assert table[0xC399] == ("Failure", "unable to process")


@pytest.mark.clause("PS3.4 F.7.2.2.4")
def test_service_class_may_give_a_general_status_its_own_meaning() -> None:
    assert status.PROCEDURE_STEP_STATUS[0x0110][1].startswith("processing failure: performed procedure step")
    assert status.GENERAL_STATUS[0x0110][1] == "processing failure"


def test_members_of_status_mean_what_they_are_called() -> None:
    assert code_to_category(Status.SUCCESS) == status.STATUS_SUCCESS
    assert code_to_category(Status.CANCEL) == status.STATUS_CANCEL
    assert code_to_category(Status.PENDING) == status.STATUS_PENDING
    assert status_meaning(Status.MOVE_DESTINATION_UNKNOWN, "C-MOVE") == "refused: move destination unknown"


def test_status_takes_further_names() -> None:
    names: Any = Status  # the new one is there at run time only
    try:
        Status.add("UNABLE_TO_PROCESS", 0xC000)
        assert names.UNABLE_TO_PROCESS == 0xC000
    finally:
        del names.UNABLE_TO_PROCESS
    with pytest.raises(ValueError, match="FFFFH"):
        Status.add("TOO_LARGE", 0x10000)


def test_code_becomes_a_data_set() -> None:
    assert code_to_status(0xA700).Status == 0xA700
    assert len(code_to_status(0)) == 1


@pytest.mark.parametrize("code", [-1, 0x10000, "0000", None, 1.0])
def test_what_is_no_status_raises(code: object) -> None:
    with pytest.raises(ValueError, match="a status is an int"):
        code_to_category(code)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match="a status is an int"):
        code_to_status(code)  # type: ignore[arg-type]  # wrong on purpose
