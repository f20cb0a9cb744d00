"""What a case counts for in which all that comes is held against the possible states.

What no state allows that the peer can be in is a deviation. How grave it is says the reaction that the catalogue
demands in the cell which the peer must have been in; where there are several, the mildest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.judge.following import by_row, nowhere
from dulcimer.conformance.judge.reaction import fitting
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Observation, Shown, Standing
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.parts import WatchFor
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.seen import SILENCE, Seen
from dulcimer.conformance.model.verdict import RANK, Verdict

_ABORT = PduType.A_ABORT.label
_THEN = ", then "
_LEFT = "the peer closed the connection, as ARTIM lets it at any time, before it could show more"
_MAY_WAIT = "the user of the peer may take any time to answer what came before"


def judged(case: Case, seen: Observation) -> Result:
    """The worst of all that was shown."""
    found = Result(case, Verdict.OK, "")
    labels: list[str] = []
    for one in seen.shown:
        if one.standing is Standing.ELSEWHERE:
            return nowhere(replace(found, observed=one.seen.label))
        found = _with_one(found, one, labels)
        labels.append(one.seen.label)
        if _left_at_once(case, one, labels):
            found = replace(found, verdict=Verdict.UNOBSERVABLE, lost_race=True, why=_LEFT)
        found = replace(found, observed=_THEN.join(labels))
    return found


def _with_one(found: Result, one: Shown, labels: Sequence[str]) -> Result:
    case, told = found.case, [*labels, one.seen.label]
    match one.standing:
        case Standing.IMPOSSIBLE:
            row = _mildest(case, one.due, one.seen)
            if row is None and one.seen.name == _ABORT and any(label.startswith(_ABORT) for label in labels):
                # As after a reaction of the catalogue: harmless.
                return replace(found, notes=(*found.notes, "one more A-ABORT"))
            return _worse(found, row, told)
        case Standing.UNDER_ARTIM:
            follow = next(row for row in case.follows if row.cell == (Events.EVT_18, States.STA_13))
            return _worse(found, fitting(follow.alternatives, one.seen), told)
        case Standing.OVERDUE:
            row = _mildest(case, one.due, one.seen)
            nothing_yet = not labels and _began_in(case, States.STA_6, States.STA_7)
            if row is not None and row.verdict == "FAILED" and one.seen.label == SILENCE and nothing_yet:
                row = Alternative("", str(Verdict.INCONCLUSIVE), (), why=_MAY_WAIT)
            return replace(_worse(found, row, told), retry=True)
    return found


def _left_at_once(case: Case, one: Shown, labels: Sequence[str]) -> bool:
    """Whether a close is all that a peer in Sta13 has shown."""
    came = one.standing in (Standing.ALLOWED, Standing.IMPOSSIBLE)
    first = one.seen.is_close and len(labels) == 1
    return came and first and _began_in(case, States.STA_13) and case.expectation.watch is WatchFor.REACTION


def _began_in(case: Case, *states: States) -> bool:
    return case.cell is not None and case.cell[1] in states


def _mildest(case: Case, due: Iterable[Cell], seen: Seen) -> Alternative | None:
    """The mildest that the reactions to what the peer has yet to take say of what was seen.

    That one of them allows silence is no excuse: all of it has to be taken.
    """
    wanted = frozenset(due)
    rows = (fitting(row.alternatives, seen) for row in case.follows if row.cell in wanted)
    found = [row for row in rows if row is not None and not (seen.name == SILENCE and row.verdict == "OK")]
    return min(found, key=lambda row: RANK[Verdict(row.verdict)], default=None)


def _worse(found: Result, row: Alternative | None, told: Sequence[str]) -> Result:
    """Take a deviation into account: the worst counts."""
    if row is None or RANK[Verdict(row.verdict)] > RANK[found.verdict]:
        return by_row(found, row, _THEN.join(told))
    return found
