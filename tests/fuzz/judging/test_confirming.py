"""What comes again is a finding, with the least that shows it; what does not is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import count

import pytest

from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.engine.settle import PATIENT
from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.finding import FindingOracle
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.judging.confirming import Confirmer
from dulcimer.fuzz.judging.replaying import minimise, replays
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.operators.catalogue import places
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, FuzzStep, SendBytes
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.paths import name_of
from dulcimer.wire.codec import encode
from support.fuzz_sessions import MemorySession, Since

REQUEST, ABORT, RELEASE = (encode(plain_pdu(name, Titles())) for name in ("A-ASSOCIATE-RQ", "A-ABORT", "A-RELEASE-RQ"))
CRASH = Suspicion(FindingOracle.EXIT, "The target died of SIGSEGV")
REFUSAL = Suspicion(FindingOracle.REFUSAL, "no connection")
HANG = Suspicion(FindingOracle.HANG, "The client still runs")
DEVIATION = Suspicion(FindingOracle.DEVIATION, "close where silence is expected", "PS3.8")
TRIES = 6
"""Replays that say whether it comes again: with patience, and as in the campaign."""
LONG = 1e6
"""Seconds; the tests are not to depend on time."""


def send(data: bytes, *operators: str) -> SendBytes:
    return SendBytes(data, "PDU", operators)


def sequence(*steps: FuzzStep) -> FuzzSequence:
    return FuzzSequence("acceptor", steps)


def innocent(number: int) -> FuzzSequence:
    return sequence(send(REQUEST), send(b"\x04\0\0\0\0\x01%c" % number))


BAD = sequence(send(REQUEST), AwaitReply(), send(RELEASE))


def crashing(is_hit: Callable[[Since], bool]) -> Callable[[Since], Iterable[Suspicion]]:
    return lambda since: (CRASH,) if is_hit(since) else ()


def confirmer(session: MemorySession, seed: int | None = None, batch: int | None = None) -> Confirmer:
    return Confirmer(session, FuzzTarget("the server", "1"), seconds=LONG, seed=seed, batch=batch)


def test_steps_that_are_not_needed_are_left_out() -> None:
    session = MemorySession(crashing(lambda since: ABORT in since[-1].sent))
    whole = sequence(send(REQUEST), AwaitReply(), send(ABORT), AwaitReply(), send(RELEASE))
    found = confirmer(session, seed=7, batch=3).confirm(CRASH, whole)
    assert found is not None
    assert found.sequence.steps == (send(ABORT),)
    assert (found.finding.oracle, found.finding.times, found.finding.tries) == (FindingOracle.EXIT, 10, 10)
    assert (found.seed, found.batch, found.target.command) == (7, 3, "the server")
    assert (found.before, found.rounds, found.seen.serves) == ((), 1, False)
    assert Reproducer.from_text(found.to_text()) == found


def changed(base: bytes, operator: str, node: str) -> tuple[SendBytes, PduRecipe]:
    recipe = PduRecipe(base, (RecipeChange(operator, node, b""),))
    made = cook(recipe)
    assert made is not None
    return send(made.data, *made.operators), recipe


def test_operators_that_are_not_needed_are_taken_back() -> None:
    """The request is needed, but not what was changed in it."""

    def is_hit(since: Since) -> bool:
        data = [step.data for step in since[-1].steps if isinstance(step, SendBytes)]
        return any(each[:1] == b"\x01" for each in data) and any(each[:1] == b"\x07" and each != ABORT for each in data)

    names = next(iter_changes(ABORT)), next(iter_changes(REQUEST))
    (abort, its_recipe), (request, other_recipe) = changed(ABORT, *names[0]), changed(REQUEST, *names[1])
    found = confirmer(MemorySession(crashing(is_hit))).confirm(
        CRASH, sequence(request, send(RELEASE), abort), (other_recipe, None, its_recipe)
    )
    assert found is not None
    first, last = found.sequence.steps
    assert first == send(REQUEST)
    assert isinstance(last, SendBytes)
    assert found.finding.operators == last.operators != ()
    assert len(found.recipes) == 2


def iter_changes(base: bytes) -> Iterator[tuple[str, str]]:
    """Operators and nodes that change a PDU with the simplest choices, and keep its type."""
    tree = tree_of_pdus(base)
    for path, operator in places(tree):
        made = cook(PduRecipe(base, (RecipeChange(operator.name, name_of(tree, path), b""),)))
        if made is not None and made.data[:1] == base[:1] and made.data != base and len(made.data) >= len(base):
            yield operator.name, name_of(tree, path)


def test_what_shows_once_is_not_a_finding() -> None:
    numbers = count()
    session = MemorySession(lambda _: (DEVIATION,) if next(numbers) == 0 else ())
    assert confirmer(session).confirm(DEVIATION, BAD, history=[(innocent(1), ())] * 100) is None
    assert len(session.all) == TRIES
    assert session.restarts == TRIES


def test_replays_are_counted_as_they_are() -> None:
    numbers = count()
    session = MemorySession(lambda _: () if next(numbers) % 4 == 3 else (DEVIATION,))
    found = confirmer(session).confirm(DEVIATION, BAD)
    assert found is not None
    assert found.finding.tries == 10
    assert found.finding.times in (7, 8)
    assert not found.finding.is_stable
    assert found.finding.sureness == "unstable fact"
    assert not found.finding.is_fact


def test_smaller_sequence_that_showed_it_by_luck_is_made_small_again() -> None:
    """Without the wait it comes in two of three replays, and each time with it."""
    numbers = count()

    def says(since: Since) -> Iterable[Suspicion]:
        waits = any(isinstance(step, AwaitReply) for step in since[-1].steps)
        return (CRASH,) if next(numbers) % 3 or waits else ()

    found = confirmer(MemorySession(says)).confirm(CRASH, BAD)
    assert found is not None
    assert found.sequence.steps == (AwaitReply(),)
    assert found.finding.times == 10
    assert (found.finding.is_stable, found.finding.sureness) == (True, "fact")


def test_first_of_the_last_replays_of_a_hang_has_the_whole_time() -> None:
    hurried: list[bool] = []
    session = MemorySession()

    def says(_: Since) -> Iterable[Suspicion]:
        hurried.append(session.expects_hang)
        return (HANG,)

    session._says = says
    assert confirmer(session).confirm(HANG, BAD) is not None
    assert hurried[:4] == [False, False, False, True]
    assert hurried[-10:] == [False] + [True] * 9
    assert not session.expects_hang
    hurried.clear()
    assert confirmer(session).confirm(CRASH, BAD) is None
    assert not any(hurried)


def test_target_that_is_only_slow_does_not_hang() -> None:
    """On a busy machine a C-ECHO may take longer than a quick probe waits; with all the time it is answered."""
    session = MemorySession(probed=lambda _: (HANG,))
    patient: list[bool] = []

    def probe(*, quick: bool = False) -> Suspicion | None:
        patient.append(not quick)
        return HANG if quick else None

    session.probe = probe  # type: ignore[method-assign]  # a probe that says how it was asked
    assert confirmer(session).confirm(HANG, BAD) is None
    assert patient.count(True) > 0
    patient.clear()
    session.probe = lambda *, quick=False: HANG  # type: ignore[method-assign]  # it hangs, however it is asked
    assert confirmer(session).confirm(HANG, BAD) is not None


def test_other_fault_does_not_confirm_it() -> None:
    other = Suspicion(FindingOracle.EXIT, "The target died of SIGABRT")
    assert confirmer(MemorySession(lambda _: (other,))).confirm(CRASH, BAD) is None


def test_smaller_sequence_that_does_not_hold_in_the_end_is_not_reported() -> None:
    """What shows with little patience only is an effect of haste."""
    session = MemorySession()
    session._says = lambda since: (CRASH,) if session.timings[-1] is not PATIENT or since[-1].steps == BAD.steps else ()
    found = confirmer(session).confirm(CRASH, BAD)
    assert found is not None
    assert found.sequence == BAD


@pytest.mark.parametrize("length", [12, 60])
def test_connections_before_that_are_needed_are_found(length: int) -> None:
    """Three bad connections are needed, wherever they are among the others."""
    bad = sequence(send(ABORT))
    history = [(bad if number in (0, 1, length - 3) else innocent(number), ()) for number in range(length)]
    session = MemorySession(probed=lambda since: (REFUSAL,) if list(since).count(bad) >= 3 else ())
    found = confirmer(session).confirm(REFUSAL, BAD, history=history)
    assert found is not None
    assert (found.before, found.sequence, found.rounds) == ((), bad, 4)
    assert found.finding.times == 10
    (outcome,) = replays(Reproducer.from_text(found.to_text()), session, 1)
    assert outcome.came_again


def test_same_connection_many_times_is_written_once() -> None:
    bad = sequence(send(ABORT))
    session = MemorySession(probed=lambda since: (REFUSAL,) if list(since).count(bad) >= 5 else ())
    found = confirmer(session).confirm(REFUSAL, bad, history=[(bad, ())] * 20)
    assert found is not None
    assert (found.before, found.sequence.steps, found.rounds) == ((), bad.steps, 8)
    assert [outcome.came_again for outcome in replays(found, session, 2)] == [True, True]
    again = minimise(found, session, seconds=LONG)
    assert again is not None
    assert (again.sequence.steps, again.rounds) == (bad.steps, 8)


@pytest.mark.parametrize(
    ("suspicion", "can_restart"), [(DEVIATION, True), (REFUSAL, False)], ids=["deviation", "not started here"]
)
def test_connections_before_are_not_asked_where_they_cannot_matter(suspicion: Suspicion, can_restart: bool) -> None:
    session = MemorySession(lambda since: (suspicion,) if len(since) > TRIES else (), can_restart=can_restart)
    assert confirmer(session).confirm(suspicion, BAD, history=[(innocent(1), ())] * 20) is None
    assert len(session.all) == TRIES


def test_target_that_serves_no_more_is_restarted_before_the_next_try() -> None:
    session = MemorySession(probed=lambda since: (REFUSAL,) if any(ABORT in each.sent for each in since) else ())
    found = confirmer(session).confirm(REFUSAL, sequence(send(REQUEST), send(ABORT), send(RELEASE)))
    assert found is not None
    assert found.sequence.steps == (send(ABORT),)


def test_finding_that_does_not_come_again_in_a_replay() -> None:
    found = confirmer(MemorySession(lambda _: (CRASH,))).confirm(CRASH, BAD)
    assert found is not None
    outcomes = list(replays(found, MemorySession(), 3))
    assert [outcome.came_again for outcome in outcomes] == [False] * 3
    assert minimise(found, MemorySession(), seconds=LONG) is None


def test_target_that_hangs_where_it_refused_shows_the_same_outage() -> None:
    hang = Suspicion(FindingOracle.HANG, "no reply")
    found = confirmer(MemorySession(probed=lambda _: (REFUSAL,))).confirm(REFUSAL, BAD)
    assert found is not None
    (outcome,) = replays(found, MemorySession(probed=lambda _: (hang,)), 1)
    assert outcome.came_again
