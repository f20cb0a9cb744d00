"""The cheapest way into each cell of Table 9-10 that a tester can drive a target into: a search over the table.

States in which the target waits for its own user pass quickly, so what is sent there comes in the same segment as the
PDU that leads there. What users do is not in the table; the few things that are known of them are `_users`.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import cache
from itertools import count

from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events, Outcome, States
from dulcimer.conformance.model.oracle import Cell, PossibleStates, outputs
from dulcimer.fuzz.sequences.moves import Ability, Act, Move, PduKind, Script
from dulcimer.fuzz.sequences.steps import TargetRole

ALL_ABILITIES = frozenset(Ability)

RECEIVED = tuple(event for event in Events if EVENTS[event].kind == "pdu")
"""The events that are PDUs of the tester."""
AWAITS_USER = frozenset(state for event, state in TABLE if " response" in EVENTS[event].subject)
"""The states that a target leaves as soon as its user has answered."""

_DELIVERS = "issue:P-DATA indication"
_SUPPORTED = "request_is_supported"
_LAUNCH, _WAIT, _ABILITY = 20, 1000, 5
"""Costs: of starting a process, of waiting for a timer, and for what not every target does."""


class _Progress(Enum):
    """How far the user of the target is, as far as that decides what it does next."""

    NOT_STARTED = auto()
    NOTHING = auto()
    UNWANTED = auto()
    """An acceptor is asked for an association by a title that is not its own."""
    ASKED = auto()
    """An acceptor has a request to answer."""
    SENT = auto()
    """A requestor has sent its request."""
    SERVED = auto()
    """A requestor has all responses."""
    CONFUSED = auto()
    """The data that came is not a message."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a target is."""

    state: States
    progress: _Progress = _Progress.NOTHING


@dataclass(frozen=True, slots=True)
class _Edge:
    """One move from a place to another."""

    move: Move
    cell: Cell
    to: _Place
    cost: int
    need: Ability | None = None


_Route = tuple[_Edge, ...]


