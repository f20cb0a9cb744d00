"""The state machine of the test kit passes a correct upper layer, and tells a short story of one with a fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from dulcimer.fsm.machine import StateMachine
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.testing import UpperLayerAdapter, UpperLayerDeviation, UpperLayerMachine
from selftest.mutants import machine_of, mutants
from support.fuzz.targets.server import Server
from support.fuzz.targets.server_faults import AcceptsAfterRelease, IgnoresReleaseRp
from support.kit_adapters import OwnUpperLayer, ServerInMemory

ROLES: tuple[TargetRole, ...] = ("acceptor", "requestor")
MUTANTS = {mutant.id: mutant for mutant in mutants()}
Make = Callable[[], UpperLayerAdapter]


def run(make: Make, its_role: TargetRole = "acceptor", *, runs: int = 120, strictly: bool = True) -> None:
    """Run the machine on an implementation; the same runs each time."""

    class Machine(UpperLayerMachine):
        role = its_role
        strict = strictly

        def implementation(self) -> UpperLayerAdapter:
            return make()

    usual = settings(Machine.TestCase.settings, max_examples=runs, database=None, phases=[Phase.generate, Phase.shrink])
    run_state_machine_as_test(seed(1)(Machine), settings=usual)


def story_of(make: Make, its_role: TargetRole = "acceptor", *, strictly: bool = True) -> list[str]:
    """The lines of the failure."""
    with pytest.raises(UpperLayerDeviation) as caught:
        run(make, its_role, runs=3000, strictly=strictly)  # it ends when the fault is found
    return str(caught.value).splitlines()


@pytest.mark.parametrize("prompt", [True, False], ids=["prompt", "slow"])
@pytest.mark.parametrize("role", ROLES)
def test_our_own_provider_passes(role: TargetRole, prompt: bool) -> None:
    run(lambda: OwnUpperLayer(role, prompt=prompt), role)


def test_correct_server_of_another_kind_passes() -> None:
    run(lambda: ServerInMemory(Server), strictly=False)


@pytest.mark.parametrize(
    ("role", "mutant", "clause"),
    [
        ("acceptor", "Evt4-Sta6.blank", "Evt4/Sta6 AA-8"),
        ("acceptor", "Evt10-Sta10.next.Sta2", ""),
        ("requestor", "Evt3-Sta9.without.send_a_abort", "Evt3/Sta9 AA-8"),
        ("requestor", "Evt6-Sta9.action.AE-6", "Evt6/Sta9 AA-8"),
    ],
)
def test_wrong_cell_is_found_and_its_story_is_short(role: TargetRole, mutant: str, clause: str) -> None:
    machine = machine_of(MUTANTS[mutant].table())

    def make() -> UpperLayerAdapter:
        return OwnUpperLayer(role, StateMachine(is_requestor=role == "requestor", machine=machine))

    lines = story_of(make, role)
    assert lines[0] == f"the {role} does what PS3.8 does not allow"
    steps = [line for line in lines if line[:3].strip().isdecimal()]
    assert len(steps) <= 8, "\n".join(lines)
    assert any(line.startswith("  clause") and clause in line for line in lines), "\n".join(lines)


def test_story_has_the_steps_the_replies_and_the_rule() -> None:
    lines = story_of(lambda: ServerInMemory(IgnoresReleaseRp), strictly=False)
    steps, rows = lines[2 : lines.index("", 2)], lines[lines.index("", 2) + 1 :]
    assert lines[:2] == ["the acceptor does what PS3.8 does not allow", ""]
    assert steps[:2] == ["  1  the connection is open", "     (nothing comes back)"]
    assert "     < A-ASSOCIATE-AC" in steps
    assert len([step for step in steps if "  > " in step]) <= 2
    assert rows == [
        "  expected  A-ABORT(0) or A-ABORT(2) or A-RELEASE-RQ or P-DATA-TF",
        "  came      silence",
        "  rule      Evt13 in Sta6 is AA-8: Abort for the service-provider, tell the user, and wait, bounded by ARTIM, "
        "for the peer to close.",
        "  clause    PS3.8 Table 9-10 Evt13/Sta6 AA-8",
        "  more      dulcimer explain Sta6 Evt13",
    ]


def test_fault_that_shows_after_the_end_of_an_association_is_found() -> None:
    lines = story_of(lambda: ServerInMemory(AcceptsAfterRelease), strictly=False)
    assert any("Evt6/Sta13 AA-7" in line for line in lines)


class Forgetful(OwnUpperLayer):
    """Raises when the peer releases."""

    def receive(self, data: bytes) -> None:
        if data[:1] == b"\5":
            raise KeyError("release")
        super().receive(data)


def test_exception_of_the_implementation_is_told_with_its_story() -> None:
    lines = story_of(lambda: Forgetful("acceptor"))
    assert lines[0] == "the acceptor raises an exception"
    assert "  came      KeyError: 'release'" in lines


class Endless(OwnUpperLayer):
    """Keeps the connection when ARTIM has expired."""

    def advance(self, seconds: float) -> None:
        self.now += seconds


def test_connection_that_outlives_artim_is_found() -> None:
    lines = story_of(lambda: Endless("acceptor"))
    assert any("seconds pass" in line for line in lines)


class Timeless(OwnUpperLayer):
    """An implementation whose time cannot be set."""

    advance = UpperLayerAdapter.advance


def test_time_stands_still_where_it_cannot_be_set() -> None:
    run(lambda: Timeless("acceptor"), runs=50)


def test_what_nobody_has_to_implement_fails_by_name() -> None:
    class Nothing(UpperLayerMachine):
        pass

    with pytest.raises(NotImplementedError, match="Nothing has to say what its implementation"):
        run_state_machine_as_test(Nothing)
