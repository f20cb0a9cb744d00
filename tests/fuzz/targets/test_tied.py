"""A target that is tied to its starter ends with it, also if that is killed."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from dulcimer.fuzz.targets.tied import tied_words

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STARTER = """
import subprocess, sys, time
from dulcimer.fuzz.targets.tied import tied_words
print(subprocess.Popen(tied_words(sys.argv[1:])).pid, flush=True)
time.sleep(600)
"""
has_setpriv = pytest.mark.skipif(shutil.which("setpriv") is None, reason="the system has no setpriv")


@has_setpriv
def test_target_of_a_starter_that_is_killed_is_killed_too() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, *SLEEP], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        target = psutil.Process(int(starter.stdout.readline()))
        deadline = time.monotonic() + 60
        while "sleep" not in " ".join(target.cmdline()[:3]) or "setpriv" in target.cmdline()[0]:
            assert time.monotonic() < deadline
        starter.kill()
    _, alive = psutil.wait_procs([target], timeout=60)
    assert not alive


@has_setpriv
def test_exit_status_and_signal_are_those_of_the_command() -> None:
    for code, status in (("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 11)", -signal.SIGSEGV)):
        assert subprocess.run(tied_words([sys.executable, "-c", code]), check=False).returncode == status


def test_command_that_is_not_there_stays_as_it_is() -> None:
    assert tied_words(["no-such-command", "x"]) == ["no-such-command", "x"]
