"""The possible states of a target as an automaton that is built as it is used.

What the table allows is in `PossibleStates`; here inputs may be one event or another, and what was found once is looked
up the next time: from a situation, by an input or by something seen, to the next situation and the cells on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from dulcimer._generated.fsm import EVENTS, TABLE, Events, States
from dulcimer.conformance.model.oracle import (
    CLOSE,
    Cell,
    Configuration,
    PossibleStates,
    VisibleOutput,
    after_showing,
)
from dulcimer.fuzz.oracle.inputs import OPENED, UNKNOWN_PAST, Input
from dulcimer.fuzz.oracle.verdicts import Explained
from dulcimer.fuzz.sequences.steps import TargetRole

_MOST = 50_000
"""Situations that are kept; with more, the automaton begins again."""

_MOST_INPUTS = 64
"""Situations with more inputs are not kept: each would hold all inputs, and looking it up would read them."""

_DATA = Events.EVT_10
TIMERS = frozenset(event for event in Events if EVENTS[event].kind == "timer")
"""The events of timers."""
_DATA_OR_REFUSED = frozenset((_DATA, Events.EVT_19, None))

_Graph: TypeAlias = dict[Configuration, list[tuple[Configuration, Cell | None]]]
_Shown: TypeAlias = tuple[str, int | None]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an observation leads to: the next situation, and the verdict with the cells on the way."""

    situation: Situation
    verdict: Explained


