"""A campaign as JUnit XML, SARIF, Markdown and text: well formed, safe, and with what to do next."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hypothesis import given, settings
from rich.console import Console

from dulcimer.fuzz.campaign.result import CUT_SHORT, LATE_LOSS, CampaignEnd, CampaignResult
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.report.document import campaign_json
from dulcimer.fuzz.report.junit import campaign_junit
from dulcimer.fuzz.report.markdown import campaign_markdown
from dulcimer.fuzz.report.sarif import campaign_sarif
from dulcimer.fuzz.report.text import campaign_summary, show_campaign
from dulcimer.fuzz.report.wording import end_words
from support.fuzz_campaigns import HOSTILE, broken_campaign, campaign, campaigns, clean_campaign


def hostile_campaign() -> CampaignResult:
    """One whose target puts markup into every text that it has a say in."""
    found = campaign().findings[0]
    finding = replace(found.reproducer.finding, verdict=HOSTILE, frames=(HOSTILE,), operators=(HOSTILE,))
    hostile = replace(found, reproducer=replace(found.reproducer, finding=finding))
    return replace(
        campaign((hostile,)),
        host=HOSTILE,
        target=replace(campaign().target, version=HOSTILE, command=HOSTILE),
        unconfirmed={HOSTILE: 1},
        watched=(HOSTILE,),
        not_watched=(HOSTILE,),
        not_tried=(HOSTILE,),
    )


# ---------------------------------------------------------------------- JUnit XML


def outcomes(result: CampaignResult) -> dict[str, str]:
    root = ElementTree.fromstring(campaign_junit(campaign_json(result)))
    return {
        f"{test.get('classname')} {test.get('name')}": next((child.tag for child in test), "passed")
        for test in root.iter("testcase")
    }


CALIBRATION = "dulcimer.fuzz.calibration valid sequences pass on a fresh target"
END = "dulcimer.fuzz.campaign played to its end"


def test_findings_fail_and_nothing_passes_for_what_was_not_found() -> None:
    found = outcomes(campaign())
    assert sum(outcome == "failure" for outcome in found.values()) == 5
    assert outcomes(clean_campaign()) == {CALIBRATION: "passed", END: "system-out"}


def test_broken_and_lost_targets_are_errors() -> None:
    assert outcomes(broken_campaign()) == {CALIBRATION: "error", END: "skipped"}
    assert outcomes(campaign((), CampaignEnd.LOST)) == {CALIBRATION: "passed", END: "error"}


def test_junit_tells_what_did_not_watch_and_what_was_not_tried() -> None:
    text = campaign_junit(campaign_json(clean_campaign()))
    assert "not watched: AddressSanitizer" in text and "not tried: TLS" in text


def test_failure_tells_how_to_see_it_again() -> None:
    root = ElementTree.fromstring(campaign_junit(campaign_json(campaign())))
    text = " ".join(failure.text or "" for failure in root.iter("failure"))
    for part in (
        "dulcimer fuzz --replay exit_",
        "9 of 10 replays",
        "send A-ASSOCIATE-RQ",
        "010000000256",
        "parseUserInfo",
    ):
        assert part in text, part


@settings(max_examples=20)
@given(campaigns())
def test_counts_of_junit_agree_with_its_tests(result: CampaignResult) -> None:
    root = ElementTree.fromstring(campaign_junit(campaign_json(result)))
    for name, path in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        assert root.get(name) == root[0].get(name) == str(len(list(root.iter(path))))


# ---------------------------------------------------------------------- SARIF


def sarif_of(result: CampaignResult) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(campaign_sarif(campaign_json(result)))
    assert value["version"] == "2.1.0"
    (run,) = value["runs"]
    found: dict[str, Any] = run
    return found


@settings(max_examples=20)
@given(campaigns())
def test_each_result_has_a_rule_a_place_and_its_reproducer(result: CampaignResult) -> None:
    run = sarif_of(result)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == list(FindingOracle)
    assert len(run["results"]) == len(result.findings)
    for found, one in zip(result.findings, run["results"], strict=True):
        assert rules[one["ruleIndex"]] == one["ruleId"] == found.reproducer.finding.oracle
        assert one["level"] == ("error" if found.reproducer.finding.is_fact else "warning")
        assert one["properties"]["reproducer"] == found.reproducer.to_json()
        assert one["message"]["text"].isprintable()
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"[a-z0-9_]+\.json", uri)
    prints = [one["partialFingerprints"]["dulcimerFinding/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)


def test_run_says_whether_it_was_played() -> None:
    assert sarif_of(campaign())["invocations"][0]["executionSuccessful"] is True
    assert sarif_of(broken_campaign())["invocations"][0]["executionSuccessful"] is False


# ---------------------------------------------------------------------- Markdown


def test_markdown_tells_findings_coverage_and_limits() -> None:
    text = campaign_markdown(campaign_json(campaign()))
    for part in (
        "# dulcimer fuzz: 1 crash, 1 hang, 1 leak, 1 deviation from Table 9-10",
        "## crash in Evt6-Sta2: ended by signal 11 (SIGSEGV)",
        "`dulcimer fuzz --replay hang_",
        "[PS3.8 Table 9-10](https://dicom.nema.org/",
        "## What was not tried",
        "| `A-ABORT` | 65 of 68 (96 %) | 24,994 |",
        "Evt6   ",
    ):
        assert part in text, part


def test_hostile_texts_stay_text_in_markdown() -> None:
    text = campaign_markdown(campaign_json(hostile_campaign()))
    assert HOSTILE not in text
    assert "<script" not in re.sub(r"`[^`]*`", "", text)
    assert text.replace("\n", "").isprintable()
    for line in text.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 4


# ---------------------------------------------------------------------- text


@settings(max_examples=20)
@given(campaigns())
def test_text_has_no_control_characters_and_keeps_to_the_width(result: CampaignResult) -> None:
    text = campaign_summary(campaign_json(result))
    assert text.replace("\n", "").isprintable()
    assert [line for line in text.splitlines() if len(line) > 80 and " --replay " not in line] == []


def test_text_is_short_and_says_what_to_do_next() -> None:
    text = campaign_summary(campaign_json(campaign()))
    assert len(text.splitlines()) < 45
    for part in (
        "FACT crash in Evt6-Sta2 in 2 ways",
        "DEVIATION in Evt19-Sta6: silence",
        "Replay it with the target",
    ):
        assert part in text, part
    assert text.count("dulcimer fuzz --replay ") == 4


def test_share_of_what_is_not_known_is_not_told() -> None:
    value = campaign_json(replace(campaign(), all_pairs=frozenset(), drivable=frozenset()))
    assert "0 of 0" not in campaign_summary(value) + campaign_markdown(value)


def test_text_of_a_broken_target_says_what_to_check() -> None:
    text = campaign_summary(campaign_json(broken_campaign()))
    assert "10.0.0.9 port 104 was not fuzzed" in text and "check titles" in text and "A-ASSOCIATE-RJ(1,1,7)" in text


def test_terminal_shows_where_the_files_are() -> None:
    console = Console(width=80, record=True, quiet=False, force_terminal=True)
    with console.capture() as captured:
        show_campaign(console, campaign_json(campaign()), [Path("r/fuzz.html"), Path("r/[red].json")], "my findings")
    text = re.sub(r"\x1b\[[0-9;]*m", "", captured.get())
    assert "reports  r/fuzz.html" in text and "r/[red].json" in text
    assert "dulcimer fuzz --replay 'my findings/exit_evt6_sta2_" in text


def test_hostile_texts_do_not_reach_the_terminal() -> None:
    console = Console(width=80, color_system=None)
    with console.capture() as captured:
        show_campaign(console, campaign_json(hostile_campaign()))
    assert captured.get().replace("\n", "").isprintable()


def test_end_says_why_the_target_was_lost() -> None:
    lost = replace(campaign((), CampaignEnd.LOST), not_tried=("TLS", f"{CUT_SHORT}nothing listens at 127.0.0.1:104"))
    assert end_words(lost).endswith("any more: nothing listens at 127.0.0.1:104")
    assert end_words(campaign((), CampaignEnd.LOST)).endswith("any more")
    late = replace(campaign((), CampaignEnd.TIME), not_tried=(f"{LATE_LOSS}nothing listens at 127.0.0.1:104",))
    assert end_words(late) == "its time was used up"


def test_long_paths_are_broken_after_a_stroke_and_the_name_that_the_target_gives_itself_is_told() -> None:
    found = campaign().findings[0]
    path = f"A-ASSOCIATE-RQ/{'presentation_context_rq[0]/' * 3}abstract_syntax_name: '1.2' -> '1.3'"
    finding = replace(found.reproducer.finding, operators=(path,))
    result = campaign((replace(found, reproducer=replace(found.reproducer, finding=finding)),))
    lines = campaign_summary(campaign_json(result)).splitlines()
    assert any(line.split()[:1] == ["abstract_syntax_name:"] or " abstract_syntax_name: " in line for line in lines)
    replays = [line for line in lines if "replay  " in line]
    assert max(len(line) for line in lines if line not in replays) <= 80
    assert any(line.split()[:1] == ["says"] and result.target.version in line for line in lines)
