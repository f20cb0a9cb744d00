"""The peer that the tests use within their own process does not lose responses."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from support.peers.steady_pynetdicom import SteadyCheckpoint, make_steady


@pytest.mark.peer("pynetdicom")
def test_every_association_has_one_and_it_is_put_there_once() -> None:
    from pynetdicom import AE
    from pynetdicom.association import Association

    make_steady()
    begin = Association.__init__
    make_steady()
    assert Association.__init__ is begin
    assert isinstance(Association(AE(), "requestor")._reactor_checkpoint, SteadyCheckpoint)


class WatchedEvent(threading.Event):
    """Says when a wait has ended, and lets it return later."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.passed, self.returns = (threading.Semaphore(0) for _ in range(3))

    def wait(self, timeout: float | None = None) -> bool:
        self.begun.release()
        found = super().wait(timeout)
        self.passed.release()
        self.returns.acquire()
        return found


class WatchedCheckpoint(SteadyCheckpoint, WatchedEvent):
    """The event of the tests, each of whose waits is seen."""


def test_thread_waits_again_if_it_is_paused_in_the_moment_in_which_its_wait_ends() -> None:
    association = SimpleNamespace(_is_paused=True)
    checkpoint = WatchedCheckpoint(association)
    checkpoint.set()
    thread = threading.Thread(target=checkpoint.wait)
    thread.start()
    checkpoint.begun.acquire()
    checkpoint.passed.acquire()
    checkpoint.clear()
    assert association._is_paused
    checkpoint.returns.release()
    assert checkpoint.begun.acquire(timeout=60), "it has gone on, though whoever sends took it for paused"
    checkpoint.set()
    checkpoint.passed.acquire()
    checkpoint.returns.release()
    thread.join()
    assert not association._is_paused
