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


def test_thread_that_goes_on_is_not_paused_any_more_when_it_is_paused_again() -> None:
    """Whoever clears the event, then sees that the thread is paused, can be sure that it waits."""
    association = SimpleNamespace(_is_paused=False)
    checkpoint = SteadyCheckpoint(association)
    checkpoint.set()
    taken, over = threading.Lock(), threading.Event()

    def reactor() -> None:
        while not over.is_set():
            association._is_paused = True
            checkpoint.wait()
            with taken:  # whoever sends has it while it waits for its response
                pass
            association._is_paused = False

    thread = threading.Thread(target=reactor)
    thread.start()
    for _ in range(200):
        checkpoint.clear()
        while not association._is_paused:
            pass
        assert taken.acquire(blocking=False)
        assert association._is_paused
        taken.release()
        checkpoint.set()
    over.set()
    thread.join()
