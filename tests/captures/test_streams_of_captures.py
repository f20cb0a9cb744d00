"""Bytes, gaps and frames of connections, however segments are cut, wrapped, mixed, doubled, overlapped and lost."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.captures.collected import CapturedConnection, Direction, connections
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.tcp import Flags
from support.captures.capture_maker import (
    ETHERNET,
    IPV4_ONLY,
    IPV6_ONLY,
    LOOP,
    NULL,
    RAW,
    SLL,
    SLL2,
    Wrapping,
    pcap,
    records,
    tcp,
)

MOST = 60
SEQUENCES = st.one_of(st.integers(0, 2**32 - 1), st.integers(2**32 - 80, 2**32 - 1))
PARTS = st.lists(
    st.tuples(st.booleans(), st.integers(0, MOST), st.binary(min_size=1, max_size=30)), min_size=1, max_size=14
)
WRAPPINGS = st.one_of(
    st.builds(
        Wrapping,
        link_type=st.sampled_from([ETHERNET, SLL, SLL2]),
        is_ipv6=st.booleans(),
        vlans=st.sampled_from([(), (0x8100,), (0x88A8, 0x8100), (0x9100, 0x8100)]),
        options=st.sampled_from([0, 4, 40]),
        extensions=st.sampled_from([(), (0,), (0, 43, 60)]),
        fragment=st.sampled_from([0, 8, 16]),
    ),
    st.builds(
        Wrapping,
        link_type=st.sampled_from([NULL, LOOP, RAW]),
        is_ipv6=st.booleans(),
        options=st.sampled_from([0, 8]),
        extensions=st.sampled_from([(), (60,)]),
        fragment=st.sampled_from([0, 24]),
    ),
    st.just(Wrapping(IPV4_ONLY)),
    st.just(Wrapping(IPV6_ONLY, is_ipv6=True)),
)


@dataclass
class Model:
    """What the policy says of one end: each byte is that of the segment that was captured first."""

    bytes_at: dict[int, tuple[int, int]] = field(default_factory=dict)

    def take(self, place: int, data: bytes, frame: int) -> None:
        for offset, value in enumerate(data):
            self.bytes_at.setdefault(place + offset, (value, frame))

    @property
    def data(self) -> bytes:
        return bytes(self.bytes_at[place][0] for place in sorted(self.bytes_at))

    @property
    def frames(self) -> list[int]:
        return [self.bytes_at[place][1] for place in sorted(self.bytes_at)]

    @property
    def gaps(self) -> list[tuple[int, int]]:
        found, before, count = [], -1, 0
        for place in sorted(self.bytes_at):
            if place > before + 1:
                found.append((count, place - before - 1))
            before, count = place, count + 1
        return found


def read(data: bytes) -> list[CapturedConnection]:
    reader = CaptureReader(data)
    found = sorted(connections(reader), key=lambda one: one.number)
    assert not reader.damage
    return found


def frames_of(end: Direction) -> list[int]:
    return [end.frame_of(place)[0] for place in range(len(end.data))]


def opening(wrapping: Wrapping, client: int, server: int) -> list[bytes]:
    return [
        *wrapping.frames(tcp(True, client, flags=Flags.SYN), True, 1),
        *wrapping.frames(tcp(False, server, flags=Flags.SYN | Flags.ACK, acknowledged=client + 1), False, 1),
    ]


def check(end: Direction, model: Model) -> None:
    assert bytes(end.data) == model.data
    assert end.gaps == model.gaps
    assert frames_of(end) == model.frames


@given(PARTS, SEQUENCES, SEQUENCES)
def test_each_byte_is_that_of_the_first_segment_with_it_and_what_is_in_none_is_a_gap(
    parts: list[tuple[bool, int, bytes]], client: int, server: int
) -> None:
    frames, models = opening(Wrapping(), client, server), {True: Model(), False: Model()}
    for by_client, place, data in parts:
        own, other = (client, server) if by_client else (server, client)
        segment = tcp(by_client, own + 1 + place, data, acknowledged=other + 1)
        frames += Wrapping().frames(segment, by_client, 1)
        models[by_client].take(place, data, len(frames))
    (connection,) = read(pcap(records(frames)))
    check(connection.client, models[True])
    check(connection.server, models[False])
    assert connection.followed.late == 0
    assert connection.client.opened
    assert connection.server.opened


@given(
    st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=90)), min_size=1, max_size=5),
    WRAPPINGS,
    st.integers(1, 40),
    st.randoms(use_true_random=False),
)
def test_streams_come_back_from_frames_that_are_wrapped_in_any_way_mixed_and_doubled(
    turns: list[tuple[bool, bytes]], wrapping: Wrapping, cut: int, chance: random.Random
) -> None:
    sent, rest, number = {True: b"", False: b""}, list[tuple[int, bool, int, bytes, bytes]](), 1
    for by_client, data in turns:
        for start in range(0, len(data), cut):
            payload, number = data[start : start + cut], number + 1
            segment = tcp(by_client, 8 + len(sent[by_client]), payload)
            whole = wrapping.frames(segment, by_client, number)
            rest += [(number, by_client, len(sent[by_client]), payload, frame) for frame in whole]
            sent[by_client] += payload
    rest += chance.sample(rest, len(rest) // 2)
    chance.shuffle(rest)
    before = opening(wrapping, 7, 7)
    models, first = {True: Model(), False: Model()}, dict[bytes, int]()
    for frame_number, (*_, frame) in enumerate(rest, start=len(before) + 1):
        first.setdefault(frame, frame_number)
    whole_in: dict[int, int] = {}
    for packet, _, _, _, frame in rest:
        # A packet is whole with the last of its fragments.
        whole_in[packet] = max(whole_in.get(packet, 0), first[frame])
    for packet, by_client, place, payload, _ in sorted(rest, key=lambda one: whole_in[one[0]]):
        models[by_client].take(place, payload, whole_in[packet])
    (connection,) = read(pcap(records([*before, *(frame for *_, frame in rest)]), wrapping.link_type))
    for end, by_client in ((connection.client, True), (connection.server, False)):
        check(end, models[by_client])
        assert bytes(end.data) == sent[by_client]
        assert not end.gaps
