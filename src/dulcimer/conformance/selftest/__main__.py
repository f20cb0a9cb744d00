"""`python -m dulcimer.conformance.selftest`: does the suite see every wrong cell of Table 9-10?"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from dulcimer.conformance.selftest.run import Outcome, Selftest, chosen, run


def main(arguments: list[str] | None = None) -> int:
    """Run the self-test; 0 if every mutant that can be seen is killed and the right machine fails nothing, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m dulcimer.conformance.selftest",
        description="Check dulcimer's own acceptor and requestor with one cell of Table 9-10 wrong at a time. A mutant "
        "that can be seen from the network must get a worse verdict than the right machine.",
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes that share the work (2)")
    parser.add_argument("--only", default="*", metavar="GLOB", help="mutants whose ID fits, such as 'Evt12-Sta6.*'")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes as JSON")
    options = parser.parse_args(arguments)
    if not chosen(options.only):
        parser.error(f"no mutant's ID fits {options.only!r}; they read like Evt12-Sta6.action.AA-8")
    found = run(options.only, options.jobs, progress=_tell)
    if options.json is not None:
        options.json.write_text(json.dumps([_row(outcome) for outcome in found.outcomes], indent=1), encoding="utf-8")
    _report(found)
    return 1 if found.false_alarms or found.survivors else 0


def _tell(done: int, total: int, what: str) -> None:
    print(f"{done} of {total} {what}", file=sys.stderr, flush=True)


def _report(found: Selftest) -> None:
    for role, played in found.false_alarms:
        print(f"FALSE ALARM  {role}  {played.case.id}: {played.result.observed}")
    for outcome in found.survivors:
        print(f"SURVIVED     {outcome.role}  {outcome.mutant.id}")
    count = Counter((outcome.role, outcome.sight.visible, outcome.killed) for outcome in found.outcomes)
    for role in found.right:
        visible = count[role, True, True] + count[role, True, False]
        unseen = count[role, False, True] + count[role, False, False]
        print(f"{role}: {count[role, True, True]} of {visible} visible mutants killed; {unseen} cannot be seen")
    print(f"{len(found.false_alarms)} false alarms")


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "mutant": outcome.mutant.id,
        "role": outcome.role,
        "visible": outcome.sight.visible,
        "killed_by": outcome.case,
        "verdict": outcome.verdict,
        "observed": outcome.observed,
        "why": outcome.why,
    }


if __name__ == "__main__":
    sys.exit(main())
