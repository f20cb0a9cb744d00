"""The facts of one connection or association in their order, and all that was seen at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from dulcimer.diagnosis.evidence.facts import (
    AcceptanceSeen,
    PlaceKind,
    RequestSeen,
    SeenContext,
    SeenFact,
    SeenPlace,
)

_Fact = TypeVar("_Fact", bound=SeenFact)


@dataclass(slots=True)
class SeenConnection:
    """One connection, or one association of a log.

    `client` and `server`: host and port, "" and 0 where unknown. `has_beginning`: it was seen from its first byte on;
    `is_whole`: nothing of it is missing; `is_over`: its end was seen. Times are those of its first and last byte.
    `stack`: the software whose log this is from; `is_served`: that is the acceptor.
    """

    number: int
    client: tuple[str, int] = ("", 0)
    server: tuple[str, int] = ("", 0)
    began: SeenPlace = field(default_factory=lambda: SeenPlace(PlaceKind.STEP, 0))
    facts: list[SeenFact] = field(default_factory=list)
    has_beginning: bool = True
    is_whole: bool = True
    is_over: bool = False
    last_t: float | None = None
    stack: str = ""
    is_served: bool = False

    def all(self, kind: type[_Fact]) -> Iterator[_Fact]:
        """The facts of this kind, in order."""
        return (fact for fact in self.facts if isinstance(fact, kind))

    def first(self, kind: type[_Fact]) -> _Fact | None:
        """The first fact of this kind."""
        return next(self.all(kind), None)

    @property
    def request(self) -> RequestSeen | None:
        """The association request."""
        return self.first(RequestSeen)

    @property
    def acceptance(self) -> AcceptanceSeen | None:
        """The acceptance of the association."""
        return self.first(AcceptanceSeen)

    @property
    def called(self) -> str:
        """The called AE title without padding, "" if it is not known."""
        return text_of(self.request.called) if self.request else ""

    @property
    def calling(self) -> str:
        """The calling AE title without padding, "" if it is not known."""
        return text_of(self.request.calling) if self.request else ""

    @property
    def contexts(self) -> tuple[SeenContext, ...]:
        """The presentation contexts, as far as they are known: with their results if there is an answer."""
        request, answer = self.request, self.acceptance
        if answer is None:
            return request.contexts if request else ()
        if request is None or not request.contexts:
            return answer.contexts
        results = {context.number: context for context in answer.contexts}
        found = []
        for asked in request.contexts:
            got = results.get(asked.number)
            merged = SeenContext(
                asked.number,
                asked.abstract,
                asked.syntaxes,
                got.result if got else None,
                got.accepted if got else "",
            )
            found.append(merged)
        return tuple(found)


@dataclass(slots=True)
class Evidence:
    """All conversations, in the order in which they began; `remarks`: in sentences, what is left out or doubtful.

    `until`: the time of the last thing that was seen, None if there are no times.
    """

    conversations: list[SeenConnection] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    until: float | None = None


def text_of(title: bytes) -> str:
    """An AE title without its padding; characters outside printable ASCII as escapes."""
    return title.decode("latin-1").strip(" ").encode("unicode_escape").decode("ascii")
