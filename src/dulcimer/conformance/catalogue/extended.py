"""Extended cases: made by rule from cases of the catalogue, one for each cell and each way to its state.

What they demand is not written again: it is the reaction that the catalogue demands in the cell that comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from dulcimer._generated.codes import AbortSource
from dulcimer._generated.conformance import (
    ACTION_RULES,
    CASES,
    EXPECTATIONS,
    STIMULI,
    Alternative,
    EncodingCase,
    Reaction,
)
from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.catalogue import acceptor as catalogue
from dulcimer.conformance.catalogue import requestor as requestor_catalogue
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.model.case import Case, good_in_words, revision
from dulcimer.conformance.model.oracle import Cell, PossibleStates, outputs
from dulcimer.conformance.model.parts import Closes, Continuation, Following, Settle, WatchFor, Way
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.steps import Send

_AnyCase = TypeVar("_AnyCase", bound=Case)

REFUSED = {
    "enc.version.0000": (Events.EVT_6, States.STA_2),
    "enc.appctx.unknown": (Events.EVT_6, States.STA_2),
    "enc.req.result.1": (Events.EVT_3, States.STA_5),
}
"""Cases without a cell in which an association is refused, and the cell where that begins."""
_COLLISION = "AR-8"
_DATA = "issue:P-DATA indication"


def _reachable(start: Iterable[States], without: str = "") -> frozenset[States]:
    """The states that Table 9-10 leads to from these, themselves too, `without` the cells of an action."""
    found, pending = set[States](), list(start)
    while pending:
        state = pending.pop()
        if state not in found:
            found.add(state)
            actions = (TABLE[event, state] for event in Events if (event, state) in TABLE)
            pending += (row.next_state for action in actions if action != without for row in ACTIONS[action].outcomes)
    return frozenset(found)


def _issues(cell: Cell) -> frozenset[str]:
    """The indications that the action of a cell may issue."""
    effects = (effect for row in ACTIONS[TABLE[cell]].outcomes for effect in row.effects)
    return frozenset(effect for effect in effects if effect.startswith("issue:"))


_WAITS_FOR_USER = frozenset(state for event, state in TABLE if EVENTS[event].subject.count(" response"))
_WITHOUT_COLLISION = _reachable([States.STA_1], without=_COLLISION)
DATA_CELLS = frozenset(
    (event, state)
    for (event, state), action in TABLE.items()
    if event is Events.EVT_10 and action != "AA-6" and state in _WITHOUT_COLLISION - _WAITS_FOR_USER
)
"""Cells of data, except after the association, in a release collision, and where the peer waits for its user."""
DELIVERING_CELLS = frozenset(cell for cell in TABLE if _DATA in _issues(cell))
"""Cells in which data reaches the user."""
UNNOTICED_CELLS = frozenset(cell for cell in TABLE if cell[0] is Events.EVT_3 and not _issues(cell))
"""Cells in which the user does not notice an A-ASSOCIATE-AC."""
CLOSING_CELLS = frozenset(
    cell
    for cell, action in TABLE.items()
    if EVENTS[cell[0]].kind == "pdu" and all("close_transport" in row.effects for row in ACTIONS[action].outcomes)
)
"""Cells in which the peer closes the connection in every outcome."""
_NO_MESSAGE = "pdv.order.data-first"
"""The case of the catalogue with data that is not a DIMSE message; its expectation holds in other states, too."""
_USER = "user"
_SOURCE = slice(-2, -1)
"""The Source field of the A-ABORT at the end of the bytes."""


def thorough_cases(cases: Sequence[_AnyCase]) -> tuple[_AnyCase, ...]:
    """All extended cases, in the order of the cases of one role that they are made from."""
    taken = {case.id for case in cases}
    found = (
        extended_case(base, way, cases)
        for case in origins(cases)
        for base in (case, *from_provider(case))
        for way in ways_of(base)
    )
    return tuple(case for case in found if case.id not in taken)


def origins(cases: Iterable[_AnyCase]) -> Iterator[_AnyCase]:
    """The cases that are extended: the first of each cell, and of each way to its state."""
    done: set[object] = set()
    for case in cases:
        overtaken = case.expectation.overtaken
        key = (case.cell or case.id, case.opening.steps, case.opening.answer, overtaken.by if overtaken else "")
        if (case.cell or case.id in REFUSED) and key not in done and not case.expectation.open:
            done.add(key)
            yield case


def ways_of(case: Case) -> Iterator[StrEnum | None]:
    """The ways to extend a case; None: the case itself is an extended one."""
    if case.cell and case.cell[0] is Events.EVT_16 and case.id.endswith(ways.PROVIDER):
        yield None
    if case.expectation.watch is WatchFor.REACTION:
        if case.closing.closes is Closes.TESTER or case.id in REFUSED:
            yield from ways.AFTER_THE_END
        may_be_silent = any("silence" in row.on and row.verdict != "FAILED" for row in case.expectation.alternatives)
        in_sta13 = case.cell is not None and case.cell[1] == States.STA_13
        if may_be_silent and not in_sta13 and any(_Role(case).next_states(_origin(case), silent=True)):
            yield from ways.AFTER_SILENCE
    if case.cell in DATA_CELLS:
        yield from ways.AT_ONCE
    if case.cell in DELIVERING_CELLS and not case.opening.needs:
        yield from ways.NO_MESSAGES
    if case.cell in UNNOTICED_CELLS:
        yield Way.AT_ONCE_AC
    if case.cell in CLOSING_CELLS and not case.opening.answer and not case.expectation.overtaken:
        yield from (Way.AT_ONCE_AC, Way.AT_ONCE_RQ)


def from_provider(case: _AnyCase) -> Iterator[_AnyCase]:
    """The case with an A-ABORT of the service-provider, if it is one with an A-ABORT."""
    if case.cell and case.cell[0] is Events.EVT_16 and case.id.endswith(f".{_USER}"):
        *before, step = case.injection.steps
        assert isinstance(step, Send)
        data = bytearray(step.data)
        data[_SOURCE] = bytes([AbortSource.SERVICE_PROVIDER])
        label = step.label.replace(f"({_USER})", f"({ways.PROVIDER})")
        yield replace(
            case,
            id=case.id.removesuffix(_USER) + ways.PROVIDER,
            rev=revision(ways.PROVIDER, case.rev),
            injection=replace(case.injection, steps=(*before, replace(step, data=bytes(data), label=label))),
        )


# ---------------------------------------------------------------------- what is demanded


def extended_case(case: _AnyCase, way: StrEnum | None, cases: Iterable[Case]) -> _AnyCase:
    """A case extended in a way; the case itself for None."""
    if way is None:
        return case
    role = _Role(case)
    started = replace(case, continuation=Continuation(way))
    regular = tuple(_regular(started, role))
    possible = regular if way in (*ways.AFTER_THE_END, *ways.AFTER_SILENCE) else _possible(started, role)
    follows = tuple(role.following(cell) for cell in dict.fromkeys((*regular, *possible)))
    if way in ways.NO_MESSAGES:
        follows = tuple(_tolerant(row) if row.cell[0] is Events.EVT_10 else row for row in follows)
    of_abort = ACTION_RULES["AA-1"] if way in ways.NO_MESSAGES else ()
    where, cells = case.opening.way, {row.cell for row in follows}
    found = replace(
        started,
        id=f"{case.id}.{way}",
        rev=revision(str(way), case.rev, follows),
        clause=_clause(case, regular),
        requirement=_requirement(started, regular, role),
        severity=role.reaction(regular[0]).severity if regular else case.severity,
        opening=replace(case.opening, way=f"{where or case.id}, then {way}" if way == Way.REJECTS else where),
        expectation=replace(case.expectation, answers=1),
        closing=replace(case.closing, settle=Settle.NONE),
        continuation=Continuation(
            way,
            follows,
            expects=_expected(started, role.reaction(regular[0]).alternatives if regular else ()),
            akin=tuple(row.id for row in cases if row.cell in cells and not row.opening.needs),
        ),
        rules=tuple(dict.fromkeys((*of_abort, *case.rules, *(rule for cell in regular for rule in role.rules(cell))))),
    )
    if way in ways.NO_MESSAGES:
        expectation = replace(found.expectation, alternatives=EXPECTATIONS["abort"])
        return replace(found, expectation=expectation, rules=(*_row_of_no_message().rules, *found.rules))
    return found


class _Role:
    """The reactions that the catalogue of a case's role demands."""

    def __init__(self, case: Case) -> None:
        self.is_requestor = isinstance(case, RequestorCase)
        self.reaction: Callable[[Cell], Reaction] = (
            requestor_catalogue.reaction_of if self.is_requestor else catalogue.reaction_of
        )

    def following(self, cell: Cell) -> Following:
        """The verdicts in a cell. A peer may close before ARTIM expires (9.1.5)."""
        reaction = self.reaction(cell)
        rows = reaction.alternatives
        if cell[0] is Events.EVT_18:
            rows = tuple(replace(row, verdict="OK") if row.name == "early" else row for row in rows)
        return Following(cell, rows, reaction.skip)

    def rules(self, cell: Cell) -> Iterator[str]:
        """The rules that a cell is about."""
        event, state = (EVENTS[cell[0]].label, STATES[cell[1]].label)
        yield from ACTION_RULES[TABLE[cell]]
        yield from self.reaction(cell).rules
        for stimulus in STIMULI:
            if stimulus.event == event and state in stimulus.states and not stimulus.variant:
                yield from stimulus.rules

    def next_states(self, cell: Cell, *, silent: bool = False) -> Iterator[States]:
        """Where a cell leads; `silent`: without anything that the tester sees."""
        start = PossibleStates(is_requestor=self.is_requestor)
        for outcome in start.outcomes_of(cell):
            if not (silent and outputs(outcome)):
                yield outcome.next_state


