"""C-FIND over the index gives the same as a matcher without a database, for any texts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dulcimer.archive import Archive
from support.awkward_values import COUNT, ENTITIES, NAMES, PATTERN, PLAIN, expected
from support.instances import add, keys, put

RANGES = {
    "StudyDate": ["20240215", "20240101-20240215", "-20240215", "20240215-", "2024.02.15-20241231"],
    "StudyTime": ["10", "1030", "-1030", "1030-", "103000-103001", "2359-", "235959-235959", "10-1030"],
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of the texts."""
    root = tmp_path_factory.mktemp("archive")
    for number, values in enumerate(ENTITIES):
        put(root, f"1.2.{number}.1.1", encoding="utf-8", SpecificCharacterSet="ISO_IR 192", **values)
    with Archive(root) as archive:
        yield archive


def ask(archive: Archive, key: str, value: str, combined: dict[str, str] | None = None) -> list[str]:
    identifier = keys(StudyInstanceUID="", **(combined or {}))
    identifier.SpecificCharacterSet = "ISO_IR 192"
    if not combined:
        add(identifier, key, value)
    answers = archive.find("IMAGE", identifier, combined_datetime=combined is not None)
    return sorted(str(answer.StudyInstanceUID) for answer in answers)


@settings(max_examples=150)
@given(st.sampled_from(PLAIN), PATTERN)
@example("PatientID", "*%*")
@example("PatientID", "' OR 1=1 --")
@example("AccessionNumber", "?_*")
@example("StudyDescription", "x*" * 30)
def test_text(archive: Archive, key: str, value: str) -> None:
    vr = {"ImageComments": "LT", "StudyDescription": "LO", "PatientID": "LO"}.get(key, "SH")
    assert ask(archive, key, value) == expected(key, vr, value)


@settings(max_examples=150)
@given(st.sampled_from(NAMES), PATTERN)
@example("PatientName", "^*")
@example("PatientName", "é*")
@example("OperatorsName", "=*山")
def test_names(archive: Archive, key: str, value: str) -> None:
    if value.count("=") > 2:
        return
    assert ask(archive, key, value) == expected(key, "PN", value)


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in RANGES.items() for value in values])
def test_dates_and_times(archive: Archive, key: str, value: str) -> None:
    found = ask(archive, key, value)
    assert found == expected(key, "DA" if key == "StudyDate" else "TM", value)
    assert 0 < len(found) < COUNT


@pytest.mark.parametrize(
    ("key", "vr", "value"),
    [
        ("PatientID", "LO", '""'),
        ("PatientID", "LO", "A*\\é*"),
        ("PatientID", "LO", 'A*\\""'),
        ("PatientName", "PN", '""'),
        ("PatientName", "PN", "a*\\山*"),
        ("StudyDate", "DA", '""'),
        ("StudyDate", "DA", "20240101\\20241231"),
        ("StudyTime", "TM", "10\\2359-"),
        ("ImageType", "CS", "PRIMARY"),
        ("ImageType", "CS", "*ARY"),
        ("ImageType", "CS", '""'),
        ("InstanceNumber", "IS", "7"),
        ("AcquisitionDateTime", "DT", "2024-"),
        ("AcquisitionDateTime", "DT", "20240101000000+0100"),
    ],
)
def test_other_kinds_of_keys(archive: Archive, key: str, vr: str, value: str) -> None:
    found = ask(archive, key, value)
    assert found == expected(key, vr, value)
    assert 0 < len(found) < COUNT


def test_every_pattern_of_the_stored_values_themselves(archive: Archive) -> None:
    for entity in ENTITIES[:40]:
        for key in ("PatientID", "PatientName"):
            value = entity[key]
            if value.strip(" =^"):
                assert entity["StudyInstanceUID"] in ask(archive, key, value.strip(" ")[:200].strip(" ") + "*"), value


def test_combined_date_and_time(archive: Archive) -> None:
    ranges = {"StudyDate": "20240101-20240215", "StudyTime": "1030-1030"}
    together = ask(archive, "", "", ranges)
    days = expected("StudyDate", "DA", ranges["StudyDate"])
    apart = set(days) & set(expected("StudyTime", "TM", ranges["StudyTime"]))
    assert apart < set(together) < set(days)


def test_nothing_of_a_query_is_run_by_the_database(archive: Archive) -> None:
    for text in ("'; DROP TABLE study; --", '"; DELETE FROM study; --', "a\0b'; --", ":x", "%(x)s", "?1", "{0}"):
        ask(archive, "PatientID", text)
        ask(archive, "PatientName", text + "*")
    assert len(ask(archive, "PatientID", "*")) == COUNT
