"""What a deviation means, and what to change in the end that deviates."""

from __future__ import annotations

from dulcimer._generated.fsm import EVENTS, STATES, TABLE
from dulcimer.conformance.judge.advice import VIOLATED, advice
from dulcimer.conformance.judge.sender_rule import case_of
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.oracle import CLOSE
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.sender_rules.responses import RESPONSE_CHECKS
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.oracle.verdicts import Oddity, Unexplained
from dulcimer.fuzz.proxy.events import PeerDeviation

ODDITY_MEANINGS = {
    Oddity.IMPOSSIBLE: "in no state that it can be in does Table 9-10 let it send this",
    Oddity.ABORT_SOURCE: "the A-ABORT is right, but it names the wrong source: 0 is the user, 2 the provider",
    Oddity.ABORT: "nothing that it received calls for an abort by the service-provider",
    Oddity.CLOSE: "it closed the connection without the PDU that comes before; the other end cannot know why",
    Oddity.SILENCE: "something was due, and nothing came: it may hang, and keep its connection for ever",
    Oddity.MALFORMED: "the bytes do not follow the layout of the PDU: other implementations may refuse them",
}
_ADVICE = {
    Oddity.ABORT_SOURCE: "send source 2 when the PDU or the state is wrong, source 0 when the user wants to abort",
    Oddity.ABORT: "look in its log for the reason; if its user aborts, the source is 0",
    Oddity.CLOSE: "end an association with A-RELEASE or A-ABORT before the connection is closed; if it crashed, see "
    "its log",
    Oddity.MALFORMED: "look at the code that encodes this field",
}
_SEEN = {CLOSE: "end of the connection", f"{CLOSE} by reset": "reset of the connection"}
_ANSWERING = LinkEnd.SERVER.role
"""The role for which the rules for responses say what to change, whichever end answers."""
_FEW = 2
_LEAST_SEVERE = "S2"
"""Deviations of this severity fail a run of `dulcimer check`, too, if nothing else is asked for; S3 and S4 do not."""


def deviation_of(end: LinkEnd, found: Unexplained) -> PeerDeviation:
    """An unexplained reply, for a reader."""
    if found.detail:
        text = f"{found.seen}: {found.detail}"
    else:
        text = f"{_SEEN.get(found.seen, found.seen)} where {' or '.join(found.expected) or 'nothing'} is expected"
    return PeerDeviation(end, found.sure, text, found.clause, ODDITY_MEANINGS[found.oddity], _advice(found))


def deviation_of_rule(end: LinkEnd, found: Violation) -> PeerDeviation:
    """A rule for what an end sends that was broken, for a reader."""
    rule = found.rule
    verdict = Verdict(rule.verdict)
    role = _ANSWERING if rule.check in RESPONSE_CHECKS else end.role
    remedy = advice(Verdict.FAILED, VIOLATED, case_of(rule, role), found.problem, rule.id)
    remedy = remedy.replace("the peer", f"the {end}").replace("the bytes named in the observation", "these bytes")
    text = found.problem.replace("the tester", f"the {end.opposite}")
    meaning = rule.requirement.rstrip(".")
    harms = verdict is Verdict.FAILED and rule.severity <= _LEAST_SEVERE
    return PeerDeviation(end, harms, text, rule.clause, meaning[:1].lower() + meaning[1:], remedy)


def _advice(found: Unexplained) -> str:
    known = _ADVICE.get(found.oddity)
    if known is not None:
        return known
    cells = sorted(cell for cell in found.cells if cell in TABLE)[:_FEW]
    if not cells:
        return "compare its state machine with the clause"
    named = [f"{STATES[state].label} {EVENTS[event].label} is {TABLE[event, state]}" for event, state in cells]
    event, state = cells[0]
    return (
        f"compare its state machine with the table: {', '.join(named)} "
        f"(dulcimer explain {STATES[state].label} {EVENTS[event].label})"
    )
