"""The questions of a lab, and their answers from what the judge and the diagnosis find in its capture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from dulcimer._generated.codes import (
    REJECT_REASONS,
    AbortReason,
    AbortSource,
    ContextResult,
    RejectResult,
    describe_rejection,
)
from dulcimer._generated.conformance import SENDER_RULES
from dulcimer._generated.fsm import STATES, TABLE, Events, States
from dulcimer._generated.requestor import RULES
from dulcimer.diagnosis.causes.findings import CAUSES
from dulcimer.diagnosis.causes.wording import sentence
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    AbortSeen,
    AcceptanceSeen,
    ConnectionClosed,
    RejectionSeen,
    ReleaseSeen,
)
from dulcimer.diagnosis.judging.verdicts import Breach
from dulcimer.diagnosis.judging.wording import NO_HARM
from dulcimer.fsm.machine import StateMachine
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.questions import AnswerForm, LabQuestion, lettered, numbered
from dulcimer.learn.labs.seen import SeenCapture
from dulcimer.wire.model import ReleaseRq

ENDS: Final = ("the client, which opened the connection", "the server")
NEITHER: Final = "neither of them"
NO_RULE: Final = "none: no rule of the standard is broken"
_OPTIONS: Final = 4
_MACHINE: Final = "In no state that it can be in does Table 9-10 let it send this."
_REQUIREMENTS: Final = {
    one.id: one.requirement.replace("the tester", "the other end")
    for one in (*RULES, *SENDER_RULES)
    if one.severity != NO_HARM
}
"""What the rules for clients and for servers demand, by their ids."""
_CLEAN: Final = (
    "dulcimer trace check finds no breach: some run of Table 9-10 explains what each end sends, and its bytes keep the "
    "rules for them (PS3.8 9.2, 9.3; PS3.7)."
)


def end_named(*, by_client: bool | None) -> str:
    """An end, as an option."""
    return ENDS[0] if by_client else ENDS[1]


def some(draw: Choices, right: str, others: Sequence[str], count: int = _OPTIONS) -> list[str]:
    """The right option among others, in any order."""
    left = [one for one in dict.fromkeys(others) if one != right]
    found = [right]
    while left and len(found) < count:
        found.append(left.pop(draw.integer(0, len(left) - 1)))
    ordered = []
    while found:
        ordered.append(found.pop(draw.integer(0, len(found) - 1)))
    return ordered


# ---------------------------------------------------------------------- a rule is broken, or none is


def breach_questions(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:
    """Which end breaks which rule, and where? Nobody may."""
    breach = seen.breaches[0] if seen.breaches else None
    why = _CLEAN if breach is None else told(breach)
    yield fault_question(seen)
    frames = [0] if breach is None else _frames(seen)
    yield numbered("frame", "In which frame? If no rule is broken: 0.", frames, why)
    right = NO_RULE if breach is None else _requirement(breach)
    broken = set(map(_requirement, seen.breaches))
    options = some(draw, right, [one for one in (*_REQUIREMENTS.values(), _MACHINE) if one not in broken])
    listed = [*(one for one in options if one != NO_RULE), NO_RULE]
    yield lettered("rule", "Which rule is broken?", listed, right, why)


def fault_question(seen: SeenCapture) -> LabQuestion:
    """Which end breaks a rule?"""
    breach = seen.breaches[0] if seen.breaches else None
    right = NEITHER if breach is None else end_named(by_client=breach.end is LinkEnd.CLIENT)
    why = _CLEAN if breach is None else told(breach)
    return lettered("end", "Which end breaks a rule of the standard, if one does?", (*ENDS, NEITHER), right, why)


def told(breach: Breach) -> str:
    """A breach in a few sentences: frame, what was seen, what the standard says, what was allowed."""
    frame = breach.place.frames[-1] if breach.place.frames else 0
    where = f" ({breach.place.path})" if breach.place.path else ""
    return f"Frame {frame}, {breach.end}{where}: {breach.observed.rstrip('.')}. {breach.requirement} ({breach.clause})."


def _requirement(breach: Breach) -> str:
    """What the rule demands, in the words of its row: the judge names the end that it is about."""
    return _REQUIREMENTS.get(breach.rule, breach.requirement)


def _frames(seen: SeenCapture) -> list[int]:
    """Frames that prove a breach: those with the bytes, and the one that completes the PDU."""
    found = []
    for breach in seen.breaches:
        found += [breach.place.frames[-1], *breach.place.frames, *(step.frame for step in breach.story[-1:])]
    return found


# ---------------------------------------------------------------------- how it ended, and why


def abort_questions(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:
    """Who aborted, and what do the bytes of the A-ABORT say?"""
    _, fact = seen.first(AbortSeen)
    source = AbortSource(fact.source or 0)
    said = source.description
    if source is AbortSource.SERVICE_PROVIDER:
        said += f", reason {fact.reason}: {AbortReason(fact.reason or 0).description}"
    end = end_named(by_client=fact.by_client)
    why = f"Frame {fact.place.number} is the A-ABORT of {end.partition(',')[0]}; its bytes name {said} (PS3.8 9.3.8)."
    yield lettered("who", "Which end aborts the association?", ENDS, end, why)
    yield numbered("frame", "In which frame?", [fact.place.number], why)
    yield lettered(
        "source",
        "Who decided that, by the bytes of the A-ABORT?",
        [one.description for one in AbortSource],
        source.description,
        why,
    )
    if source is AbortSource.SERVICE_PROVIDER:
        reason = AbortReason(fact.reason or 0).description
        yield lettered(
            "reason", "For which reason?", some(draw, reason, [one.description for one in AbortReason]), reason, why
        )
    if fact.silence is not None and fact.silence >= 1:
        told_silence = f"{why[:-1]}, {fact.silence:.0f} s after the PDU before it."
        seconds = round(fact.silence)
        text = "How many seconds passed since the PDU before it (whole seconds)?"
        yield numbered("silence", text, [seconds, seconds - 1, seconds + 1], told_silence)
    yield fault_question(seen)


def rejection_questions(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:
    """Why was the association rejected?"""
    _, fact = seen.first(RejectionSeen)
    words = describe_rejection(fact.result, fact.source, fact.reason)
    codes = f"{fact.result}/{fact.source}/{fact.reason}"
    why = f"Frame {fact.place.number}, A-ASSOCIATE-RJ with {codes} (PS3.8 9.3.4): {words}"
    yield numbered("frame", "In which frame is the association rejected?", [fact.place.number], why)
    result = RejectResult(fact.result).description
    results = [one.description for one in RejectResult]
    yield lettered("result", "May the same request be accepted later, by its bytes?", results, result, why)
    reasons = [f"{one.description} (reason {one})" for kind in REJECT_REASONS.values() for one in kind]
    reason = f"{REJECT_REASONS[fact.source](fact.reason).description} (reason {fact.reason})"
    yield lettered("reason", "For which reason?", some(draw, reason, reasons), reason, why)


def context_questions(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:
    """Which presentation contexts were refused, and why?"""
    connection, fact = next(
        (one, fact) for one, fact in seen.all(AcceptanceSeen) if any(context.result for context in one.contexts)
    )
    refused = [one for one in connection.contexts if one.result]
    accepted = [one for one in connection.contexts if one.result == 0]
    listed = ", ".join(f"{one.number}: result {one.result}" for one in connection.contexts)
    why = f"Frame {fact.place.number}, the A-ASSOCIATE-AC, has for each context its result ({listed}; PS3.8 9.3.3.2)."
    yield numbered("frame", "In which frame are the presentation contexts answered?", [fact.place.number], why)
    yield LabQuestion(
        "refused",
        "Which presentation contexts are refused? Their IDs.",
        AnswerForm.NUMBERS,
        (", ".join(str(one.number) for one in sorted(refused, key=lambda one: one.number)),),
        why,
    )
    chosen = draw.pick(refused)
    results = [one.description for one in ContextResult]
    result = ContextResult(chosen.result or 0).description
    text = f"What does the acceptor say of context {chosen.number}?"
    yield lettered("result", text, some(draw, result, results), result, why)
    several = [one for one in accepted if len(one.syntaxes) > 1]
    if several:
        one = draw.pick(several)
        text = f"Which of the proposed transfer syntaxes is accepted for context {one.number}?"
        yield lettered("syntax", text, one.syntaxes, one.accepted, why)


def collision_questions(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:  # noqa: ARG001
    """Both ends ask for release: who answers first, and in which states are they?"""
    connection = next(
        one
        for one in seen.evidence.conversations
        if len({fact.by_client for fact in one.all(ReleaseSeen) if not fact.is_answer}) == len(ENDS)
    )
    asked = [fact for fact in connection.all(ReleaseSeen) if not fact.is_answer]
    answers = [fact for fact in connection.all(ReleaseSeen) if fact.is_answer]
    numbers = sorted(fact.place.number for fact in asked)
    both = " and ".join(map(str, numbers))
    why = (
        f"Frames {both} are A-RELEASE-RQs of both ends that crossed; each end gets the other's in Sta7, and does AR-8 "
        "(PS3.8 7.2.2, Table 9-10)."
    )
    yield LabQuestion(
        "frames",
        "Which frames have the A-RELEASE-RQs of this association?",
        AnswerForm.NUMBERS,
        (", ".join(map(str, numbers)),),
        why,
    )
    requestor, acceptor = _collided(is_requestor=True), _collided(is_requestor=False)
    for who, state in (("association-requestor", requestor), ("association-acceptor", acceptor)):
        yield LabQuestion(
            who.rpartition("-")[2],
            f"In which state is the {who} when it has received the other's A-RELEASE-RQ?",
            AnswerForm.STATE,
            (STATES[state].label,),
            f"{why} Of the {who} the next state is then {STATES[state].label} (PS3.8 Table 9-10, Evt12/Sta7).",
        )
    first = end_named(by_client=answers[0].by_client)
    yield lettered(
        "first",
        "Which end sends its A-RELEASE-RP first?",
        ENDS,
        first,
        f"Frame {answers[0].place.number}. In {STATES[requestor].label} the user of the association-requestor answers "
        f"(AR-9); the acceptor waits for that in {STATES[acceptor].label} (PS3.8 7.2.2, Table 9-10).",
    )
    yield fault_question(seen)


def _collided(*, is_requestor: bool) -> States:
    """The state of an end in Sta7 that receives an A-RELEASE-RQ."""
    machine = StateMachine(is_requestor=is_requestor)
    machine.state = STATES[States.STA_7].label
    machine.action(Events.EVT_12, ReleaseRq())
    return machine.current_state


def closing_questions(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:  # noqa: ARG001
    """Who closes the connection after a silence, and which timer made it?"""
    connection, fact = next((one, fact) for one, fact in seen.all(ConnectionClosed) if _silence(one, fact) >= 1)
    silence = _silence(connection, fact)
    state = States.STA_13 if seen.all(RejectionSeen) else States.STA_2
    action = TABLE[Events.EVT_18, state]
    seconds = round(silence)
    who = end_named(by_client=fact.by_client)
    why = (
        f"Frame {fact.place.number}: {who.partition(',')[0]} closes after {seconds} s. It waits in "
        f"{STATES[state].label} with ARTIM running; when that expires (Evt18), {action} closes the connection "
        f"(PS3.8 9.1.5, Table 9-10)."
    )
    yield lettered("who", "Which end closes the connection after a silence?", ENDS, who, why)
    yield numbered("frame", "In which frame?", [fact.place.number], why)
    text = "How many seconds was nothing sent before (whole seconds)?"
    yield numbered("silence", text, [seconds, seconds - 1, seconds + 1], why)
    yield LabQuestion("state", "In which state did this end wait?", AnswerForm.STATE, (STATES[state].label,), why)
    yield fault_question(seen)


def _silence(connection: SeenConnection, fact: ConnectionClosed) -> float:
    """Seconds since the last bytes, or since the connection was opened."""
    if fact.silence is not None:
        return fact.silence
    return (fact.place.t or 0.0) - (connection.began.t or 0.0)


def cause_questions(
    seen: SeenCapture, draw: Choices, others: Sequence[str], *, asks_fault: bool = True
) -> Iterator[LabQuestion]:
    """Why does it not work? `others`: ids of causes that it could have been; `asks_fault`: is a rule broken, too?"""
    finding = seen.causes.findings[0]
    right = sentence(finding.cause.cause, finding.values)
    wrong = [sentence(CAUSES[one].cause, finding.values) for one in others if one != finding.id]
    proof = "; ".join(f"{point.place}: {point.words}" for point in finding.proof)
    change = " ".join(
        f"At the {end}: {text}."
        for end, text in (("requestor", finding.cause.requestor), ("acceptor", finding.cause.acceptor))
        if text
    )
    why = f"{proof} ({finding.cause.clause}). {change}"
    yield lettered("cause", "What is the most likely cause?", some(draw, right, wrong), right, why)
    frames = [point.place.number for point in finding.proof]
    yield numbered("frame", "Which frame shows it?", frames, why)
    if asks_fault:
        yield fault_question(seen)
