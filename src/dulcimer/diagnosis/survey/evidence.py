"""What was tried for one SOP class, and what follows from it.

A context that is accepted shows one transfer syntax. One that is refused shows that none of those that it proposes is
accepted, if the peer looks at all of them: if it looks at the first one only, a list that is refused says little.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dulcimer._generated.codes import ContextResult


@dataclass(frozen=True, slots=True)
class Attempt:
    """A presentation context that was proposed: `result` as in PS3.8 Table 9-18, None for an answer that breaks it."""

    syntaxes: tuple[str, ...]
    result: int | None
    answered: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether the peer accepted it."""
        return self.result == ContextResult.ACCEPTANCE


@dataclass
class ClassEvidence:
    """The attempts for one SOP class, without roles and other items."""

    uid: str
    service: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_scanned(self) -> bool:
        """Whether it was asked for at all."""
        return bool(self.attempts)

    @property
    def chosen(self) -> str:
        """What the peer chose from all transfer syntaxes, "" if it refused them or was not asked."""
        return self.attempts[0].answered if self.attempts and self.attempts[0].is_accepted else ""

    @property
    def accepted(self) -> frozenset[str]:
        """The transfer syntaxes that the peer was seen to accept."""
        return frozenset(one.answered for one in self.attempts if one.is_accepted)

    def refused(self, *, lists_tell: bool = True) -> frozenset[str]:
        """Those that were proposed in a context that the peer refused; `lists_tell`: also among others."""
        found: set[str] = set()
        for one in self.attempts:
            if not one.is_accepted and one.result is not None and (lists_tell or len(one.syntaxes) == 1):
                found.update(one.syntaxes)
        return frozenset(found) - self.accepted

    @property
    def refusal(self) -> int | None:
        """The result of the first context that was refused; None if none was."""
        return next((one.result for one in self.attempts if not one.is_accepted), None)

    @property
    def is_contradictory(self) -> bool:
        """Whether a list was refused although the peer accepts a transfer syntax in it."""
        accepted = self.accepted
        return any(
            not one.is_accepted and len(one.syntaxes) > 1 and accepted & {*one.syntaxes} for one in self.attempts
        )
