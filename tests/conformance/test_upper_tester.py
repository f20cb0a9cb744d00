"""The upper tester: every state is held, the table decides, and a local user that is not as told is noticed."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE, States
from dulcimer.conformance.catalogue.upper_tester import held_cases
from dulcimer.conformance.catalogue.upper_tester_ways import ways
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.run.record import Run
from dulcimer.conformance.run.upper_tester import HeldRunner
from dulcimer.conformance.upper_tester.protocol import (
    INDICATIONS,
    PRIMITIVES,
    NotDoneError,
    decode,
    encode,
)
from dulcimer.conformance.upper_tester.serving import serve

CASES = held_cases()
FAULTY = Path(__file__).parents[1] / "adapters" / "faulty_adapter.py"


def run(adapter: str, *globs: str) -> Run:
    chosen = [case for case in CASES if any(fnmatchcase(case.id, glob) for glob in globs)]
    assert chosen
    return asyncio.run(HeldRunner(adapter, react=0.3).run(chosen))


def verdicts(found: Run) -> dict[str, tuple[Verdict, str]]:
    return {result.case.id: (result.verdict, result.alternative) for result in found.results}


def adapter(name: str) -> str:
    return f"{sys.executable} {Path(__file__).parents[1] / 'adapters' / f'{name}_adapter.py'}"


def faulty(fault: str) -> str:
    return f"{sys.executable} {FAULTY} {fault}"


@pytest.mark.clause("PS3.8 9.2.3")
def test_every_cell_but_those_of_artim_and_of_the_connect_is_met() -> None:
    on_the_way = {leg.cell for case in CASES for leg in case.legs}
    reached = on_the_way | {case.cell for case in CASES if case.cell}
    left = {(STATES[state].label, EVENTS[event].label) for event, state in set(TABLE) - reached}
    assert left == {("Sta2", "Evt18"), ("Sta13", "Evt18"), ("Sta4", "Evt15"), ("Sta4", "Evt17")}
    assert len({case.id for case in CASES}) == len(CASES)


def test_collision_states_are_reached_on_the_side_that_has_them() -> None:
    acceptor, requestor = ways(is_requestor=False), ways(is_requestor=True)
    assert {States.STA_10, States.STA_12} <= set(acceptor)
    assert {States.STA_9, States.STA_11} <= set(requestor)
    assert not {States.STA_9, States.STA_11, States.STA_4, States.STA_5} & set(acceptor)
    assert not {States.STA_10, States.STA_12, States.STA_2, States.STA_3} & set(requestor)
    labels = [leg.event.label for leg in requestor[States.STA_11]]
    assert labels == ["Evt1", "Evt2", "Evt3", "Evt11", "Evt12", "Evt14"]


def test_every_held_case_says_what_it_demands() -> None:
    for case in CASES:
        assert case.requirement.endswith("."), case.id
        assert case.expected, case.id
        assert case.rules, case.id
        assert set(case.indications) <= set(INDICATIONS), case.id


def test_names_of_primitives_are_those_of_the_machine() -> None:
    assert set(PRIMITIVES) == {event.subject for event in EVENTS if event.kind == "primitive"}
    issued = {effect for action in ACTIONS.values() for outcome in action.outcomes for effect in outcome.effects}
    assert {f"issue:{name}" for name in INDICATIONS} == {effect for effect in issued if effect.startswith("issue:")}


class User:
    """A local user that does nothing."""

    name = "nobody"
    tells = frozenset(INDICATIONS)

    def __init__(self) -> None:
        self.issued: list[tuple[str, Any]] = []
        self.resets = 0

    async def listen(self) -> tuple[str, int]:
        return "127.0.0.1", 104

    async def issue(self, primitive: str, parameters: Mapping[str, Any]) -> None:
        if primitive == PRIMITIVES[-1]:
            raise NotDoneError("not now")
        if primitive == PRIMITIVES[0]:
            raise RuntimeError("broken")
        self.issued.append((primitive, parameters["x"]))

    async def reset(self) -> None:
        self.resets += 1


def test_adapter_answers_each_line_and_survives_what_is_none() -> None:
    user, written = User(), io.BytesIO()

    async def talk() -> None:
        reader = asyncio.StreamReader()
        for message in (
            {"id": 1, "control": "hello"},
            {"id": 2, "control": "listen"},
            {"id": 3, "primitive": PRIMITIVES[3], "x": 7},
            {"id": 4, "primitive": PRIMITIVES[-1]},
            {"id": 5, "primitive": PRIMITIVES[0]},
            {"id": 6, "primitive": "no such"},
            {"id": 7, "control": "no such"},
        ):
            reader.feed_data(encode(message))
        reader.feed_data(b"no message\n[1]\n")
        reader.feed_data(encode({"id": 8, "control": "reset"}))
        reader.feed_eof()
        await serve(lambda _tell: user, reader, written.write)

    asyncio.run(talk())
    answers = [decode(line) for line in written.getvalue().splitlines()]
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4, 5, 6, 7, None, None, 8]
    assert [("done" in answer) for answer in answers] == [True, True, True, *([False] * 6), True]
    assert answers[0]["name"] == "nobody"
    assert answers[3]["refused"] == "not now"
    assert user.issued == [(PRIMITIVES[3], 7)]
    assert user.resets == 2


@pytest.mark.parametrize("name", ("dulcimer", pytest.param("pynetdicom", marks=pytest.mark.peer("pynetdicom"))))
def test_adapter_holds_each_state_of_a_release_collision(name: str) -> None:
    globs = ("*.acc.sta1[02].evt1[34].held", "*.req.sta09.evt1[34].held", "*.req.sta11.evt1[35].held")
    found = run(adapter(name), *globs)
    assert found.healthy, found.unhealthy_because
    assert {verdict for verdict, _ in verdicts(found).values()} == {Verdict.OK}
    assert len(found.results) == 7


def test_wrong_cell_of_a_collision_state_is_found() -> None:
    found = verdicts(run(faulty("sta9-takes-the-response"), "*.req.sta09.evt13.held", "*.req.sta11.evt13.held"))
    assert found["ul.fsm.req.sta09.evt13.held"][0] is Verdict.FAILED
    assert found["ul.fsm.req.sta11.evt13.held"][0] is Verdict.OK


def test_abort_with_the_source_of_the_user_is_a_failure_when_the_user_has_not_aborted() -> None:
    (found,) = run(faulty("aborts-as-user"), "*.acc.sta06.evt13.held").results
    assert (found.verdict, found.severity, found.observed) == (Verdict.FAILED, "S3", "A-ABORT(0,0)")


def test_missing_indication_to_the_user_is_noted() -> None:
    found = verdicts(run(faulty("does-not-tell"), "*.acc.sta06.evt13.held"))
    assert found == {"ul.fsm.acc.sta06.evt13.held": (Verdict.NON_STRICT, "not-told")}


def test_primitive_that_the_adapter_refuses_is_not_implemented() -> None:
    found = verdicts(run(faulty("refuses-release"), "*.acc.sta06.evt11.held"))
    assert found["ul.fsm.acc.sta06.evt11.held"][0] is Verdict.UNIMPLEMENTED


def test_peer_that_dies_stops_the_run() -> None:
    found = run(faulty("dies"), "*.acc.sta06.evt12.held", "*.acc.sta06.evt13.held", "*.acc.sta07.evt13.held")
    assert found.died_after
    assert found.not_run


def test_messages_are_one_line_each() -> None:
    line = encode({"indication": INDICATIONS[0], "text": "a\nb"})
    assert line.count(b"\n") == 1
    assert json.loads(line)["text"] == "a\nb"