class Situation:
    """What may be true of a target: the configurations `known` after the last observation, and the inputs since."""

    def __init__(
        self, table: PossibleStates, known: frozenset[Configuration], inputs: tuple[Input, ...], home: Automaton
    ) -> None:
        self._table = table
        self._home = home
        self.known = known
        self.inputs = inputs
        self._arrivals: dict[Hashable, Arrival | None] = {}
        self._next: dict[Input, Situation] = {}

    # ------------------------------------------------------------------ what happens

    def sent(self, given: Input) -> Situation:
        """After one more input, which the target takes at some later time."""
        found = self._next.get(given)
        if found is None:
            inputs = self.inputs if self._is_repeated(given) else (*self.inputs, given)
            found = self._home.situation(self.known, inputs)
            if len(inputs) <= _MOST_INPUTS:
                self._next[given] = found
        return found

    def seen(self, name: str, source: int | None = None) -> Arrival | None:
        """After the target has shown a PDU, or `CLOSE`; None if nothing explains that."""
        key = (name, source)
        if key in self._arrivals:
            return self._arrivals[key]
        return self._remember(key, lambda found: after_showing(found, name, source))

    def closed(self, *, soon: bool) -> Arrival | None:
        """After a close by a target that had noticed the connection before; None if nothing explains that.

        `soon`: ARTIM cannot have expired yet.
        """
        key = ("closed", soon)
        if key in self._arrivals:
            return self._arrivals[key]
        opened = OPENED[self._home.role]

        def shows(found: Configuration) -> Configuration | None:
            return None if opened in self.inputs[found.taken :] else after_showing(found, CLOSE, None)

        return self._remember(key, shows, without=TIMERS if soon else frozenset())

    def silent(self) -> Arrival | None:
        """After the target has had time to do all that it has to do; None if it still has to show something."""
        if "silent" in self._arrivals:
            return self._arrivals["silent"]
        return self._remember("silent", lambda found: found if self._is_done(found) else None)

    def outlasted(self) -> Arrival | None:
        """After silence that was longer than ARTIM; None if the target had to close the connection by then."""
        if "outlasted" in self._arrivals:
            return self._arrivals["outlasted"]
        return self._remember("outlasted", lambda found: found if self._is_done(found, without_artim=True) else None)

    @property
    def timed_out_in(self) -> frozenset[States]:
        """Where ARTIM may have expired, if only that explains a close by a target that had noticed the connection."""
        arrival = self.closed(soon=False)
        if arrival is None or self.closed(soon=True) is not None:
            return frozenset()
        return frozenset(state for event, state in arrival.verdict.possible if event in TIMERS)

    def lost(self) -> Arrival | None:
        """After a reset, with which what the target had sent may be lost; None if it would not have ended by itself."""
        if "lost" in self._arrivals:
            return self._arrivals["lost"]
        return self._remember("lost", lambda found: after_showing(found, CLOSE, None), lossy=True)

    def assume(self, state: States) -> Situation:
        """As if the target were in this state and had taken all inputs."""
        return self._home.situation(frozenset((Configuration(state),)), ())

    # ------------------------------------------------------------------ what can be

    @cached_property
    def allowed(self) -> tuple[VisibleOutput, ...]:
        """What the target may show next."""
        found: dict[VisibleOutput, None] = {}
        for each in self._graph:
            if each.owes:
                found[each.owes[0]] = None
            elif each.state is States.STA_1:
                found[VisibleOutput(CLOSE)] = None
        return tuple(sorted(found, key=lambda output: (output.name, output.sources)))

    @cached_property
    def due(self) -> frozenset[Cell]:
        """The filled cells in which the target may take its next inputs."""
        return frozenset(
            (event, each.state)
            for each in self._graph
            if not each.owes and each.taken < len(self.inputs)
            for event in self.inputs[each.taken].options
            if event is not None and (event, each.state) in TABLE
        )

    @cached_property
    def due_last(self) -> frozenset[Cell]:
        """The filled cells in which it may take its last input; none if it has to show something before."""
        last = len(self.inputs) - 1
        return frozenset(
            (event, each.state)
            for each in self._graph
            if not each.owes and each.taken == last
            for event in self.inputs[last].options
            if event is not None and (event, each.state) in TABLE
        )

    @cached_property
    def states(self) -> frozenset[States]:
        """The states that the target may be in once it has taken all inputs and shown all outputs."""
        return frozenset(each.state for each in self._graph if each.taken == len(self.inputs))

    @cached_property
    def resting(self) -> frozenset[States]:
        """The states it is in when it has taken all inputs, as long as its user and its timer do nothing.

        Where it may take an input in silence or answer it, as when a PDU may be refused, those of silence.
        """
        queue = [(replace(each, owes=()), bool(each.owes)) for each in self.known]
        found: dict[bool, set[States]] = {False: set(), True: set()}
        seen: set[tuple[Configuration, bool]] = set()
        while queue:
            each, answers = queue.pop()
            if (each, answers) in seen:
                continue
            seen.add((each, answers))
            if each.taken == len(self.inputs):
                found[answers].add(each.state)
            else:
                queue += [(replace(after, owes=()), answers or bool(after.owes)) for after, _ in self._taking(each)]
        return frozenset(found[False] or found[True])

    # ------------------------------------------------------------------ inside

    def _is_repeated(self, given: Input) -> bool:
        """Whether the last input says the same: any bytes can be cut in any way, and a beginning is refused once.

        Of data in a row, too, one input says it all: whoever takes one and does not refuse it stays in its state.
        """
        if not self.inputs:
            return False
        last = self.inputs[-1]
        if given == last and None in given.options:
            return True
        return _DATA in given.options and given.options <= last.options <= _DATA_OR_REFUSED

    def _is_done(self, found: Configuration, *, without_artim: bool = False) -> bool:
        done = not found.owes and found.taken == len(self.inputs)
        return done and not (without_artim and (Events.EVT_18, found.state) in TABLE)

    def _remember(
        self,
        key: Hashable,
        shows: Callable[[Configuration], Configuration | None],
        *,
        lossy: bool = False,
        without: Set[Events] = frozenset(),
    ) -> Arrival | None:
        found = self._arrivals[key] = self._arrival(shows, lossy=lossy, without=without)
        return found

    def _arrival(
        self, shows: Callable[[Configuration], Configuration | None], *, lossy: bool, without: Set[Events]
    ) -> Arrival | None:
        graph = self._explored(lossy=lossy, without=without) if lossy or without else self._graph
        begun = {replace(each, owes=()) for each in self.known} if lossy else self.known
        ends = {each: left for each in graph if (left := shows(each)) is not None}
        if not ends:
            return None
        back = _leading_to(graph, ends)
        possible = {cell for each in back for after, cell in graph[each] if after in back and cell is not None}
        certain = {cell for cell in possible if not _reaches(graph, begun, ends, without=cell)}
        situation = self._home.situation(frozenset(ends.values()), self.inputs)
        return Arrival(situation, Explained(situation.states, frozenset(certain), frozenset(possible)))

    @cached_property
    def _graph(self) -> _Graph:
        return self._explored()

    def _explored(self, *, lossy: bool = False, without: Set[Events] = frozenset()) -> _Graph:
        """What the target can become before it shows anything, `without` some events.

        `lossy`: also after what it shows, without aborts.
        """
        found: _Graph = {}
        queue = [replace(each, owes=()) if lossy else each for each in self.known]
        while queue:
            each = queue.pop()
            if each not in found:
                steps = [] if each.owes else [step for step in self._steps(each) if not _has(step, without)]
                if lossy:
                    steps = [
                        (replace(after, owes=()), cell)
                        for after, cell in steps
                        if cell is None or cell[0] is not Events.EVT_15
                    ]
                found[each] = steps
                queue += [after for after, _ in steps]
        return found

    def _steps(self, found: Configuration) -> Iterator[tuple[Configuration, Cell | None]]:
        if found.taken < len(self.inputs):
            yield from self._taking(found)
        yield from self._table.acting(found)

    def _taking(self, found: Configuration) -> Iterator[tuple[Configuration, Cell | None]]:
        given = self.inputs[found.taken]
        for option in given.options:
            if option is None:
                yield replace(found, taken=found.taken + 1), None
                continue
            for after, cell in self._table.taking(found, option):
                yield (replace(after, taken=found.taken) if given.again else after), cell


