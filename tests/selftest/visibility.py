"""Can a mutant be seen from the network, and if not, why not? Computed with the possible states of the oracle.

Tester and peer are explored together: every sequence of steps, the wrong table on one side, on the other the states
that the correct table leaves open after what has been seen. A mutant is visible when some sequence makes it show
a PDU, a close or silence that no possible state allows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from dulcimer._generated.codes import AbortSource, PduType
from dulcimer._generated.fsm import EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.model.oracle import CLOSE, Cell, Configuration, PossibleStates
from dulcimer.conformance.model.seen import SILENCE
from selftest.model import Model, Peer, Role, Shown, Step
from selftest.mutants import TABLE_ROWS, Mutant, Row, Rows

_ANSWERS = frozenset({Events.EVT_7, Events.EVT_8, Events.EVT_14})


@dataclass(frozen=True, slots=True)
class Leeway:
    """Something that the table leaves open to a peer, and how the possible states are without it.

    `without`: local events that do not happen. `prompt`: the user does not wait with an answer. `inputs_first`: it
    answers nothing before all of a segment has been taken. `source`: where the table leaves the Source of an A-ABORT
    open, it is the one that dulcimer sends. `acts`: a user who would act does; `aborts`: one who would abort does.
    """

    reason: str
    without: frozenset[Events] = frozenset()
    prompt: bool = False
    inputs_first: bool = False
    source: bool = False
    acts: bool = False
    aborts: bool = False


class Knowledge(PossibleStates):
    """The possible states, starting from several, without a leeway."""

    def __init__(self, states: frozenset[States], role: Role, denied: Leeway) -> None:
        super().__init__(is_requestor=role == "requestor")
        # One input has been taken, so that the end of a connection is not the first event seen on it.
        self._inputs = [Events.EVT_5]
        self._known = {Configuration(state, 1): frozenset() for state in states}
        self._denied = denied

    def _steps(self, found: Configuration, cells: frozenset[Cell]) -> Iterator[tuple[Configuration, frozenset[Cell]]]:
        denied = self._denied
        without = denied.without
        if denied.inputs_first and found.taken < len(self._inputs):
            without |= _ANSWERS
        for after, local in super()._steps(found, frozenset()):
            if any(event in without for event, _ in local):
                continue
            owes = (
                tuple(replace(owed, sources=owed.sources[:1]) for owed in after.owes) if denied.source else after.owes
            )
            yield replace(after, owes=owes), cells


LEEWAYS = (
    Leeway("the table names no Source for this A-ABORT", source=True),
    Leeway("the user of the peer may take any time to answer", prompt=True),
    Leeway("the user of the peer may abort at any time", without=frozenset({Events.EVT_15})),
    Leeway("nothing obliges the user of the peer to send anything", acts=True),
    Leeway("the user of the peer may answer before the next PDU of a segment is taken", inputs_first=True),
    Leeway("ARTIM has no lower bound, so that it may have expired", without=frozenset({Events.EVT_18})),
    Leeway("nothing obliges the user of the peer to abort", aborts=True),
)
"""The first one that explains a mutant is its reason."""
NONE = Leeway("")
_ABORTS: Shown = (PduType.A_ABORT.label, AbortSource.SERVICE_USER)


@cache
def learn(
    known: frozenset[States], events: tuple[Events, ...], shown: tuple[Shown, ...], role: Role, denied: Leeway
) -> frozenset[States] | str:
    """The states that are possible after a step, or what of the things shown is not possible."""
    possible = Knowledge(known, role, denied)
    for event in events:
        possible.inject(event)
    for name, source in shown:
        if not possible.observe(name, source):
            return name if source is None else f"{name}({source})"
        if name == CLOSE:
            return frozenset({States.STA_1})
    settled = possible.settled
    if denied.prompt:
        settled = frozenset(state for state in settled if not any((event, state) in TABLE for event in _ANSWERS))
    if not events and not shown:
        settled = frozenset(state for state in settled if (Events.EVT_18, state) not in TABLE)
    return settled or SILENCE


@dataclass(frozen=True, slots=True)
class Sight:
    """The result of the exploration.

    `steps`: the shortest sequence that shows the mutant, and `shown`: what it shows then, which is not possible;
    both empty if there is none, and then `why`. `differs`: it at least shows something else than the correct machine.
    """

    steps: tuple[Step, ...] = ()
    shown: str = ""
    why: str = ""
    differs: bool = False

    @property
    def visible(self) -> bool:
        """Whether the mutant can be seen."""
        return bool(self.shown)

    @property
    def path(self) -> str:
        """The steps in words."""
        return ", ".join(map(str, self.steps)) or "(connect)"


def start_of(role: Role) -> tuple[frozenset[States], tuple[Events, ...]]:
    """The state of a peer at the start, and the event that opens the connection."""
    if role == "acceptor":
        return frozenset({States.STA_1}), (Events.EVT_5,)
    return frozenset({States.STA_4}), (Events.EVT_2,)


def explore(rows: Rows, role: Role, leeway: Leeway = NONE) -> Sight:
    """Look for the shortest sequence of steps that shows something impossible.

    A `leeway` is denied only to steps in which the peer shows something else than a peer of the correct table.
    """
    model, right = Model(rows, role), _right(role)
    (peer, shown), (should, expected) = model.start(), right.start()
    if not peer.connected and not shown:
        return Sight(why="nothing obliges a peer to connect", differs=True)
    known = learn(*start_of(role), shown, role, NONE if shown == expected else leeway)
    if isinstance(known, str):
        return Sight((), known, differs=True)
    first = (peer, should if leeway.reason else peer, known)
    seen = {first}
    queue: deque[tuple[tuple[Peer, Peer, frozenset[States]], tuple[Step, ...]]] = deque([(first, ())])
    while queue:
        (peer, should, known), path = queue.popleft()
        for step in model.steps(peer):
            after, shown = model.after(peer, step)
            denied, then, expected = NONE, after, shown
            if leeway.reason:
                then, expected = right.after(should, step)
                denied = NONE if shown == expected else leeway
            found = learn(known, step.events, shown, role, denied)
            if _does_without(denied, shown, expected):
                found = SILENCE
            if isinstance(found, str):
                return Sight((*path, step), found, differs=True)
            place = (after, then, found)
            if place not in seen:
                seen.add(place)
                queue.append((place, (*path, step)))
    return Sight()


def _does_without(denied: Leeway, shown: tuple[Shown, ...], expected: tuple[Shown, ...]) -> bool:
    """Whether the user has omitted what the user of the correct machine does, although that is not optional now."""
    if (CLOSE, None) in shown:
        return False
    if denied.acts:
        return len(shown) < len(expected) and set(shown) <= set(expected)
    return denied.aborts and _ABORTS in expected and _ABORTS not in shown


@cache
def _right(role: Role) -> Model:
    return Model(TABLE_ROWS, role)


@cache
def passed_by(role: Role) -> frozenset[tuple[Cell, Row]]:
    """The cells, with their rows, that a peer of the correct table can be brought through."""
    model = Model(TABLE_ROWS, role)
    peer, _ = model.start()
    seen, queue = {peer}, deque([peer])
    while queue:
        peer = queue.popleft()
        for step in model.steps(peer):
            after, _ = model.after(peer, step)
            if after not in seen:
                seen.add(after)
                queue.append(after)
    return frozenset(model.passed)


def differs(rows: Rows, role: Role) -> bool:
    """Whether any sequence of steps makes a table show something else than the correct one."""
    wrong, right = Model(rows, role), _right(role)
    (one, shown), (other, expected) = wrong.start(), right.start()
    if shown != expected:
        return True
    seen, queue = {(one, other)}, deque([(one, other)])
    while queue:
        one, other = queue.popleft()
        for step in right.steps(other):
            (after, shown), (should, expected) = wrong.after(one, step), right.after(other, step)
            if shown != expected:
                return True
            if (after, should) not in seen:
                seen.add((after, should))
                queue.append((after, should))
    return False


def sight_of(mutant: Mutant, role: Role) -> Sight:
    """Whether a mutant can be seen in a role; if not, the reason."""
    why = _unreachable(mutant, role)
    if why:
        return Sight(why=why)
    rows = mutant.table()
    sight = explore(rows, role)
    if sight.visible or sight.why:
        return sight
    if not differs(rows, role):
        return Sight(why="equivalent: every sequence shows the same")
    reason = next((row.reason for row in LEEWAYS if explore(rows, role, row).visible), "the table leaves it open")
    return Sight(why=f"allowed: {reason}", differs=True)


def _unreachable(mutant: Mutant, role: Role) -> str:
    """Why the tester never brings a peer to the wrong rows, "" if it does."""
    event, state = mutant.cell
    if STATES[state].role not in ("both", role):
        return "the state belongs to the other end"
    passed = passed_by(role)
    wrong = mutant.wrong or TABLE_ROWS[mutant.cell]
    if any((mutant.cell, row) in passed for row in wrong):
        return ""
    if event == Events.EVT_17:
        return "the tester has closed the connection, on which nothing more can be seen"
    if EVENTS[event].kind == "primitive":
        return "the user of the peer does not issue the primitive in this state"
    if any(cell == mutant.cell for cell, _ in passed):
        return "the condition never holds in this role"
    return "the event cannot be caused in this role"
