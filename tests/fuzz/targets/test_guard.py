"""What a tester has started ends with it, also if it is killed, and with all that it has started itself."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from dulcimer.fuzz.targets.guard import ProcessGuard

STARTER = """
import subprocess, sys, time
from dulcimer.fuzz.targets.guard import GUARD
for words in (["sleep", "600"], ["sh", "-c", "sleep 600 & echo $!; wait"]):
    process = subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True, text=True)
    GUARD.add(process.pid)
    print(process.pid, process.stdout.readline().strip() if words[0] == "sh" else "", flush=True)
time.sleep(600)
"""
FORKED = """
import os, signal, subprocess
from dulcimer.fuzz.targets.guard import GUARD
target = subprocess.Popen(["sleep", "600"], start_new_session=True)
GUARD.add(target.pid)
fork = os.fork()
if fork:
    print(target.pid, fork, flush=True)
signal.pause()
"""


def started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"], start_new_session=True)


@pytest.fixture
def guard() -> Iterator[ProcessGuard]:
    found = ProcessGuard()
    yield found
    found.close()


def test_targets_of_a_tester_that_is_killed_are_killed_with_their_children() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        lines = [starter.stdout.readline() for _ in range(2)]
        targets = [psutil.Process(int(pid)) for line in lines for pid in line.split()]
        assert len(targets) == 3
        starter.kill()
    _, alive = psutil.wait_procs(targets, timeout=60)
    assert not alive


def test_what_has_ended_is_not_killed_when_its_number_is_used_again(guard: ProcessGuard) -> None:
    with started() as ended, started() as left:
        for process in (ended, left):
            guard.add(process.pid)
        guard.remove(ended.pid)
        guard.close()
        assert left.wait(60) == -signal.SIGKILL
        assert ended.poll() is None
        ended.kill()


def test_guard_that_was_killed_is_started_again_with_what_it_knew(guard: ProcessGuard) -> None:
    with started() as one, started() as other:
        guard.add(one.pid)
        assert guard._running is not None  # other tests may have a guard of their own in this process
        process = psutil.Process(guard._running.pid)
        process.kill()
        process.wait()
        guard.add(other.pid)
        guard.close()
        assert [one.wait(60), other.wait(60)] == [-signal.SIGKILL] * 2


def test_fork_of_a_tester_does_not_keep_its_targets() -> None:
    with subprocess.Popen([sys.executable, "-c", FORKED], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        target, fork = (psutil.Process(int(pid)) for pid in starter.stdout.readline().split())
        starter.kill()
        _, alive = psutil.wait_procs([target], timeout=60)
        assert not alive
        assert fork.is_running()
        fork.kill()


def test_nothing_is_started_for_nothing(guard: ProcessGuard) -> None:
    guard.remove(1)
    assert guard._running is None
    guard.close()
    assert guard._running is None
