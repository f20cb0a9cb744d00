"""A command that waits prints for what, for which peer and for how long."""

from __future__ import annotations

import asyncio
import socket

import pytest

from dulcimer import evt
from dulcimer._generated.fsm import Events
from dulcimer.ae.core.timeouts import Timeouts
from dulcimer.cli.scu import waiting
from dulcimer.cli.scu.waiting import Waiting
from support.associations import AC, RQ
from support.command_runs import invoke, words_of
from support.entities import scp, serving

HOST = "127.0.0.1"


def waiter(*, tls: bool = False, limits: float | None = 30.0) -> Waiting:
    return Waiting("PACS", "pacs port 104", Timeouts(acse=limits, dimse=limits, connect=limits), tls=tls)


def test_each_state_says_what_it_waits_for_and_how_long_yet() -> None:
    watched = waiter(tls=True)
    assert watched.what(0.0) == (0.0, "")
    for event, now, text in (
        (Events.EVT_1, 1.0, "the TCP connection and the TLS handshake with pacs port 104, 25 s left (-to)"),
        (Events.EVT_2, 10.0, "the A-ASSOCIATE-AC of PACS at pacs port 104, 25 s left (-ta)"),
        (Events.EVT_3, 20.0, ""),
        (Events.EVT_11, 30.0, "the A-RELEASE-RP of PACS at pacs port 104, 25 s left (-ta)"),
    ):
        watched.machine.action(event, RQ if event is Events.EVT_2 else AC if event is Events.EVT_3 else None)
        assert watched.what(now)[0] == 0.0
        seconds, told = watched.what(now + 5.0)
        assert told == (f"waiting for {text}" if text else "")
        assert seconds == (5.0 if text else 0.0)


def test_wait_without_an_end_is_reported_without_one() -> None:
    watched = waiter(limits=None)
    watched.machine.action(Events.EVT_1, None)
    assert watched.what(0.0)[1] == "waiting for the TCP connection with pacs port 104"


def test_silent_server_is_reported_before_it_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST", 0.01)
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        result = invoke("echo", (HOST, port), "-ta", "0.3")
        quiet = invoke("echo", (HOST, port), "-ta", "0.1", "-q")
    told = f"waiting for the A-ASSOCIATE-AC of ANY-SCP at {HOST} port {port}, "
    assert result.stderr.startswith(told)
    assert (
        f"{HOST} port {port} accepted the connection, but did not answer the association request in time."
        in words_of(result.stderr)
    )
    assert "waiting" not in quiet.stderr


def test_server_that_works_long_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST", 0.01)

    async def echo(_: evt.Event) -> int:
        await asyncio.Event().wait()
        return 0

    with serving(scp(), [(evt.EVT_C_ECHO, echo)]) as address:
        result = invoke("echo", address, "-td", "0.3")
    where = f"{address[0]} port {address[1]}"
    assert f"waiting for a response to C-ECHO-RQ of ANY-SCP at {where}, 0 s left (-td)" in result.stderr
    assert "The peer did not answer in time: no response came within 0.3 s." in words_of(result.stderr)
