"""The driver between two memory streams, with a number for the clock."""

from __future__ import annotations

import asyncio
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.errors import LocalProtocolError
from dulcimer.fsm.primitives import (
    AbortRequest,
    PDataRequest,
    ReleaseRequest,
    ReleaseResponse,
)
from dulcimer.transport.memory import settle
from support.associations import DATA
from support.driven import associated


@given(st.randoms(use_true_random=False), st.lists(st.binary(min_size=1, max_size=3000), max_size=5))
def test_data_and_release_arrive_whatever_the_cuts(source: random.Random, fragments: list[bytes]) -> None:
    requestor, acceptor, left, right, clock = associated()
    requestor.driver.send_all(PDataRequest(((1, 0, fragment),)) for fragment in fragments)
    requestor.driver.send(ReleaseRequest())
    settle(left, right, cut=lambda most: source.randint(1, most))
    assert acceptor.data == b"".join(fragments)
    assert requestor.ended == acceptor.ended == 1
    assert left.closed and right.closed
    assert clock.armed == 0


def test_timer_is_armed_while_artim_runs_and_its_expiry_closes() -> None:
    requestor, acceptor, left, right, clock = associated()
    assert clock.armed == 0
    requestor.driver.send(AbortRequest())
    assert clock.armed == 1
    clock.go_to(29.9)
    before = left.closed
    clock.go_to(30.0)
    assert (before, left.closed) == (False, True)
    assert requestor.ended == 0  # not before the connection is closed
    left.deliver()
    assert requestor.ended == 1
    settle(left, right)
    assert acceptor.heard[-1] == "AbortIndication"


def test_misuse_raises_and_what_was_sent_before_it_leaves() -> None:
    requestor, acceptor, left, right, _ = associated()
    with pytest.raises(LocalProtocolError):
        requestor.driver.send(PDataRequest(DATA), ReleaseResponse())
    settle(left, right)
    assert acceptor.data == b"\0\0"


def test_error_of_the_connection_is_kept() -> None:
    requestor, _, _, _, _ = associated()
    error = OSError("broken")
    requestor.driver.disconnected(error)
    assert requestor.upper_layer.transport_error is error
    assert requestor.heard[-1] == "PAbortIndication"
    assert requestor.ended == 1


def test_drain_waits_for_the_backlog_or_the_end() -> None:
    async def run() -> None:
        requestor, acceptor, left, right, _ = associated()
        await requestor.driver.drain()
        requestor.driver.send(PDataRequest(DATA))
        waiting = asyncio.ensure_future(requestor.driver.drain())
        await asyncio.sleep(0)
        assert not waiting.done()
        settle(left, right)
        await waiting
        requestor.driver.send(PDataRequest(DATA))
        waiting = asyncio.ensure_future(requestor.driver.drain())
        await asyncio.sleep(0)
        requestor.driver.disconnected(None)
        await waiting
        assert acceptor.data == b"\0\0"

    asyncio.run(run())


def test_paused_stream_delivers_nothing() -> None:
    requestor, acceptor, left, right, _ = associated()
    right.pause_reading()
    requestor.driver.send(PDataRequest(DATA))
    settle(left, right)
    assert acceptor.data == b""
    right.resume_reading()
    settle(left, right)
    assert acceptor.data == b"\0\0"
