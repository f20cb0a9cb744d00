"""What a diagnosis says: causes with their proof, how sure, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from dulcimer._generated.diagnosis import QUESTIONS, DiagnosticQuestion, PossibleCause
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import SeenFact, SeenPlace

CAUSES: dict[str, PossibleCause] = {cause.id: cause for question in QUESTIONS for cause in question.causes}
"""All causes by their ids."""
_QUESTIONS = {cause.id: question for question in QUESTIONS for cause in question.causes}


_LISTED = ("sop_class", "syntax")
"""What may be different in findings that are told as one."""


_ORDER = tuple(Sureness)


class CauseWeight(IntEnum):
    """What a cause explains, the first things first."""

    FAILURE = 0
    PART_OF_IT = 1
    HINT = 2


@dataclass(frozen=True, slots=True)
class ProofPoint:
    """One thing that was seen, in words, and where."""

    words: str
    place: SeenPlace


@dataclass(frozen=True, slots=True)
class CauseFinding:
    """A cause: by its id, with proof; `values` are filled into its sentence. `conversations`: their numbers."""

    id: str
    sure: Sureness
    proof: tuple[ProofPoint, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    conversations: tuple[int, ...] = ()
    weight: CauseWeight = CauseWeight.FAILURE

    @property
    def cause(self) -> PossibleCause:
        """The row of the specification."""
        return CAUSES[self.id]

    @property
    def question(self) -> DiagnosticQuestion:
        """The question that it answers."""
        return _QUESTIONS[self.id]

    @property
    def rank(self) -> tuple[int, int, int]:
        """Its place in the order of causes: what it explains, how sure it is, where its proof begins."""
        first = min((point.place.number for point in self.proof), default=0)
        return self.weight, _ORDER.index(self.sure), first


def point(words: str, fact: SeenFact) -> ProofPoint:
    """A fact in words."""
    return ProofPoint(words, fact.place)


def names(conversation: SeenConnection, **more: str) -> dict[str, str]:
    """What is filled in of a conversation."""
    host, port = conversation.server
    found = {
        "called": conversation.called,
        "calling": conversation.calling,
        "where": f"{host} port {port}" if host else "",
        "host": host,
        "port": str(port) if host else "",
        **more,
    }
    return {name: value for name, value in found.items() if value}


def end_of(by_client: bool | None) -> str:
    """An end of the connection, for {sender}."""
    return "one side" if by_client is None else "the requestor" if by_client else "the acceptor"


def merged(found: Iterable[CauseFinding]) -> list[CauseFinding]:
    """Those with the same cause, sureness and names in one, the most important ones first."""
    together: dict[object, CauseFinding] = {}
    classes: dict[object, dict[str, None]] = {}
    for one in sorted(found, key=lambda one: one.rank):
        told = tuple(sorted((name, value) for name, value in one.values.items() if name not in _LISTED))
        key = (one.id, one.sure, one.weight, told)
        classes.setdefault(key, {}).setdefault(one.values.get("sop_class", ""))
        known = together.get(key)
        if known is None:
            together[key] = one
            continue
        numbers = tuple(dict.fromkeys((*known.conversations, *one.conversations)))
        together[key] = replace(known, conversations=numbers)
    for told_as, one in together.items():
        more = len(classes[told_as]) - 1
        if more:
            listed = f"{one.values['sop_class']} and {more} more" if one.values.get("sop_class") else ""
            together[told_as] = replace(one, values={**one.values, "sop_class": listed})
    return list(together.values())
