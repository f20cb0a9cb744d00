"""The states that a peer may be in, as far as they can be known from outside.

The tester knows what it has sent, but not when the peer takes it, nor what the user of the peer does meanwhile.
So it keeps every configuration that Table 9-10 allows: a state, the number of inputs that the peer has taken, and the
outputs of its last action that the tester has not seen yet. What the tester sees filters the set; an empty set means
that the peer did what the table does not allow. Nothing here is written for a single case: all of it is read from the
table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from dulcimer._generated.fsm import ACTIONS, EVENTS, TABLE, Events, Outcome, States

Cell: TypeAlias = tuple[Events, States]

CLOSE = "close"
"""The name of the observation that the peer closed the connection."""

_SEND = "send_pdu:"
_GUARD_IS_REQUESTOR = "is_requestor"


@dataclass(frozen=True, slots=True)
class VisibleOutput:
    """Something the tester can see: a PDU by its name, or `CLOSE`. `sources`: Source values of an A-ABORT."""

    name: str
    sources: tuple[int, ...] = ()

    def fits(self, name: str, source: int | None) -> bool:
        """Whether what was seen is this output."""
        return self.name == name and (not self.sources or source is None or source in self.sources)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One possibility: the `state` of the peer, the number of inputs `taken`, the outputs it still `owes`, in order."""

    state: States
    taken: int = 0
    owes: tuple[VisibleOutput, ...] = ()


def outputs(outcome: Outcome) -> tuple[VisibleOutput, ...]:
    """What an outcome of an action shows to the other end, in order."""
    seen = []
    for effect in outcome.effects:
        if effect.startswith(_SEND):
            seen.append(VisibleOutput(effect.removeprefix(_SEND), outcome.abort_sources))
        elif effect == "close_transport":
            seen.append(VisibleOutput(CLOSE))
    return tuple(seen)


