"""Some mutants, played: they are killed over loopback, and the correct machine fails nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dulcimer.conformance.model.verdict import Verdict
from selftest import clock
from selftest.__main__ import main
from selftest.bench import Pace, Played, Tier, play_all_right, trials_of, waits_for_kernel
from selftest.model import ROLES, Role
from selftest.mutants import mutants
from selftest.report import as_json, counts, summary
from selftest.run import SANITY, Outcome, Selftest, cases_for, kill_all, known_of

MUTANTS = {mutant.id: mutant for mutant in mutants()}
SAMPLE: dict[Role, dict[str, tuple[str, str]]] = {
    "acceptor": {
        "Evt13-Sta6.blank": ("FAILED", "ul.fsm.acc.sta06.evt13"),
        "Evt3-Sta2.source.2": ("FAILED", "ul.fsm.acc.sta02.evt03.at-once-ac!"),
        "Evt12-Sta6.action.AA-8": ("FAILED", SANITY),
        "Evt10-Sta13.action.AA-8": ("FAILED", "ul.fsm.acc.sta13.evt10.after-release.exactly!"),
        "Evt16-Sta6.when_abort_is_from_service_user.wait": ("FAILED", "ul.fsm.acc.sta06.evt16.user.at-once-rq+"),
        "Evt16-Sta6.when_abort_is_from_service_user.without.close_transport": ("FAILED", "ul.fsm.acc.sta06.evt16.user"),
        "Evt16-Sta6.when_abort_is_from_service_user.next.Sta7": ("FAILED", "ul.fsm.acc.sta06.evt16.user.at-once-ac+"),
        "Evt3-Sta6.without.start_artim": ("FAILED", "ul.fsm.acc.sta06.evt03.then-artim+"),
        "Evt3-Sta8.action.AA-6": ("FAILED", "ul.fsm.acc.sta08.evt03.pipelined.then-artim!"),
        "Evt3-Sta13.close": ("", ""),
        "Evt3-Sta9.blank": ("", ""),
    },
    "requestor": {
        "Evt19-Sta5.blank": ("FAILED", "ul.fsm.req.sta05.evt19.type-00"),
        "Evt4-Sta5.action.AA-8": ("FAILED", "ul.fsm.req.sta05.evt04"),
        "Evt13-Sta7.action.AA-6": ("FAILED", SANITY),
        "Evt12-Sta7.action.AA-8": ("FAILED", "ul.fsm.req.sta07.evt12"),
        "Evt6-Sta13.action.AA-8": ("", ""),
        "Evt3-Sta9.blank": ("FAILED", "ul.fsm.req.sta09.evt03.then-artim!"),
    },
}
"""By role and mutant, the verdict that kills it and the case that gives it."""


async def right_and_wrong(role: Role) -> Selftest:
    """The cases of the sample against the correct machine, then against its mutants."""
    wanted = [MUTANTS[name] for name in SAMPLE[role]]
    cells = tuple(f"sta{mutant.cell[1] + 1:02}.evt{mutant.cell[0] + 1:02}" for mutant in wanted)
    trials = [trial for trial in trials_of(role) if trial.id == SANITY or any(cell in trial.id for cell in cells)]
    assert not any(waits_for_kernel(trial.case) for trial in trials)
    right = await play_all_right(trials, Pace(), 32)
    return Selftest({role: right}, await kill_all(wanted, role, known_of(right), Pace()))


@pytest.fixture(scope="module", params=ROLES)
def sample(request: pytest.FixtureRequest) -> tuple[Role, Selftest]:
    return request.param, clock.run(right_and_wrong(request.param))


def test_right_machine_fails_nothing_even_at_first(sample: tuple[Role, Selftest]) -> None:
    role, found = sample
    assert found.false_alarms == []
    assert not any(played.again for played in found.right[role])
    assert any(played.result.verdict is Verdict.OK for played in found.right[role])


def test_mutants_are_killed_by_the_cases_that_look_at_what_is_wrong(sample: tuple[Role, Selftest]) -> None:
    role, found = sample
    assert {outcome.mutant.id: (outcome.verdict, outcome.case) for outcome in found.outcomes} == SAMPLE[role]
    assert found.survivors == []
    assert found.misjudged == []


def test_what_the_catalogue_says_more_mildly_is_kept(sample: tuple[Role, Selftest]) -> None:
    role, found = sample
    mild = {outcome.mutant.id: outcome.mild[0] for outcome in found.outcomes if any(outcome.mild)}
    if role == "acceptor":
        assert mild["Evt3-Sta2.source.2"] == "provider-abort"
        assert mild["Evt10-Sta13.action.AA-8"] == "abort"
    assert all(outcome.tier > outcome.mild_tier for outcome in found.outcomes if any(outcome.mild))


def test_result_of_a_run_is_reported_as_data_and_in_words(sample: tuple[Role, Selftest]) -> None:
    role, found = sample
    count = counts(found, role)
    assert count["mutants"] == count["visible"] + count["not visible"] == len(SAMPLE[role])
    assert count["killed"] == count["visible"]
    right: dict[Role, list[Played]] = {"acceptor": [], "requestor": []}
    whole = Selftest(right | found.right, found.outcomes)
    told = as_json(whole)
    assert [row["id"] for row in told["mutants"]] == list(SAMPLE[role])
    assert f"{role}: {count['killed']} of {count['visible']} visible mutants killed" in summary(whole)


def test_survivors_and_misjudged_mutants_are_reported() -> None:
    mutant = MUTANTS["Evt13-Sta6.blank"]
    (outcome,) = clock.run(kill_all([mutant], "acceptor", [], Pace()))
    assert outcome.survived
    assert outcome.foreseen
    found = Selftest({"acceptor": [], "requestor": []}, [outcome])
    assert summary(found).startswith("SURVIVED     acceptor  Evt13-Sta6.blank: Evt6, Evt13 -> silence")
    wrong = Selftest({"acceptor": [], "requestor": []}, [replace(outcome, case="sanity", foreseen=False)])
    assert summary(wrong).startswith("MISJUDGED    acceptor  Evt13-Sta6.blank")


def test_a_kill_on_the_network_of_what_shows_the_same_is_misjudged() -> None:
    outcome = clock.run(kill_all([MUTANTS["Evt3-Sta9.blank"]], "acceptor", [], Pace()))[0]
    assert not outcome.misjudged
    assert replace(outcome, case="some", verdict="FAILED", alternative="silence").misjudged
    assert not replace(outcome, case="some", verdict="FAILED", alternative="hangs").misjudged


def test_cases_of_the_cell_come_before_others_and_those_of_the_catalogue_first(sample: tuple[Role, Selftest]) -> None:
    role, found = sample
    mutant = MUTANTS["Evt3-Sta6.blank" if role == "acceptor" else "Evt3-Sta9.blank"]
    own = f"sta{mutant.cell[1] + 1:02}.evt{mutant.cell[0] + 1:02}"
    order = cases_for(mutant, known_of(found.right[role]))
    tiers = [known.tier for known in order if own in known.trial]
    assert tiers == sorted(tiers)
    assert set(tiers) == set(Tier)
    assert [own not in known.trial for known in order] == sorted(own not in known.trial for known in order)
    assert Outcome(mutant, role, sight=found.outcomes[0].sight).killed is False


def test_a_name_that_fits_no_mutant_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "Evt99*"])
    assert "no mutant" in capsys.readouterr().err


def test_the_page_is_not_written_of_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--only", "Evt3*", "--write-docs", "page.md"])
    assert "needs all mutants" in capsys.readouterr().err
