"""What the server of a survey would answer, as far as the survey knows; and answers like that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dulcimer._generated.codes import ContextResult
from dulcimer.acse.negotiation import Roles, TransferSyntaxChoice
from dulcimer.acse.wording import name_of
from dulcimer.diagnosis.survey.planner import refusal_words
from dulcimer.diagnosis.survey.result import ClassResult, SurveyResult, SyntaxChoice
from dulcimer.wire.fields import unpadded
from dulcimer.wire.model import (
    AssociateRq,
    AsynchronousOperationsWindow,
    SopClassExtendedNegotiation,
    UserDataSubItem,
)

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class LikelyAnswer:
    """What a server would answer to a context: the transfer syntax or the result, and in words.

    `is_known`: whether the survey tells; if not, `answer` is what is answered for want of better knowledge.
    """

    answer: str | ContextResult
    words: str
    is_known: bool = True

    @property
    def is_refusal(self) -> bool:
        """Whether it would refuse, as far as that is known."""
        return self.is_known and isinstance(self.answer, ContextResult)


class SurveyedServer:
    """A server that was surveyed."""

    def __init__(self, survey: SurveyResult) -> None:
        self.survey = survey
        self._classes = {one.sop_class.uid: one for one in survey.classes}

    @property
    def name(self) -> str:
        """Its AE title."""
        return self.survey.peer.called

    def answer(self, sop_class: str, proposed: Sequence[str]) -> LikelyAnswer:
        """What it would answer to a context."""
        one = self._classes.get(sop_class)
        if one is None:
            words = "not known: the survey did not ask for this SOP class (--sop-class)"
            return LikelyAnswer(ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED, words, is_known=False)
        if not one.is_accepted:
            result = ContextResult(one.refusal) if one.refusal in _REFUSALS else _REFUSALS[0]
            return LikelyAnswer(result, f"refused: {refusal_words(one)}")
        fitting = [uid for uid in proposed if uid in one.syntaxes]
        if not fitting:
            refused = ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED
            if any(uid not in self.survey.transfer_syntaxes or uid in one.unknown for uid in proposed):
                words = "not known: the survey did not try all of these transfer syntaxes"
                return LikelyAnswer(refused, words, is_known=False)
            return LikelyAnswer(refused, self._others(one, proposed))
        chosen = self._chosen(one, fitting)
        presumed = ", presumably" if chosen in one.presumed else ""
        return LikelyAnswer(chosen, f"accepted{presumed} in {self._name(chosen)}")

    def _others(self, one: ClassResult, proposed: Sequence[str]) -> str:
        """Why no transfer syntax fits, and which would."""
        taken = self.survey.ordered(one.syntaxes)
        names = ", ".join(map(self._name, taken[:_MOST_NAMED]))
        more = f" and {len(taken) - _MOST_NAMED} more" if len(taken) > _MOST_NAMED else ""
        presumed = ", presumably" if set(proposed) & set(one.presumed_refused) else ""
        return f"refused{presumed}: none of these transfer syntaxes; it takes {names}{more}"

    def _chosen(self, one: ClassResult, fitting: Sequence[str]) -> str:
        if self.survey.choice is not SyntaxChoice.FIRST and one.preferred in fitting:
            return one.preferred
        return fitting[0]

    def _name(self, uid: str) -> str:
        return self.survey.transfer_syntaxes.get(uid) or name_of(uid)

    # ------------------------------------------------------------------ answering like it

    @property
    def choice(self) -> TransferSyntaxChoice:
        """Its answer to a context."""
        return lambda sop_class, proposed: self.answer(sop_class, proposed).answer

    def roles(self, sop_class: str, proposed: Roles) -> Roles | None:
        """Its answer to a role selection, None for none."""
        one = self._classes.get(sop_class)
        if one is None or one.roles is None or not one.roles.is_answered:
            return None
        return proposed[0] and one.roles.scu, proposed[1] and one.roles.scp

    def items(self, request: AssociateRq) -> list[UserDataSubItem]:
        """Its answers to extended negotiation and to the window."""
        found: list[UserDataSubItem] = []
        for item in request.user_information.all(SopClassExtendedNegotiation):
            one = self._classes.get(unpadded(item.sop_class_uid))
            if one is not None and one.extended is not None:
                size = len(item.service_class_application_information)
                found.append(SopClassExtendedNegotiation(one.sop_class.uid, one.extended[:size]))
        asked = request.user_information.first(AsynchronousOperationsWindow)
        if asked is not None and self.survey.window is not None:
            limits = asked.maximum_number_operations_invoked, asked.maximum_number_operations_performed
            found.append(AsynchronousOperationsWindow(*map(_within, self.survey.window, limits)))
        return found


_REFUSALS = (
    ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED,
    ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED,
    ContextResult.USER_REJECTION,
    ContextResult.NO_REASON,
)


def _within(own: int, limit: int) -> int:
    """A number of operations, 0 for any number, within the one that was proposed."""
    return min(own, limit) if own and limit else own or limit
