"""Every exit status of `dulcimer check` is earned by a peer, in each of its three kinds of run."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.requestor import RequestorRunner
from dulcimer.conformance.run.upper_tester import HeldRunner
from support.conformance.checking import (
    ADAPTER,
    DIED,
    FAILED,
    NEVER_HEALTHY,
    OK,
    OWN_FAULT,
    QUICK,
    QUICK_REQUESTOR,
    USAGE,
    run,
    scripted,
    serving,
)
from support.conformance.scripted_peer import Mortal, ScriptedPeer
from support.peers.processes import free_port

FAULTY = Path(__file__).parents[1] / "adapters" / "faulty_adapter.py"
ACCEPTOR, REQUESTOR, UPPER_TESTER = "acceptor", "requestor", "upper tester"


@contextlib.contextmanager
def acceptor(kind: int) -> Iterator[list[str]]:
    if kind == NEVER_HEALTHY:
        yield ["127.0.0.1", str(free_port()), "--patience", "0", "--case", "enc.version.0003"]
        return
    chosen = {USAGE: ["--case", "no.such"], DIED: ["-k", "enc.version"]}.get(kind, ["--case", "enc.version.0003"])
    peer = Mortal() if kind == DIED else ScriptedPeer("rejects-version-3" if kind == FAILED else "")
    with serving(peer) as port:
        yield ["127.0.0.1", str(port), *QUICK, *chosen]


@contextlib.contextmanager
def requestor(kind: int) -> Iterator[list[str]]:
    fault, case = {
        FAILED: ("closes-on-collision", "ul.fsm.req.sta07.evt12"),
        USAGE: ("none", "no.such"),
        NEVER_HEALTHY: ("never-calls", "enc.req.echo"),
        DIED: ("dies-on-invalid", "ul.fsm.req.sta06.evt19.type-ff"),
    }.get(kind, ("none", "enc.req.echo"))
    yield ["--case", case, *QUICK_REQUESTOR, *scripted(fault)]


@contextlib.contextmanager
def upper_tester(kind: int) -> Iterator[list[str]]:
    fault = {FAILED: "aborts-as-user", DIED: "dies"}.get(kind)
    adapter = f"{sys.executable} {FAULTY} {fault}" if fault else ADAPTER
    if kind == NEVER_HEALTHY:
        adapter = f"{sys.executable} -c pass"
    case = "no.such" if kind == USAGE else "ul.fsm.req.sta06.evt13.held"
    yield ["--case", case, "--fail-on", "S4", "--upper-tester", adapter]


KINDS = {ACCEPTOR: acceptor, REQUESTOR: requestor, UPPER_TESTER: upper_tester}
RUNNERS = {ACCEPTOR: Runner, REQUESTOR: RequestorRunner, UPPER_TESTER: HeldRunner}


@pytest.mark.parametrize("status", [OK, FAILED, USAGE, NEVER_HEALTHY, DIED])
@pytest.mark.parametrize("kind", KINDS)
def test_peer_earns_its_exit_status(kind: str, status: int) -> None:
    with KINDS[kind](status) as arguments:
        result = run(*arguments)
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("kind", KINDS)
def test_fault_of_dulcimer_itself_is_none_of_the_peer(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr(RUNNERS[kind], "run", breaks)
    with KINDS[kind](OWN_FAULT) as arguments:
        result = run(*arguments)
    assert result.exit_code == OWN_FAULT, result.output
    assert "a wheel came off" in result.output
    assert "a fault in dulcimer" in result.output
