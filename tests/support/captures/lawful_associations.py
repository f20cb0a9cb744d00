"""Two providers of our own that talk over a path with a point of capture: any lawful run, with PDUs that cross.

Numbers choose what happens next: a user does something that the table allows, ARTIM expires, bytes pass the point of
capture, or arrive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from hypothesis import strategies as st

from dulcimer._generated.fsm import States
from dulcimer.captures.pcapng import Packet
from dulcimer.captures.tcp import TcpConversation
from dulcimer.fsm.primitives import (
    AbortRequest,
    AssociateAccept,
    AssociateReject,
    AssociateRequest,
    PDataIndication,
    PDataRequest,
    ReleaseRequest,
    ReleaseResponse,
    Request,
)
from dulcimer.learn.labs.turns import VERIFICATION, raw_command, us
from dulcimer.upper_layer import UpperLayer
from dulcimer.wire.model import AssociateRj
from support.associations import AC, RQ

RUNS = st.lists(st.integers(0, 1 << 12), max_size=120)
"""What is chosen in a run."""
_CLOSE = b""
_MOST_MESSAGES = 6
_OFTEN = 4
"""Bytes move more often than users act."""
_ECHO, _STORE = 0x30, 0x01


def _request(number: int, field_value: int, *, has_data: bool) -> bytes:
    fields = [(2, VERIFICATION), (0x100, us(field_value)), (0x110, us(number))]
    if field_value == _STORE:
        fields.append((0x700, us(0)))
    fields.append((0x800, us(0 if has_data else 0x101)))
    if field_value == _STORE:
        fields.append((0x1000, b"1.2.3\0"))
    return raw_command(*fields)


def _response(number: int, field_value: int) -> bytes:
    return raw_command(
        (2, VERIFICATION),
        (0x100, us(field_value | 0x8000)),
        (0x120, us(number)),
        (0x800, us(0x101)),
        (0x900, us(0)),
        *([(0x1000, b"1.2.3\0")] if field_value == _STORE else []),
    )


@dataclass
class _Path:
    """One direction: what was sent and has not passed the point of capture, and what has and did not arrive."""

    near: deque[bytes] = field(default_factory=deque)
    far: deque[bytes] = field(default_factory=deque)


class LawfulRun:
    """A run of an association; `packets` are what was captured of it. `port`: that of the client."""

    def __init__(self, port: int = 49152) -> None:
        self._talk = TcpConversation(("192.0.2.1", port))
        self._talk.open(1.0)
        self._now = 1.0
        self._ends = {True: UpperLayer(is_requestor=True), False: UpperLayer(is_requestor=False)}
        self._paths = {True: _Path(), False: _Path()}
        self._is_closed = {True: False, False: False}
        self._to_send: deque[tuple[int, int, bytes]] = deque()
        self._asked: deque[tuple[int, int]] = deque()
        self._messages = 0
        self._pending = (0, 0)
        requestor = self._ends[True]
        requestor.send(AssociateRequest(RQ), 0.0)
        for by_client, end in self._ends.items():
            end.transport_connected(0.0)
            self._collect(by_client)

    @property
    def packets(self) -> list[Packet]:
        return self._talk.packets

    def play(self, numbers: Sequence[int]) -> None:
        """Each number chooses one of the things that can happen."""
        for number in numbers:
            possible = list(self._possible())
            if not possible:
                return
            possible[number % len(possible)](number // len(possible))

    # ------------------------------------------------------------------ what can happen

    def _possible(self) -> Iterator[Callable[[int], None]]:
        for by_client, path in self._paths.items():
            if path.near:
                yield from [partial(self._pass, by_client)] * _OFTEN
            if path.far:
                yield from [partial(self._arrive, by_client)] * _OFTEN
        for by_client, end in self._ends.items():
            if self._is_closed[by_client]:
                continue
            for primitive in self._primitives(by_client, end):
                if end.allows(type(primitive)):
                    yield partial(self._issue, by_client, primitive)
            if end.next_deadline() is not None:
                yield partial(self._expire, by_client)

    def _primitives(self, by_client: bool, end: UpperLayer) -> Iterator[Request]:
        if end.state is States.STA_3:
            yield from [AssociateAccept(AC)] * (2 * _OFTEN)
            yield AssociateReject(AssociateRj(1, 1, 1))
        if end.state is States.STA_6:
            data = self._next_data(by_client)
            if data is not None:
                yield from [PDataRequest((data,))] * (4 * _OFTEN)
        yield ReleaseResponse()
        yield ReleaseRequest()
        yield AbortRequest()

    def _next_data(self, by_client: bool) -> tuple[int, int, bytes] | None:
        if not by_client:
            return (1, 3, _response(*self._asked[0])) if self._asked else None
        if not self._to_send and self._messages < _MOST_MESSAGES:
            self._messages += 1
            if self._messages % 2:
                self._to_send.append((1, 3, _request(self._messages, _ECHO, has_data=False)))
            else:
                self._to_send.append((1, 3, _request(self._messages, _STORE, has_data=True)))
                self._to_send += [(1, 0, bytes(20)), (1, 0, bytes(20)), (1, 2, bytes(8))]
        return self._to_send[0] if self._to_send else None

    # ------------------------------------------------------------------ doing it

    def _issue(self, by_client: bool, primitive: Request, _: int) -> None:
        self._ends[by_client].send(primitive, 0.0)
        if isinstance(primitive, PDataRequest):
            (self._to_send if by_client else self._asked).popleft()
        self._collect(by_client)

    def _expire(self, by_client: bool, _: int) -> None:
        self._ends[by_client].expire(0.0)
        self._collect(by_client)

    def _pass(self, by_client: bool, cut: int) -> None:
        path = self._paths[by_client]
        data = path.near.popleft()
        sender = self._talk.client if by_client else self._talk.server
        self._now += 0.001
        if data == _CLOSE:
            self._talk.finish(self._now, sender)
        else:
            if cut % 3 == 1 and len(data) > 1:
                path.near.appendleft(data[len(data) // 2 :])
                data = data[: len(data) // 2]
            self._talk.send(self._now, sender, data)
        path.far.append(data)

    def _arrive(self, by_client: bool, cut: int) -> None:
        receiver = not by_client
        path, end = self._paths[by_client], self._ends[receiver]
        data = path.far.popleft()
        if self._is_closed[receiver]:
            return
        if data == _CLOSE:
            end.transport_closed(0.0)
        else:
            at = cut % (len(data) + 1)
            for piece in filter(None, (data[:at], data[at:])):
                end.receive_data(piece, 0.0)
        while (event := end.next_event()) is not None:
            if isinstance(event, PDataIndication) and not receiver:
                for _, control, fragment in event.values:
                    self._heard(control, bytes(fragment))
        self._collect(receiver)

    def _heard(self, control: int, fragment: bytes) -> None:
        """The acceptor has received a fragment: a whole request is to be answered."""
        if control == 3:
            number = int.from_bytes(_value(fragment, 0x110), "little")
            kind = int.from_bytes(_value(fragment, 0x100), "little")
            self._pending = (number, kind)
        if control == 2 or (control == 3 and self._pending[1] == _ECHO):
            self._asked.append(self._pending)

    def _collect(self, by_client: bool) -> None:
        end = self._ends[by_client]
        data = b"".join(bytes(piece) for piece in end.data_to_send())
        near = self._paths[by_client].near
        if data and not self._is_closed[by_client]:
            near.append(data)
        if (end.close_requested or end.is_idle) and not self._is_closed[by_client]:
            self._is_closed[by_client] = True
            near.append(_CLOSE)


def _value(data: bytes, tag: int) -> bytes:
    """A value of two bytes in a command set."""
    place = data.index(us(0) + us(tag) + (2).to_bytes(4, "little"))
    return data[place + 8 : place + 10]


def played(numbers: list[int]) -> list[Packet]:
    run = LawfulRun()
    run.play(numbers)
    return run.packets


def disturbed(packets: list[Packet], chance: object) -> list[Packet]:
    """Frames are lost, come twice or late; or the capture begins late."""
    assert isinstance(chance, Random)
    found = packets[chance.randrange(len(packets)) :] if chance.random() < 0.3 else list(packets)
    for _ in range(chance.randrange(6)):
        if not found:
            break
        at = chance.randrange(len(found))
        match chance.randrange(3):
            case 0:
                del found[at]
            case 1:
                found.insert(min(len(found), at + chance.randrange(1, 8)), found[at])
            case _:
                found.insert(min(len(found) - 1, at + chance.randrange(1, 16)), found.pop(at))
    return found
