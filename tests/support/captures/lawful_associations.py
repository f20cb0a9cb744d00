"""Two providers of our own that talk over a path with a point of capture: any lawful run, with PDUs that cross.

Numbers choose what happens next: a user does something that the table allows, ARTIM expires, bytes pass the point of
capture, or arrive. The client stores and asks for echoes, the server sends reports of events; each answers the other.
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
_RESPONSE = 0x8000
_OFTEN = 4
"""Bytes move more often than users act."""
_ECHO, _STORE, _REPORT = 0x30, 0x01, 0x0100


_OF_INSTANCE = {_ECHO: (), _STORE: ((0x1000, b"1.2.3\0"),), _REPORT: ((0x1000, b"1.2.3\0"), (0x1002, us(1)))}
"""What a message says of an instance, by the command field of the request."""


def _request(number: int, field_value: int) -> bytes:
    return raw_command(
        (2, VERIFICATION),
        (0x100, us(field_value)),
        (0x110, us(number)),
        *([(0x700, us(0))] if field_value == _STORE else []),
        (0x800, us(0 if field_value == _STORE else 0x101)),
        *_OF_INSTANCE[field_value],
    )


def _response(number: int, field_value: int) -> bytes:
    return raw_command(
        (2, VERIFICATION),
        (0x100, us(field_value | 0x8000)),
        (0x120, us(number)),
        (0x800, us(0x101)),
        (0x900, us(0)),
        *_OF_INSTANCE[field_value],
    )


@dataclass
class _Path:
    """One direction: what was sent and has not passed the point of capture, and what has and did not arrive."""

    near: deque[bytes] = field(default_factory=deque)
    far: deque[bytes] = field(default_factory=deque)


class LawfulRun:
    """A run of an association; `packets` are what was captured of it. `port`: that of the client.

    `expired`: the ends whose ARTIM has expired; `paused`: whether nothing happened for longer than ARTIM usually takes.
    """

    def __init__(self, port: int = 49152) -> None:
        self._talk = TcpConversation(("192.0.2.1", port))
        self._talk.open(1.0)
        self._now = 1.0
        self._ends = {True: UpperLayer(is_requestor=True), False: UpperLayer(is_requestor=False)}
        self._paths = {True: _Path(), False: _Path()}
        self._is_closed = {True: False, False: False}
        self.expired: set[bool] = set()
        self.paused = False
        self._to_send: dict[bool, deque[tuple[int, int, bytes]]] = {True: deque(), False: deque()}
        self._asked: dict[bool, deque[tuple[int, int]]] = {True: deque(), False: deque()}
        self._messages = {True: 0, False: 0}
        self._pending = {True: (0, 0), False: (0, 0)}
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
        """The next fragment of a message that is under way, else an answer, else the first one of a request."""
        to_send, asked, count = self._to_send[by_client], self._asked[by_client], self._messages[by_client]
        if not to_send and asked:
            to_send.append((1, 3, _response(*asked.popleft())))
        elif not to_send and count < _MOST_MESSAGES:
            count = self._messages[by_client] = count + 1
            kind = _REPORT if not by_client else _ECHO if count % 2 else _STORE
            to_send.append((1, 3, _request(count, kind)))
            if kind == _STORE:
                to_send += [(1, 0, bytes(20)), (1, 0, bytes(20)), (1, 2, bytes(8))]
        return to_send[0] if to_send else None

    # ------------------------------------------------------------------ doing it

    def _issue(self, by_client: bool, primitive: Request, _: int) -> None:
        self._ends[by_client].send(primitive, 0.0)
        if isinstance(primitive, PDataRequest):
            self._to_send[by_client].popleft()
        self._collect(by_client)

    def _expire(self, by_client: bool, pace: int) -> None:
        self._now += (0.0, 5.0, 90.0)[pace % 3]
        self.paused = self.paused or pace % 3 == 2
        self.expired.add(by_client)
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
            if isinstance(event, PDataIndication):
                for _, control, fragment in event.values:
                    self._heard(receiver, control, bytes(fragment))
        self._collect(receiver)

    def _heard(self, receiver: bool, control: int, fragment: bytes) -> None:
        """An end has received a fragment: a whole request is to be answered."""
        if control == 3:
            kind = int.from_bytes(_value(fragment, 0x100), "little")
            if kind & _RESPONSE:
                return
            self._pending[receiver] = int.from_bytes(_value(fragment, 0x110), "little"), kind
        if control == 2 or (control == 3 and self._pending[receiver][1] != _STORE):
            self._asked[receiver].append(self._pending[receiver])

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


def played(numbers: list[int]) -> LawfulRun:
    """A run in which these are chosen."""
    run = LawfulRun()
    run.play(numbers)
    return run


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
