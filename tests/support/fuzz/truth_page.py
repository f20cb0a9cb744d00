"""What campaigns at the broken targets have come to, as a page of the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from support.fuzz.hunting import REPLAYS, TruthRow, sizes_of

_INTRODUCTION = """\
# Does the fuzzer find planted faults?

Written by `make ground-truth`. Do not edit.

The servers and clients in `tests/support/fuzz/targets/` have one planted fault each, of a kind that real DICOM software
has had; some are correct, for comparison. They share nothing with dulcimer. Each is fuzzed in a campaign of its own,
from the same seed, until its fault is found; a correct one for the whole time.

```console
$ make ground-truth                                                   # all of them, and this page
$ PYTHONPATH=tests python -m support.fuzz.ground_truth dies-after-three  # some of them
```

## How it was measured
"""
_COLUMNS = """\
- **Found after**: seconds from the start of the campaign, calibration among them, until the fault was found, confirmed
  and made small; and the cases that were played until then.
- **Shrunk to**: what the smallest sequence has that was found: steps, of which waiting for a reply is one; changes by
  operators; bytes that are sent. If it takes several connections, or several rounds, that is said, too.
- **Replayed**: how often the fault came again when the file of the finding alone was played, each time on a fresh
  target.
"""


@dataclass(frozen=True, slots=True)
class TruthRun:
    """A run over targets. `seconds`: the limit for each; `took`: all together, with replays.

    `load`: the load average over one minute when it began, of other work too.
    """

    rows: Sequence[TruthRow]
    seed: int
    seconds: float
    jobs: int
    took: float
    load: float
    processors: int = field(default_factory=lambda: os.cpu_count() or 1)

    @property
    def wrong(self) -> tuple[TruthRow, ...]:
        """Those that are not as they must be."""
        return tuple(row for row in self.rows if not row.is_right)


def head() -> str:
    """The first lines of the table."""
    titles = ("target", "found by", "found after", "shrunk to", "replayed")
    return f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}"


def line(row: TruthRow) -> str:
    """A row of the table."""
    after = f"{row.seconds:.0f} s, {row.cases:,} cases"
    if row.found is None:
        return f"| {row.target.name} | {_nothing(row)} | {after} | | |"
    steps, changes, octets = sizes_of(row.found)
    small = f"{steps} steps, {changes} changes, {octets:,} bytes"
    connections, rounds = len(row.found.sequences), row.found.rounds
    small += f", {connections} connections" if connections > 1 else ""
    small += f", {rounds} rounds" if rounds > 1 else ""
    return f"| {row.target.name} | {row.found.finding.oracle} | {after} | {small} | {row.replayed} of {REPLAYS} |"


def page(run: TruthRun) -> str:
    """The page, with all that was measured."""
    return "\n".join((_INTRODUCTION, *_account(run), "", *_tables(run))).rstrip() + "\n"


def _nothing(row: TruthRow) -> str:
    if row.failure:
        return f"**failed**: {row.failure}"
    if row.target.is_correct:
        return "nothing, as it must be" if row.is_right else f"**{len(row.others)} false findings**"
    return "**not found**"


def _account(run: TruthRun) -> Iterator[str]:
    faulty = [row for row in run.rows if not row.target.is_correct]
    found = [row for row in faulty if row.found is not None]
    stable = sum(row.is_right for row in found)
    false = sum(len(row.others) for row in run.rows if row.target.is_correct)
    yield (
        f"{run.processors} processors ({platform.machine()}), {platform.system()}, "
        f"Python {platform.python_version()}; load average {run.load:.1f} at the beginning. "
        f"{run.jobs} campaigns at a time, seed {run.seed}, at most {run.seconds:.0f} s each; "
        "a client has 3 s to end."
    )
    yield ""
    yield f"- Found: {len(found)} of {len(faulty)} faults, in {run.took:.0f} s for all campaigns and replays together."
    yield f"- Stable, at least 9 of 10 replays: {stable} of {len(found)}."
    yield f"- Findings at the {len(run.rows) - len(faulty)} correct targets: {false}."
    yield ""
    yield _COLUMNS.rstrip()


def _tables(run: TruthRun) -> Iterator[str]:
    yield "## The faults"
    yield ""
    yield head()
    yield from (line(row) for row in run.rows if not row.target.is_correct)
    yield ""
    yield "## The correct targets"
    yield ""
    yield head()
    yield from (line(row) for row in run.rows if row.target.is_correct)
    yield ""
    yield "## What is wrong with each"
    yield ""
    for row in run.rows:
        if not row.target.is_correct:
            yield f"- `{row.target.name}`: {row.target.fault}. The least that triggers it: {row.target.trigger}."
    others = [(row, other) for row in run.rows for other in row.others]
    if others:
        yield ""
        yield "## Other findings"
        yield ""
        yield "What was found before the planted fault, or at a correct target:"
        yield ""
    for row, other in others:
        yield f"- `{row.target.name}`, {other.finding.sureness}: {other.finding.verdict}"
