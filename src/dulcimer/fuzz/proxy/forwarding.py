"""What waits to be forwarded in one direction, and when it is due."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from dulcimer.fuzz.sequences.steps import Chunks, Close, FuzzStep, HalfClose, Pause, Reset, SendBytes

MOST_WAITING = 1 << 20
"""Bytes that wait in one direction; with more, nothing is read from the end that sends them."""


@dataclass(frozen=True, slots=True)
class WaitingBytes:
    """Bytes to forward.

    - `pdus`: the PDUs that are complete with them, as they were sent.
    - `changed`: they are not as they were sent; `note` says what was changed.
    - `stand_in`: what stands for them where the receiver is followed, since they are too many; None if nothing does.
    """

    data: bytes
    pdus: tuple[bytes, ...] = ()
    changed: bool = False
    note: str = ""
    stand_in: bytes | None = None

    @property
    def followed(self) -> bytes:
        """The bytes that stand for these where the receiver is followed."""
        return self.data if self.stand_in is None else self.stand_in


@dataclass(frozen=True, slots=True)
class WaitingEnd:
    """The direction is closed, or with `both` the connection, with RST if `reset`; `by_proxy`: the rule for that."""

    reset: bool = False
    both: bool = False
    by_proxy: str = ""


Waiting: TypeAlias = WaitingBytes | WaitingEnd


class ForwardQueue:
    """The queue of one direction. Nothing overtakes: what comes after something delayed waits behind it."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, Waiting]] = deque()
        self._last = 0.0
        self.size = 0
        self.is_closed = False

    def put(self, now: float, one: Waiting) -> None:
        """Forward this when all before it is forwarded."""
        if self.is_closed:
            return
        self._last = max(self._last, now)
        self._waiting.append((self._last, one))
        if isinstance(one, WaitingBytes):
            self.size += len(one.data)
        else:
            self.is_closed = True

    def put_steps(self, now: float, steps: Iterable[FuzzStep], pdus: tuple[bytes, ...], why: str) -> None:
        """Do these steps, which stand for these PDUs as they were sent; `why`: the rules that they come from."""
        original = b"".join(pdus)
        for step in steps:
            match step:
                case Pause(seconds):
                    self._last = max(self._last, now + seconds)
                case SendBytes(data=data):
                    self._put_pieces(now, [data], pdus if data == original else (), step)
                case Chunks(data=data):
                    self._put_pieces(now, list(step.pieces()), pdus if data == original else (), step, step.seconds)
                case HalfClose():
                    self.put(now, WaitingEnd(by_proxy=why))
                case Reset():
                    self.put(now, WaitingEnd(reset=True, both=True, by_proxy=why))
                case Close():
                    self.put(now, WaitingEnd(both=True, by_proxy=why))
                case _:
                    raise AssertionError(f"no fault waits for an answer: {step}")

    def _put_pieces(
        self, now: float, pieces: list[bytes], pdus: tuple[bytes, ...], step: SendBytes | Chunks, pause: float = 0.0
    ) -> None:
        for number, piece in enumerate(pieces, start=1):
            last = number == len(pieces)
            self.put(
                now, WaitingBytes(piece, pdus if last else (), not pdus, "\n".join(step.operators) if last else "")
            )
            if pause and not last:
                self._last = max(self._last, now) + pause

    def due(self, now: float) -> Waiting | None:
        """The next thing to forward, taken out of the queue; None if there is none yet."""
        if not self._waiting or self._waiting[0][0] > now:
            return None
        _, one = self._waiting.popleft()
        if isinstance(one, WaitingBytes):
            self.size -= len(one.data)
        return one

    def next_due(self) -> float | None:
        """When there is something to forward; None if nothing waits."""
        return self._waiting[0][0] if self._waiting else None

    def drop(self) -> None:
        """Forget all that waits."""
        self._waiting.clear()
        self.size = 0
