"""The forms of the verdicts: each says who broke which rule, in which frame, and none takes a name for markup."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from dulcimer.diagnosis.reporting.document import verdicts_json
from dulcimer.diagnosis.reporting.html import verdicts_html
from dulcimer.diagnosis.reporting.judged_file import JudgedFile
from dulcimer.diagnosis.reporting.junit import verdicts_junit
from dulcimer.diagnosis.reporting.sarif import verdicts_sarif
from dulcimer.diagnosis.reporting.text import WIDTH, lines_of, summary_of
from dulcimer.learn.labs.turns import ABORT, ACCEPT, ECHO, RELEASE, RELEASED, REQUEST, C, S
from support.captures.judged_captures import frame, verdict
from support.html_pages import Page

HOSTILE = b"<b>&\x1b[31m\x07ABCDEF"
EARLY = [(C, REQUEST), (C, ECHO), (S, ABORT)]
FINE = [(C, REQUEST), (S, ACCEPT), (C, RELEASE), (S, RELEASED)]


@pytest.fixture(scope="module")
def file() -> JudgedFile:
    hostile = REQUEST[:26] + HOSTILE + REQUEST[42:]
    found = tuple(map(verdict, (EARLY, FINE, [(C, hostile), (S, ABORT)])))
    return JudgedFile("a <capture>.pcapng", found, frames=30)


def test_text_fits_80_columns_and_escapes_what_a_peer_sent(file: JudgedFile) -> None:
    lines = [line.text for line in (*lines_of(file), *summary_of([file]))]
    assert max(map(len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)
    assert f"  Frame {frame(1)}, client: P-DATA-TF where A-ABORT(0) or nothing is expected" in lines
    assert lines[-1] == "3 associations: 2 violations, 1 consistent."


def test_json_names_rule_frame_bytes_and_what_led_there(file: JudgedFile) -> None:
    document = json.loads(json.dumps(verdicts_json([file])))
    assert document["summary"] == {"violation": 2, "consistent": 1, "inconclusive": 0}
    (found,) = document["files"][0]["associations"][0]["ends"]["client"]["violations"]
    assert (found["rule"], found["frames"], found["severity"]) == ("ul.fsm.impossible", [frame(1)], "S1")
    assert bytes.fromhex(found["hex"]) == ECHO[:32]
    assert (found["offset"], found["size"]) == (len(REQUEST), len(ECHO))
    assert [step["frame"] for step in found["story"]] == [frame(0), frame(1)]


def test_junit_has_a_test_for_each_end(file: JudgedFile) -> None:
    root = ElementTree.fromstring(verdicts_junit(verdicts_json([file])))
    assert (root.get("tests"), root.get("failures")) == ("6", str(len(root.findall("*/*/failure"))))
    failure = root.find("testsuite/testcase/failure")
    assert failure is not None
    assert f"frame {frame(1)}" in failure.get("message", "")


def test_sarif_has_a_rule_for_each_result(file: JudgedFile) -> None:
    (run,) = json.loads(verdicts_sarif(verdicts_json([file])))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["results"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["properties"]["frames"]


def test_the_page_takes_no_name_for_markup(file: JudgedFile) -> None:
    text = verdicts_html(verdicts_json([file]))
    assert "<b>&" not in text
    assert "\x1b" not in text
    assert "&lt;capture&gt;" in text
    assert Page(text).values("src", "srcset", "data", "action") == []


def test_what_is_not_known_is_said_in_the_words_of_a_trace(file: JudgedFile) -> None:
    unknown = replace(file.associations[1], client_address=("", 0))
    lines = " ".join(line.text for line in lines_of(JudgedFile("a.jsonl", (unknown,), frames=9, unit="line")))
    assert "an address not recorded to " in lines
    (_, line, *_) = summary_of([JudgedFile("a.jsonl", (), unit="line")])
    assert line.text.startswith("No bytes were sent or received in the trace")
