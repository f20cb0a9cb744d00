"""The verdict of a case in which everything that comes is compared with the possible states.

What none of the possible states allows is a deviation. Its severity is the one that the catalogue gives for the cell
that the peer must have been in; if there are several, the mildest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import Alternative
from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.conformance.judge.following import by_row, not_reached
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
_LEFT = "the peer closed the connection, as ARTIM allows at any time, before more could be seen"
_MAY_WAIT = "the user of the peer may take any time to answer what came before"
_INDICATES_DATA = "issue:P-DATA indication"


def judged(case: Case, seen: Observation) -> Result:
    """The worst of everything that was observed."""
    found = Result(case, Verdict.OK, "")
    labels: list[str] = []
    for one in seen.shown:
        if one.standing is Standing.ELSEWHERE:
            return not_reached(replace(found, observed=one.seen.label))
        found = _with_one(found, one, labels)
        labels.append(one.seen.label)
        if _left_at_once(case, one, labels):
            found = replace(found, verdict=Verdict.UNOBSERVABLE, lost_race=True, why=_LEFT)
        found = replace(found, observed=_THEN.join(labels))
    return found


def _with_one(found: Result, one: Shown, labels: Sequence[str]) -> Result:
    case, observed = found.case, [*labels, one.seen.label]
    match one.standing:
        case Standing.IMPOSSIBLE:
            row = _mildest(case, one.due, one.seen)
            if row is None and one.seen.name == _ABORT and any(label.startswith(_ABORT) for label in labels):
                # Harmless, as it is after any reaction of the catalogue.
                return replace(found, notes=(*found.notes, "one more A-ABORT"))
            return _worse(found, row, observed)
        case Standing.UNDER_ARTIM:
            follow = next(row for row in case.follows if row.cell == (Events.EVT_18, States.STA_13))
            return _worse(found, fitting(follow.alternatives, one.seen), observed)
        case Standing.OVERDUE:
            row = _mildest(case, one.due, one.seen)
            nothing_yet = not labels and case.cell is not None and _hands_data_to_user(case.cell[1])
            if row is not None and row.verdict == "FAILED" and one.seen.label == SILENCE and nothing_yet:
                row = Alternative("", str(Verdict.INCONCLUSIVE), (), why=_MAY_WAIT)
            return replace(_worse(found, row, observed), retry=True)
    return found


def _left_at_once(case: Case, one: Shown, labels: Sequence[str]) -> bool:
    """Whether a peer in Sta13 did nothing but close the connection."""
    came = one.standing in (Standing.ALLOWED, Standing.IMPOSSIBLE)
    first = one.seen.is_close and len(labels) == 1
    in_sta13 = case.cell is not None and case.cell[1] is States.STA_13
    return came and first and in_sta13 and case.expectation.watch is WatchFor.REACTION


def _hands_data_to_user(state: States) -> bool:
    """Whether P-DATA received in this state reaches the local user, whose answer takes its own time."""
    action = TABLE.get((Events.EVT_10, state))
    return action is not None and any(_INDICATES_DATA in row.effects for row in ACTIONS[action].outcomes)


def _mildest(case: Case, due: Iterable[Cell], seen: Seen) -> Alternative | None:
    """The mildest alternative for this observation among the events that the peer has yet to handle.

    One that allows silence does not count: the peer has to handle all of the events.
    """
    wanted = frozenset(due)
    rows = (fitting(row.alternatives, seen) for row in case.follows if row.cell in wanted)
    found = [row for row in rows if row is not None and not (seen.name == SILENCE and row.verdict == "OK")]
    return min(found, key=lambda row: RANK[Verdict(row.verdict)], default=None)


def _worse(found: Result, row: Alternative | None, observed: Sequence[str]) -> Result:
    """The worse of the result so far and this alternative."""
    if row is None or RANK[Verdict(row.verdict)] > RANK[found.verdict]:
        return by_row(found, row, _THEN.join(observed))
    return found
