"""Acceptors in memory, and what a survey says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dulcimer._generated.codes import ContextResult
from dulcimer.acse.negotiation import Context, answer_pdu, request_pdu
from dulcimer.diagnosis.survey.planner import SurveyPlan
from dulcimer.diagnosis.survey.proposals import ContextAnswer, SurveyAnswer, SurveyProposal
from dulcimer.diagnosis.survey.result import ClassResult
from dulcimer.diagnosis.survey.scope import SurveyScope
from dulcimer.errors import AssociationAborted

Choice = Callable[[Sequence[str], Sequence[str]], str | None]
"""From what is supported, and what is proposed, the transfer syntax to use."""


def by_own_order(supported: Sequence[str], proposed: Sequence[str]) -> str | None:
    return next((uid for uid in supported if uid in proposed), None)


def by_their_order(supported: Sequence[str], proposed: Sequence[str]) -> str | None:
    return next((uid for uid in proposed if uid in supported), None)


def by_the_first_only(supported: Sequence[str], proposed: Sequence[str]) -> str | None:
    return proposed[0] if proposed[0] in supported else None


@dataclass
class MemoryAcceptor:
    """Accepts these transfer syntaxes of these SOP classes; aborts if it gets more than it bears."""

    supported: Mapping[str, Sequence[str]]
    choose: Choice = by_own_order
    most_contexts: int = 128
    most_names: int = 1 << 20
    hates_items: bool = False
    asked: list[SurveyProposal] = field(default_factory=list)

    def answer(self, proposal: SurveyProposal) -> SurveyAnswer:
        self.asked.append(proposal)
        names = sum(len(one.syntaxes) for one in proposal.questions)
        is_large = len(proposal.questions) > self.most_contexts or names > self.most_names
        if is_large or (self.hates_items and proposal.items):
            return SurveyAnswer(error=AssociationAborted("aborted: too much", source=2, reason=0))
        contexts = [Context(one.sop_class, one.syntaxes) for one in proposal.questions]
        request = request_pdu(contexts, calling_ae_title="A", called_ae_title="B", user_items=proposal.items)
        pdu, _ = answer_pdu(request, self._choice, choose_roles=lambda _uid, roles: (roles[0], False))
        results = [ContextAnswer(one.result_reason, one.transfer_syntax or "") for one in pdu.presentation_contexts]
        return SurveyAnswer(tuple(results), pdu)

    def _choice(self, sop_class: str, proposed: Sequence[str]) -> str | ContextResult:
        if sop_class not in self.supported:
            return ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED
        found = self.choose(self.supported[sop_class], proposed)
        return ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED if found is None else found


def surveyed(
    acceptor: MemoryAcceptor, scope: SurveyScope, *, most: int = 8, is_thorough: bool = False
) -> tuple[SurveyPlan, dict[str, ClassResult]]:
    """Take a survey of an acceptor in memory; what it has found out, by UID."""
    plan = SurveyPlan(scope, most_associations=most, is_thorough=is_thorough)
    steps = plan.steps()
    try:
        proposal = next(steps)
        while True:
            proposal = steps.send(acceptor.answer(proposal))
    except StopIteration:
        return plan, {one.sop_class.uid: one for one in plan.classes()}
