"""The verdict of a case: what was seen in it, compared with what the case demands.

`judge` is a pure function. A player may ask for the verdict so far, to know how to continue; a runner may combine
two results of one case. Neither makes a verdict: only this package does. Two modules beside this one change a verdict
for what one case alone cannot show: `health`, what it did to the peer, and `races`, what other cases say of its state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from dulcimer._generated.conformance import SenderRule
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.catalogue.upper_tester import HeldCase
from dulcimer.conformance.judge import afterwards, conduct, following, held, hindrance, reaction, sender_rule, user
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Observation, RuleObservation
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.verdict import Verdict

Judge: TypeAlias = Callable[[Case, Observation], Result]
"""Makes the result of a case from what was seen in it."""

_ALIVE = "S2"
"""The severity of a failure of a peer that neither crashes nor hangs."""
_GOT_THERE = frozenset(Verdict) - {Verdict.UNOBSERVABLE, Verdict.UNIMPLEMENTED, Verdict.ERROR}


def judge(case: Case, seen: Observation, of_association: Judge | None = None) -> Result:
    """The result of a case in which this was seen.

    `of_association`: judges what was seen on the association, if something other than the alternatives of the case
    decides.
    """
    if isinstance(case, HeldCase):
        return _of_held_case(case, seen)
    if seen.hindrance is not None:
        found = hindrance.judged(case, seen)
    else:
        found = conduct.hold_to_rules((of_association or _of_association)(case, seen), seen.broken)
    if case.role == "acceptor" and found.verdict is Verdict.FAILED and found.severity == "S0":
        found = replace(found, severity=_ALIVE)  # only the sanity probe shows a crash
    found = conduct.with_excess(found, seen.excess)
    if isinstance(case, RequestorCase) and seen.ending is not None:
        found = conduct.ended_as(case, found, seen.ending, seen.habit)
    return _with_facts(found, seen)


def judge_so_far(case: Case, seen: Observation) -> Result:
    """The result of the reaction alone, before anything that comes after it."""
    return reaction.judged(case, seen)


def judge_rule(rule: SenderRule, role: str, seen: RuleObservation) -> Result:
    """The result of a rule for everything that a peer in this role sends."""
    return sender_rule.judged(rule, role, seen)


def _of_association(case: Case, seen: Observation) -> Result:
    if case.then in ways.HELD:
        return held.judged(case, seen)
    found = reaction.judged(case, seen)
    if case.then:
        return following.judged(case, seen, found)
    return afterwards.judged(case, seen, found)


def _of_held_case(case: HeldCase, seen: Observation) -> Result:
    if seen.hindrance is not None:
        found = _with_facts(hindrance.judged(case, seen), seen)
    else:
        found = _with_facts(user.judged(case, seen), seen)
    legs = frozenset(leg.cell for leg in case.legs)
    return replace(found, cells_seen=legs if found.verdict in _GOT_THERE else frozenset())


def _with_facts(found: Result, seen: Observation) -> Result:
    """The result with the facts that need no judgement."""
    return replace(
        found,
        close=found.close or seen.close,
        notes=tuple(dict.fromkeys((*found.notes, *seen.notes))),
        duration=seen.seconds,
        trace=seen.trace,
        opened_at=seen.opened_at,
        late=seen.still_open,
        cells_seen=seen.cells,
    )
