"""Instances with values that a database may stumble over, and what a matcher without a database finds among them."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from dulcimer.archive.values.matching import parse_key

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
