"""Peers that do not stop sending, and peers that take much: the check ends, soon and with a verdict."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.catalogue.requestor import requestor_cases
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.stage import Stage
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.processes.command import Call, Command
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import AcceptorSettings, Run
from dulcimer.conformance.run.requestor import RequestorRunner, RequestorSettings
from dulcimer.conformance.sender_rules.acceptor import AcceptorCheck
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.stimuli.messages import Titles
from dulcimer.conformance.stimuli.requests import associate_rq
from dulcimer.conformance.wire_peer import connection as peer_module
from dulcimer.conformance.wire_peer.connection import Connection
from dulcimer.conformance.wire_peer.intake import LONGEST_COMMAND, Intake, IntakeLimits, is_within_reason
from dulcimer.dimse import command_set
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, MaximumLength, PDataTf, PresentationDataValue, ReleaseRp
from self_fuzz.bounds import ended_if_endless
from support.conformance.checking import NEVER_HEALTHY, check, serving
from support.conformance.scripted_peer import ScriptedPeer
from support.conformance.scripted_requestor import Requestor

CASES = {case.id: case for case in acceptor_cases(Titles())}
ZEROS = bytes(6)
ABORT = encode(Abort(2, 2))
DATA = encode(PDataTf((PresentationDataValue(1, 1, b"\0\0"),)))
RELEASE = encode(ReleaseRp())
ITEMS = b"\2\0" + (70 + 4 * 20_000).to_bytes(4, "big") + b"\0\1" + bytes(66) + b"\x10\0\0\0" * 20_000 + bytes(2)


class Endless(ScriptedPeer):
    """It sends `data` for ever: at once, or when `on` comes."""

    data = ZEROS
    on = b""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            if self.on:
                await reader.readuntil(self.on)
            while not writer.transport.is_closing():
                writer.write(self.data * (1 + (1 << 14) // len(self.data)))
                await writer.drain()
        self._serving.discard(task)
        writer.close()


@pytest.mark.parametrize("data", [ZEROS, ABORT, DATA, RELEASE], ids=["zeros", "a-abort", "p-data-tf", "a-release-rp"])
@pytest.mark.parametrize("on", [b"", b"DULCIMER"], ids=["at-once", "after-the-request"])
def test_server_that_sends_without_end_is_reported_and_not_waited_for(data: bytes, on: bytes) -> None:
    peer = Endless()
    peer.data, peer.on = data, on
    with serving(peer) as port:
        result = check("127.0.0.1", port)
    assert result.exit_code == NEVER_HEALTHY, result.output
    assert "does not stop sending" in " ".join(result.output.split())


def test_others_have_their_turn_while_a_peer_sends_without_end() -> None:
    async def turns() -> tuple[int, int]:
        count = 0

        async def tick() -> None:
            nonlocal count
            while True:
                count += 1
                await asyncio.sleep(0)

        peer = Endless()
        peer.data = DATA
        async with peer.listening():
            async with await Target("127.0.0.1", peer.port).connect() as connection:
                ticking = asyncio.create_task(tick())
                while not (await connection.next(30.0)).is_close:
                    pass
                ticking.cancel()
                return count, connection.intake.excess.count("5001 PDUs")

    count, told = asyncio.run(turns())
    assert told == 1
    assert count > 5000 // peer_module._TURN


@pytest.mark.parametrize("queued", [1, 9])
def test_few_pdus_that_nobody_looked_at_are_reason_enough_to_see_whether_more_come(queued: int) -> None:
    async def run() -> str:
        with socket.create_server(("127.0.0.1", 0)) as server:
            near = socket.create_connection(server.getsockname())
            far, _ = server.accept()
        near.setblocking(False)
        far.setblocking(False)
        loop = asyncio.get_running_loop()
        async with Connection(near) as connection:
            connection._reader = asyncio.create_task(connection._read())
            await loop.sock_sendall(far, DATA * (1 + queued))
            await connection.next(30.0)
            while len(connection.not_looked_at()) < min(queued, 8):
                await asyncio.sleep(0)
            watching = asyncio.create_task(connection.see_whether_it_stops())
            await asyncio.sleep(0)
            with contextlib.suppress(OSError):  # nothing is taken any more
                await loop.sock_sendall(far, DATA * 5000)
            await watching
            far.close()
            return connection.intake.excess

    assert asyncio.run(run()).startswith("5001 PDUs")


class EndlessAfterAbort(ScriptedPeer):
    """It keeps to the standard until it aborts, which it then does for ever."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        write = writer.write

        def more(data: bytes) -> None:
            write(data * 2000 if data[:1] == ABORT[:1] else data)

        writer.write = more  # type: ignore[method-assign,assignment]  # to be counted too
        await super()._serve(reader, writer)