class Automaton:
    """All situations of the targets of one role that have come up so far. One can serve any number of connections.

    `begins_anywhere`: nothing is known of what was before, neither the state of the target, nor which end requested
    the association, nor what it has not taken yet.
    """

    def __init__(self, role: TargetRole, *, begins_anywhere: bool = False) -> None:
        self.role = role
        is_requestor = role == "requestor"
        self._table = PossibleStates(is_requestor=None if begins_anywhere else is_requestor)
        began = States if begins_anywhere else (States.STA_4 if is_requestor else States.STA_1,)
        self._began = frozenset(map(Configuration, began))
        self._first = UNKNOWN_PAST if begins_anywhere else OPENED[role]
        self._situations: dict[tuple[frozenset[Configuration], tuple[Input, ...]], Situation] = {}

    def __len__(self) -> int:
        """How many situations are kept."""
        return len(self._situations)

    @property
    def start(self) -> Situation:
        """A connection was opened, or is open."""
        return self.situation(self._began, (self._first,))

    def situation(self, known: frozenset[Configuration], inputs: tuple[Input, ...]) -> Situation:
        """The situation of these configurations and inputs; inputs that all of them have taken are left out."""
        past = min(each.taken for each in known)
        if past:
            known = frozenset(replace(each, taken=each.taken - past) for each in known)
            inputs = inputs[past:]
        if len(inputs) > _MOST_INPUTS:
            return Situation(self._table, known, inputs, self)
        key = (known, inputs)
        found = self._situations.get(key)
        if found is None:
            if len(self._situations) >= _MOST:
                self._situations.clear()
            found = self._situations[key] = Situation(self._table, known, inputs, self)
        return found


def _has(step: tuple[Configuration, Cell | None], events: Set[Events]) -> bool:
    _, cell = step
    return cell is not None and cell[0] in events


def _leading_to(graph: _Graph, ends: Iterable[Configuration]) -> set[Configuration]:
    """The configurations from which one of these is reached, these, too."""
    before: dict[Configuration, list[Configuration]] = {}
    for each, steps in graph.items():
        for after, _ in steps:
            before.setdefault(after, []).append(each)
    found: set[Configuration] = set()
    queue = list(ends)
    while queue:
        each = queue.pop()
        if each not in found:
            found.add(each)
            queue += before.get(each, ())
    return found


def _reaches(graph: _Graph, begun: Iterable[Configuration], ends: Iterable[Configuration], *, without: Cell) -> bool:
    """Whether one of `ends` is reached without this cell."""
    wanted, seen = set(ends), set[Configuration]()
    queue = list(begun)
    while queue:
        each = queue.pop()
        if each in wanted:
            return True
        if each not in seen:
            seen.add(each)
            queue += [after for after, cell in graph[each] if cell != without]
    return False
