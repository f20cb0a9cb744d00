"""Rules: which PDUs a fault is for, and what it does to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.mutation import MutateNode
from dulcimer.fuzz.sequences.faults import NetworkFault

RuleAction: TypeAlias = NetworkFault | MutateNode


@dataclass(frozen=True, slots=True)
class WhichPdus:
    """Which of the PDUs that fit: all, the one number `only` of a connection, every `every`th, or `percent` of them."""

    only: int = 0
    every: int = 0
    percent: float = 100.0


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule. `kinds`: names of PDUs or DIMSE messages, none for any PDU; `sender`: None for both ends."""

    text: str
    action: RuleAction
    kinds: tuple[str, ...] = ()
    sender: LinkEnd | None = None
    which: WhichPdus = field(default_factory=WhichPdus)

    def may_concern(self, sender: LinkEnd) -> bool:
        """Whether it is for PDUs of this end at all."""
        return self.sender in (None, sender)

    def fits(self, names: tuple[str, ...]) -> bool:
        """Whether it is for a PDU with these names: of the PDU, and of the DIMSE message in it."""
        return not self.kinds or any(name in self.kinds for name in names)


class RuleCounter:
    """How often each rule has fitted on one connection."""

    def __init__(self) -> None:
        self._fitted: dict[int, int] = {}

    def applies(self, number: int, rule: FaultRule, choices: Choices) -> bool:
        """Whether rule `number` is for the next PDU that it fits."""
        count = self._fitted[number] = self._fitted.get(number, 0) + 1
        which = rule.which
        if which.only:
            return count == which.only
        if which.every:
            return count % which.every == 0
        return which.percent >= 100 or choices.chance(max(round(which.percent * 100), 1), 10_000)
