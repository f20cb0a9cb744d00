"""C-FIND over the index gives what a matcher without a database gives, whatever the texts are."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dulcimer.archive import Archive
from dulcimer.archive.values.matching import parse_key
from support.instances import add, keys, put

PIECES = [
    "A", "a", "B", "%", "_", "/", "'", '"', ";", "--", "[", "]", "(", ".", "^", "=", "é", "É", "ß", "山", "田", "ﾀﾞ",
    "\U0010ffff", "\ue000", "\ud7ff", " ", "0", "x" * 300, "' OR 1=1 --", "İ", "ﷺ",
]  # fmt: skip
TEXT = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)
PATTERN = st.lists(st.sampled_from([*PIECES, "*", "?", "*"]), max_size=5).map("".join)
NAMES = ("PatientName", "ReferringPhysicianName", "OperatorsName")
PLAIN = ("PatientID", "StudyDescription", "AccessionNumber", "ImageComments", "StudyID")
MOMENTS = {
    "StudyDate": ["20240101", "20240215", "2024.02.15", "20241231", "garbage", ""],
    "StudyTime": ["10", "1030", "103000.5", "23:59:59", "235960", "garbage", ""],
}
OTHERS = {
    "ImageType": ["ORIGINAL\\PRIMARY", "DERIVED\\SECONDARY", "PRIMARY", ""],
    "InstanceNumber": ["7", "007", "8", "x"],
    "AcquisitionDateTime": ["20231231230000.000000+0000", "20240101000000+0100", "2024", "20230101", "x"],
}
RANGES = {
    "StudyDate": ["20240215", "20240101-20240215", "-20240215", "20240215-", "2024.02.15-20241231"],
    "StudyTime": ["10", "1030", "-1030", "1030-", "103000-103001", "2359-", "235959-235959", "10-1030"],
}
COUNT = 150


def make_entities() -> list[dict[str, str]]:
    """Instances with awkward values, each in a study of its own."""
    chance = random.Random(20240215)
    made = []
    for number in range(COUNT):
        values = {
            keyword: "".join(chance.choices(PIECES, k=chance.randrange(4))).rstrip("\\") for keyword in NAMES + PLAIN
        }
        values |= {keyword: chance.choice(choices) for keyword, choices in MOMENTS.items()}
        values |= {"StudyInstanceUID": f"1.2.{number}", "SeriesInstanceUID": f"1.2.{number}.1"}
        values |= {keyword: chance.choice(choices) for keyword, choices in OTHERS.items()}
        values["IssuerOfPatientID"] = f"ISSUER{number}"
        made.append(values)
    return made


ENTITIES = make_entities()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive of them."""
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


def values_in(key: str, text: str) -> list[str]:
    return text.split("\\") if key == "ImageType" else [text]


def unpadded(vr: str, value: str) -> str:
    return value.rstrip(" ") if vr == "LT" else value.strip(" ")


def expected(key: str, vr: str, value: str) -> list[str]:
    matcher = parse_key(vr, value.split("\\"))
    clip = 512 if key in ("PatientName", "PatientID", "AccessionNumber") else 1 << 16
    return sorted(
        entity["StudyInstanceUID"]
        for entity in ENTITIES
        if matcher.matches([value for value in values_in(key, unpadded(vr, entity[key])[:clip]) if value])
    )


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
