"""Two ends of an association in memory, with a clock that goes on by a millisecond for each thing that passes.

Each end is recorded as `--trace` does it. The line of the session that made an end send a PDU is kept, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any, Final

from dulcimer._generated.fsm import Events, States
from dulcimer.acse.control import AssociationControl, ControlEvent
from dulcimer.acse.negotiation import Context, answer_pdu, prefer, request_pdu
from dulcimer.dimse.messages import fragments
from dulcimer.fsm.primitives import AssociateIndication
from dulcimer.trace.line_sink import LineSink, TraceOrigin
from dulcimer.trace.masking import Masks
from dulcimer.trace.recorder import AssociationRecorder
from dulcimer.trace.records import ACCEPTOR, REQUESTOR
from dulcimer.upper_layer import UpperLayer
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.wire.model import Buffer, ScpScuRoleSelection

TICK: Final = 0.001
"""Seconds from one thing to the next."""


class IllustratedEnd:
    """One end: what its user can do. Each call is one line of a session."""

    def __init__(self, wire: Wire, role: str, title: str, supported: Sequence[Context]) -> None:
        self.role, self.title, self.supported = role, title, tuple(supported)
        origin = TraceOrigin(role, "", Masks(data_sets=False, secrets=False), clock=lambda: 0.0)
        self.path = wire.folder / f"{role}.jsonl"
        self.recorder = AssociationRecorder(LineSink(self.path, origin), "1")
        self.lines: list[int] = []
        """The line of the session for each PDU that this end sent."""
        self.note = _LineNote(wire, self.lines)
        observer = Observers(self.recorder, self.note)
        self.control = AssociationControl(UpperLayer(is_requestor=role == REQUESTOR, observer=observer))
        self.heard: list[ControlEvent] = []
        self.is_closed = False
        self._wire = wire

    def request(self, called: str, contexts: Sequence[Context], *, as_scp_of: Sequence[str] = ()) -> None:
        """Ask for an association: A-ASSOCIATE request (PS3.8 7.1)."""
        roles = [ScpScuRoleSelection(uid, 0, 1) for uid in as_scp_of]
        pdu = request_pdu(contexts, calling_ae_title=self.title, called_ae_title=called, user_items=roles)
        self._do(lambda now: self.control.request(pdu, now))

    def accept(self, *, maximum_length: int = 16384) -> None:
        """Accept what was asked for, as far as it is supported: A-ASSOCIATE response (PS3.8 7.1)."""
        asked = next(one.pdu for one in self.heard if isinstance(one, AssociateIndication))
        answer, accepted = answer_pdu(
            asked, prefer(self.supported), maximum_length=maximum_length, choose_roles=lambda _uid, roles: roles
        )
        self._do(lambda now: self.control.accept(answer, accepted, asked, now))

    def send(self, message: Any, data_set: bytes | None = None, *, context: int = 1, only: int = 0) -> None:
        """Send a DIMSE message in P-DATA (PS3.7 8, PS3.8 7.6); `only`: no more than so many of its P-DATA-TFs."""
        longest = self.control.upper_layer.maximum_send_length
        for number, p_data in enumerate(fragments(context, message, data_set, longest), start=1):
            self._do(lambda now, one=p_data: self.control.send(one, now))  # type: ignore[misc]  # the one of this turn
            if number == only:
                break

    def release(self) -> None:
        """Ask for release: A-RELEASE request (PS3.8 7.2)."""
        self._do(self.control.release)

    def confirm_release(self) -> None:
        """Agree to the release: A-RELEASE response (PS3.8 7.2)."""
        self._do(self.control.confirm_release)

    def abort(self) -> None:
        """End it at once: A-ABORT request (PS3.8 7.3)."""
        self._do(self.control.abort)

    def listen(self) -> None:
        """Take what has come."""
        while (event := self.control.next_event()) is not None:
            self.heard.append(event)

    def _do(self, action: Callable[[float], None]) -> None:
        self._wire.now += TICK
        action(self._wire.now)
        self._wire.carry()


class _LineNote(Observer):
    """Notes the line of the session when a PDU is sent, and when the recording began: its times are since then."""

    def __init__(self, wire: Wire, lines: list[int]) -> None:
        self._wire, self._lines = wire, lines
        self.began: float | None = None

    def transition(self, event: Events, state: States, action: str, next_state: States, now: float) -> None:  # noqa: ARG002
        """The first one begins the recording."""
        self.began = now if self.began is None else self.began

    def bytes_sent(self, data: Sequence[Buffer], now: float) -> None:  # noqa: ARG002
        """Note the line."""
        self._lines.append(self._wire.line())


@dataclass
class Wire:
    """What lies between the ends. `code`: of the session, whose lines are kept."""

    folder: Path
    code: CodeType
    now: float = 0.0
    ends: dict[str, IllustratedEnd] = field(default_factory=dict)
    is_held: bool = False
    is_open: bool = False

    def requestor(self, title: str) -> IllustratedEnd:
        """The end that asks for the association."""
        return self._end(REQUESTOR, title, ())

    def acceptor(self, title: str, supported: Sequence[Context]) -> IllustratedEnd:
        """The end that is asked."""
        return self._end(ACCEPTOR, title, supported)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Both ends act before either hears of the other: what they send crosses on the way."""
        self.is_held = True
        yield
        self.is_held = False
        self.carry()

    def line(self) -> int:
        """The line of the session that runs, counted from its first one."""
        frame = sys._getframe()
        while frame.f_code is not self.code:
            assert frame.f_back is not None
            frame = frame.f_back
        return frame.f_lineno - self.code.co_firstlineno

    def carry(self) -> None:
        """Bring everything to the other end, until nothing moves."""
        while not self.is_held and any(self._moved(end) for end in self.ends.values()):
            pass

    def _moved(self, end: IllustratedEnd) -> bool:
        """Whether something of an end went to the other one."""
        (other,) = (one for one in self.ends.values() if one is not end)
        if end.control.open_requested and not self.is_open:
            self.is_open = True
            self._tick(other.control.transport_connected)
            end.control.transport_connected(self.now)
            return True
        if data := b"".join(end.control.data_to_send()):
            self._tick(lambda now: other.control.receive_data(data, now))
            other.listen()
            return True
        if end.control.close_requested and not end.is_closed:
            end.is_closed = True
            self._tick(other.control.transport_closed)
            other.listen()
            end.control.transport_closed(self.now)
            other.is_closed = True
            return True
        return False

    def _tick(self, action: Callable[[float], None]) -> None:
        self.now += TICK
        action(self.now)

    def _end(self, role: str, title: str, supported: Sequence[Context]) -> IllustratedEnd:
        end = self.ends[role] = IllustratedEnd(self, role, title, supported)
        return end
