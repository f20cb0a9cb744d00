"""Do two runs of `dulcimer check` against the same peer say the same? A verdict that flips is a fault of the check.

``PYTHONPATH=tests python -m support.conformance.compare_runs ONE.json OTHER.json ...`` compares reports of one peer.
With ``--peer NAME`` it runs the check against a peer of `check_peers`, started anew each time, and compares
(``--times``, ``--peer all``, ``--thorough``), also with the baseline of that peer. Exit status: 0 all the same and as
the baselines say, 1 something flips, or fails and is not expected to.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from dulcimer.conformance.judge.baseline import load
from support.conformance.check_peers import ACCEPTORS, BASELINES, REQUESTORS
from support.peers.processes import HOST

Report = Mapping[str, Any]


def flips(reports: Sequence[Report]) -> dict[str, tuple[str, ...]]:
    """The cases whose verdicts differ, or that are not in every report ("-"), with what each report has."""
    verdicts = [{case["id"]: str(case["verdict"]) for case in report["cases"]} for report in reports]
    names = dict.fromkeys(name for found in verdicts for name in found)
    rows = {name: tuple(found.get(name, "-") for found in verdicts) for name in names}
    return {name: row for name, row in rows.items() if len(set(row)) > 1}


def show(reports: Sequence[Report], known: Collection[str] = ()) -> int:
    """Print what flips; the number of it, without the cases `known` to differ by a race of the peer."""
    found = flips(reports)
    for name, row in found.items():
        print(f"flips{', as is known' if name in known else ''}: {name}: {' / '.join(row)}")
        for report in reports:
            for case in report["cases"]:
                if case["id"] == name:
                    print(f"    {_told(case)}")
    return len(set(found) - set(known))


def unexpected(report: Report) -> list[Mapping[str, Any]]:
    """Cases that are not as the baseline says: they fail and are not to, or the other way round."""
    bad = ("FAILED", "ERROR")
    return [
        case
        for case in report["cases"]
        if case["overlay"] == "XPASS" or (case["verdict"] in bad and case["overlay"] is None)
    ]


def _told(case: Mapping[str, Any]) -> str:
    return f"{case['verdict']}: {case['observed']}; {case['why']} {case['notes'] or ''}"


def run(name: str, times: int, further: Sequence[str] = (), keep: Path | None = None) -> list[Report]:
    """The reports of so many runs against a peer that is started anew for each.

    `further` arguments of the check; the reports are kept in the directory `keep`, if that is given.
    """
    baseline = BASELINES / f"{name}.toml"
    expected = ("--expect", str(baseline)) if baseline.exists() else ()
    reports = []
    for number in range(times):
        with tempfile.TemporaryDirectory() as directory:
            path = (keep or Path(directory)) / f"{name}.{number}.json"
            if name in ACCEPTORS:
                peer = ACCEPTORS[name]
                with peer.start(Path(directory)) as process:
                    _check(path, HOST, str(process.port), *peer.arguments, *expected, *further)
            else:
                _check(path, "--requestor", *expected, *further, "--", *REQUESTORS[name].command)
            reports.append(json.loads(path.read_text()))
    return reports


def _check(path: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "dulcimer.cli.main", "check", "--json", str(path), *arguments]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)


def main() -> int:
    """Compare, and say so."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="*", type=Path, help="reports of one peer, written with --json")
    parser.add_argument("--peer", action="append", default=[], help="run against this peer; 'all' for all of them")
    parser.add_argument("--times", type=int, default=2, help="how often to run")
    parser.add_argument("--thorough", action="store_true", help="with the cases of --thorough")
    parser.add_argument("--keep", type=Path, help="write the reports into this directory")
    arguments = parser.parse_args()
    if not arguments.peer and len(arguments.reports) < 2:
        parser.error("give two reports, or --peer")
    if not arguments.peer:
        return told(show([json.loads(path.read_text()) for path in arguments.reports]))
    # As in the tests: pynetdicom installs programs beside this interpreter that are called as DCMTK's are.
    beside = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != beside)
    names = [*ACCEPTORS, *REQUESTORS] if "all" in arguments.peer else arguments.peer
    flipped = surprises = 0
    for name in names:
        reports = run(name, arguments.times, ("--thorough",) * arguments.thorough, arguments.keep)
        seconds = ", ".join(f"{report['run']['seconds']:.0f} s" for report in reports)
        print(f"{name}: {len(reports[0]['cases'])} cases, {seconds}", flush=True)
        baseline = BASELINES / f"{name}.toml"
        entries = load(baseline) if baseline.exists() else ()
        flipped += show(reports, [entry.case for entry in entries if entry.sometimes])
        for report in reports:
            for case in unexpected(report):
                print(f"not as the baseline says: {case['id']}: {_told(case)}", flush=True)
                surprises += 1
    if surprises:
        print(f"{surprises} verdicts are not as the baselines say")
    return told(flipped) or int(surprises > 0)


def told(flipped: int) -> int:
    """Say what came of it; the exit status."""
    print("every verdict is the same" if not flipped else f"{flipped} verdicts flip")
    return int(flipped > 0)


if __name__ == "__main__":
    sys.exit(main())
