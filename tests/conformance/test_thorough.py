"""The cases of --thorough: complete, about what they say, and graded as the catalogue grades the same reaction."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dulcimer._generated.conformance import RULES
from dulcimer._generated.fsm import TABLE, Events, States
from dulcimer.conformance.catalogue import ways
from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.extended import DATA_CELLS, DELIVERING_CELLS, UNNOTICED_CELLS, thorough_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.oracle import PossibleStates
from dulcimer.conformance.model.parts import Way
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.processes.command import Unseen
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.listening import ListeningRunner
from dulcimer.conformance.run.record import AcceptorSettings, Run
from dulcimer.conformance.run.requestor import RequestorRunner, RequestorSettings
from dulcimer.conformance.stimuli.requests import Titles
from selftest import clock
from selftest.mutants import TABLE_ROWS, Rows, machine_of, mutants
from selftest.peers import CALLED, HOST, Requestor, acceptor

TITLES = Titles(called=CALLED)
ACCEPTORS, REQUESTORS = acceptor_cases(TITLES), requestor_cases()
OF_ACCEPTORS, OF_REQUESTORS = thorough_cases(ACCEPTORS), thorough_cases(REQUESTORS)
CASES: dict[str, Case] = {case.id: case for case in (*OF_ACCEPTORS, *OF_REQUESTORS)}
CATALOGUE: dict[str, Case] = {case.id: case for case in (*ACCEPTORS, *REQUESTORS)}
ID = re.compile(r"(ul\.fsm\.(acc|req)\.sta\d\d\.evt\d\d|enc)(\.[a-z0-9-]+)+")
MUTANTS = {mutant.id: mutant for mutant in mutants()}
ARTIM = 2.0

BY_ACCEPTOR = {
    "Evt3-Sta6.next.Sta2": "ul.fsm.acc.sta06.evt03.then-rejects",
    "Evt3-Sta6.without.start_artim": "ul.fsm.acc.sta06.evt03.then-artim",
    "Evt6-Sta2.unless_request_is_supported.next.Sta2": "enc.version.0000.then-rejects",
    "Evt16-Sta6.when_abort_is_from_service_user.next.Sta13": "ul.fsm.acc.sta06.evt16.user.at-once-rq",
    "Evt15-Sta6.next.Sta1": "ul.fsm.acc.sta06.evt10.no-message",
}
BY_REQUESTOR = {
    "Evt6-Sta5.next.Sta2": "ul.fsm.req.sta05.evt06.then-rejects",
    "Evt13-Sta7.next.Sta7": "ul.fsm.req.sta07.evt13.at-once-ac",
    "Evt10-Sta6.next.Sta1": "ul.fsm.req.sta06.evt10.then-answers",
}
"""Mutant: the case of --thorough that has to fail it, while none of the catalogue does."""


def check_acceptor(rows: Rows, cases: Sequence[Case]) -> Run:
    """A run against a server with this table, in no time."""

    async def run() -> Run:
        async with acceptor(machine_of(rows), artim=ARTIM) as port:
            settings = AcceptorSettings(react=0.5, artim=ARTIM, jobs=16)
            return await Runner(Target(HOST, port, TITLES), settings).run(cases)

    return clock.run(run())


def check_requestor(rows: Rows, cases: Sequence[RequestorCase]) -> Run:
    """A run against a requestor with this table, in no time."""
    stage = Stage(Requestor(machine_of(rows), ARTIM), HOST, called=CALLED)
    settings = RequestorSettings(react=0.5, artim=ARTIM, jobs=16, hang=20.0)
    return clock.run(RequestorRunner(stage, settings).run([case for case in cases if case.port == "open"]))


def verdicts(run: Run) -> dict[str, str]:
    assert run.healthy, run.unhealthy_because
    return {result.case.id: str(result.verdict) for result in run.results}


# ---------------------------------------------------------------------- the cases


def test_ids_are_unique_and_say_which_case_they_go_on_from() -> None:
    ids = [case.id for case in (*ACCEPTORS, *REQUESTORS, *OF_ACCEPTORS, *OF_REQUESTORS)]
    assert len(ids) == len(set(ids))
    assert [name for name in CASES if not ID.fullmatch(name)] == []
    for case in CASES.values():
        base = case.id.removesuffix(f".{case.then}")
        assert base in CATALOGUE or base.endswith(ways.PROVIDER), case.id


def test_every_case_says_what_it_demands_and_by_which_rules() -> None:
    for case in CASES.values():
        assert case.requirement.endswith("."), case.id
        assert "{" not in case.requirement + case.clause + case.expected, case.id
        assert case.clause.startswith("PS3."), case.id
        assert case.severity in {"S0", "S1", "S2", "S3", "S4"}, case.id
        assert case.expected, case.id
        assert case.rules, case.id
        assert set(case.rules) <= set(RULES), case.id
        assert bool(case.follows) == bool(case.then), case.id
        assert case.continuation is None or set(case.continuation.akin) <= set(CATALOGUE), case.id
        assert case.closing.settle == "none", f"{case.id} would count as a sign of health"


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.then], ids=lambda case: case.id)
def test_what_follows_is_graded_as_the_catalogue_grades_the_cell(case: Case) -> None:
    of_role: tuple[Case, ...] = REQUESTORS if isinstance(case, RequestorCase) else ACCEPTORS
    for follow in case.follows:
        assert follow.cell in TABLE
        same = [
            row for row in of_role if row.cell == follow.cell and row.expectation.alternatives == follow.alternatives
        ]
        asked_otherwise = follow.cell[0] in (Events.EVT_18, Events.EVT_10)  # may close early; data that is no message
        assert same or asked_otherwise or not [row for row in of_role if row.cell == follow.cell], follow.cell


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.then in ways.HELD], ids=lambda case: case.id)
def test_every_cell_that_the_peer_can_be_in_has_its_verdicts(case: Case) -> None:
    """Else what no state allows would be FAILED there, however mild the catalogue is about it."""
    assert case.cell is not None
    states = PossibleStates(case.cell[1], is_requestor=isinstance(case, RequestorCase))
    for event in (case.cell[0], *ways.same_segment(case), *ways.afterwards(case)):
        states.inject(event)
    cells = states.due
    for shown in ("A-RELEASE-RQ", "P-DATA-TF", "A-ABORT", "A-RELEASE-RP", "A-ASSOCIATE-AC"):
        after = states.copy()
        if after.observe(shown):
            cells |= after.due
    assert cells <= {follow.cell for follow in case.follows}


def test_revision_changes_with_the_case_and_the_way_and_not_with_the_ae_titles() -> None:
    others = thorough_cases(acceptor_cases(Titles("OTHER", "PEER")))
    assert [case.rev for case in others] == [case.rev for case in OF_ACCEPTORS]
    assert len({case.rev for case in CASES.values()}) > len(CASES) / 2
    base = CATALOGUE["ul.fsm.acc.sta06.evt03"]
    assert {case.rev for case in thorough_cases([replace(base, rev="other")])}.isdisjoint(
        case.rev for case in OF_ACCEPTORS
    )


def test_cells_that_are_extended_are_derived_from_the_table() -> None:
    assert {state for _, state in DATA_CELLS} == {States.STA_2, States.STA_5, States.STA_6, States.STA_7}
    assert {cell[0] for cell in DATA_CELLS | DELIVERING_CELLS} == {Events.EVT_10}
    assert {state for _, state in DELIVERING_CELLS} == {States.STA_6, States.STA_7}
    assert {(Events.EVT_3, States.STA_2), (Events.EVT_3, States.STA_13)} == UNNOTICED_CELLS


def test_the_catalogue_itself_is_as_it_was() -> None:
    assert not any(case.continuation for case in CATALOGUE.values())


# ---------------------------------------------------------------------- what they find, and what they do not


@pytest.mark.long
def test_server_that_keeps_to_the_table_fails_nothing() -> None:
    found = verdicts(check_acceptor(TABLE_ROWS, OF_ACCEPTORS))
    assert {name for name, verdict in found.items() if verdict in ("FAILED", "ERROR", "INCONCLUSIVE")} == set()
    ok = [name for name in CASES if found.get(name) == "OK"]
    assert {CASES[name].then for name in ok} == {
        *(None, Way.ARTIM, Way.REJECTS, Way.ANSWERS, Way.REFUSES),
        *ways.HELD,
    }


@pytest.mark.long
def test_requestor_that_keeps_to_the_table_fails_nothing() -> None:
    found = verdicts(check_requestor(TABLE_ROWS, OF_REQUESTORS))
    assert {name for name, verdict in found.items() if verdict in ("FAILED", "ERROR", "INCONCLUSIVE")} == set()
    assert sum(verdict == "OK" for verdict in found.values()) > len(OF_REQUESTORS) / 2


@pytest.mark.parametrize("name", BY_ACCEPTOR)
def test_wrong_cell_of_a_server_is_found_by_what_follows_alone(name: str) -> None:
    rows, finder = MUTANTS[name].table(), CASES[BY_ACCEPTOR[name]]
    base = finder.id.removesuffix(f".{finder.then}")
    of_cell = [case for case in ACCEPTORS if case.id == base or (case.cell and case.cell == finder.cell)]
    known = verdicts(check_acceptor(rows, of_cell))
    assert "FAILED" not in known.values()
    assert verdicts(check_acceptor(rows, [finder]))[finder.id] == "FAILED"


@pytest.mark.parametrize("name", BY_REQUESTOR)
def test_wrong_cell_of_a_requestor_is_found_by_what_follows_alone(name: str) -> None:
    rows = MUTANTS[name].table()
    (finder,) = (case for case in OF_REQUESTORS if case.id == BY_REQUESTOR[name])
    known = verdicts(check_requestor(rows, [case for case in REQUESTORS if case.cell == finder.cell]))
    assert "FAILED" not in known.values()
    assert verdicts(check_requestor(rows, [finder]))[finder.id] == "FAILED"


def test_peer_that_is_made_to_call_is_checked_so_too() -> None:
    (finder,) = (case for case in OF_REQUESTORS if case.id == BY_REQUESTOR["Evt6-Sta5.next.Sta2"])

    async def listen(rows: Rows) -> Run:
        runner = ListeningRunner(Stage(Unseen(), HOST), [0], RequestorSettings(react=0.5, artim=ARTIM), idle=30.0)
        running = asyncio.create_task(runner.run([finder]))
        for title in (CALLED, finder.alias):
            call = await Requestor(machine_of(rows), ARTIM).call(HOST, runner.ports[0], title)
            await call.ended(20.0)
            await call.stop()
        return await running

    assert verdicts(clock.run(listen(MUTANTS["Evt6-Sta5.next.Sta2"].table())))[finder.id] == "FAILED"
    assert verdicts(clock.run(listen(TABLE_ROWS)))[finder.id] == "OK"