def _origin(case: Case) -> Cell:
    return case.cell or REFUSED[case.id]


def _regular(case: Case, role: _Role) -> Iterator[Cell]:
    """The cells of the next input if the peer conforms; none if the association has ended."""
    way, cell = case.then, _origin(case)
    assert way is not None
    if way in ways.AFTER_THE_END:
        yield ways.AFTER_THE_END[way], States.STA_13
    elif way in ways.AFTER_SILENCE:
        yield ways.AFTER_SILENCE[way], next(role.next_states(cell, silent=True))
    elif way in ways.AT_ONCE:
        for state in dict.fromkeys(role.next_states(cell)):
            if (ways.AT_ONCE[way], state) in TABLE:
                yield ways.AT_ONCE[way], state
    elif Events.EVT_3 in ways.NO_MESSAGES[way]:
        yield Events.EVT_3, States.STA_13
    else:
        yield Events.EVT_18, States.STA_13


def _possible(case: Case, role: _Role) -> tuple[Cell, ...]:
    """All cells in which a peer can process what is sent, whatever its user does; the last is ARTIM."""
    assert case.cell is not None
    event, state = case.cell
    states = PossibleStates(state, is_requestor=role.is_requestor)
    for each in (event, *ways.same_segment(case), *ways.afterwards(case)):
        states.inject(each)
    return (*sorted(states.ahead), (Events.EVT_18, States.STA_13))


