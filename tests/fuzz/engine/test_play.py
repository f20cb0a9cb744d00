"""Sequences are played over real connections; the record has what was sent, what came and how it ended."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.engine.conversation import (
    LONGEST,
    Ended,
    EndKind,
    Entry,
    HalfClosed,
    PduCutter,
    Received,
    Remains,
    Sent,
    Silent,
)
from dulcimer.fuzz.engine.link import TargetLink
from dulcimer.fuzz.engine.play import Address, play
from dulcimer.fuzz.engine.settle import SettleTiming
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzSequence,
    FuzzStep,
    HalfClose,
    Pause,
    Reset,
    SendBytes,
)
from support.peers.processes import free_port

RELEASE_RQ, RELEASE_RP = bytes.fromhex("05000000000400000000"), bytes.fromhex("06000000000400000000")
ABORT = bytes.fromhex("07000000000400000000")
REJECT = bytes.fromhex("03000000000400010101")
PATIENT = SettleTiming(grace=30, close=30, connect=30)
"""For what must come."""
HASTY = SettleTiming(grace=0.01, close=0.01, connect=30)
"""For what does not come."""
Talk = Callable[[socket.socket], None]


@contextmanager
def target(talk: Talk) -> Iterator[Address]:
    """A server that talks in its own way on one connection, and closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            sock, _ = listener.accept()
            with sock:
                talk(sock)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Address("127.0.0.1", listener.getsockname()[1])
        thread.join(60)
        assert not thread.is_alive(), "the target hangs"


def sequence(*steps: FuzzStep) -> FuzzSequence:
    return FuzzSequence("acceptor", steps)


def send(data: bytes) -> SendBytes:
    return SendBytes(data, "PDU")


def until_the_end(sock: socket.socket) -> bytes:
    found = b""
    while data := sock.recv(4096):
        found += data
    return found


def test_reply_ends_the_wait_and_the_close_of_the_target_ends_the_record() -> None:
    seen = []

    def talk(sock: socket.socket) -> None:
        seen.append(sock.recv(10))
        sock.sendall(RELEASE_RP)
        seen.append(until_the_end(sock))

    with target(talk) as address:
        found = play(sequence(send(RELEASE_RQ), AwaitReply()), address, PATIENT)
    assert seen == [RELEASE_RQ, b""]
    assert [type(entry) for entry in found.entries] == [Sent, Received, HalfClosed, Ended]
    assert (found.received, found.end) == ((RELEASE_RP,), EndKind.FIN)
    assert len(list(found.reply_times)) == 2


def test_without_a_reply_silence_comes_before_the_close() -> None:
    def talk(sock: socket.socket) -> None:
        until_the_end(sock)
        sock.sendall(ABORT)

    with target(talk) as address:
        found = play(sequence(send(b"\x01\x00")), address, SettleTiming(0.01, 30, 30))
    assert [type(entry) for entry in found.entries] == [Sent, Silent, HalfClosed, Received, Ended]


class Told:
    """Says always the same, and keeps what it was shown."""

    def __init__(self, *, may_wait: bool) -> None:
        self.may_wait = may_wait
        self.shown: list[type[Entry]] = []

    def follow(self, entries: Sequence[Entry]) -> None:
        self.shown = [type(entry) for entry in entries]


@pytest.mark.parametrize("may_wait", [True, False])
def test_no_reply_is_waited_for_from_a_target_that_may_wait_itself(may_wait: bool) -> None:
    def talk(sock: socket.socket) -> None:
        until_the_end(sock)
        sock.sendall(ABORT)

    reader = Told(may_wait=may_wait)
    with target(talk) as address:
        found = play(sequence(send(b"\x01\x00"), AwaitReply()), address, SettleTiming(0.01, 30, 30), reader)
    silence = [] if may_wait else [Silent]
    assert [type(entry) for entry in found.entries] == [Sent, *silence, HalfClosed, Received, Ended]
    assert reader.shown == [Sent, *silence, HalfClosed]


def test_more_than_the_system_takes_at_once_is_sent_whole() -> None:
    seen = bytearray()
    data = bytes(8 << 20)

    def talk(sock: socket.socket) -> None:
        while more := sock.recv(1 << 20):
            seen.extend(more)

    with target(talk) as address:
        found = play(sequence(send(data)), address, SettleTiming(0.01, 300, 30))
    assert seen == data
    assert found.entries[0] == Sent(found.entries[0].at, 0, data, complete=True)


def test_target_that_does_not_read_does_not_hold_up_the_play() -> None:
    over = threading.Event()
    data = bytes(8 << 20)

    def talk(_: socket.socket) -> None:
        over.wait(60)

    with target(talk) as address:
        found = play(sequence(send(data)), address, HASTY)
        over.set()
    assert found.entries[0] == Sent(found.entries[0].at, 0, data, complete=False)


def test_pdus_of_one_segment_are_all_in_the_record() -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(10)
        sock.sendall(RELEASE_RP + ABORT + RELEASE_RP[:7])
        until_the_end(sock)

    with target(talk) as address:
        found = play(sequence(send(RELEASE_RQ), AwaitReply(("A-RELEASE-RP",))), address, PATIENT)
    assert found.received == (RELEASE_RP, ABORT)
    assert found.entries[-2:] == (Remains(found.entries[-2].at, RELEASE_RP[:7]), found.entries[-1])


