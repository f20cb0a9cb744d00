"""Twenty captures of what people capture: in fifteen an end breaks a rule, five are clean.

Each has its own way to be awkward: reordering, retransmission, loss, a beginning in the middle, VLAN, SLL, IPv6,
fragments; all of them together in one file use two ports again and again. What is planted says which end, in which
frame, and the rules that name it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dulcimer.captures.tcp import Flags
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.turns import (
    ABORT,
    ACCEPT,
    ECHO,
    RELEASE,
    RELEASED,
    REQUEST,
    VERIFICATION,
    C,
    S,
    Turn,
    echo_request,
    echo_response,
    pdata,
    raw_command,
    store_request,
    store_response,
)
from support.captures.capture_maker import SLL, Record, Wrapping, interface, packet, section, tcp

SYN, ACK, FIN = Flags.SYN, Flags.ACK, Flags.FIN
_TIME = 1_700_000_000
_DATA = bytes(range(256)) * 40
"""A data set that takes several frames."""


@dataclass
class WireFrames:
    """A connection as frames. `marks`: the place in `frames` of the last frame of each turn."""

    wrapping: Wrapping = field(default_factory=Wrapping)
    port: int = 40_000
    size: int = 1448
    first: tuple[int, int] = (1000, 5000)
    frames: list[bytes] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._next = {C: self.first[0], S: self.first[1]}
        self._number = 0

    def play(self, turns: Sequence[Turn], closes: Sequence[bool] = (C, S)) -> WireFrames:
        """Open the connection, send all, close it."""
        self.segment(C, b"", SYN)
        self.segment(S, b"", SYN | ACK)
        self.segment(C, b"", ACK)
        for by_client, data in turns:
            for start in range(0, len(data), self.size):
                self.segment(by_client, data[start : start + self.size], ACK)
            self.marks.append(len(self.frames) - 1)
            self.segment(not by_client, b"", ACK)
        for by_client in closes:
            self.segment(by_client, b"", FIN | ACK)
            self.segment(not by_client, b"", ACK)
        return self

    def segment(self, by_client: bool, payload: bytes, flags: int) -> None:
        sequence = self._next[by_client]
        acknowledged = self._next[not by_client] if flags & ACK else 0
        made = tcp(by_client, sequence, payload, flags, acknowledged=acknowledged, ports=(self.port, 104))
        self._number += 1
        self.frames += self.wrapping.frames(made, by_client, self._number)
        self._next[by_client] = sequence + len(payload) + bool(flags & (SYN | FIN))


@dataclass(frozen=True)
class Planted:
    """A capture. `end`, `rules` and `turn`: who breaks which rule with the PDU of this turn; None for nobody."""

    name: str
    turns: Sequence[Turn]
    end: LinkEnd | None = None
    rules: tuple[str, ...] = ()
    turn: int = 0
    wrapping: Wrapping = field(default_factory=Wrapping)
    change: Callable[[list[bytes]], list[bytes]] = lambda frames: frames
    closes: Sequence[bool] = (C, S)
    is_whole: bool = True

    def made(self) -> tuple[bytes, int]:
        """The capture, and the number of the frame with the end of the PDU that breaks the rule."""
        frames, wanted = self.frames()
        parts = [section(), interface(self.wrapping.link_type)]
        parts += [packet(Record(one, _TIME + number / 1000)) for number, one in enumerate(frames)]
        return b"".join(parts), wanted

    def frames(self, number: int = 0) -> tuple[list[bytes], int]:
        """The frames, and which of them ends the PDU, counted from 1; `number`: of the connection on these ports."""
        first = (1000 + (number << 26), 5000 + (number << 26))
        wire = WireFrames(self.wrapping, 40_000 + number % 2, first=first).play(self.turns, self.closes)
        wanted = wire.frames[wire.marks[self.turn]]
        frames = self.change(list(wire.frames))
        return frames, frames.index(wanted) + 1 if wanted in frames else 0


def _store(number: int = 1, *, parts: Sequence[tuple[int, int, bytes]] = ()) -> list[bytes]:
    """A C-STORE-RQ in P-DATA-TFs: command, then its data set."""
    return [store_request(number), *(pdata(one) for one in parts or ((1, 0, _DATA[:4000]), (1, 2, _DATA)))]


def _swapped(frames: list[bytes]) -> list[bytes]:
    """Each frame with data changes places with the one behind it, but for the first ones."""
    for at in range(8, len(frames) - 8, 5):
        frames[at], frames[at + 1] = frames[at + 1], frames[at]
    return frames


def _doubled(frames: list[bytes]) -> list[bytes]:
    """Each frame is captured twice, the second time somewhat later."""
    found = list(frames[:3])
    for at, one in enumerate(frames[3:], 3):
        found.append(one)
        if at % 3 == 0:
            found.append(frames[max(3, at - 2)])
    return found


_ASKED: list[Turn] = [(C, REQUEST), (S, ACCEPT)]
_ECHOED: list[Turn] = [*_ASKED, (C, echo_request()), (S, echo_response())]
_STORED: list[Turn] = [*_ASKED, *((C, one) for one in _store()), (S, store_response())]
_RELEASED: list[Turn] = [(C, RELEASE), (S, RELEASED)]
_VLAN = Wrapping(vlans=(0x88A8, 0x8100))
_IPV6 = Wrapping(is_ipv6=True, extensions=(0, 60))
_FRAGMENTS = Wrapping(fragment=504)
_SLL = Wrapping(SLL)
CLIENT, SERVER = LinkEnd.CLIENT, LinkEnd.SERVER
_MACHINE = ("ul.fsm.impossible",)
_LONG_REJECT = b"\x03\0\0\0\0\5\0\1\1\1\0"
_OTHER_SYNTAX = ACCEPT.replace(b"1.2.840.10008.1.2", b"1.2.840.10008.1.9")
_WRONG_LENGTH = pdata((1, 3, b"\0\0\0\0\4\0\0\0\xff\0\0\0" + raw_command((2, VERIFICATION))[12:]))

CAPTURES = (
    Planted("data before the acceptance", [_ASKED[0], (C, ECHO), (S, ABORT)], CLIENT, _MACHINE, 1, _VLAN),
    Planted("release answered before it is requested", [*_ASKED, (S, RELEASED), (C, ABORT)], SERVER, _MACHINE, 2, _SLL),
    Planted("data after the release", [*_ECHOED, *_RELEASED, (S, ECHO)], SERVER, _MACHINE, 6, _IPV6),
    Planted("a second request", [*_ECHOED, (C, REQUEST), (S, ABORT)], CLIENT, _MACHINE, 4, _FRAGMENTS),
    Planted("accepted without a request", [(S, ACCEPT)], SERVER, _MACHINE, 0),
    Planted(
        "a context that was not accepted",
        [*_ASKED, (C, echo_request(context=3)), (C, ABORT)],
        CLIENT,
        ("pdv.req.sender.context",),
        2,
        change=_doubled,
    ),
    Planted(
        "a syntax that was not proposed",
        [(C, REQUEST), (S, _OTHER_SYNTAX), (C, ABORT)],
        SERVER,
        ("enc.sender.transfer-syntax",),
        1,
        _VLAN,
    ),
    Planted(
        "two final responses",
        [*_ECHOED, (S, echo_response()), *_RELEASED],
        SERVER,
        ("dimse.sender.once",),
        4,
        change=_doubled,
    ),
    Planted(
        "a response to nobody",
        [*_ASKED, (C, echo_request(7)), (S, echo_response(8)), *_RELEASED],
        SERVER,
        ("dimse.sender.response",),
        3,
        _IPV6,
    ),
    Planted(
        "a command within a data set",
        [*_ASKED, *((C, one) for one in _store()[:2]), (C, echo_request(2)), (C, ABORT)],
        CLIENT,
        ("pdv.req.sender.messages",),
        4,
        change=_swapped,
    ),
    Planted(
        "longer than the maximum length",
        [*_ASKED, (C, _store()[0]), (C, pdata((1, 0, bytes(300_000)))), (C, ABORT)],
        CLIENT,
        ("enc.req.sender.maximum-length",),
        3,
        change=_swapped,
    ),
    Planted(
        "an odd fragment",
        [*_ASKED, (C, _store()[0]), (C, pdata((1, 2, _DATA[:4001]))), (S, store_response()), *_RELEASED],
        CLIENT,
        ("pdv.req.sender.even",),
        3,
        _FRAGMENTS,
    ),
    Planted(
        "a wrong group length",
        [*_ASKED, (C, _WRONG_LENGTH), (S, ABORT)],
        CLIENT,
        ("dimse.req.sender.command-set",),
        2,
        _SLL,
    ),
    Planted(
        "a rejection that is too long", [(C, REQUEST), (S, _LONG_REJECT)], SERVER, ("enc.sender.structure",), 1, _SLL
    ),
    Planted("closed without a word", [*_ECHOED], CLIENT, ("ul.fsm.close",), 3, closes=(C, S)),
    Planted("clean: swapped", [*_STORED, *_RELEASED], change=_swapped),
    Planted("clean: doubled, IPv6", [*_STORED, *_ECHOED[2:], *_RELEASED], wrapping=_IPV6, change=_doubled),
    Planted(
        "clean: a frame is lost",
        [*_STORED, *_RELEASED],
        change=lambda frames: [*frames[:9], *frames[10:]],
        is_whole=False,
    ),
    Planted(
        "clean: from the middle on",
        [*_STORED, *_ECHOED[2:], *_RELEASED],
        wrapping=_VLAN,
        change=lambda frames: frames[10:],
        is_whole=False,
    ),
    Planted("clean: fragments in reverse", [*_ECHOED, *_RELEASED], wrapping=_FRAGMENTS),
)


def together() -> tuple[bytes, list[int]]:
    """All of them in one file, on the same ports, and the number of the frame that each is about."""
    links = sorted({one.wrapping.link_type for one in CAPTURES})
    parts = [section(), *map(interface, links)]
    wanted, count = [], 0
    for number, one in enumerate(CAPTURES):
        frames, frame = one.frames(number)
        wanted.append(count + frame)
        for frame_bytes in frames:
            count += 1
            record = Record(frame_bytes, _TIME + 100 * number + count / 1000)
            parts.append(packet(record, number=links.index(one.wrapping.link_type)))
    return b"".join(parts), wanted
