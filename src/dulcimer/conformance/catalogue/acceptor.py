"""Cases for acceptors: one or more for each cell of Table 9-10 that the tester can reach, and the encoding cases."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import (
    ACTION_RULES,
    CASES,
    ENTRIES,
    EXPECTATIONS,
    REACTIONS,
    STIMULI,
    Alternative,
    Echo,
    EncodingCase,
    Reaction,
    RequestVariant,
    StateEntry,
    Stimulus,
)
from dulcimer._generated.fsm import EVENT_OF_PDU, EVENTS, STATES, TABLE, Events, States
from dulcimer.conformance.model.case import Case, revision
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
from dulcimer.conformance.model.seen import pdu_name
from dulcimer.conformance.model.steps import Await, CloseMode, Connect, Expect, Leave, Oversize, Send, Step
from dulcimer.conformance.stimuli.dimse import echo_pdus
from dulcimer.conformance.stimuli.messages import plain_pdu, stimulus_bytes, stimulus_label, with_body
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, MAXIMUM_LENGTH, SERVICE_CONTEXT_ID, Titles, request_bytes
from dulcimer.conformance.stimuli.segments import segment_cases
from dulcimer.wire.codec import encode

_CLOSES = 12
"""How often a connection is opened and closed; a peer that does not notice runs out of resources."""

_WATCH = {
    "AA-2/Evt16": WatchFor.CLOSE,
    "AA-3/Evt16": WatchFor.CLOSE,
    "AA-2/Evt18": WatchFor.ARTIM,
    "AR-3/Evt13": WatchFor.CLOSE,
}
_SETTLES = {
    "AE-5": Settle.ECHO,
    "AE-6": Settle.ECHO,
    "DT-2": Settle.RELEASE,
    "AR-6": Settle.ANSWER_THEN_CLOSE,
    "AR-8": Settle.ANSWER_THEN_ANSWER,
}
_THEN_CLOSES = (Events.EVT_12, Events.EVT_13)
"""Events whose cases also check that the peer closes after the tester has; once for each state is enough."""

UNKNOWN_CONTEXT = "A-ASSOCIATE-RQ with an unknown application context"
"""The name in `spec/conformance/entries.toml` of a request that the peer rejects; it is in Sta13 then."""
_UNKNOWN_APPLICATION_CONTEXT = RequestVariant(application_context=("2.25.35711333286485433768314176446645270968",))

LEAVES = (CloseMode.FIN, CloseMode.RST)
"""After these the tester sees nothing more."""
_LAWFUL = ("accepted", "echo", "released", "closes", "stored", "found", "identity")


@lru_cache(maxsize=8)
def acceptor_cases(titles: Titles) -> tuple[Case, ...]:
    """Every case for a peer that accepts associations, requested under these AE titles."""
    encoding = tuple(_encoding_case(case, titles) for case in CASES)
    return (*_cell_cases(titles), *encoding, *segment_cases(encoding))


def reaction_of(cell: tuple[Events, States]) -> Reaction:
    """What Table 9-10 demands in a cell, as seen from outside."""
    event, _ = cell
    found = [
        row
        for row in REACTIONS.values()
        if TABLE[cell] in row.actions and (not row.events or EVENTS[event].label in row.events)
    ]
    (reaction,) = found
    return reaction


def case_id(cell: tuple[Events, States], *parts: str) -> str:
    """`ul.fsm.acc.staNN.evtNN`, and the variant at the end."""
    event, state = cell
    return ".".join((f"ul.fsm.acc.sta{state + 1:02}.evt{event + 1:02}", *filter(None, parts)))


def _cell_cases(titles: Titles) -> Iterator[Case]:
    for entry in ENTRIES:
        state = States.from_label(entry.state)
        for stimulus in STIMULI:
            event = Events.from_label(stimulus.event)
            applies = not stimulus.states or entry.state in stimulus.states
            by_this_way = not (entry.way and stimulus.entries) or entry.way in stimulus.entries
            if (event, state) in TABLE and applies and by_this_way:
                yield _cell_case((event, state), entry, stimulus, titles)


def _cell_case(cell: tuple[Events, States], entry: StateEntry, stimulus: Stimulus, titles: Titles) -> Case:
    event, state = cell
    action = TABLE[cell]
    reaction = reaction_of(cell)
    data = stimulus_bytes(stimulus, titles) if stimulus.pdu else b""
    provocation = encode(plain_pdu(entry.provoke, titles)) if entry.provoke else b""
    inject: list[Step] = []
    if entry.pipeline:
        inject.append(_pipelined_step(entry.pipeline, event, data, stimulus, titles))
    elif provocation:
        events = (EVENT_OF_PDU[entry.provoke], *((event,) if data else ()))
        label = f"{entry.provoke}, then {stimulus_label(stimulus)}" if data else entry.provoke
        split = len(provocation) + stimulus.split if stimulus.split else 0
        inject.append(Send(label, provocation + data, events, split=split))
    elif data:
        inject.append(Send(stimulus_label(stimulus), data, (event,), split=stimulus.split))
    if stimulus.transport:
        inject.append(transport_step(stimulus.transport))
    request = request_bytes(titles, RequestVariant())
    if stimulus.wait == "half":
        half = request[: len(request) // 2]
        inject.append(Send(f"the first {len(half)} of {len(request)} bytes of an A-ASSOCIATE-RQ", half))
    leaves = stimulus.transport in LEAVES
    alone = leaves and not entry.needs
    after = _after(event, entry)
    return Case(
        id=case_id(cell, entry.way, stimulus.variant),
        rev=revision(entry, stimulus, reaction.alternatives, reaction.skip, reaction.close, *_demands(after)),
        clause=f"PS3.8 Table 9-10 {EVENTS[event].label}/{STATES[state].label} {action}",
        requirement=reaction.requirement.format(
            state=STATES[state].label, event=f"{EVENTS[event].label} ({EVENTS[event].description})", action=action
        ),
        severity=reaction.severity,
        role=entry.role,
        opening=CaseOpening(
            steps=tuple(_drive_step(step, titles) for step in entry.steps),
            way=f"{entry.state} {entry.way}".strip(),
            answer=entry.answer,
            needs=entry.needs,
        ),
        injection=Injection(
            steps=tuple(inject),
            drip=request if stimulus.wait == "drip" else b"",
            repeat=_CLOSES if alone else 1,
            exclusive=alone,
        ),
        expectation=Expectation(
            alternatives=alternatives_of(reaction, stimulus),
            watch=WatchFor.GONE if leaves else _WATCH.get(f"{action}/{EVENTS[event].label}", WatchFor.REACTION),
            skip=reaction.skip,
            best=stimulus.best,
            open=stimulus.open,
            overtaken=Overtaken(entry.passed, after.alternatives, after.skip) if after else None,
        ),
        closing=Closing(
            closes=Closes(reaction.close),
            settle=_SETTLES.get(action, Settle.NONE),
            tester_closes=not entry.way and event in _THEN_CLOSES,
        ),
        cell=cell,
        rules=tuple(dict.fromkeys((*ACTION_RULES[action], *reaction.rules, *stimulus.rules))),
    )


def transport_step(name: str) -> Step:
    """The step for a value of `transport` in `spec/conformance/stimuli.toml`."""
    return Connect() if name == Connect.verb else Leave(CloseMode(name))


def alternatives_of(reaction: Reaction, stimulus: Stimulus) -> tuple[Alternative, ...]:
    """The verdicts on the reaction to this stimulus."""
    if not stimulus.passed_over:
        return reaction.alternatives
    passed_over = Alternative("passed-over", "NON-STRICT", ("silence",), why=stimulus.passed_over)
    return (passed_over, *reaction.alternatives)


def _pipelined_step(pipeline: str, event: Events, data: bytes, stimulus: Stimulus, titles: Titles) -> Step:
    """The PDU that leads into the state and the stimulus, in one segment; a close is a separate step."""
    first = encode(plain_pdu(pipeline, titles))
    if not data:
        return Send(pipeline, first, (EVENT_OF_PDU[pipeline],))
    label = f"{pipeline} and {stimulus_label(stimulus)} in one segment"
    return Send(label, first + data, (EVENT_OF_PDU[pipeline], event))


def _after(event: Events, entry: StateEntry) -> Reaction | None:
    """What is demanded if the peer had left the state before it received the stimulus."""
    return reaction_of((event, States.from_label(entry.passed_state))) if entry.passed else None


def _demands(after: Reaction | None) -> tuple[object, ...]:
    return (after.alternatives, after.skip) if after else ()


def _drive_step(step: str, titles: Titles) -> Step:
    verb, _, what = step.partition(" ")
    if verb == "connect":
        return Connect()
    if verb in ("expect", "await"):
        return Expect(what) if verb == "expect" else Await(what)
    if what in EVENT_OF_PDU:
        return Send(what, encode(plain_pdu(what, titles)), (EVENT_OF_PDU[what],))
    assert what == UNKNOWN_CONTEXT, what
    return Send(what, request_bytes(titles, _UNKNOWN_APPLICATION_CONTEXT), (Events.EVT_6,))


def _encoding_case(row: EncodingCase, titles: Titles) -> Case:
    maximum_length = MAXIMUM_LENGTH if row.maximum_length < 0 else row.maximum_length
    drive: list[Step] = [Connect()]
    if row.request is None:
        request = request_bytes(titles, RequestVariant(), maximum_length, row.service or row.refused_service)
        drive.append(Send(PduType.A_ASSOCIATE_RQ.label, request, (Events.EVT_6,)))
        drive.append(Expect("A-ASSOCIATE-AC(*)"))
    expectation = EXPECTATIONS[row.expect]
    return Case(
        id=row.id,
        rev=revision(row, expectation),
        clause=row.clause,
        requirement=row.requirement,
        severity=row.severity,
        role="acceptor",
        opening=CaseOpening(
            steps=tuple(drive),
            needs=row.needs,
            service=row.service,
            refused_service=row.refused_service,
            maximum_length=maximum_length,
        ),
        injection=Injection(steps=(_encoding_step(row, titles, maximum_length),), lawful=row.expect in _LAWFUL),
        expectation=Expectation(
            alternatives=(*row.before, *expectation),
            watch=WatchFor.CLOSE if row.pdu == PduType.A_ABORT.label else WatchFor.REACTION,
            skip=("fragment", *row.skip) if row.echo is not None else row.skip,
            answers=row.echo.count if row.echo is not None and row.expect == "echo" else 1,
        ),
        closing=Closing(settle=Settle(row.settle)),
        rules=row.rules,
    )


def _encoding_step(row: EncodingCase, titles: Titles, maximum_length: int) -> Step:
    if row.request is not None:
        data = request_bytes(titles, row.request, maximum_length, row.service)
        return Send(f"A-ASSOCIATE-RQ ({row.id})", data, (Events.EVT_6,), octets=row.request.octets)
    if row.echo is not None:
        if row.echo.oversize:
            label = "a command, and a data set longer than the peer accepts"
            return Send(label, events=(Events.EVT_10,) * 2, made=Oversize(row.echo))
        pdus = echo_pdus(row.echo, SERVICE_CONTEXT_ID if row.service else CONTEXT_ID)
        events = [Events.EVT_10] * len(pdus)
        if row.echo.release:
            pdus.append(encode(plain_pdu(PduType.A_RELEASE_RQ.label, titles)))
            events.append(Events.EVT_12)
        label = "C-ECHO-RQ" if row.echo == Echo() else f"P-DATA-TF of {row.id}"
        meanwhile = len(b"".join(pdus[:-1])) if row.echo.cancel else 0
        return Send(label, b"".join(pdus), tuple(events), meanwhile=meanwhile)
    data = with_body(encode(plain_pdu(row.pdu, titles, row.fields), row.overwrite or {}), row.body)
    return Send(f"{pdu_name(data)} ({row.id})", data, (EVENT_OF_PDU[row.pdu],))
