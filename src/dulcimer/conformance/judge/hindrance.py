"""The result of a case that did not get as far as a reaction."""

from __future__ import annotations

from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Observation, Obstacle
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.counting import counted

_VERDICTS = {
    Obstacle.NOT_OFFERED: Verdict.UNIMPLEMENTED,
    Obstacle.NEEDS_ECHO: Verdict.INCONCLUSIVE,
    Obstacle.BUSY: Verdict.INCONCLUSIVE,
    Obstacle.SLOW: Verdict.INCONCLUSIVE,
    Obstacle.NOT_BY_ITSELF: Verdict.INCONCLUSIVE,
    Obstacle.ELSEWHERE: Verdict.UNOBSERVABLE,
    Obstacle.CUT_OFF: Verdict.UNOBSERVABLE,
    Obstacle.NOT_HELD: Verdict.UNOBSERVABLE,
    Obstacle.IMPOSSIBLE: Verdict.FAILED,
    Obstacle.NO_CONNECTION: Verdict.ERROR,
    Obstacle.NO_RESET: Verdict.ERROR,
    Obstacle.DIED: Verdict.FAILED,
    Obstacle.HANGS: Verdict.FAILED,
}
_TIME_DECIDED = frozenset({Obstacle.SLOW, Obstacle.CUT_OFF, Obstacle.NOT_HELD, Obstacle.NO_CONNECTION})
_KILLED = {Obstacle.DIED: "died", Obstacle.HANGS: "hangs"}


def judged(case: Case, seen: Observation) -> Result:
    """The result of a hindrance; there has to be one."""
    found = seen.hindrance
    assert found is not None
    observed = found.observed
    if seen.earlier and found.obstacle is Obstacle.BUSY:  # the peer noticed none of the earlier closes
        observed += f" after {counted(seen.earlier, 'connection')} that the tester had closed"
    return Result(
        case,
        _VERDICTS[found.obstacle],
        observed,
        found.why,
        severity="S0" if found.obstacle in _KILLED else "",
        alternative=_KILLED.get(found.obstacle, ""),
        retry=found.obstacle in _TIME_DECIDED,
        busy=found.obstacle is Obstacle.BUSY,
        # An acceptor is brought into the state again; only its reaction to the stimulus shows that it had left.
        lost_race=case.role == "requestor" and observed.startswith(CLOSE),
        refused=found.refused,
    )
