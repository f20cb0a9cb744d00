"""The kill table as a page of the documentation."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.model.oracle import Cell
from selftest import report
from selftest.bench import Tier, trials_of
from selftest.model import ROLES, Role
from selftest.mutants import FAULTS, Mutant, cell_label, mutants
from selftest.report import counts, kinds
from selftest.run import SANITY, Outcome, Selftest

_ALL = "all"
_PARTS = ("FAILED", "MILD", "THOROUGH", "THOROUGH_MILD", "LETTER")
"""Names of what a mutant is found by, in `report`."""

_INTRODUCTION = """\
# Does the suite see a wrong cell?

Written by `make selftest-page`. Do not edit.

A conformance suite that never fails a peer proves nothing. So this one is tested, too: dulcimer's own acceptor and
requestor are checked with **one cell of PS3.8 Table 9-10 wrong at a time**. There are {mutants} such mutants, each by
rule: the action that another state has for the event, another next state, no reaction, the other Source in an A-ABORT,
an effect left out, closing where it has to wait and waiting where it has to close. Each is run as acceptor and as
requestor.

```console
$ make selftest                                                      # all of it, in minutes
$ PYTHONPATH=tests python -m selftest --only 'Evt12-Sta6.*'  # the mutants of a cell
```

## What is counted

- **Visible**: there is a sequence of events in which the mutant shows a PDU, a close or a silence that Table 9-10
  does not allow, whatever its user and its timer do. That is computed, not observed: tester and mutant are explored
  together, every sequence of steps, with all the states that the table leaves open after what has been seen. The
  shortest such sequence is then run over loopback, and has to show exactly that.