def test_case_whose_reaction_has_no_end_fails_for_that() -> None:
    async def run() -> Run:
        async with EndlessAfterAbort().listening() as peer:
            settings = AcceptorSettings(react=0.5, artim=peer.artim)
            return await Runner(Target("127.0.0.1", peer.port), settings).run([CASES["ul.fsm.acc.sta06.evt13"]])

    result = asyncio.run(run()).results[0]
    assert result.verdict is Verdict.FAILED
    assert result.alternative == "endless"
    assert "501 PDUs" in result.observed
    assert result.severity == "S2"


# ---------------------------------------------------------------------- requestors


class EndlessRequestor(Requestor):
    async def _associate(self) -> int:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        data = ZEROS
        if self.fault != "endless":
            writer.write(encode(self.request()))
        if self.fault == "endless-data":
            await reader.read(1)  # the acceptance begins to come
            data = DATA
        with contextlib.suppress(OSError):
            while True:
                writer.write(data * 2000)
                await writer.drain()
        return 1


class EndlessCaller:
    def __init__(self, fault: str) -> None:
        self.fault = fault

    async def call(self, host: str, port: int, ae_title: str) -> Call:
        from support.conformance.scripted_requestor import _Running

        return _Running(asyncio.create_task(EndlessRequestor(self.fault, host, port, ae_title).run()))


@pytest.mark.parametrize("fault", ["endless", "endless-after-request", "endless-data"])
def test_client_that_sends_without_end_is_reported_and_not_waited_for(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_module, "OF_REQUESTOR", IntakeLimits(data_pdus=500))

    async def run() -> Run:
        stage = Stage(EndlessCaller(fault), "127.0.0.1")
        chosen = [case for case in requestor_cases() if fnmatchcase(case.id, "enc.req.echo")]
        return await RequestorRunner(stage, RequestorSettings(react=0.25, hang=0.5)).run(chosen)

    found = asyncio.run(run())
    assert not found.healthy
    assert "does not stop sending" in found.unhealthy_because


def test_all_that_a_command_writes_is_taken_and_little_of_it_kept() -> None:
    async def run() -> str:
        script = "import sys\nprint('first')\nprint('.' * 3_000_000)\nprint('last', file=sys.stderr)"
        call = await Command((sys.executable, "-c", script)).call("127.0.0.1", 1, "AE")
        assert await call.ended(30.0) == "ended(0)"
        await call.stop()
        return call.output

    output = asyncio.run(run())
    assert output.startswith("first")
    assert output.endswith("last")
    assert "bytes left out here" in output
    assert len(output) < 3000


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="there is no /proc that shows processes")
def test_child_that_has_left_the_session_is_ended_with_its_command(tmp_path: Path) -> None:
    told = tmp_path / "child"
    script = (
        "import os, sys, time\n"
        "if not os.fork():\n"
        "    os.setsid()\n"
        "    if not os.fork():\n"
        f"        open({str(told)!r} + '.new', 'w').write(str(os.getpid()))\n"
        f"        os.rename({str(told)!r} + '.new', {str(told)!r})\n"
        "        time.sleep(600)\n"
        "    os._exit(0)\n"
        "time.sleep(600)\n"
    )

    async def run() -> int:
        call = await Command((sys.executable, "-c", script)).call("127.0.0.1", 1, "AE")
        async with asyncio.timeout(30):
            while not told.exists():
                await asyncio.sleep(0.01)
        await call.stop()
        return int(told.read_text())

    pid = asyncio.run(run())
    deadline = time.monotonic() + 30
    while _runs(pid):  # a process that was killed may take a moment to go
        assert time.monotonic() < deadline, "the child still runs"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


