"""Cases that repeat another case in another form: the same deviation is counted once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict

_HOW_CLOSED = re.compile(r"close\([a-z-]+\)")
_THEN = ", then "
_COUNTS = (Verdict.NON_STRICT, Verdict.INFORMATIONAL, Verdict.FAILED)


def mark_duplicates(results: Sequence[Result]) -> list[Result]:
    """The results, of which those that only repeat the deviation of another case are OK.

    A case that sends the bytes of another one in other segments asks only whether the peer does the same. An extended
    case asks which state the peer has reached: deviations in that state itself count in other cases.
    """
    by_id = {result.case.id: result for result in results}
    return [_compared(result, by_id) if result.verdict in _COUNTS else result for result in results]


def _compared(result: Result, by_id: Mapping[str, Result]) -> Result:
    before = _failed_before(result, by_id)
    if before is not None:
        why = f"the reaction before is already wrong: see {before.case.id}, which is about that"
        return replace(result, verdict=Verdict.UNOBSERVABLE, alternative="before", why=why)
    other = _same(result, by_id)
    if other is None:
        return result
    why = f"the same as in {other.case.id}, which is {other.verdict}: {other.why}"
    return replace(result, verdict=Verdict.OK, alternative="same", why=why)


def _same(result: Result, by_id: Mapping[str, Result]) -> Result | None:
    base = by_id.get(result.case.base)
    if base is not None and (base.verdict, _seen_as(base)) == (result.verdict, _seen_as(result)):
        return base
    named = (by_id[name] for name in _akin(result.case) if name in by_id and result.alternative)
    return next((one for one in named if (one.verdict, one.alternative) == (result.verdict, result.alternative)), None)


def _akin(case: Case) -> tuple[str, ...]:
    return case.continuation.akin if case.continuation is not None else ()


def _failed_before(result: Result, by_id: Mapping[str, Result]) -> Result | None:
    """The case that this one extends, if that has failed with the same reaction."""
    base = by_id.get(result.case.id.removesuffix(f".{result.case.then}")) if result.case.then else None
    if base is None or base.verdict is not Verdict.FAILED:
        return None
    return base if _seen_as(base).split(_THEN)[0] == _seen_as(result).split(_THEN)[0] else None


def _seen_as(result: Result) -> str:
    """What was observed, without how a connection ended: FIN or RST depends on what the peer had read by then."""
    return _HOW_CLOSED.sub("closed", result.observed)