def test_other_pdus_do_not_end_the_wait_for_one() -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(10)
        sock.sendall(ABORT)
        sock.sendall(RELEASE_RP)
        until_the_end(sock)

    with target(talk) as address:
        found = play(sequence(send(RELEASE_RQ), AwaitReply(("A-RELEASE-RP",))), address, PATIENT)
    assert [type(entry) for entry in found.entries] == [Sent, Received, Received, HalfClosed, Ended]


@pytest.mark.parametrize(
    ("last", "is_waited_for"), [(ABORT, False), (RELEASE_RP, False), (REJECT, False), (RELEASE_RQ, True)]
)
def test_after_its_last_pdu_nothing_of_the_target_is_waited_for_but_the_close(last: bytes, is_waited_for: bool) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(10)
        sock.sendall(last)
        until_the_end(sock)

    steps = (send(RELEASE_RQ), AwaitReply(), send(RELEASE_RQ), AwaitReply())
    with target(talk) as address:
        found = play(sequence(*steps), address, SettleTiming(0.5 if is_waited_for else 30, 30, 30))
    kinds = [type(entry) for entry in found.entries]
    assert kinds[:3] == [Sent, Received, Sent]
    assert (Silent in kinds) is is_waited_for
    assert found.end is EndKind.FIN


def test_connection_that_stays_open_is_no_longer_waited_for() -> None:
    over = threading.Event()

    def talk(sock: socket.socket) -> None:
        until_the_end(sock)
        over.wait(60)

    with target(talk) as address:
        found = play(sequence(send(ABORT)), address, HASTY)
        over.set()
    assert found.end is EndKind.OPEN


@pytest.mark.parametrize("linger", [False, True], ids=["fin", "rst"])
def test_target_that_closes_by_itself_ends_the_steps(linger: bool) -> None:
    def talk(sock: socket.socket) -> None:
        sock.recv(10)
        if linger:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with target(talk) as address:
        found = play(sequence(send(RELEASE_RQ), AwaitReply(), send(ABORT)), address, PATIENT)
    assert [type(entry) for entry in found.entries] == [Sent, Ended]
    assert found.end is (EndKind.RST_AFTER_SEND if linger else EndKind.FIN)


def test_reset_that_comes_out_while_something_is_sent_is_a_reset_in_the_record() -> None:
    """The system tells it once: the next read looks as if the target had closed in order."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with TargetLink.open("127.0.0.1", listener.getsockname()[1], PATIENT) as link:
            there, _ = listener.accept()
            link.send(RELEASE_RQ, 0)
            there.recv(1)
            there.close()  # with bytes that it has not read
            while link.send(ABORT, 1):
                pass
            link.read_to_end(PATIENT.close)
            found = link.conversation
    assert found.end is EndKind.RST_AFTER_SEND


@pytest.mark.parametrize(("step", "reset"), [(Close(), False), (Reset(), True), (HalfClose(), False)])
def test_this_end_can_end_the_connection(step: FuzzStep, reset: bool) -> None:
    ends: list[object] = []

    def talk(sock: socket.socket) -> None:
        try:
            ends.append(until_the_end(sock))
        except ConnectionResetError as error:
            ends.append(type(error))

    with target(talk) as address:
        found = play(sequence(send(ABORT), Pause(0.001), step), address, PATIENT)
    assert ends == [ConnectionResetError if reset else ABORT]
    assert found.end is (EndKind.FIN if isinstance(step, HalfClose) else EndKind.CLOSED)


def test_bytes_are_sent_in_pieces() -> None:
    seen = []
    with target(lambda sock: seen.append(until_the_end(sock))) as address:
        found = play(
            sequence(Chunks(RELEASE_RQ, "A-RELEASE-RQ", (), (1, 4), 0.001)), address, SettleTiming(0.01, 30, 30)
        )
    assert seen == [RELEASE_RQ]
    assert [entry.data for entry in found.entries if isinstance(entry, Sent)] == [
        RELEASE_RQ[:1],
        RELEASE_RQ[1:5],
        RELEASE_RQ[5:],
    ]


def test_refused_connection_is_a_record() -> None:
    assert play(sequence(send(ABORT)), Address("127.0.0.1", free_port()), HASTY).end is EndKind.REFUSED


@given(st.lists(st.binary(max_size=30), max_size=6), st.integers(1, 40), st.binary(max_size=5))
def test_pdus_are_cut_wherever_the_network_cuts_them(bodies: list[bytes], size: int, rest: bytes) -> None:
    pdus = [b"\x04\x00" + len(body).to_bytes(4, "big") + body for body in bodies]
    data = b"".join(pdus) + rest
    cutter = PduCutter()
    found = [pdu for start in range(0, len(data), size) for pdu in cutter.cut(data[start : start + size])]
    assert (found, cutter.pending) == (pdus, rest)


def test_length_beyond_reason_is_not_waited_for() -> None:
    cutter = PduCutter()
    data = b"\x04\x00" + (LONGEST + 1).to_bytes(4, "big") + b"data"
    assert cutter.cut(data) == []
    assert cutter.pending == data


def test_timing_follows_the_slowest_usual_reply() -> None:
    replies = [0.001] * 9 + [5.0]
    assert SettleTiming().calibrated(replies[:9]).grace == pytest.approx(0.005)
    assert SettleTiming().calibrated(replies * 2).grace == pytest.approx(25.0)
    assert SettleTiming().calibrated([1e-6]).grace == 0.0005
    assert SettleTiming(grace=3).calibrated([]).grace == 3
