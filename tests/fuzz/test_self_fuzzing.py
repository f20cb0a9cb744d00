"""Our own readers, the provider and the archive stand what the operators make; and a fault in them would be found."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pytest import MonkeyPatch

from dulcimer.fuzz.choices import OctetChoices, SeededChoices
from dulcimer.wire.codec import decode_lenient
from self_fuzz import archive_store, coverage_guided, parallel, reproducers
from self_fuzz.__main__ import main
from self_fuzz.bounds import ended_if_endless, within
from self_fuzz.planted import FAULTS, PlantedFault
from self_fuzz.runs import Failure, execute, explore, made, one, smaller, warm_up
from self_fuzz.surface import Allowance, OverBudgetError, Surface, WrongError, demand, joined, parted
from self_fuzz.surfaces import IN_TESTS, SURFACES

SEED = 0
ENDLESS = 1.0
"""Seconds of processor time, where a planted fault may be a loop without end."""
MORE = 4
"""So many times the executions of the tests may pass until a planted fault is found."""
PAGE = Path(__file__).parents[2] / "docs" / "conformance" / "self_fuzzing.md"


@pytest.fixture(scope="module", autouse=True)
def nothing_stays_open() -> Iterator[None]:
    """The archive that serves all executions is closed after the last test here: others look for what is left."""
    yield
    archive_store.close()


@pytest.mark.parametrize("name", SURFACES)
def test_whatever_the_operators_make_is_taken_as_documented(name: str) -> None:
    tally = explore(SURFACES[name], SEED, range(IN_TESTS[name]))
    assert tally.executions == IN_TESTS[name]
    assert not tally.failures, "\n".join(f"{failure.key}\n{failure.trace}" for failure in tally.failures.values())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.surface}-{fault.name}")
def test_planted_fault_is_found(fault: PlantedFault, monkeypatch: MonkeyPatch) -> None:
    surface = SURFACES[fault.surface]
    warm_up(surface)
    with monkeypatch.context() as patch:
        fault.plant(patch)
        found = (one(surface, SEED, number, seconds=ENDLESS) for number in range(MORE * IN_TESTS[surface.name]))
        assert any(found)


def test_every_surface_has_planted_faults_and_the_page_lists_them() -> None:
    assert {fault.surface for fault in FAULTS} == set(SURFACES)
    rows = re.findall(r"^\| `([a-z-]+)` \| `([a-z-]+)` \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(fault.surface, fault.name, fault.what) for fault in FAULTS]


def test_page_has_the_surfaces_and_their_numbers() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for surface in SURFACES.values():
        assert f"| `{surface.name}` | {surface.what} | {IN_TESTS[surface.name]} |" in text
    assert f"{len(FAULTS)} of {len(FAULTS)}" in text


@pytest.mark.parametrize("name", SURFACES)
def test_same_seed_and_number_make_the_same_input_and_its_choices_make_it_again(name: str) -> None:
    surface = SURFACES[name]
    for number in range(3):
        given, choices = made(surface, 7, number)
        assert (given, choices) == made(surface, 7, number)
        assert surface.make(OctetChoices(choices)) == given


# ---------------------------------------------------------------------- failures


def _fails(given: bytes) -> None:
    demand(b"\x07" not in given, "there is a seven")


SEVENS = Surface("sevens", "bytes", lambda choices: choices.octets(40), _fails)


def test_failure_is_made_smaller_and_stays_the_same() -> None:
    failure = execute(SEVENS, bytes(range(40)), measured=False)
    assert failure is not None
    assert failure.key == "sevens: wrong in test_self_fuzzing.py:_fails"
    assert smaller(SEVENS, failure).given == b"\x07"


def test_reproducer_comes_back_as_it_was_written(tmp_path: Path) -> None:
    failure = Failure("pdus", "pdus: KeyError in codec.py:decode", "Traceback\n  line", b"\x07\0", b"\1\2", 3, 4)
    assert reproducers.read(reproducers.write(failure, tmp_path)) == failure


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"kind": "other"}', '{"kind": "dulcimer-self-fuzz"}'])
def test_file_that_is_not_a_reproducer_is_refused(tmp_path: Path, content: str, capsys: Any) -> None:
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(reproducers.NoReproducerError):
        reproducers.read(path)
    assert main(["--replay", str(path)]) == 2
    assert "Cannot replay" in capsys.readouterr().err


def test_one_command_replays_a_failure_and_says_when_it_is_mended(tmp_path: Path, capsys: Any) -> None:
    (fault,) = (fault for fault in FAULTS if fault.name == "cut-header")
    surface = SURFACES["pdus"]
    with MonkeyPatch.context() as patch:
        fault.plant(patch)
        failure = one(surface, SEED, 0)
        assert failure is not None
        path = reproducers.write(failure, tmp_path)
        assert main(["--replay", str(path)]) == 1
        assert f"FAILED {failure.key}\n" in capsys.readouterr().out
    assert main(["--replay", str(path)]) == 0
    assert "nothing is wrong any more" in capsys.readouterr().out


def test_parts_of_an_input_come_back_and_missing_ones_are_empty() -> None:
    assert parted(joined(b"a", b"", b"bc"), 3) == (b"a", b"", b"bc")
    assert parted(b"\0\0\0\x09ab", 2) == (b"ab", b"")


# ---------------------------------------------------------------------- bounds


def test_work_is_bounded_by_calls() -> None:
    with pytest.raises(OverBudgetError, match=r"^work: more than 20 calls for 10 bytes"), within(Allowance(0, 2), 10):
        for _ in range(21):
            len("")


def test_memory_is_bounded_at_its_highest() -> None:
    with pytest.raises(OverBudgetError, match=r"^memory: "), within(Allowance(memory=1000, memory_per_byte=1), 1000):
        bytes(100_000)
    with within(Allowance(memory=1 << 20), 0):
        bytes(100_000)


def test_endless_loop_ends() -> None:
    def loop() -> None:
        while True:
            pass

    with pytest.raises(OverBudgetError, match=r"^endless: "), ended_if_endless(0.01):
        loop()


class Collected:
    def __del__(self) -> None:
        for _ in range(1_000_000):
            len("")


def test_what_is_collected_does_not_take_the_end_of_the_budget_with_it() -> None:
    with pytest.raises(OverBudgetError, match=r"^endless: "), ended_if_endless(0.005):
        Collected()
    with pytest.raises(OverBudgetError, match=r"^work: "), within(Allowance(100, 0), 0):
        Collected()


def test_no_reader_can_take_the_end_of_the_budget_for_an_error_of_its_own() -> None:
    assert not issubclass(OverBudgetError, Exception)
    assert issubclass(WrongError, Exception)


# ---------------------------------------------------------------------- several processes, and the engine


def test_slices_run_in_processes_of_their_own() -> None:
    slices = [parallel.Slice(name, SEED, 0, 0.05) for name in ("pdus", "own-files")]
    done = dict(parallel.explored(slices, jobs=2))
    assert set(done) == set(slices)
    assert all(tally.executions and not tally.failures for tally in done.values())


def test_time_is_shared_by_the_surfaces() -> None:
    slices = parallel.slices_of(["pdus", "dimse", "decode", "archive"], 5, seconds=60, jobs=2)
    assert [each.seconds for each in slices] == [30.0] * 4


def test_bytes_of_an_engine_drive_a_surface_and_a_failure_is_written(tmp_path: Path, capsys: Any) -> None:
    run = coverage_guided.target(SEVENS, tmp_path)
    run(b"\1" * 40)
    with pytest.raises(AssertionError, match="sevens: wrong"):
        run(b"\7" * 40)
    (path,) = tmp_path.glob("*.json")
    assert str(path) in capsys.readouterr().out
    failure = reproducers.read(path)
    assert (failure.given, failure.choices) == (b"\7" * 40, b"\7" * 40)


def test_engine_gets_seeds_that_are_choices_a_time_and_the_surface(tmp_path: Path, monkeypatch: MonkeyPatch) -> None:
    """A stand-in for atheris plays its seeds."""
    played: list[bytes] = []
    given: dict[str, Any] = {}

    def fuzz() -> None:
        for path in sorted(Path(given["arguments"][-1]).iterdir()):
            played.append(path.read_bytes())
            given["run"](played[-1])

    def setup(arguments: list[str], run: Any) -> None:
        given.update(arguments=arguments, run=run)

    instrumented: list[Any] = []
    engine = SimpleNamespace(Setup=setup, Fuzz=fuzz, instrument_func=instrumented.append)
    monkeypatch.setitem(sys.modules, "atheris", engine)
    surface = SURFACES["own-files"]
    coverage_guided.run_engine(surface, 5, SEED, tmp_path)
    assert decode_lenient in instrumented
    assert all(function.__module__.startswith("dulcimer.") for function in instrumented)
    assert "-max_total_time=5" in given["arguments"]
    assert played
    inputs = {made(surface, SEED, number)[0] for number in range(len(played))}
    assert {surface.make(OctetChoices(data)) for data in played} == inputs


def test_without_the_engine_its_command_says_how_to_get_it(monkeypatch: MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    assert main(["--engine", "atheris"]) == 2
    assert "pip install atheris" in capsys.readouterr().err


def test_surfaces_can_be_made_from_no_choices_at_all() -> None:
    for surface in SURFACES.values():
        surface.check(surface.make(OctetChoices(b"")))
        surface.check(b"")
        surface.check(SeededChoices(1).octets(100))
