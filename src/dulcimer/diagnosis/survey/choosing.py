"""Which presentation contexts to propose next, from what is known: groups of SOP classes that behave alike.

One SOP class of each group is examined completely. The others of the group are asked whether they accept anything
besides, with one context, and then for what is expected, one transfer syntax after the other. What contradicts a group
makes one of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from dulcimer._generated.codes import ContextResult
from dulcimer.acse.negotiation import IMPLICIT_VR_LITTLE_ENDIAN
from dulcimer.diagnosis.survey.evidence import Attempt, ClassEvidence
from dulcimer.diagnosis.survey.proposals import SurveyQuestion
from dulcimer.diagnosis.survey.scope import SurveyScope

Profile = frozenset[str]
"""The transfer syntaxes that a SOP class is accepted in."""


class SurveyKnowledge:
    """All attempts so far, and what to try next.

    `lists_tell`: a context that is refused shows that the peer accepts none of its transfer syntaxes.
    """

    def __init__(self, scope: SurveyScope) -> None:
        self.scope = scope
        self.classes = {one.uid: ClassEvidence(one.uid, one.service) for one in scope.sop_classes}
        self.lists_tell = True
        self._all = frozenset(scope.transfer_syntaxes)
        self._asked: set[SurveyQuestion] = set()

    # ------------------------------------------------------------------ what is known

    def note(self, question: SurveyQuestion, attempt: Attempt) -> None:
        """Record an answer."""
        evidence = self.classes[question.sop_class]
        evidence.attempts.append(attempt)
        self._asked.add(question)
        self.lists_tell &= not evidence.is_contradictory

    def accepted_classes(self) -> list[ClassEvidence]:
        """The SOP classes that are accepted in some transfer syntax."""
        return [one for one in self.classes.values() if one.accepted]

    def unknown(self, one: ClassEvidence) -> frozenset[str]:
        """The transfer syntaxes of which it is not known whether a SOP class is accepted in them."""
        return self._all - one.accepted - one.refused(lists_tell=self.lists_tell)

    def profiles(self) -> Counter[tuple[str, Profile]]:
        """The sets of transfer syntaxes of the SOP classes that are known completely, by service, with their number."""
        return Counter((one.service, one.accepted) for one in self.accepted_classes() if not self.unknown(one))

    def expected(self, one: ClassEvidence, known: Counter[tuple[str, Profile]]) -> Profile | None:
        """The transfer syntaxes that a SOP class is expected to be accepted in: those of a group that it fits.

        None if it fits into no group. The groups of its own service come first, then the largest ones.
        """
        refused = one.refused(lists_tell=self.lists_tell)
        fitting = [
            (service == one.service, count, profile)
            for (service, profile), count in known.items()
            if one.accepted <= profile and not profile & refused
        ]
        best = max(fitting, key=lambda found: (found[0], found[1], sorted(found[2])), default=None)
        return None if best is None else best[2]

    # ------------------------------------------------------------------ what to try next

    def scan(self) -> list[SurveyQuestion]:
        """Every SOP class once, in all transfer syntaxes."""
        everything = tuple(self.scope.transfer_syntaxes)
        return [SurveyQuestion(uid, everything) for uid in self.classes]

    def every_pair(self) -> list[SurveyQuestion]:
        """Every pair in a context of its own."""
        return [SurveyQuestion(uid, (syntax,)) for uid in self.classes for syntax in self.scope.transfer_syntaxes]

    def next_questions(self, most: int, but_for: Collection[str] = ()) -> list[SurveyQuestion]:
        """At most so many questions, the most useful first, but none for these SOP classes.

        None if everything is known.
        """
        found: dict[SurveyQuestion, None] = {}
        for question in self._wanted():
            if len(found) >= most:
                break
            if question not in self._asked and question.sop_class not in but_for:
                found.setdefault(question)
        return list(found)

    def _wanted(self) -> Iterator[SurveyQuestion]:
        known = self.profiles()
        accepted = self.accepted_classes()
        yield from self._doubts(nothing=not accepted)
        expected = {one.uid: self.expected(one, known) for one in accepted}
        open_ones = [one for one in accepted if self.unknown(one)]
        yield from self._examinations([one for one in open_ones if expected[one.uid] is None])
        yield from self._preferences(accepted)
        yield from self._members([(one, profile) for one in open_ones if (profile := expected[one.uid]) is not None])
        for one in open_ones:  # what fills an association
            for syntax in self.ordered(self.unknown(one) - self.scope.compressed):
                yield SurveyQuestion(one.uid, (syntax,))

    def _members(self, members: Sequence[tuple[ClassEvidence, Profile]]) -> Iterator[SurveyQuestion]:
        """For SOP classes that seem to belong to a group: do they, and is each transfer syntax accepted?"""
        for one, profile in members:
            if besides := self.ordered(self.unknown(one) - profile):
                yield from self._list(one.uid, besides)
        unknown = {one.uid: self.unknown(one) for one, _ in members}
        for size in sorted({len(profile) for _, profile in members}):  # small ones cost little
            alike = [(one, self.ordered(profile)) for one, profile in members if len(profile) == size]
            for turn in range(size):  # so that each transfer syntax is tried with as many SOP classes as there is room
                for number, (one, wanted) in enumerate(alike):
                    if (syntax := wanted[(number + turn) % size]) in unknown[one.uid]:
                        yield SurveyQuestion(one.uid, (syntax,))

    def _doubts(self, *, nothing: bool) -> Iterator[SurveyQuestion]:
        """SOP classes that were refused in a way that may be due to the many transfer syntaxes, with the usual one."""
        for one in self.classes.values():
            clear = one.refusal == ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED and not nothing
            if one.is_scanned and not one.accepted and not clear:
                yield SurveyQuestion(one.uid, (IMPLICIT_VR_LITTLE_ENDIAN,))

    def _examinations(self, strangers: Iterable[ClassEvidence]) -> Iterator[SurveyQuestion]:
        """One SOP class of each kind of those that fit into no group, completely."""
        kinds: dict[tuple[object, ...], list[ClassEvidence]] = {}
        for one in strangers:
            kinds.setdefault((one.service, one.chosen, one.accepted, one.refused()), []).append(one)
        for alike in sorted(kinds.values(), key=len, reverse=True):
            yield from self._examination(alike[0])

    def _examination(self, one: ClassEvidence) -> Iterator[SurveyQuestion]:
        unknown = self.unknown(one)
        rare = unknown & self.scope.compressed
        for syntax in self.ordered(unknown - rare):
            yield SurveyQuestion(one.uid, (syntax,))
        if not rare:
            return
        if one.accepted & self.scope.compressed:
            yield from (SurveyQuestion(one.uid, (syntax,)) for syntax in self.ordered(rare))
        else:
            yield from self._list(one.uid, self.ordered(rare))

    def _list(self, uid: str, syntaxes: tuple[str, ...]) -> list[SurveyQuestion]:
        """Does the peer accept any of these? One by one, if a list tells nothing."""
        each = [SurveyQuestion(uid, (syntax,)) for syntax in syntaxes]
        return [SurveyQuestion(uid, syntaxes)] if self.lists_tell else each

    def _preferences(self, accepted: Iterable[ClassEvidence]) -> Iterator[SurveyQuestion]:
        """Does the peer choose, or take the first that it is offered? Does it look at all of them?"""
        seen: set[Profile] = set()
        for one in accepted:
            if self.unknown(one) or one.accepted in seen:
                continue
            seen.add(one.accepted)
            names = self.ordered(one.accepted)
            if len(names) > 1:
                yield SurveyQuestion(one.uid, names)
                yield SurveyQuestion(one.uid, names[::-1])
            if (refused := self.ordered(one.refused())) and names:
                yield SurveyQuestion(one.uid, (refused[0], names[0]))

    def ordered(self, syntaxes: frozenset[str]) -> tuple[str, ...]:
        """Transfer syntaxes in the order in which they are proposed."""
        return tuple(uid for uid in self.scope.transfer_syntaxes if uid in syntaxes)
