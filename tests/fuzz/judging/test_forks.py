"""A server with a process for each association: when it begins, and what its end means."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging import acceptors
from dulcimer.fuzz.judging.acceptors import AcceptorSession
from dulcimer.fuzz.judging.forks import ForkTime
from support.fuzz.targets.octets import item
from support.fuzz.targets.running import TESTS, echo, request
from support.fuzz.targets.setups import UNHURRIED, setup_of, to_server

# Its parent negotiates; a title that it does not like is not answered. The child ends as `ends` says.
AFTER_ACCEPTANCE = """
    import os, signal, socket, sys
    from support.fuzz.targets.octets import AC, APPLICATION_CONTEXT, IMPLICIT, item, pdu
    ends = sys.argv[2]
    user = item(0x50, item(0x51, bytes((0, 0, 64, 0))) + item(0x52, b"2.25.1"))
    accepted = item(0x21, b"\\1\\0\\0\\0" + item(0x40, IMPLICIT))
    accepted += b"".join(item(0x21, bytes((n, 0, 3, 0)) + item(0x40, IMPLICIT)) for n in (3, 5, 7))
    children = []
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        while True:
            connection, _ = listener.accept()
            while children:
                os.waitpid(children.pop(), 0)
            asked = connection.recv(65536)
            if asked and b"NOBODY" not in asked:
                begin = b"\\0\\1\\0\\0" + asked[10:74] + item(0x10, APPLICATION_CONTEXT)
                connection.sendall(pdu(AC, begin + accepted + user))
                children.append(os.fork())
                if not children[-1]:
                    if connection.recv(65536):
                        os.kill(os.getpid(), signal.SIGSEGV) if ends == "crash" else os._exit(0)
                    os._exit(0)
            connection.close()
"""
DISLIKED = to_server(request(calling=b"NOBODY"))
ENDED = to_server(request(), echo())


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acceptors, "_NOTICE", 1.0)


@contextmanager
def at(setup: TargetSetup) -> Iterator[AcceptorSession]:
    with setup.session() as found:
        assert isinstance(found, AcceptorSession)
        found.timing = UNHURRIED
        yield found


def after_acceptance(ends: str) -> TargetSetup:
    program = textwrap.dedent(AFTER_ACCEPTANCE)
    return TargetSetup(command=("env", f"PYTHONPATH={TESTS}", sys.executable, "-c", program, "{port}", ends))


def test_process_begins_when_the_association_is_accepted() -> None:
    with at(after_acceptance("leave")) as found:
        assert found.fork_time() is ForkTime.ASSOCIATION


def test_process_begins_when_the_connection_is_opened() -> None:
    with at(setup_of("crash-in-child")) as found:
        assert found.fork_time() is ForkTime.CONNECTION


def test_no_process_begins() -> None:
    with at(setup_of("stub-server")) as found:
        assert found.fork_time() is ForkTime.NEVER


@pytest.mark.parametrize("forks", [ForkTime.ASSOCIATION, ForkTime.NEVER])
def test_close_before_there_is_a_process_is_a_deviation_and_no_crash(forks: ForkTime) -> None:
    with at(after_acceptance("leave")) as found:
        found.forks = forks
        (suspicion,) = found.play(DISLIKED).suspicions
    assert (suspicion.oracle, suspicion.confidence) == (FindingOracle.DEVIATION, Confidence.COMMON)


def test_crash_of_the_process_is_a_fact() -> None:
    with at(after_acceptance("crash")) as found:
        found.forks = ForkTime.ASSOCIATION
        (suspicion,) = found.play(ENDED).suspicions
    assert (suspicion.oracle, suspicion.confidence) == (FindingOracle.CHILD, Confidence.FACT)
    assert suspicion.verdict == "The process of an association died of SIGSEGV"


def test_process_that_leaves_of_itself_is_a_deviation_and_no_crash() -> None:
    with at(after_acceptance("leave")) as found:
        found.forks = ForkTime.ASSOCIATION
        (suspicion,) = found.play(ENDED).suspicions
    assert suspicion.oracle is FindingOracle.DEVIATION


def test_process_whose_end_is_not_seen_may_have_crashed() -> None:
    odd = to_server(request(user=item(0x55, b"SEVENTEEN LETTERS")))
    with at(setup_of("crash-in-child")) as found:
        found.forks = ForkTime.CONNECTION
        (suspicion,) = found.play(odd).suspicions
    assert (suspicion.oracle, suspicion.confidence) == (FindingOracle.CHILD, Confidence.DEVIATION)
