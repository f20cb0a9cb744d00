"""What is known of the target of a campaign as JSON, so that a report can be made from the database alone."""

from __future__ import annotations

from typing import Any

from dulcimer.fuzz.campaign.plan import CampaignSubject
from dulcimer.fuzz.campaign.result import CalibrationResult
from dulcimer.fuzz.findings.reproducer import FuzzTarget
from dulcimer.fuzz.sequences.steps import cell_name, cell_of


def subject_to_json(subject: CampaignSubject) -> dict[str, Any]:
    """A value for `json.dump`."""
    target, calibration = subject.target, subject.calibration
    return {
        "host": subject.host,
        "port": subject.port,
        "target": target.to_json(),
        "calibration": {
            "played": calibration.played,
            "passed": calibration.passed,
            "failures": list(calibration.failures),
            "grace": calibration.grace,
            "usual": calibration.usual,
            "slowest": calibration.slowest,
        },
        "drivable": [cell_name(cell) for cell in sorted(subject.drivable)],
        "undrivable": {cell_name(cell): subject.undrivable[cell] for cell in sorted(subject.undrivable)},
        "all_pairs": [list(pair) for pair in sorted(subject.all_pairs)],
        "watched": list(subject.watched),
        "not_watched": list(subject.not_watched),
        "not_tried": list(subject.not_tried),
    }


def subject_from_json(value: Any) -> CampaignSubject:
    """What `subject_to_json` has made. Raises ValueError, TypeError or KeyError for anything else."""
    calibration = dict(value["calibration"])
    return CampaignSubject(
        value["host"],
        value["port"],
        FuzzTarget.from_json(value["target"]),
        CalibrationResult(**{**calibration, "failures": tuple(calibration["failures"])}),
        frozenset(map(cell_of, value["drivable"])),
        {cell_of(name): why for name, why in value["undrivable"].items()},
        frozenset((node, operator) for node, operator in value["all_pairs"]),
        tuple(value["watched"]),
        tuple(value["not_watched"]),
        tuple(value["not_tried"]),
    )
