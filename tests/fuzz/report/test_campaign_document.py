"""The JSON of a campaign: it follows its schema, gives the campaign back, and is all that other forms need."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.findings.json_schema import check
from dulcimer.fuzz.report.document import (
    CampaignFormatError,
    campaign_json,
    campaign_schema,
    campaign_text,
    load_campaign,
    read_campaign,
)
from dulcimer.fuzz.report.files import campaign_report, write_campaign, write_findings
from dulcimer.fuzz.report.kinds import ReportKind
from support.fuzz_campaigns import HOSTILE, broken_campaign, campaign, campaigns, clean_campaign

SAMPLES = [campaign(), clean_campaign(), broken_campaign()]


@settings(max_examples=40)
@given(campaigns())
def test_campaign_comes_back_from_the_text_of_its_document(result: CampaignResult) -> None:
    text = campaign_text(campaign_json(result))
    assert text.encode("utf-8")
    value = json.loads(text)
    check(value, campaign_schema())
    assert read_campaign(value).result == result


@pytest.mark.parametrize("result", SAMPLES, ids=["found", "clean", "broken"])
def test_samples_come_back(result: CampaignResult) -> None:
    assert read_campaign(campaign_json(result)).result == result


def test_summary_counts_what_the_report_has() -> None:
    result = campaign()
    summary = campaign_json(result)["summary"]
    assert summary["findings"] == summary["facts"] + summary["deviations"] == 5
    assert summary["groups"] == 4
    assert summary["cells"] == len(result.certain) and summary["drivable_cells"] == len(result.drivable)
    assert summary["pairs"] == len(result.pairs) and summary["all_pairs"] == len(result.all_pairs)


def test_every_form_is_the_same_when_it_is_made_again_from_the_file(tmp_path: Path) -> None:
    value = campaign_json(campaign())
    write_campaign(value, ReportKind.JSON, tmp_path / "campaign.json")
    again = load_campaign(tmp_path / "campaign.json")
    for kind in ReportKind:
        assert campaign_report(value, kind) == campaign_report(again, kind)
        write_campaign(again, kind, tmp_path / kind)
        assert (tmp_path / kind).read_text(encoding="utf-8") == campaign_report(value, kind)


@settings(max_examples=15)
@given(campaigns())
def test_every_form_can_be_made_of_any_campaign_and_written(result: CampaignResult) -> None:
    value = campaign_json(result)
    for kind in ReportKind:
        assert campaign_report(value, kind).encode("utf-8")


def test_what_is_not_a_campaign_is_refused_with_the_place(tmp_path: Path) -> None:
    value = campaign_json(campaign())
    del value["campaign"]["seed"]
    with pytest.raises(CampaignFormatError, match=r"\$\.campaign\.seed is missing"):
        read_campaign(value)
    value = campaign_json(campaign())
    value["findings"][0]["reproducer"] = {}
    with pytest.raises(CampaignFormatError, match="reproducer"):
        read_campaign(value)
    value = campaign_json(campaign())
    value["campaign"]["began"] = "yesterday"
    with pytest.raises(CampaignFormatError, match="yesterday"):
        read_campaign(value)
    (tmp_path / "x").write_text("{", encoding="utf-8")
    with pytest.raises(CampaignFormatError, match="not JSON"):
        load_campaign(tmp_path / "x")


def test_each_finding_has_files_that_show_it_again(tmp_path: Path) -> None:
    result = campaign()
    written = write_findings(campaign_json(result), tmp_path / "findings")
    assert len(written) == len(result.findings)
    for path in written:
        for name in (f"{path.stem}.py", f"test_{path.stem}.py", f"{path.stem}.pcapng"):
            assert (path.parent / name).stat().st_size > 300
        compile((path.parent / f"{path.stem}.py").read_text(encoding="utf-8"), path.name, "exec")


def test_hostile_texts_of_a_finding_do_not_stop_its_files(tmp_path: Path) -> None:
    found = campaign().findings[0]
    finding = replace(found.reproducer.finding, verdict=HOSTILE, frames=(HOSTILE,), operators=(HOSTILE,))
    hostile = replace(found, reproducer=replace(found.reproducer, finding=finding))
    value = campaign_json(campaign((hostile,)))
    (path,) = write_findings(value, tmp_path)
    assert json.loads(path.read_text(encoding="utf-8"))["finding"]["verdict"] == HOSTILE
    for kind in ReportKind:
        assert campaign_report(value, kind).encode("utf-8")
