"""The exit status says whether the target crashed, or only did something wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.fuzzing.run import status_of
from dulcimer.fuzz.campaign.result import CampaignEnd
from dulcimer.fuzz.findings.finding import FindingOracle
from support.fuzz_campaigns import broken_campaign, campaign, clean_campaign, found_of

_CLAUSE = "PS3.8 Table 9-10 Evt10/Sta6 DT-2"


@pytest.mark.parametrize(
    ("oracle", "clause", "status"),
    [
        (FindingOracle.EXIT, "", ExitStatus.PEER_DIED),
        (FindingOracle.SANITIZER, "", ExitStatus.PEER_DIED),
        (FindingOracle.CHILD, "", ExitStatus.PEER_DIED),
        (FindingOracle.CHILD, _CLAUSE, ExitStatus.PEER_FAILED),
        (FindingOracle.HANG, "", ExitStatus.PEER_FAILED),
        (FindingOracle.DEVIATION, _CLAUSE, ExitStatus.PEER_FAILED),
    ],
)
def test_only_a_certain_crash_is_a_death(oracle: FindingOracle, clause: str, status: ExitStatus) -> None:
    assert status_of(campaign((found_of(oracle, "it ended", clause=clause),))) is status


def test_campaign_without_findings_is_done() -> None:
    assert status_of(clean_campaign()) is ExitStatus.DONE
    assert status_of(replace(clean_campaign(), end=CampaignEnd.LOST)) is ExitStatus.PEER_DIED
    assert status_of(broken_campaign()) is ExitStatus.UNREACHABLE
