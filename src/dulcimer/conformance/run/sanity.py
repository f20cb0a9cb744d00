"""The sanity probe, and its shorter forms for a peer that cannot do all of it.

A peer whose C-ECHO or release is broken, or that does not offer Verification, is tested with the cases that do not need
it. One case is about each of these, and fails; the others would only repeat that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dulcimer._generated.conformance import EXPECTATIONS, Alternative
from dulcimer._generated.fsm import Events
from dulcimer.conformance.judge.judge import judge
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Hindrance, Observation, Obstacle
from dulcimer.conformance.model.parts import CaseOpening, Closing, Expectation, Injection, Settle
from dulcimer.conformance.model.result import Result
from dulcimer.conformance.model.steps import Connect, Expect, Send, Step
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.stimuli.messages import Titles, associate_rq
from dulcimer.wire.codec import encode

PROBE = "sanity"
"""Id of the sanity probe."""
_ACCEPT, _ANY_AC = "@accept", "A-ASSOCIATE-AC(*)"
_ECHO_RSP = "C-ECHO-RSP("
_PLAIN_ECHO = "dimse.echo.success"


@dataclass(frozen=True, slots=True)
class Means:
    """Which parts of the sanity probe work: `verification` is accepted, C-ECHO is answered, `release` is answered."""

    verification: bool = True
    echo: bool = True
    release: bool = True

    @property
    def all(self) -> bool:
        """Whether nothing is missing."""
        return self.verification and self.echo and self.release

    @property
    def settle(self) -> Settle:
        """How the probe shows that the association works."""
        if self.echo:
            return Settle.ECHO if self.release else Settle.ECHO_ALONE
        return Settle.RELEASE if self.release else Settle.NONE

    @property
    def missing(self) -> str:
        """What does not work, in words; "" if nothing is missing."""
        parts = []
        if not self.verification:
            parts.append("it does not accept a presentation context for Verification")
        elif not self.echo:
            parts.append(f"it does not answer a C-ECHO-RQ as it must (see {_PLAIN_ECHO})")
        if not self.release:
            parts.append("it does not answer an A-RELEASE-RQ as it must (see ul.fsm.acc.sta06.evt12)")
        return ", and ".join(parts)


ALL = Means()
LESS = (
    Means(release=False),
    Means(echo=False),
    Means(echo=False, release=False),
    Means(verification=False, echo=False),
    Means(verification=False, echo=False, release=False),
)
"""The shorter forms, the longest first."""


def probe_case(titles: Titles, means: Means = ALL) -> Case:
    """The sanity probe: association, C-ECHO, release, as far as the peer has these means."""
    accepted = EXPECTATIONS["accepted"]
    return Case(
        id=PROBE,
        rev="1",
        clause="PS3.8 9.2, PS3.7 9.1.5",
        requirement="An association is accepted, a C-ECHO-RQ answered with success, and the association released.",
        severity="S0",
        role="acceptor",
        opening=CaseOpening((Connect(),)),
        injection=Injection((Send("A-ASSOCIATE-RQ", encode(associate_rq(titles)), (Events.EVT_6,)),)),
        expectation=Expectation(accepted if means.verification else tuple(_any_acceptance(accepted))),
        closing=Closing(settle=means.settle),
    )


def _any_acceptance(rows: tuple[Alternative, ...]) -> Iterator[Alternative]:
    """The same alternatives, but any A-ASSOCIATE-AC counts as an acceptance."""
    for row in rows:
        yield replace(row, on=(*row.on, _ANY_AC)) if _ACCEPT in row.on else row


def adapted(case: Case, means: Means) -> Case | Result:
    """The case in the form that can be played with such a peer, or its result if it cannot be played."""
    if means.all:
        return case
    if not means.verification and _needs_context(case):
        why = "the case needs a context for Verification, which the peer does not accept"
        return judge(case, Observation(Hindrance(Obstacle.NOT_OFFERED, "not tried", why)))
    if not means.echo and _is_about_echo(case) and case.id != _PLAIN_ECHO:
        why = f"the case needs an answered C-ECHO, and not even a plain one is answered: see {_PLAIN_ECHO}"
        return judge(case, Observation(Hindrance(Obstacle.NEEDS_ECHO, "not tried", why)))
    settle = {
        Settle.ECHO: means.settle,
        Settle.RELEASE: Settle.RELEASE if means.release else Settle.NONE,
        Settle.RELEASED: Settle.RELEASED if means.release else Settle.NONE,
    }.get(case.closing.settle, case.closing.settle)
    rows = (
        case.expectation.alternatives if means.verification else tuple(_any_acceptance(case.expectation.alternatives))
    )
    expectation, closing = replace(case.expectation, alternatives=rows), replace(case.closing, settle=settle)
    return replace(case, expectation=expectation, closing=closing)


def _needs_context(case: Case) -> bool:
    """Whether the case sends data on the presentation context for Verification."""
    steps = (*case.opening.steps, *case.injection.steps)
    sends = any(Events.EVT_10 in step.events for step in steps)
    return sends and not case.opening.service and any(map(_is_acceptance, case.opening.steps))


def _is_acceptance(step: Step) -> bool:
    """Whether an A-ASSOCIATE-AC is waited for."""
    return isinstance(step, Expect) and step.pattern.startswith("A-ASSOCIATE-AC")


def _is_about_echo(case: Case) -> bool:
    """Whether only an answer to a C-ECHO-RQ is right."""
    good = [pattern for row in case.expectation.alternatives if row.verdict == Verdict.OK for pattern in row.on]
    return bool(good) and all(pattern.startswith(_ECHO_RSP) for pattern in good)