def _tolerant(row: Following) -> Following:
    """The verdicts on data that is not a message, as in the catalogue: the standard does not say who aborts then."""
    return replace(row, alternatives=EXPECTATIONS["abort"])


def _row_of_no_message() -> EncodingCase:
    return next(row for row in CASES if row.id == _NO_MESSAGE)


def _clause(case: Case, regular: Iterable[Cell]) -> str:
    further = [f"{EVENTS[event].label}/{STATES[state].label} {TABLE[event, state]}" for event, state in regular]
    if further and case.cell is None:
        further[0] = f"PS3.8 Table 9-10 {further[0]}"
    return ", ".join((case.clause, *further))


def _expected(case: Case, afterwards: Sequence[Alternative]) -> str:
    first, then = good_in_words(case.expectation.alternatives), good_in_words(afterwards)
    if case.then in ways.AFTER_SILENCE:
        return f"{first}; if nothing is sent, {then} on what the tester sends"
    if case.then in ways.NO_MESSAGES:
        first = f"{good_in_words(EXPECTATIONS['abort'])} or nothing"
    return f"{first}, then {then}" if then else first


def _requirement(case: Case, regular: Sequence[Cell], role: _Role) -> str:
    way = case.then
    assert way is not None
    if way in ways.NO_MESSAGES:
        assert case.cell is not None
        return ways.SENTENCES[way].format(state=STATES[case.cell[1]].label)
    sentences = [case.requirement, ways.LEADS[way]]
    sentences += [_sentence(cell, role) for cell in regular] or [ways.NOBODY_THERE]
    return " ".join(sentences)


def _sentence(cell: Cell, role: _Role) -> str:
    event, state = cell
    what = f"{EVENTS[event].label} ({EVENTS[event].description})"
    return role.reaction(cell).requirement.format(state=STATES[state].label, event=what, action=TABLE[cell])
