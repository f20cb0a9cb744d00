"""Logs of five kinds of software: the right cause first, in whatever form the log comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dulcimer.diagnosis.causes.engine import causes_of
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.logs.lines import log_lines
from dulcimer.diagnosis.logs.reading import evidence_of_log
from dulcimer.diagnosis.logs.stacks import stack_of
from support.diagnosis.logs_of_stacks import CLEAN_LOGS, LOGS, dcmtk_rejected

FORMS: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "with line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "in UTF-16": lambda text: text.encode("utf-16"),
    "in colours": lambda text: "\n".join(f"\x1b[3{n % 8}m{t}\x1b[0m" for n, t in enumerate(text.split("\n"))).encode(),
    "in Latin-1, after a line with a name": lambda text: b"I: # M\xfcller\n" + text.encode(),
    "cut off in the next line": lambda text: text.encode() + b"I: Requ",
}


def findings(data: bytes) -> tuple[CauseFinding, ...]:
    return causes_of(evidence_of_log(data)).findings


def told(found: tuple[CauseFinding, ...]) -> str:
    return "\n".join(f"{one.weight.name} {one.sure} {one.id}: {[str(p.place) for p in one.proof]}" for one in found)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LOGS)
def test_log_has_its_cause_first(name: str, form: str) -> None:
    cause, text = LOGS[name]
    found = findings(FORMS[form](text))
    assert found and found[0].id == cause, told(found)


@pytest.mark.parametrize("name", LOGS)
def test_nothing_wrong_is_called_certain(name: str) -> None:
    cause, text = LOGS[name]
    found = findings(text.encode())
    wrong = [one for one in found if one.sure is Sureness.CERTAIN and one.weight is CauseWeight.FAILURE]
    assert all(one.id == cause for one in wrong), told(found)


@pytest.mark.parametrize("name", CLEAN_LOGS)
def test_clean_log_has_no_cause(name: str) -> None:
    found = findings(CLEAN_LOGS[name].encode())
    assert not found, told(found)


@pytest.mark.parametrize("name", LOGS)
def test_software_is_recognised(name: str) -> None:
    expected = name.partition(":")[0].replace("dcmqrscp", "dcmtk")
    assert stack_of(log_lines(LOGS[name][1].encode())) == expected


def test_log_with_several_associations_has_the_causes_of_all() -> None:
    logs = [text for name, (_, text) in LOGS.items() if name in ("dcmtk: limit", "dcmtk: calling", "dcmtk: A801H")]
    found = findings("".join([CLEAN_LOGS["dcmtk"], *logs]).encode())
    assert {"limit-exceeded", "calling-title-unknown", "destination-not-configured"} <= {one.id for one in found}


def test_associations_side_by_side_are_told_apart() -> None:
    lines = [
        "10:00:00,0 INFO  - A->PACS(1) << A-ASSOCIATE-RQ",
        "10:00:00,1 INFO  - B->PACS(2) << A-ASSOCIATE-RQ",
        "10:00:00,2 INFO  - A->PACS(1) >> A-ASSOCIATE-AC",
        "10:00:00,3 INFO  - B->PACS(2) >> A-ASSOCIATE-RJ[result: 1 - x, source: 1 - service-user, reason: 3 - calling]",
        "10:00:00,4 INFO  - A->PACS(1) << A-RELEASE-RQ",
    ]
    (one,) = findings("\n".join(lines).encode())
    assert (one.id, one.values["calling"], one.proof[0].place.number) == ("calling-title-unknown", "B", 4)


def test_proof_is_the_line_of_the_log() -> None:
    place = findings(dcmtk_rejected("Calling AE Title Not Recognized").encode())[0].proof[0].place
    assert (str(place), place.shown) == ("line 4", "F: Reason: Calling AE Title Not Recognized")


def test_text_of_other_software_is_no_log() -> None:
    evidence = evidence_of_log(b"Dear reader,\nthis is a letter.\n")
    assert not evidence.conversations
    assert evidence.remarks == ["It is not known which software wrote this log."]