class PossibleStates:
    """The set of configurations that a peer may be in.

    `is_requestor`: whether the peer requests the association, None if that is not known. Inputs are the events that
    the tester brings about; the local events of the peer, its user's primitives and its timer, may happen at any time.
    """

    def __init__(self, start: States = States.STA_1, *, is_requestor: bool | None = False) -> None:
        self._is_requestor = is_requestor
        self._inputs: list[Events] = []
        self._known: dict[Configuration, frozenset[Cell]] = {Configuration(start): frozenset()}

    @property
    def states(self) -> frozenset[States]:
        """The states the peer may be in once it has taken every input and shown every output."""
        return frozenset(
            replace(found, owes=()).state for found, _ in self._reachable() if found.taken == len(self._inputs)
        )

    @property
    def settled(self) -> frozenset[States]:
        """The states in which the peer has nothing to do now; none if it still owes an output."""
        return frozenset(found.state for found in self._quiet())

    @property
    def possible(self) -> bool:
        """Whether the table allows what was seen so far."""
        return bool(self._known)

    @property
    def certain_cells(self) -> frozenset[Cell]:
        """Cells of local events that the peer must have been in, whatever its configuration."""
        histories = list(self._known.values())
        return frozenset.intersection(*histories) if histories else frozenset()

    @property
    def due(self) -> frozenset[Cell]:
        """The cells in which the peer may take the inputs that it has not yet shown to have taken."""
        return frozenset(
            (self._inputs[found.taken], found.state)
            for found, _ in self._reachable()
            if not found.owes and found.taken < len(self._inputs) and (self._inputs[found.taken], found.state) in TABLE
        )

    @property
    def ahead(self) -> frozenset[Cell]:
        """The same cells, whatever the peer shows meanwhile."""
        seen: set[Configuration] = set()
        queue = list(self._known)
        while queue:
            found = replace(queue.pop(), owes=())
            if found not in seen:
                seen.add(found)
                queue += [after for after, _ in self._steps(found, frozenset())]
        taken = ((self._inputs[found.taken], found.state) for found in seen if found.taken < len(self._inputs))
        return frozenset(cell for cell in taken if cell in TABLE)

    def copy(self) -> PossibleStates:
        """An independent copy."""
        other = PossibleStates(is_requestor=self._is_requestor)
        other._inputs, other._known = list(self._inputs), dict(self._known)
        return other

    def inject(self, event: Events) -> None:
        """The tester causes an event; the peer takes it at some later time."""
        self._inputs.append(event)

    def allows(self, name: str, source: int | None = None) -> bool:
        """Whether the peer may show this now: the name of a PDU, or `CLOSE`."""
        return bool(self._after(name, source))

    def observe(self, name: str, source: int | None = None) -> bool:
        """Keep the configurations that show this next; False if there is none left."""
        self._known = self._after(name, source)
        return self.possible

    def observe_silence(self) -> bool:
        """Keep the configurations in which the peer has nothing to do; False if there is none left."""
        self._known = self._quiet()
        return self.possible

    def allows_silence(self) -> bool:
        """Whether the peer may have nothing to do now."""
        return bool(self._quiet())

    def assume(self, state: States) -> None:
        """Continue from this state, after something that the table does not allow was tolerated."""
        self._known = {Configuration(state, len(self._inputs)): frozenset()}

    def _quiet(self) -> dict[Configuration, frozenset[Cell]]:
        return {
            found: cells for found, cells in self._reachable() if not found.owes and found.taken == len(self._inputs)
        }

    def _after(self, name: str, source: int | None) -> dict[Configuration, frozenset[Cell]]:
        kept: dict[Configuration, frozenset[Cell]] = {}
        for found, cells in self._reachable():
            left = after_showing(found, name, source) if self._inputs or found.owes else None
            if left is not None:
                kept[left] = kept[left] & cells if left in kept else cells
        return kept

    def _reachable(self) -> Iterator[tuple[Configuration, frozenset[Cell]]]:
        """The known configurations and those that the peer can reach without showing anything before."""
        seen: set[Configuration] = set()
        queue = list(self._known.items())
        while queue:
            found, cells = queue.pop(0)
            if found in seen:
                continue
            seen.add(found)
            yield found, cells
            if not found.owes:
                queue += self._steps(found, cells)

    def _steps(self, found: Configuration, cells: frozenset[Cell]) -> Iterator[tuple[Configuration, frozenset[Cell]]]:
        if found.taken < len(self._inputs):
            for after, _ in self.taking(found, self._inputs[found.taken]):
                yield after, cells
        for after, cell in self.acting(found):
            yield after, cells | {cell}

    def taking(self, found: Configuration, event: Events) -> Iterator[tuple[Configuration, Cell | None]]:
        """What a peer that owes nothing becomes by taking an input, and the cell; None if the input has no effect."""
        cell, taken = (event, found.state), found.taken + 1
        if cell not in TABLE:
            yield replace(found, taken=taken), None  # after the end, input has no effect
        for outcome in self.outcomes_of(cell):
            yield Configuration(outcome.next_state, taken, outputs(outcome)), cell

    def acting(self, found: Configuration) -> Iterator[tuple[Configuration, Cell]]:
        """What a peer that owes nothing becomes by a primitive of its user or by its timer, and the cell."""
        for event in Events:
            if EVENTS[event].kind in ("primitive", "timer"):
                cell = (event, found.state)
                for outcome in self.outcomes_of(cell):
                    if "transport_connect" not in outcome.effects:  # that is another connection
                        yield Configuration(outcome.next_state, found.taken, outputs(outcome)), cell

    def outcomes_of(self, cell: Cell) -> Iterator[Outcome]:
        """The outcomes that a cell's action can have for this peer; none for a blank cell."""
        if cell not in TABLE:
            return
        for outcome in ACTIONS[TABLE[cell]].outcomes:
            if outcome.guard != _GUARD_IS_REQUESTOR or self._is_requestor in (None, not outcome.negated):
                yield outcome


def after_showing(found: Configuration, name: str, source: int | None) -> Configuration | None:
    """What is left of a configuration that shows this now, on a connection that was open; None if it does not."""
    if found.owes:
        return replace(found, owes=found.owes[1:]) if found.owes[0].fits(name, source) else None
    # The association is over on both sides; the end of the connection follows.
    return found if found.state == States.STA_1 and name == CLOSE else None
