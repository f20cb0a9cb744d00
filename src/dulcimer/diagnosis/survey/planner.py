"""The plan of a survey: associations to request one after the other, without sockets and clocks.

`steps` yields proposals and is sent the answers. First every SOP class is proposed in all transfer syntaxes, then roles
and other items for those that are accepted, then single transfer syntaxes, as far as there are associations left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from typing import TypeAlias

from dulcimer._generated.codes import ContextResult
from dulcimer.acse.negotiation import MOST_CONTEXTS, reason_of, roles_in
from dulcimer.counting import counted
from dulcimer.diagnosis.survey.choosing import Profile, SurveyKnowledge
from dulcimer.diagnosis.survey.evidence import Attempt, ClassEvidence
from dulcimer.diagnosis.survey.items import items_for
from dulcimer.diagnosis.survey.proposals import SurveyAnswer, SurveyProposal, SurveyQuestion
from dulcimer.diagnosis.survey.result import ClassResult, RoleAnswer, SyntaxChoice
from dulcimer.diagnosis.survey.scope import SurveyScope
from dulcimer.wire.fields import unpadded
from dulcimer.wire.model import (
    AssociateAc,
    AsynchronousOperationsWindow,
    ScpScuRoleSelection,
    SopClassExtendedNegotiation,
    UserDataSubItem,
)

MOST_ASSOCIATIONS = 8
"""Associations that a survey takes if nothing else is said."""
_MOST_FAILURES = 6
"""Associations that may fail, after the first that was accepted."""
_AT_LEAST = 3
"""Associations for transfer syntaxes if the first ones have to be small, so that there are more of them."""
_SMALLER = 4
"""By which the names of transfer syntaxes in an association are divided after one that failed."""
_EARLY = 32
"""Contexts of an early association that are left for what follows from those before."""
_ITEM_NAMES = {
    AsynchronousOperationsWindow: "a window for asynchronous operations",
    ScpScuRoleSelection: "roles",
    SopClassExtendedNegotiation: "extended negotiation",
}

Steps: TypeAlias = Generator[SurveyProposal, SurveyAnswer, None]


class SurveyPlan:
    """A survey. `most_associations`: how many it may take; `thorough`: as many as every pair of its own needs."""

    def __init__(
        self, scope: SurveyScope, *, most_associations: int = MOST_ASSOCIATIONS, is_thorough: bool = False
    ) -> None:
        self.knowledge = SurveyKnowledge(scope)
        self.window: tuple[int, int] | None = None
        self.notes: dict[str, None] = {}
        self._scope = scope
        self._most = most_associations
        self._is_thorough = is_thorough
        self._names = MOST_CONTEXTS * len(scope.transfer_syntaxes)
        self._taken = self._failed = 0
        self._roles: dict[str, RoleAnswer] = {}
        self._extended: dict[str, bytes] = {}

    @property
    def is_given_up(self) -> bool:
        """Whether so many associations have failed that the rest is not asked."""
        return self._failed >= _MOST_FAILURES

    def steps(self) -> Steps:
        """The proposals; each is sent its answer."""
        yield from self._scan()
        yield from self._items()
        if self._is_thorough:
            yield from self._ask("every transfer syntax by itself", self.knowledge.every_pair())
        most = max(self._most, self._taken + _AT_LEAST) if self._failed else self._most
        while self._taken < most and not self.is_given_up:
            questions = self.knowledge.next_questions(MOST_CONTEXTS)
            if not questions:
                break
            yield from self._ask("transfer syntaxes", questions)

    # ------------------------------------------------------------------ the parts

    def _scan(self) -> Steps:
        """Every SOP class; all associations but the first also have what follows from those before."""
        left = self.knowledge.scan()
        spare = -len(left) % MOST_CONTEXTS
        room = MOST_CONTEXTS
        while left and not self.is_given_up:
            some = self._batch(left, room)
            left = left[len(some) :]
            extra = self.knowledge.next_questions(min(spare, MOST_CONTEXTS - len(some)))
            whole = self._batch([*some, *extra])
            yield from self._ask("SOP classes", whole)
            spare -= len(whole) - len(some)
            room = max(1, MOST_CONTEXTS - min(spare, _EARLY))

    def _items(self) -> Steps:
        """Roles, extended negotiation and the window, for the SOP classes that are accepted; the rest is filled up."""
        accepted = self.knowledge.accepted_classes()
        while accepted and not self.is_given_up:
            most = min(MOST_CONTEXTS, self._names)
            some, accepted = accepted[:most], accepted[most:]
            yield from self._ask_items(some, items_for((one.uid, one.service) for one in some))

    def _ask_items(self, classes: Sequence[ClassEvidence], items: Sequence[UserDataSubItem]) -> Steps:
        own = [SurveyQuestion(one.uid, (one.chosen or min(one.accepted),)) for one in classes]
        names = {one.uid for one in classes}
        others = self.knowledge.next_questions(MOST_CONTEXTS - len(own), names)
        others = self._batch([*own, *others])[len(own) :]
        answer = yield self._proposal("roles, extended negotiation, window", [*own, *others], items)
        if answer.pdu is not None:
            with_roles = any(isinstance(item, ScpScuRoleSelection) for item in items)
            self._note_items(own, answer, answer.pdu, with_roles=with_roles)
            self._note(others, SurveyAnswer(answer.contexts[len(own) :]))
            return
        kinds = list(dict.fromkeys(type(item) for item in items))
        self._failed += 1
        if len(kinds) < 2:
            name = _ITEM_NAMES[kinds[0]]
            self.notes[f"an association that proposes {name} fails: {answer.error}"] = None
            return
        for kind in kinds:  # which of them does it not bear?
            if not self.is_given_up:
                yield from self._ask_items(classes, [item for item in items if isinstance(item, kind)])

    def _ask(self, purpose: str, questions: Sequence[SurveyQuestion]) -> Steps:
        """Ask, in as many associations as that needs; in smaller ones if the peer does not bear so many contexts."""
        left = list(questions)
        while left and not self.is_given_up:
            some = self._batch(left)
            answer = yield self._proposal(purpose, some)
            if answer.pdu is not None:
                self._note(some, answer)
                left = left[len(some) :]
                continue
            self._failed += 1
            if len(some) == 1:
                left = left[1:]
            names = sum(len(one.syntaxes) for one in some)
            self._names = max(1, names // _SMALLER)
            self.notes[
                f"an association with {counted(len(some), 'presentation context')} and {names:,} transfer syntaxes "
                f"failed ({answer.error}); further ones have {self._names:,} at most"
            ] = None

    def _batch(self, questions: Sequence[SurveyQuestion], most: int = MOST_CONTEXTS) -> list[SurveyQuestion]:
        """The first of these questions that fit into an association that the peer bears; one at least."""
        taken: list[SurveyQuestion] = []
        names = 0
        for question in questions[:most]:
            names += len(question.syntaxes)
            if taken and names > self._names:
                break
            taken.append(question)
        return taken

    def _proposal(
        self, purpose: str, questions: Sequence[SurveyQuestion], items: Sequence[UserDataSubItem] = ()
    ) -> SurveyProposal:
        self._taken += 1
        return SurveyProposal(purpose, tuple(questions), tuple(items))

    # ------------------------------------------------------------------ what comes

    def _note(self, questions: Sequence[SurveyQuestion], answer: SurveyAnswer) -> None:
        for question, one in zip(questions, answer.contexts, strict=True):
            result = one.result
            if result == ContextResult.ACCEPTANCE and one.syntax not in question.syntaxes:
                self.notes[
                    f"{question.sop_class} was accepted with {one.syntax or 'no transfer syntax'!r}, which was not "
                    "proposed (PS3.8 9.3.3.2)"
                ] = None
                result = None
            elif result is None:
                self.notes[f"the answer leaves out a context of {question.sop_class} (PS3.8 9.3.3.2)"] = None
            attempt = Attempt(question.syntaxes, result, one.syntax if result == ContextResult.ACCEPTANCE else "")
            self.knowledge.note(question, attempt)

    def _note_items(
        self, questions: Sequence[SurveyQuestion], answer: SurveyAnswer, pdu: AssociateAc, *, with_roles: bool
    ) -> None:
        window = pdu.user_information.first(AsynchronousOperationsWindow)
        if window is not None:
            self.window = window.maximum_number_operations_invoked, window.maximum_number_operations_performed
        if with_roles:
            roles = roles_in(pdu)
            for question, one in zip(questions, answer.contexts, strict=False):
                uid, is_accepted = question.sop_class, one.result == ContextResult.ACCEPTANCE
                answered = roles.get(uid)
                self._roles[uid] = RoleAnswer(is_accepted, answered is not None, *(answered or (True, False)))
        for item in pdu.user_information.all(SopClassExtendedNegotiation):
            self._extended[unpadded(item.sop_class_uid)] = bytes(item.service_class_application_information)

    # ------------------------------------------------------------------ what follows

    def classes(self) -> tuple[ClassResult, ...]:
        """What was found out about each SOP class."""
        known = self.knowledge.profiles()
        if not self.knowledge.lists_tell:
            self.notes["it refuses lists of transfer syntaxes although it accepts one that is in them"] = None
        return tuple(self._class_result(number, known) for number in range(len(self._scope.sop_classes)))

    def _class_result(self, number: int, known: Counter[tuple[str, Profile]]) -> ClassResult:
        sop_class = self._scope.sop_classes[number]
        knowledge, one = self.knowledge, self.knowledge.classes[sop_class.uid]
        unknown, ordered = knowledge.unknown(one), knowledge.ordered
        expected = knowledge.expected(one, known) if one.accepted else None
        return ClassResult(
            sop_class,
            accepted=ordered(one.accepted),
            presumed=() if expected is None else ordered(unknown & expected),
            refused=ordered(one.refused(lists_tell=knowledge.lists_tell or not one.accepted)),
            presumed_refused=() if expected is None else ordered(unknown - expected),
            unknown=ordered(unknown) if expected is None and one.accepted else (),
            preferred=one.chosen,
            refusal=one.refusal if not one.accepted else None,
            roles=self._roles.get(sop_class.uid),
            extended=self._extended.get(sop_class.uid),
        )

    def choice(self) -> SyntaxChoice:
        """How the peer chooses a transfer syntax, from contexts with the same ones in two orders."""
        found: set[SyntaxChoice] = set()
        for one in self.knowledge.classes.values():
            answers = {attempt.syntaxes: attempt.answered for attempt in one.attempts if attempt.is_accepted}
            for names, answered in answers.items():
                backwards = answers.get(names[::-1])
                if len(names) < 2 or backwards is None:
                    continue
                if answered == backwards:
                    found.add(SyntaxChoice.OWN)
                elif answered == names[0] and backwards == names[-1]:
                    found.add(SyntaxChoice.FIRST)
                else:
                    found.add(SyntaxChoice.OTHER)
        return found.pop() if len(found) == 1 else SyntaxChoice.OTHER if found else SyntaxChoice.UNKNOWN


def refusal_words(result: ClassResult) -> str:
    """Why a SOP class is refused, in a few words."""
    return "not in the answer" if result.refusal is None else reason_of(result.refusal)