class Planner:
    """All scripts for targets of one role that have these abilities."""

    def __init__(self, role: TargetRole, abilities: Set[Ability] = ALL_ABILITIES) -> None:
        self.role = role
        self._abilities = abilities
        self._table = PossibleStates(is_requestor=role == "requestor")
        self._routes: dict[_Place, _Route] = {}
        self._into: dict[_Place, list[tuple[_Place, _Edge]]] = {}
        self._search()
        self.scripts: dict[Cell, Script] = {}
        """The cheapest script of each cell."""
        for route in sorted(self._all_routes(), key=_cost):
            self.scripts.setdefault(route[-1].cell, self._script(route))

    @property
    def undrivable(self) -> dict[Cell, str]:
        """The filled cells without a script, and why."""
        return {cell: self._why(cell) for cell in TABLE if cell not in self.scripts}

    def ways(self, cell: Cell) -> tuple[Script, ...]:
        """The cheapest script of the cell for each cell that comes just before, and for each PDU; cheapest first."""
        found: dict[tuple[object, ...], _Route] = {}
        for place, route in self._routes.items():
            if place.state != cell[1]:
                continue
            for last in self._edges(place):
                if last.cell == cell:
                    before = [(*self._routes[start], edge) for start, edge in self._into.get(place, ())] or [route]
                    for way in before:
                        key = (way[-1].cell if way else None, last.move.kind, place.progress)
                        whole = (*way, last)
                        if key not in found or _cost(whole) < _cost(found[key]):
                            found[key] = whole
        return tuple(self._script(route) for route in sorted(found.values(), key=_cost))

    # ------------------------------------------------------------------ the search

    def _search(self) -> None:
        """The cheapest route to each place (Dijkstra)."""
        start = _Place(States.STA_1, _Progress.NOT_STARTED)
        order = count()
        queue: list[tuple[int, int, _Place, _Route]] = [(0, next(order), start, ())]
        while queue:
            cost, _, place, route = heapq.heappop(queue)
            if place in self._routes:
                continue
            self._routes[place] = route
            for edge in self._edges(place):
                self._into.setdefault(edge.to, []).append((place, edge))
                if edge.to not in self._routes:
                    heapq.heappush(queue, (cost + edge.cost, next(order), edge.to, (*route, edge)))

    def _all_routes(self) -> Iterator[_Route]:
        for place, route in self._routes.items():
            for edge in self._edges(place):
                yield (*route, edge)

    def _script(self, route: _Route) -> Script:
        moves: list[Move] = []
        for edge in route:
            follows = bool(moves) and moves[-1].act is Act.SEND
            moves.append(replace(edge.move, joined=edge.move.joined and follows))
        return Script(
            self.role,
            tuple(moves),
            tuple(edge.cell for edge in route),
            frozenset(edge.need for edge in route if edge.need is not None),
            _cost(route),
        )

    def _edges(self, place: _Place) -> Iterator[_Edge]:
        found = self._beginning(place) if _is_unconnected(place) else self._connected(place)
        return (edge for edge in found if edge.need is None or edge.need in self._abilities)

    # ------------------------------------------------------------------ the moves

    def _beginning(self, place: _Place) -> Iterator[_Edge]:
        """The moves without a connection; none after its end."""
        if place.progress is not _Progress.NOT_STARTED:
            if place.state is States.STA_4:
                yield from self._edge(place, Move(Act.CONNECT, Events.EVT_2))
                yield from self._edge(place, Move(Act.REFUSE, Events.EVT_17))
        elif self.role == "acceptor":
            yield from self._edge(place, Move(Act.CONNECT, Events.EVT_5))
        else:
            yield from self._edge(place, Move(Act.LAUNCH, Events.EVT_1), cost=_LAUNCH)

    def _connected(self, place: _Place) -> Iterator[_Edge]:
        soon = place.progress in (_Progress.ASKED, _Progress.CONFUSED)
        joined = soon or place.state in AWAITS_USER
        for event in RECEIVED:
            for kind in self._kinds(event, place):
                need = Ability.REJECTS if kind is PduKind.UNKNOWN_TITLE else None
                yield from self._edge(place, Move(Act.SEND, event, kind, joined=joined), need=need)
        yield from self._users(place)
        yield from self._edge(place, Move(Act.ARTIM, Events.EVT_18), cost=_WAIT)
        yield from self._edge(place, Move(Act.HALF_CLOSE, Events.EVT_17))

    def _kinds(self, event: Events, place: _Place) -> tuple[PduKind, ...]:
        if event is Events.EVT_6 and place.state is States.STA_2:
            return (PduKind.USUAL, PduKind.UNSUPPORTED, PduKind.UNKNOWN_TITLE)
        if event is Events.EVT_10 and place.state in (States.STA_6, States.STA_7):
            answers = place.progress is _Progress.SENT
            return (PduKind.ANSWER if answers else PduKind.USUAL, PduKind.NO_MESSAGE)
        return (PduKind.USUAL, PduKind.OF_PROVIDER) if event is Events.EVT_16 else (PduKind.USUAL,)

    def _users(self, place: _Place) -> Iterator[_Edge]:
        """What the user of the target does."""
        progress = place.progress
        is_acceptor = self.role == "acceptor"
        if place.state is States.STA_3:
            answer = Events.EVT_8 if progress is _Progress.UNWANTED else Events.EVT_7
            yield from self._edge(place, Move(Act.USER, answer))
        if place.state in (States.STA_8, States.STA_9, States.STA_12):
            yield from self._edge(place, Move(Act.USER, Events.EVT_14))
        sends = progress is _Progress.ASKED if is_acceptor else progress is _Progress.NOTHING
        if sends:
            need = Ability.SENDS_LATE if place.state is States.STA_8 else None
            yield from self._edge(place, Move(Act.USER, Events.EVT_9), need=need)
        if progress is (_Progress.NOTHING if is_acceptor else _Progress.SERVED):
            cost, need = (_WAIT, Ability.RELEASES) if is_acceptor else (1, None)
            yield from self._edge(place, Move(Act.USER, Events.EVT_11), cost=cost, need=need)
        if progress is _Progress.CONFUSED:
            yield from self._edge(place, Move(Act.USER, Events.EVT_15), need=Ability.ABORTS)

    def _edge(self, place: _Place, move: Move, *, cost: int = 1, need: Ability | None = None) -> Iterator[_Edge]:
        """The edge of a move, if its cell is filled."""
        cell = (move.event, place.state)
        outcome = self._outcome(cell, move.kind)
        if outcome is None:
            return
        shows = tuple(output.name for output in outputs(outcome))
        progress = self._progress_after(place, move, outcome)
        yield _Edge(
            replace(move, shows=shows),
            cell,
            _Place(outcome.next_state, progress),
            cost + bool(shows) + (_ABILITY if need else 0),
            need,
        )

    def _outcome(self, cell: Cell, kind: PduKind) -> Outcome | None:
        found = self._table.outcomes_of(cell)
        return next(
            (row for row in found if row.guard != _SUPPORTED or row.negated == (kind is PduKind.UNSUPPORTED)), None
        )

    def _progress_after(self, place: _Place, move: Move, outcome: Outcome) -> _Progress:
        if outcome.next_state in (States.STA_1, States.STA_13) or place.progress is _Progress.NOT_STARTED:
            return _Progress.NOTHING
        if move.kind is PduKind.UNKNOWN_TITLE:
            return _Progress.UNWANTED
        if _DELIVERS in outcome.effects:
            if move.kind is PduKind.NO_MESSAGE:
                return _Progress.CONFUSED
            if place.progress is _Progress.SENT:
                return _Progress.SERVED
            return _Progress.ASKED if self.role == "acceptor" else place.progress
        if move.event is Events.EVT_9:
            return _Progress.NOTHING if self.role == "acceptor" else _Progress.SENT
        return place.progress

    # ------------------------------------------------------------------ what cannot be driven

    def _why(self, cell: Cell) -> str:
        event, state = cell
        if STATES[state].role not in ("both", self.role):
            return f"an association {self.role} is never in this state"
        if EVENTS[event].kind == "transport" or event is Events.EVT_1:
            other = "requestor" if self.role == "acceptor" else "acceptor"
            return f"the event is one of an association {other}"
        if EVENTS[event].kind == "primitive":
            what = EVENTS[event].subject
            lacking = [each for each in Ability if each not in self._abilities]
            if lacking and cell in drivable_cells(self.role):
                return f"the user of this target does not do it: {', '.join(lacking)}"
            return f"nothing that a tester sends makes the user issue the {what} primitive in this state"
        return "no event that a tester can cause leads into this state"


@cache
def drivable_cells(role: TargetRole, abilities: frozenset[Ability] = ALL_ABILITIES) -> frozenset[Cell]:
    """The cells that a tester can drive a target of this role into, if it has these abilities."""
    return frozenset(Planner(role, abilities).scripts)


def _is_unconnected(place: _Place) -> bool:
    return place.state in (States.STA_1, States.STA_4)


def _cost(route: _Route) -> int:
    return sum(edge.cost for edge in route)
