"""The HTML page: one file, no request, nothing of the report taken for markup; what its script makes of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from dulcimer._generated.conformance import RULES
from dulcimer._generated.editions import EDITION
from dulcimer._generated.fsm import EVENTS, STATES
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.report.contents import SEVERITY_MEANINGS
from dulcimer.conformance.report.html import html
from dulcimer.conformance.report.looks import COLOURS
from dulcimer.conformance.report.markdown import markdown
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort
from support.conformance.report_samples import DATA, REQUEST, case, event, one_of_each, pdu, report, reports, silent
from support.html_pages import Page

OURS = set(
    re.findall(
        r"\w+",
        "a b body br button caption code dd details div dl dt footer form h1 h2 h3 h4 head header html input kbd label "
        "li main meta noscript ol output p rect script section small span style summary svg table td th title tr ul",
    )
)


@settings(max_examples=60)
@given(reports(), reports())
def test_no_text_of_a_report_becomes_markup_and_each_case_is_an_anchor(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    page = Page(html([one, other]))
    assert set(page.tags) <= OURS
    assert page.tags["script"] == 2
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name in ("style", "src")]
    for link in page.values("href"):
        assert link.startswith(("#", "https://dicom.nema.org/medical/dicom/"))
    identifiers = {row["id"] for row in one["cases"] + other["cases"]}
    assert Counter(page.values("id")) == Counter(identifiers)
    assert len(json.loads(page.texts["script"][0])["cases"]) == len(identifiers)


def test_nothing_is_asked_of_the_network() -> None:
    text = html([one_of_each()])
    assert not re.search(r"@import|url\(|<link|<img|<iframe|fetch\(|XMLHttpRequest|\binnerHTML\b|\beval\b", text)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    told = policy[1].replace("&#x27;", "'").split("; ")
    assert told[0] == "default-src 'none'"
    for kind, pattern in (("style-src", r"<style>(.*?)</style>"), ("script-src", r"<script>(.*?)</script>")):
        (content,) = re.findall(pattern, text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in told


def test_the_same_report_gives_the_same_page() -> None:
    assert html([one_of_each()]) == html([one_of_each()])


def test_a_case_tells_rule_clause_reaction_and_remedy() -> None:
    text = html([report(case("x", "FAILED", observed="silence", alternative="silence", trace=silent()))])
    page = Page(text)
    assert page.values("id") == ["x"]
    assert "In Sta6, Evt13 is answered with an A-ABORT." in page.texts["p"]
    assert {"A-ABORT(2,r)", "silence"} <= set(page.texts["dd"])
    assert any("check that the peer reads" in advice for advice in page.texts["dd"])
    part08 = f"https://dicom.nema.org/medical/dicom/{EDITION}/output/html/part08.html"
    assert f"{part08}#table_9-10" in page.values("href")


def test_failures_are_grouped_by_cause_with_what_to_do_and_the_worst_comes_first() -> None:
    rows = [
        case("mild", "FAILED", severity="S3", cause="codes/reserved", alternative="silence"),
        case("one", "FAILED", severity="S1", cause="rule/silence", alternative="silence"),
        case("two", "FAILED", severity="S2", cause="rule/silence", alternative="silence"),
    ]
    document = report(*rows, again="dulcimer check host 104 --case {case} --verbose")
    document["causes"] = [
        {"id": name, "title": title, "rule": None, "observed": "", "verdict": "FAILED", "severity": "S1", "cases": []}
        for name, title in (("rule/silence", "The rule."), ("codes/reserved", "The codes."))
    ]
    text = html([document])
    first = text[text.index("Look at these first") : text.index("Table 9-10, cell by cell")]
    assert first.index("The rule.") < first.index("#one") < first.index("#two") < first.index("The codes.")
    assert first.count("What to do: ") == 2
    assert "3 cases of 2 causes" in first
    assert "dulcimer check host 104 --case two --verbose" in text
    assert "two.pcapng" in text


def test_all_that_the_tester_sent_is_on_the_page_to_be_copied() -> None:
    many = [encode(Abort(0, number)) for number in range(40)]
    row = case("x", "FAILED", trace=[*silent()[:3], pdu(0.1, ">", "many", b"".join(many))])
    data = json.loads(Page(html([report(row)])).texts["script"][0])
    sent = [number for moment in data["cases"][0][0]["moments"] if moment[1] == "sent" for number in moment[4]]
    assert "".join(data["pdus"][number][1] for number in sent) == (REQUEST + b"".join(many)).hex()


def test_page_says_what_severities_events_and_states_are() -> None:
    text = html([report(case("a"))])
    told = [*SEVERITY_MEANINGS.values(), *(info.description for info in EVENTS), *(info.meaning for info in STATES)]
    assert all(escape(words) in text for words in told)


def test_peers_that_differ_stand_out() -> None:
    one = report(case("a"), case("b", "FAILED"), case("c"), name="ONE")
    two = report(case("a"), case("b"), name="TWO")
    page = Page(html([one, two]))
    rows = {classes for tag, name, classes in page.attributes if tag == "details" and name == "class"}
    assert rows - {"further"} == {"case v-ok", "case v-failed differs"}
    assert "not run" in page.texts["span"]


def test_250_cases_stay_below_600_kilobytes() -> None:
    assert len(html([report(*(case(f"case.{number}") for number in range(250)))]).encode()) < 600_000


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("scheme", "paper"), [("light", "#ffffff"), ("dark", "#14171b")])
def test_verdicts_can_be_read_on_paper_and_in_the_dark(scheme: str, paper: str) -> None:
    for colours in COLOURS.values():
        one, other = sorted((luminance(getattr(colours, scheme)), luminance(paper)), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= 4.5


def test_of_a_pdu_that_never_became_whole_only_its_length_is_marked_as_wrong() -> None:
    half = report(case("x", trace=[pdu(0.0, ">", "half", REQUEST[:100])]))
    data = json.loads(Page(html([half])).texts["script"][0])
    ((name, _, _, whole, fields),) = data["pdus"]
    assert (data["texts"][name], whole) == ("A-ASSOCIATE-RQ", 0)
    problems = [data["texts"][problem] for *_, problem, _ in fields]
    assert len([problem for problem in problems if problem]) == 1


def test_control_characters_in_a_field_are_escaped() -> None:
    sent = REQUEST[:13] + b"\n" + REQUEST[14:]
    data = json.loads(Page(html([report(case("x", trace=[pdu(0.0, ">", "request", sent)]))])).texts["script"][0])
    assert [text for text in data["texts"] if "\\x0a" in text]
    assert all(text.isprintable() for text in data["texts"])


@pytest.mark.parametrize(("clause", "read"), [("PS3.8 9.3.2", 0), ("PS3.8 9.3.2, 7.1.1.3", 1)])
def test_clause_that_is_one_place_is_its_link_and_stands_once(clause: str, read: int) -> None:
    text = html([report(case("x", clause=clause))])
    assert text.count("(read ") == read
    assert "sect_9.3.2" in "".join(Page(text).values("href"))


# ---------------------------------------------------------------------- in a browser

CHROMIUM = shutil.which("chromium")


def drawn(tmp_path: Path, document: dict[str, Any], identifier: str) -> str:
    """The page after its script has run, with a case opened by its link."""
    path = tmp_path / "report.html"
    path.write_text(html([document]), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    command = [str(CHROMIUM), *options, "--virtual-time-budget=2000", "--dump-dom", f"{path.as_uri()}#{identifier}"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.peer("Chromium")
def test_a_link_opens_its_case_with_trace_machine_and_bytes(tmp_path: Path) -> None:
    text = drawn(tmp_path, report(case("x", "FAILED", observed="silence", trace=silent())), "x")
    assert re.search(r"<details [^>]*id=\"x\"[^>]*open", text)
    assert "Sta6 + Evt13 → AA-8 → Sta13" in text
    assert re.search(r'class="moment silence verdict-here"', text)
    assert re.search(r"A-RELEASE-RP <small>10 bytes from the tester", text)
    lit = re.findall(r'<span class="b[^"]*lit[^"]*">(..)</span>', text)
    assert lit == ["06"]


@pytest.mark.peer("Chromium")
def test_of_a_pdu_that_was_cut_only_the_recorded_bytes_are_drawn(tmp_path: Path) -> None:
    trace = [pdu(0.0, "<", "P-DATA-TF", DATA, shown=64)]
    text = drawn(tmp_path, report(case("x", "FAILED", trace=trace, cell=None, observed="fragment, byte 8: odd")), "x")
    assert f"{len(DATA)} bytes from the peer, 64 of them recorded" in text
    assert len(re.findall(r'<span class="b[ "]', text)) == 64
    assert re.findall(r'<span class="b[^"]*lit[^"]*">(..)</span>', text) == ["00", "00", "07", "d2"]


def test_peers_of_one_toolkit_are_distinguished_by_their_addresses() -> None:
    one, other = report(case("a"), name="DCMTK"), report(case("a"), name="DCMTK")
    one["peer"]["port"], other["peer"]["port"] = 104, 11112
    for form in (html([one, other]), markdown([one, other])):
        assert "DCMTK at " in form
        assert ":104" in form and ":11112" in form
    assert "DCMTK at " not in html([one])


def test_verdict_on_silence_points_at_the_silence_and_not_at_what_came_after_the_tester_had_left() -> None:
    trace = [
        *silent()[:-1],
        event(0.6, Kind.TESTER_FIN, "tester closed its sending direction (FIN)"),
        event(0.7, Kind.PEER_FIN, "peer closed the connection (fin)"),
    ]
    text = html([report(case("ul.fsm.acc.sta06.evt13", "FAILED", observed="silence", trace=trace))])
    found = re.search(r'<script type="application/json" class="data">(.*?)</script>', text)
    assert found
    ((told,),) = json.loads(found[1])["cases"]
    kinds = [moment[1] for moment in told["moments"]]
    assert kinds[told["reaction"]] == "silence"


def test_case_shows_the_rules_of_the_standard_that_it_is_about() -> None:
    row = case("x", "FAILED", rules=["r.ps3_8.9_3_5.one-or-more-pdvs", "r.gone"])
    page = Page(html([report(row)]))
    rule = RULES["r.ps3_8.9_3_5.one-or-more-pdvs"]
    assert any(rule.statement in text for text in page.texts["li"])
    assert any(f"sect_{rule.clause.split()[-1]}" in address for address in page.values("href"))
