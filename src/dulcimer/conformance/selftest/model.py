"""A peer as the self-test knows it: a table, ARTIM, the connection, and a user who does what dulcimer's users do.

No bytes and no clock: a step takes events in, and gives what the other end sees. The users are those of `peers.py`,
in as few words as that takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.conformance.oracle import CLOSE, Cell
from dulcimer.conformance.selftest.mutants import Row, Rows

Role: TypeAlias = Literal["acceptor", "requestor"]
ROLES: tuple[Role, ...] = ("acceptor", "requestor")

Shown: TypeAlias = tuple[str, int | None]
"""What the other end sees: name of a PDU or `CLOSE`, and the Source of an A-ABORT."""

USER_REFUSES, PROVIDER_REFUSES, NO_CONTEXT = "user refuses", "provider refuses", "no context accepted"
_KINDS: dict[Events, tuple[str, ...]] = {
    Events.EVT_6: ("", USER_REFUSES, PROVIDER_REFUSES),
    Events.EVT_3: ("", NO_CONTEXT),
}
"""Kinds of an A-ASSOCIATE-RQ, by the answer that an acceptor gives, and of an A-ASSOCIATE-AC."""

_SEND, _ISSUE = "send_pdu:", "issue:"
_ABORT = PduType.A_ABORT.label
_ANSWERS_RELEASE = (States.STA_8, States.STA_9, States.STA_12)
_INDICATED = {
    "A-ASSOCIATE indication": "associate",
    "A-ASSOCIATE confirmation (accept)": "accepted",
    "P-DATA indication": "data",
    "A-RELEASE indication": "release",
    "A-RELEASE confirmation": "release",
    "A-ABORT indication": "aborted",
    "A-P-ABORT indication": "aborted",
}


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a peer is.

    `todo`: what its user has been told and not yet dealt with. `asked`: how far its user is, "", "sent" (the request
    of a requestor), "granted" (an association, by an acceptor) or "over" (nothing more is wanted). `kind` of the
    A-ASSOCIATE-RQ or -AC that came last.
    """

    state: States = States.STA_1
    artim: bool = False
    connected: bool = False
    opening: bool = False
    asked: str = ""
    kind: str = ""
    todo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What the tester does: `events` in one segment; none: it waits until ARTIM has expired.

    `kind` of the A-ASSOCIATE-RQ or -AC among them; `source` of the A-ABORT among them; `local`: nothing but the user
    of the peer, who asks for the release of an idle association.
    """

    events: tuple[Events, ...] = ()
    kind: str = ""
    source: int = 0
    local: bool = False

    def __str__(self) -> str:
        if self.local:
            return "(idle until released)"
        if not self.events:
            return "(ARTIM)"
        words = [event.label for event in self.events]
        more = self.kind or ("source 2" if self.source else "")
        return "+".join(words) + (f" ({more})" if more else "")


class Model:
    """The peer of a table in a role; `passed` gathers the cells that were fired, with the row that was chosen."""

    def __init__(self, rows: Rows, role: Role) -> None:
        self._rows = rows
        self._role = role
        self.passed: set[tuple[Cell, Row]] = set()

    def start(self) -> tuple[Peer, tuple[Shown, ...]]:
        """A peer whose connection has just come about, and what it shows; not connected if it never asks for one."""
        shown: list[Shown] = []
        if self._role == "acceptor":
            return self._fire(Peer(connected=True), Events.EVT_5, 0, shown), tuple(shown)
        peer = self._fire(Peer(), Events.EVT_1, 0, shown)
        if not peer.opening:
            return peer, ()
        peer = self._fire(replace(peer, connected=True, opening=False), Events.EVT_2, 0, shown)
        return self._users_turn(peer, shown), tuple(shown)

    def after(self, peer: Peer, step: Step) -> tuple[Peer, tuple[Shown, ...]]:
        """The peer after a step, when nothing more happens by itself, and what it showed."""
        shown: list[Shown] = []
        if step.local:
            peer = self._fire(replace(peer, asked="over"), Events.EVT_11, 0, shown)
        elif not step.events:
            if peer.artim:
                peer = self._fire(replace(peer, artim=False), Events.EVT_18, 0, shown)
        else:
            if any(event in _KINDS for event in step.events):
                peer = replace(peer, kind=step.kind)
            for event in step.events:
                if peer.state != States.STA_1:  # what is read after the end of the association is dropped
                    peer = self._fire(peer, event, step.source, shown)
        return self._users_turn(peer, shown), tuple(shown)

    def has_told(self, peer: Peer, event: Events) -> bool:
        """Whether the user has something to do after this event, so that a second one may come before that."""
        return bool(self._fire(peer, event, 0, []).todo)

    def steps(self, peer: Peer) -> Sequence[Step]:
        """What the tester may do now, each of the events of Table 9-10 that it can bring about."""
        if not peer.connected:
            return ()
        found = [Step()]
        if self._role == "acceptor" and peer.state == States.STA_6:
            found.append(Step(local=True))
        for first in RECEIVED:
            found += _variants((first,))
            if peer.state != States.STA_1 and self.has_told(peer, first):
                for second in RECEIVED:
                    found += _variants((first, second))
        return found

    # ------------------------------------------------------------------ inside

    def _fire(self, peer: Peer, event: Events, source: int, shown: list[Shown]) -> Peer:
        cell = (event, peer.state)
        row = self._row(cell, peer, source)
        if row is None:
            return peer
        self.passed.add((cell, row))
        for effect in row.effects:
            if effect.startswith(_SEND):
                name = effect.removeprefix(_SEND)
                if peer.connected:
                    shown.append((name, row.source if name == _ABORT else None))
            elif effect.startswith(_ISSUE):
                told = _INDICATED.get(effect.removeprefix(_ISSUE))
                if told is not None:
                    peer = replace(peer, todo=(*peer.todo, told))
            elif effect == "close_transport":
                if peer.connected:
                    shown.append((CLOSE, None))
                peer = replace(peer, connected=False)
            elif effect == "transport_connect":
                peer = replace(peer, opening=True)
            elif effect in ("start_artim", "restart_artim"):
                peer = replace(peer, artim=True)
            elif effect == "stop_artim":
                peer = replace(peer, artim=False)
        return replace(peer, state=row.next_state)

    def _row(self, cell: Cell, peer: Peer, source: int) -> Row | None:
        answers = {
            None: True,
            "is_requestor": self._role == "requestor",
            "request_is_supported": peer.kind != PROVIDER_REFUSES,
            "abort_is_from_service_user": source == 0,
        }
        return next((row for row in self._rows.get(cell, ()) if answers[row.guard] != row.negated), None)

    def _users_turn(self, peer: Peer, shown: list[Shown]) -> Peer:
        while peer.todo:
            told, peer = peer.todo[0], replace(peer, todo=peer.todo[1:])
            peer = self._user(peer, told, shown)
        return peer

    def _user(self, peer: Peer, told: str, shown: list[Shown]) -> Peer:
        match told:
            case "associate":
                event = Events.EVT_8 if peer.kind == USER_REFUSES else Events.EVT_7
                if self._rows.get((event, peer.state)):
                    return self._fire(replace(peer, asked=peer.asked or "granted"), event, 0, shown)
                if peer.connected:  # the answer of the user is an error, which ends the connection
                    shown.append((CLOSE, None))
                return replace(peer, connected=False)
            case "accepted" if self._role == "requestor":
                if peer.kind == NO_CONTEXT:
                    return self._fire(replace(peer, asked="over"), Events.EVT_15, 0, shown)
                return replace(self._send_data(peer, shown), asked="sent")
            case "data" if self._role == "acceptor":
                return peer if peer.asked == "over" else self._send_data(peer, shown)
            case "data" if peer.asked == "sent":
                return self._fire(replace(peer, asked="over"), Events.EVT_11, 0, shown)
            case "release" if peer.state in _ANSWERS_RELEASE:
                return self._fire(peer, Events.EVT_14, 0, shown)
            case "aborted" if self._role == "requestor":
                return self._fire(replace(peer, asked="over"), Events.EVT_15, 0, shown)
        return peer

    def _send_data(self, peer: Peer, shown: list[Shown]) -> Peer:
        allowed = self._rows.get((Events.EVT_9, peer.state)) and (peer.asked or self._role == "requestor")
        event = Events.EVT_9 if allowed else Events.EVT_15  # who cannot answer aborts
        return self._fire(peer, event, 0, shown)


RECEIVED = (
    Events.EVT_3,
    Events.EVT_4,
    Events.EVT_6,
    Events.EVT_10,
    Events.EVT_12,
    Events.EVT_13,
    Events.EVT_16,
    Events.EVT_19,
)
"""Events that are PDUs."""


def _variants(events: tuple[Events, ...]) -> list[Step]:
    if Events.EVT_16 in events:
        return [Step(events, source=source) for source in (0, 2)]
    kinds = next((_KINDS[event] for event in events if event in _KINDS), ("",))
    return [Step(events, kind) for kind in kinds]