- **Killed**: a case says FAILED where it does not for the correct machine. Of {killed} killed mutants
  - {FAILED} get that from a case of `dulcimer check`;
  - {MILD} get NON-STRICT there, a deviation that does no harm ([these](#where-dulcimer-check-is-milder)), which fails
    with `--strict`; {HARDENED} of them get FAILED with `--thorough`;
  - {THOROUGH} are found only with `--thorough`, whose cases continue where the others end, and get FAILED;
  - {THOROUGH_MILD} are found only with `--thorough`, and get NON-STRICT;
  - {LETTER} are found by neither: what they show may come from a slow user, or from data that the two sides interpret
    differently, so that a verdict against a real peer would be a guess.

  So `dulcimer check` finds {found} of them, and `dulcimer check --thorough` {found_thorough}. FAILED for all of them is
  what the self-test gets from the same cases by the letter of the table: what no state allows is FAILED there, even
  where the check is milder. A `{thorough}` marks cases of `--thorough`, a `{letter}` those by the letter.
- **Not visible**: nothing that the mutant shows is forbidden. Either it is never brought to the wrong cell, or it shows
  the same as the correct machine in every sequence, or it differs in a way that is *allowed*, for instance as if its
  user had aborted. [The reason](#mutants-that-cannot-be-seen) is given for each.
- **False alarm**: a case that fails the correct machine.

`{sanity}` is the run before all cases; if it fails, `dulcimer check` stops.
"""


def page(found: Selftest) -> str:
    """`docs/conformance/self_test.md`."""
    return "\n".join(_page(found)) + "\n"


def digest() -> str:
    """Of all that the page depends on: the mutants, and what every case does and expects."""
    lines = [f"{mutant.id} {mutant.rows}" for mutant in mutants()]
    lines += [f"{role} {trial.id} {trial.case.rev}" for role in ROLES for trial in trials_of(role)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _page(found: Selftest) -> Iterator[str]:
    both = {role: counts(found, role) for role in ROLES}
    total = Counter[str]()
    for count in both.values():
        total.update(count)
    by_check = total[report.FAILED] + total[report.MILD]
    yield _INTRODUCTION.format_map(
        {
            "mutants": len(mutants()),
            **{name: total[getattr(report, name)] for name in (*_PARTS, "HARDENED")},
            "found": by_check,
            "found_thorough": by_check + total[report.THOROUGH] + total[report.THOROUGH_MILD],
            "killed": total["killed"],
            "sanity": SANITY,
            "thorough": Tier.THOROUGH.mark,
            "letter": Tier.LETTER.mark,
        }
    )
    yield f"Digest of the table, the mutants and the cases: `{digest()}`"
    yield from ("", "## Totals", "", f"| | {' | '.join(ROLES)} |", "|---|" + "--:|" * len(ROLES))
    for name in both[ROLES[0]]:
        yield f"| {name} | {' | '.join(str(count[name]) for count in both.values())} |"
    for role in ROLES:
        yield from _matrix(found, role)
    yield from _by_fault(found)
    yield from _milder(found)
    for role in ROLES:
        yield from _kills(found, role)
    yield from _hidden(found)


# ---------------------------------------------------------------------- tables of numbers


def _matrix(found: Selftest, role: Role) -> Iterator[str]:
    yield from (
        "",
        f"## Cells of the {role}",
        "",
        "Killed of visible mutants in each cell of Table 9-10. A dot: a blank cell; 0: no mutant of it is visible.",
        "",
        f"| | {' | '.join(state.label for state in STATES)} |",
        "|---|" + ":-:|" * len(STATES),
    )
    of_cell: dict[Cell, list[Outcome]] = {}
    for outcome in found.outcomes:
        if outcome.role == role:
            of_cell.setdefault(outcome.mutant.cell, []).append(outcome)
    for event in Events:
        row = (_number((event, state), of_cell.get((event, state), ())) for state in States)
        yield f"| **{event.label}** {EVENTS[event].description} | {' | '.join(row)} |"


def _number(cell: Cell, outcomes: Sequence[Outcome]) -> str:
    if cell not in TABLE:
        return "·"
    count = kinds(outcomes)
    if count["survived"]:
        return f"**{count['killed']}/{count['visible']}**"
    return f"{count['killed']}/{count['visible']}" if count["visible"] else "0"


def _by_fault(found: Selftest) -> Iterator[str]:
    columns = {
        "mutants": "mutants",
        "visible": "visible",
        "killed": "killed",
        report.FAILED: "FAILED",
        report.MILD: "NON-STRICT",
        report.THOROUGH: "thorough: FAILED",
        report.THOROUGH_MILD: "thorough: NON-STRICT",
        report.LETTER: "by the letter",
        "not visible, allowed": "allowed",
    }
    yield from (
        "",
        "## Kinds of faults",
        "",
        f"| fault | what is wrong | role | {' | '.join(columns.values())} |",
        "|---|---|---|" + "--:|" * len(columns),
    )
    for fault, text in FAULTS.items():
        for role in ROLES:
            count = kinds([o for o in found.outcomes if o.mutant.fault == fault and o.role == role])
            yield f"| `{fault}` | {text} | {role} | {' | '.join(str(count[name]) for name in columns)} |"


def _milder(found: Selftest) -> Iterator[str]:
    yield from (
        "",
        "## Where dulcimer check is milder",
        "",
        "The table does not allow what these mutants show. The cases say NON-STRICT instead of FAILED on purpose:",
        "the alternative is named in `spec/conformance/`, with a reason.",
        "",
        f"| what is done | why it is not OK | {' | '.join(ROLES)} |",
        "|---|---|" + "--:|" * len(ROLES),
    )
    number = Counter((outcome.mild, outcome.role) for outcome in found.outcomes if outcome.sight.visible)
    for mild in sorted({outcome.mild for outcome in found.outcomes if outcome.sight.visible and any(outcome.mild)}):
        yield f"| {mild[0]} | {mild[1]} | {' | '.join(str(number[mild, role]) for role in ROLES)} |"


# ---------------------------------------------------------------------- lists of mutants


def _kills(found: Selftest, role: Role) -> Iterator[str]:
    yield from (
        "",
        f"## What kills the mutants of the {role}",
        "",
        "| cell | action | mutants | verdict | case |",
        "|---|---|---|---|---|",
    )
    groups: dict[tuple[Cell, str, str], list[Mutant]] = {}
    for outcome in found.outcomes:
        if outcome.role == role and outcome.sight.visible:
            case = (
                f"`{outcome.case.removesuffix(outcome.tier.mark)}`{outcome.tier.mark}"
                if outcome.killed
                else "**survived**"
            )
            groups.setdefault((outcome.mutant.cell, outcome.verdict, case), []).append(outcome.mutant)
    for (cell, verdict, case), members in groups.items():
        yield f"| {cell_label(cell)} | {TABLE[cell]} | {_names(members)} | {verdict} | {case} |"


def _hidden(found: Selftest) -> Iterator[str]:
    hidden = [outcome for outcome in found.outcomes if not outcome.sight.visible]
    number = Counter(outcome.sight.why for outcome in hidden)
    of_cell = Counter(mutant.cell for mutant in mutants())
    yield from ("", "## Mutants that cannot be seen")
    for why in sorted(number, key=lambda why: (-number[why], why)):
        yield from ("", f"### {why[0].upper()}{why[1:]}", "")
        for role in ROLES:
            groups: dict[Cell, list[Mutant]] = {}
            for outcome in hidden:
                if outcome.sight.why == why and outcome.role == role:
                    groups.setdefault(outcome.mutant.cell, []).append(outcome.mutant)
            if groups:
                total = sum(map(len, groups.values()))
                yield f"- {role}, {total}: {'; '.join(_of_cell(*group, of_cell) for group in groups.items())}"


def _of_cell(cell: Cell, members: Sequence[Mutant], number: Counter[Cell]) -> str:
    return f"{cell_label(cell)}: {_ALL if len(members) == number[cell] else _names(members)}"


def _names(members: Iterable[Mutant]) -> str:
    return ", ".join(f"`{mutant.name}`" for mutant in members)
