"""Cases for requestors: one or more for each cell that the tester can reach, and the encoding cases."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import ACTION_RULES, STIMULI, Reaction, Stimulus
from dulcimer._generated.conformance import REACTIONS as SHARED_REACTIONS
from dulcimer._generated.fsm import EVENT_OF_PDU, EVENTS, STATES, TABLE, Events, States
from dulcimer._generated.requestor import (
    CASES,
    ENDINGS,
    ENTRIES,
    EXPECTATIONS,
    REACTIONS,
    REFUSALS,
    AcceptanceVariant,
    RefusedConnection,
    RequestorCaseRow,
    RequestorEntry,
    RequestorReaction,
    Response,
)
from dulcimer.conformance.catalogue.acceptor import LEAVES, alternatives_of, transport_step
from dulcimer.conformance.model.case import revision
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.parts import (
    CaseOpening,
    Closes,
    Closing,
    Expectation,
    Injection,
    Overtaken,
    Settle,
    WatchFor,
)
from dulcimer.conformance.model.requestor_case import Port, RequestorCase
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.model.steps import Accept, AwaitRequest, Expect, Made, Refuse, Send, Serve, Step
from dulcimer.conformance.stimuli.messages import MAXIMUM_LENGTH, Titles, plain_pdu, stimulus_bytes, stimulus_label
from dulcimer.wire.codec import encode

_WATCH = {
    "AA-2/Evt16": WatchFor.CLOSE,
    "AA-3/Evt16": WatchFor.CLOSE,
    "AA-2/Evt18": WatchFor.ARTIM,
    "AE-4/Evt4": WatchFor.CLOSE,
    "AR-3/Evt13": WatchFor.CLOSE,
}
_SETTLE = {"AR-6": Settle.RELEASE, "AR-8": Settle.RELEASE}
_CLOSE_EXPECTED = ("rejected", "rejected-or-aborted", "closes")
_MUST_END_IN_ORDER = ("used", "goes-on")
_AC, _DATA = PduType.A_ASSOCIATE_AC.label, PduType.P_DATA_TF.label
_TITLES = Titles()
_MADE: dict[str, Made] = {_AC: AcceptanceVariant(), _DATA: Response()}
"""The usual PDUs that depend on what the peer has sent."""


@cache
def requestor_cases() -> tuple[RequestorCase, ...]:
    """Every case for a peer that requests associations."""
    return tuple(chain(_cell_cases(), map(_refusal_case, REFUSALS), map(_row_case, CASES)))


def reaction_of(cell: Cell) -> Reaction:
    """What Table 9-10 demands of a requestor in a cell, as seen from outside."""
    action, event, state = TABLE[cell], EVENTS[cell[0]].label, STATES[cell[1]].label
    own = [
        row
        for row in REACTIONS.values()
        if action in row.actions and (not row.events or event in row.events) and (not row.states or state in row.states)
    ]
    shared = [
        row for row in SHARED_REACTIONS.values() if action in row.actions and (not row.events or event in row.events)
    ]
    (reaction,) = own or shared
    return reaction


def case_id(cell: Cell, *parts: str) -> str:
    """`ul.fsm.req.staNN.evtNN`, and the variant at the end."""
    event, state = cell
    return ".".join((f"ul.fsm.req.sta{state + 1:02}.evt{event + 1:02}", *filter(None, parts)))


def _cell_cases() -> Iterator[RequestorCase]:
    for entry in ENTRIES:
        state = States.from_label(entry.state)
        if not entry.steps:
            continue
        for stimulus in STIMULI:
            event = Events.from_label(stimulus.event)
            applies = not stimulus.states or entry.state in stimulus.states
            wanted = entry.variants == "all" or not stimulus.entries
            if (event, state) in TABLE and applies and wanted:
                yield _cell_case((event, state), entry, stimulus)


def _cell_case(cell: Cell, entry: RequestorEntry, stimulus: Stimulus) -> RequestorCase:
    event, state = cell
    action, reaction = TABLE[cell], reaction_of(cell)
    own = reaction if isinstance(reaction, RequestorReaction) else None
    leaves = stimulus.transport in LEAVES
    return RequestorCase(
        id=case_id(cell, entry.way, stimulus.variant),
        rev=revision(entry, stimulus, reaction.alternatives, reaction.skip, reaction.close),
        clause=f"PS3.8 Table 9-10 {EVENTS[event].label}/{STATES[state].label} {action}",
        requirement=_requirement(reaction, cell),
        severity=reaction.severity,
        role="requestor",
        opening=CaseOpening(
            steps=tuple(map(drive_step, entry.steps)),
            way=f"{entry.state} {entry.way}".strip(),
            answer=entry.answer,
        ),
        injection=Injection(tuple(_inject(entry, stimulus, event))),
        expectation=Expectation(
            alternatives=alternatives_of(reaction, stimulus),
            watch=WatchFor.GONE if leaves else _WATCH.get(f"{action}/{EVENTS[event].label}", WatchFor.REACTION),
            skip=reaction.skip,
            best=stimulus.best,
            open=stimulus.open,
            overtaken=Overtaken(entry.passed) if entry.passed else None,
        ),
        closing=Closing(Closes(reaction.close), _SETTLE.get(action, Settle.NONE)),
        cell=cell,
        serves=own is not None and own.serves,
        endings=ENDINGS[own.ending if own else "any"],
        rules=tuple(dict.fromkeys((*ACTION_RULES[action], *reaction.rules, *stimulus.rules))),
    )


def _requirement(reaction: Reaction, cell: Cell) -> str:
    event, state = cell
    what = f"{EVENTS[event].label} ({EVENTS[event].description})"
    return reaction.requirement.format(state=STATES[state].label, event=what, action=TABLE[cell])


def _inject(entry: RequestorEntry, stimulus: Stimulus, event: Events) -> Iterator[Step]:
    """The provocation and the stimulus: in one segment if both are PDUs."""
    before = encode(plain_pdu(entry.provoke, _TITLES)) if entry.provoke else b""
    provoked = (EVENT_OF_PDU[entry.provoke],) if entry.provoke else ()
    if not stimulus.pdu:
        if before:
            yield Send(entry.provoke, before, provoked)
        if stimulus.transport:
            yield transport_step(stimulus.transport)
        return
    label = stimulus_label(stimulus)
    label = f"{entry.provoke}, then {label}" if before else label
    plain = not stimulus.fields and not stimulus.overwrite and stimulus.body is None
    made = _MADE.get(stimulus.pdu) if plain else None
    data = before if made else before + stimulus_bytes(stimulus, _TITLES)
    split = len(before) + stimulus.split if stimulus.split else 0
    yield Send(label, data, (*provoked, event), split=split, made=made)


def drive_step(step: str) -> Step:
    """A step of an entry, see `spec/conformance/requestor/entries.toml`."""
    verb, _, what = step.partition(" ")
    if verb == "accept":
        return Accept()
    if verb == "expect":
        return AwaitRequest() if what == "request" else Expect(what)
    if verb == "serve":
        return Serve(what.removeprefix("until "))
    if what == _AC:
        return Send(what, events=(Events.EVT_3,), made=AcceptanceVariant())
    return Send(what, encode(plain_pdu(what, _TITLES)), (EVENT_OF_PDU[what],))


def _refusal_case(row: RefusedConnection) -> RequestorCase:
    cell = Events.EVT_17, States.from_label(row.state)
    reaction = reaction_of(cell)
    assert isinstance(reaction, RequestorReaction)
    return RequestorCase(
        id=case_id(cell, row.variant),
        rev=revision(row, reaction.alternatives, reaction.ending),
        clause=f"PS3.8 Table 9-10 {EVENTS[cell[0]].label}/{STATES[cell[1]].label} {TABLE[cell]}",
        requirement=_requirement(reaction, cell),
        severity=reaction.severity,
        role="requestor",
        injection=Injection((Refuse(row.variant),)),
        expectation=Expectation(reaction.alternatives, WatchFor.GONE),
        closing=Closing(Closes(reaction.close)),
        cell=cell,
        port=Port(row.port),
        endings=ENDINGS[reaction.ending],
        rules=ACTION_RULES[TABLE[cell]],
    )


def _row_case(row: RequestorCaseRow) -> RequestorCase:
    entry = next(entry for entry in ENTRIES if entry.state == row.state and not entry.way and not entry.provoke)
    alternatives = EXPECTATIONS[row.expect]
    watch = WatchFor.WINDOW if row.wait else WatchFor.CLOSE if row.expect in _CLOSE_EXPECTED else WatchFor.REACTION
    in_order = row.expect in _MUST_END_IN_ORDER
    return RequestorCase(
        id=row.id,
        rev=revision(row, alternatives),
        clause=row.clause,
        requirement=row.requirement,
        severity=row.severity,
        role="requestor",
        opening=CaseOpening(
            steps=tuple(map(drive_step, entry.steps)),
            maximum_length=MAXIMUM_LENGTH if row.maximum_length < 0 else row.maximum_length,
        ),
        injection=Injection(tuple(_row_steps(row)), lawful=in_order),
        expectation=Expectation(alternatives, watch),
        closing=Closing(Closes.OPEN, Settle.RELEASE) if in_order else Closing(Closes.TESTER),
        serves=row.accept is not None or row.response is not None,
        endings=ENDINGS[row.ending],
        rules=row.rules,
    )


def _row_steps(row: RequestorCaseRow) -> Iterator[Step]:
    if row.accept is not None:
        label = f"{_AC} ({row.id})"
        yield Send(label, events=(Events.EVT_3,), octets=row.accept.octets, made=row.accept)
    elif row.response is not None:
        yield Send("a response", events=(Events.EVT_10,), made=row.response)
    elif row.pdu:
        data = encode(plain_pdu(row.pdu, _TITLES, row.fields), row.overwrite or {})
        yield Send(f"{pdu_name(data)} ({row.id})", data, (EVENT_OF_PDU[row.pdu],))
