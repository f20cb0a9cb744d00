"""The model of the self-test against its peers: what it foresees is what the network shows. And the clock for that."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Sequence

import pytest

from selftest import clock
from selftest.model import ROLES, Model, Role, Step
from selftest.mutants import TABLE_ROWS, Rows, machine_of, mutants
from selftest.replay import foreseen, replay
from selftest.visibility import explore

MUTANTS = mutants()
WALKS = 30


def walk(rows: Rows, role: Role, choose: random.Random, begun: Sequence[Step] = ()) -> list[Step] | None:
    """Some steps that the tester can do with a peer of the table, after those `begun`; None if it does not connect.

    The release of an idle association comes at a time of its own: once, and not after a wait for ARTIM.
    """
    model = Model(rows, role)
    peer, _ = model.start()
    connects = peer.connected
    steps: list[Step] = []
    while peer.connected and len(steps) < len(begun) + 3:
        if len(steps) < len(begun):
            step = begun[len(steps)]
        else:
            waited = any(step.local or not step.events for step in steps)
            possible = [step for step in model.steps(peer) if not (step.local and waited)]
            pairs = choose.random() < 0.4
            step = choose.choice([step for step in possible if pairs or len(step.events) < 2])
        peer, _ = model.after(peer, step)
        steps.append(step)
    return steps if connects else None


async def differences(walks: list[tuple[str, Rows, Role, list[Step]]]) -> list[str]:
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)  # a wrong machine may raise
    slots = asyncio.Semaphore(16)

    async def one(name: str, rows: Rows, role: Role, steps: list[Step]) -> str:
        async with slots:
            shown = await replay(machine_of(rows), role, steps)
        wanted = foreseen(rows, role, steps)
        return "" if shown == wanted else f"{role} {name}: {', '.join(map(str, steps))}: {wanted}, but {shown}"

    return [found for found in await asyncio.gather(*(one(*each) for each in walks)) if found]


@pytest.mark.parametrize("role", ROLES)
def test_the_right_peer_shows_what_the_model_foresees(role: Role) -> None:
    choose = random.Random(f"right {role}")
    walks = [("", TABLE_ROWS, role, steps) for _ in range(WALKS) if (steps := walk(TABLE_ROWS, role, choose))]
    assert len(walks) == WALKS
    assert clock.run(differences(walks)) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_mutant_shows_what_the_model_foresees(role: Role) -> None:
    choose = random.Random(f"wrong {role}")
    walks = []
    for mutant in choose.sample(MUTANTS, 2 * WALKS):
        rows = mutant.table()
        steps = walk(rows, role, choose, explore(rows, role).steps)
        if steps:
            walks.append((mutant.id, rows, role, steps))
    assert len(walks) > WALKS
    assert clock.run(differences(walks)) == []


@pytest.mark.parametrize("role", ROLES)
def test_a_mutant_can_be_seen_where_the_exploration_says(role: Role) -> None:
    choose = random.Random(f"witness {role}")
    sights = [(mutant, explore(mutant.table(), role)) for mutant in choose.sample(MUTANTS, WALKS)]
    walks = [(mutant.id, mutant.table(), role, list(sight.steps)) for mutant, sight in sights if sight.visible]
    assert walks
    assert clock.run(differences(walks)) == []


def test_a_difference_would_be_reported() -> None:
    wrong = next(mutant for mutant in MUTANTS if mutant.id == "Evt13-Sta6.blank")
    sight = explore(wrong.table(), "acceptor")
    shown = clock.run(replay(machine_of(TABLE_ROWS), "acceptor", sight.steps))
    assert shown == foreseen(TABLE_ROWS, "acceptor", sight.steps)
    assert shown != foreseen(wrong.table(), "acceptor", sight.steps)


def test_waiting_takes_no_time() -> None:
    async def wait() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - began

    began = time.monotonic()
    assert clock.run(wait()) == pytest.approx(3600)
    assert time.monotonic() - began < 60


def test_what_is_busy_takes_no_time_either() -> None:
    async def work() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for _ in range(100):
            await asyncio.sleep(0)
        return loop.time() - began

    assert clock.run(work()) == 0


def test_bytes_come_before_any_timer() -> None:
    async def exchange() -> bytes:
        loop = asyncio.get_running_loop()
        here, there = socket.socketpair()
        with here, there:
            for each in (here, there):
                each.setblocking(False)
            loop.call_later(0.001, lambda: None)
            reading = asyncio.create_task(asyncio.wait_for(loop.sock_recv(there, 10), 1000))
            await loop.sock_sendall(here, b"first")
            return await reading

    assert clock.run(exchange()) == b"first"


def test_real_time_can_be_had() -> None:
    async def now() -> float:
        return abs(asyncio.get_running_loop().time() - time.monotonic())

    assert clock.run(now(), skipping=False) < 60