# ---------------------------------------------------------------------- what the tester sends, and reads


def test_command_set_of_many_repeated_elements_takes_no_quadratic_time() -> None:
    with ended_if_endless():  # a search in all that came before took minutes
        found = command_set.decode(bytes(1 << 21))
    assert len(found.repeated) == (1 << 18) - 1


def test_data_sets_that_the_tester_sends_are_not_read_as_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    decode = command_set.decode

    def noting(data: bytes) -> command_set.CommandSet:
        read.append(len(data))
        return decode(data)

    monkeypatch.setattr(command_set, "decode_again", noting)
    check = AcceptorCheck(CASES["enc.oversize.data-set"], SenderLog())
    check.sent(encode(associate_rq(Titles())))
    check.sent(encode(PDataTf((PresentationDataValue(1, 2, bytes(4 << 20)),))))
    assert read == []
    check.sent(encode(PDataTf((PresentationDataValue(1, 3, bytes(8)),))))
    assert set(read) == {8}


@pytest.mark.parametrize("limit", [4 << 20, 64 << 20, 0], ids=["4-mib", "64-mib", "unlimited"])
def test_peer_that_takes_long_pdus_is_checked_like_any_other(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from support.conformance.scripted_peer import _Conversation

    usual = _Conversation.usual_user_data

    def announcing(self: _Conversation) -> tuple[object, ...]:
        return MaximumLength(limit), *usual(self)[1:]

    monkeypatch.setattr(_Conversation, "usual_user_data", announcing)

    async def run() -> Run:
        async with ScriptedPeer(storage=True).listening() as peer:
            chosen = [case for name, case in CASES.items() if "oversize" in name]
            assert len(chosen) == 2
            return await Runner(Target("127.0.0.1", peer.port), AcceptorSettings(react=0.5)).run(chosen)

    verdicts = {result.verdict for result in asyncio.run(run()).results if "oversize" in result.case.id}
    assert verdicts == ({Verdict.NON_STRICT} if limit == 4 << 20 else {Verdict.UNIMPLEMENTED})


@pytest.mark.parametrize(
    ("data", "reads"),
    [
        (encode(associate_rq(Titles())), True),
        (ITEMS, False),
        (DATA, True),
        (encode(PDataTf((PresentationDataValue(1, 0, b""),) * 5000)), False),
        (ABORT, True),
        (b"\7\0\0\1\0\0" + bytes(1 << 16), False),
    ],
)
def test_pdu_of_too_many_parts_is_not_read(data: bytes, reads: bool) -> None:
    assert is_within_reason(data) is reads


@pytest.mark.parametrize(
    ("limits", "arrivals", "of_data"),
    [
        (IntakeLimits(3), [(DATA, 0.0)] * 4, True),
        (IntakeLimits(9, others=3), [(ABORT, 0.0)] * 4, False),
        (IntakeLimits(9, octets=len(DATA) + 1), [(DATA, 0.0)] * 2, True),
        (IntakeLimits(9, seconds=5.0, many=2), [(ABORT, 0.0), (ABORT, 1.0), (ABORT, 6.0)], False),
    ],
)
def test_each_limit_of_a_connection_is_met(
    limits: IntakeLimits, arrivals: list[tuple[bytes, float]], of_data: bool
) -> None:
    intake = Intake(limits)
    for data, now in arrivals:
        assert not intake.excess
        intake.note(data, now)
    assert intake.excess.startswith(f"{len(arrivals)} PDUs")
    assert intake.of_data is of_data


def test_command_of_the_peer_that_has_no_end_is_no_message() -> None:
    reassembly = peer_module._Reassembly()
    part = PDataTf((PresentationDataValue(1, 1, bytes(LONGEST_COMMAND)),))
    for _ in range(3):
        assert reassembly.add(part) is None
    assert len(reassembly._fragments) <= 2 * LONGEST_COMMAND
    assert reassembly.add(PDataTf((PresentationDataValue(1, 3, b""),))) is None
    echo = command_set.decode(b"")
    assert reassembly.add(PDataTf((PresentationDataValue(1, 3, b""),))) == echo
