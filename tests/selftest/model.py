"""A model of a peer: a table, ARTIM, the connection, and a user who does what dulcimer's users do.

Without bytes and clock: a step takes events and gives what the other end sees. The users are those of `peers.py`,
simplified.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENTS, TABLE, Events, States
from dulcimer.conformance.model.oracle import CLOSE, Cell
from selftest.mutants import Row, Rows

Role: TypeAlias = Literal["acceptor", "requestor"]
ROLES: tuple[Role, ...] = ("acceptor", "requestor")

Shown: TypeAlias = tuple[str, int | None]
"""What the other end sees: name of a PDU or `CLOSE`, and the Source of an A-ABORT."""

USER_REFUSES, PROVIDER_REFUSES = "user refuses", "provider refuses"
NO_CONTEXT, NO_MESSAGE = "no context accepted", "no message"
_KINDS: dict[Events, tuple[str, ...]] = {
    Events.EVT_6: ("", USER_REFUSES, PROVIDER_REFUSES),
    Events.EVT_3: ("", NO_CONTEXT),
    Events.EVT_10: ("", NO_MESSAGE),
}
"""Kinds of an A-ASSOCIATE-RQ, by the answer of an acceptor, of an A-ASSOCIATE-AC, and of data: the user aborts if it
is not a DIMSE message.
"""

_SEND, _ISSUE = "send_pdu:", "issue:"
_ABORT = PduType.A_ABORT.label
_AT_ONCE = ("release", "confirmed", "aborted", "unusable")
"""What a requestor handles before its user can act."""
_INDICATED = {
    "A-ASSOCIATE indication": "associate",
    "A-ASSOCIATE confirmation (accept)": "accepted",
    "P-DATA indication": "data",
    "A-RELEASE indication": "release",
    "A-RELEASE confirmation": "confirmed",
    "A-ABORT indication": "aborted",
    "A-P-ABORT indication": "aborted",
}


class Peer(NamedTuple):
    """The state of a peer.

    `closing`: the table has closed the connection, which happens after what the user still sends in the same turn.
    `todo`: indications that the user has not handled yet. `asked`: how far the user is: "", "granted" (an association,
    by an acceptor), "accepted" and "sent" (the request of a requestor), "done" (nothing more to do). `over`: how the
    association ended as far as the user knows, "", "released" or "aborted". `failed`: an error of the user ends the
    connection. `kind` of the last A-ASSOCIATE-RQ or -AC.
    """

    state: States = States.STA_1
    artim: bool = False
    connected: bool = False
    opening: bool = False
    closing: bool = False
    asked: str = ""
    over: str = ""
    failed: bool = False
    kind: str = ""
    todo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What the tester does: `events` in one segment; none: it waits until ARTIM has expired.

    `kind` of the A-ASSOCIATE-RQ or -AC among them, else of the data; `source` of the A-ABORT among them; `local`:
    only the user of the peer acts, and requests the release of an idle association.
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
        more = ", ".join(filter(None, (self.kind, "source 2" if self.source else "")))
        return "+".join(words) + (f" ({more})" if more else "")


_NOTHING = Step()


class Model:
    """The peer of a table in a role; `passed` collects the cells that were run, with the row that was chosen."""

    def __init__(self, rows: Rows, role: Role) -> None:
        self._rows = rows
        self._role = role
        self.passed: set[tuple[Cell, Row]] = set()
        self._after: dict[tuple[Peer, Step], tuple[Peer, tuple[Shown, ...]]] = {}

    def start(self) -> tuple[Peer, tuple[Shown, ...]]:
        """A peer whose connection has just been opened, and what it shows; not connected if it never opens one."""
        shown: list[Shown] = []
        if self._role == "acceptor":
            return self._fire(Peer(connected=True), Events.EVT_5, shown), tuple(shown)
        peer = self._fire(Peer(), Events.EVT_1, shown)
        if not peer.opening:
            return peer, ()
        peer = self._fire(peer._replace(connected=True, opening=False), Events.EVT_2, shown)
        return self._users_turn(peer, shown), tuple(shown)

    def after(self, peer: Peer, step: Step) -> tuple[Peer, tuple[Shown, ...]]:
        """The peer after a step, when nothing more happens by itself, and what it showed."""
        found = self._after.get((peer, step))
        if found is None:
            found = self._after[peer, step] = self._take(peer, step)
        return found

    def _take(self, peer: Peer, step: Step) -> tuple[Peer, tuple[Shown, ...]]:
        shown: list[Shown] = []
        if step.local:
            peer = self._fire(peer._replace(asked="done"), Events.EVT_11, shown)
        elif not step.events:
            if peer.artim:
                peer = self._fire(peer._replace(artim=False), Events.EVT_18, shown)
        else:
            if Events.EVT_3 in step.events or Events.EVT_6 in step.events:
                peer = peer._replace(kind=step.kind)
            for event in step.events:
                if peer.state != States.STA_1:  # what is read after the end of the association is dropped
                    peer = self._fire(peer, event, shown, step)
        return self._users_turn(peer, shown), tuple(shown)

    def is_busy(self, peer: Peer, step: Step) -> bool:
        """Whether the user or the transport has something to do after this, so that a second event may come first."""
        after = self._fire(peer, step.events[0], [], step)
        return bool(after.todo) or after.closing

    def steps(self, peer: Peer) -> Sequence[Step]:
        """What the tester may do now: every event of Table 9-10 that it can cause."""
        if not peer.connected:
            return ()
        found = [Step()]
        if peer.asked == "granted" and peer.state == States.STA_6:
            found.append(Step(local=True))
        for event in RECEIVED:
            found += _variants((event,))
        if peer.state != States.STA_1:
            for first in RECEIVED:
                if any(self.is_busy(peer, step) for step in _variants((first,))):
                    for second in RECEIVED:
                        found += _variants((first, second))
        return found

    # ------------------------------------------------------------------ inside

    def _fire(self, peer: Peer, event: Events, shown: list[Shown], step: Step = _NOTHING) -> Peer:
        cell = (event, peer.state)
        row = self._row(cell, peer, step.source)
        if row is None:
            return peer
        self.passed.add((cell, row))
        for effect in row.effects:
            if effect.startswith(_SEND):
                name = effect.removeprefix(_SEND)
                if peer.connected:
                    shown.append((name, row.source if name == _ABORT else None))
            elif effect.startswith(_ISSUE):
                peer = self._indicate(peer, _INDICATED.get(effect.removeprefix(_ISSUE), ""), step)
            elif effect == "close_transport":
                peer = peer._replace(closing=peer.connected)
            elif effect == "transport_connect":
                peer = peer._replace(opening=True)
            elif effect in ("start_artim", "restart_artim"):
                peer = peer._replace(artim=True)
            elif effect == "stop_artim":
                peer = peer._replace(artim=False)
        return peer._replace(state=row.next_state)

    def _indicate(self, peer: Peer, what: str, step: Step) -> Peer:
        if what == "data" and step.kind == NO_MESSAGE:
            what = "unusable"
        if self._role == "requestor" and what == "accepted":
            if peer.asked or peer.over or "aborted" in peer.todo:
                return peer  # nobody waits for it
            peer = peer._replace(asked="accepted")
        if self._role == "requestor" and what == "data" and peer.asked != "sent":
            what = "" if peer.asked else "unusable"  # a response without a request is skipped
        return peer._replace(todo=(*peer.todo, what)) if what else peer

    def _row(self, cell: Cell, peer: Peer, source: int) -> Row | None:
        answers = {
            None: True,
            "is_requestor": self._role == "requestor",
            "request_is_supported": peer.kind != PROVIDER_REFUSES,
            "abort_is_from_service_user": source == 0,
        }
        return next((row for row in self._rows.get(cell, ()) if answers[row.guard] != row.negated), None)

    def _users_turn(self, peer: Peer, shown: list[Shown]) -> Peer:
        """What the user does: a requestor's user runs in a task, after the whole segment has been processed."""
        while True:
            now = "" if peer.failed else next((item for item in peer.todo if self._is_prompt(item)), "")
            if not now and peer.closing:
                peer = self._closed(peer, shown)
            item = now or next((item for item in peer.todo if not self._is_prompt(item)), "")
            if not item:
                return self._closed(peer._replace(todo=()), shown) if peer.failed else peer
            place = peer.todo.index(item)
            peer = peer._replace(todo=peer.todo[:place] + peer.todo[place + 1 :])
            peer = (self._acceptor if self._role == "acceptor" else self._requestor)(peer, item, shown)

    def _is_prompt(self, item: str) -> bool:
        return self._role == "acceptor" or item in _AT_ONCE

    def _closed(self, peer: Peer, shown: list[Shown]) -> Peer:
        if peer.connected:
            shown.append((CLOSE, None))
        return peer._replace(connected=False, closing=False)

    def _acceptor(self, peer: Peer, item: str, shown: list[Shown]) -> Peer:
        match item:
            case "associate" if peer.state == States.STA_3:
                event = Events.EVT_8 if peer.kind == USER_REFUSES else Events.EVT_7
                if not self._rows.get((event, peer.state)):
                    return peer._replace(failed=True)
                if event == Events.EVT_8:
                    return self._over(self._fire(peer, event, shown), "released")
                return self._fire(peer._replace(asked="granted"), event, shown)
            case "accepted":  # this user has not requested anything
                return peer._replace(failed=True)
            case "unusable" if peer.asked != "done":
                return self._abort(peer, shown)
            case "data" if peer.asked != "done":
                return self._send_data(peer, shown) if peer.asked else self._abort(peer, shown)
        return self._either(peer, item, shown)

    def _requestor(self, peer: Peer, item: str, shown: list[Shown]) -> Peer:
        match item:
            case "accepted":
                if peer.kind == NO_CONTEXT:
                    return self._abort(peer._replace(asked="done"), shown)
                return self._send_data(peer._replace(asked="sent"), shown)
            case "data" if peer.asked == "sent":
                peer = peer._replace(asked="done")
                if peer.state != States.STA_6:  # there is nothing to release
                    return self._abort(peer, shown)
                return peer if peer.over == "aborted" else self._fire(peer, Events.EVT_11, shown)
            case "associate" | "unusable":  # a requestor is not asked for associations
                return self._abort(peer, shown)
        return self._either(peer, item, shown)

    def _either(self, peer: Peer, item: str, shown: list[Shown]) -> Peer:
        match item:
            case "release" | "confirmed":
                if (Events.EVT_14, peer.state) in TABLE:
                    if not self._rows.get((Events.EVT_14, peer.state)):
                        return peer._replace(failed=True)
                    peer = self._fire(peer, Events.EVT_14, shown)
                    if (Events.EVT_15, peer.state) not in TABLE:  # else the other end's response is to come
                        peer = self._over(peer, "released")
                return self._over(peer, "released") if item == "confirmed" else peer
            case "aborted":
                return self._over(peer, "aborted")
        return peer

    def _over(self, peer: Peer, how: str) -> Peer:
        """The end of the association, at which an operation fails that has no response yet."""
        if self._role == "requestor" and peer.asked == "sent" and "data" not in peer.todo:
            peer = peer._replace(asked="done")
        return peer._replace(over=peer.over or how)

    def _send_data(self, peer: Peer, shown: list[Shown]) -> Peer:
        if self._rows.get((Events.EVT_9, peer.state)):
            return self._fire(peer, Events.EVT_9, shown)
        return self._abort(peer, shown)

    def _abort(self, peer: Peer, shown: list[Shown]) -> Peer:
        """What a user does who cannot continue, once."""
        return peer if peer.over else self._fire(self._over(peer, "aborted"), Events.EVT_15, shown)


RECEIVED = tuple(event for event in Events if EVENTS[event].kind == "pdu")
"""Events that are PDUs."""


def _variants(events: tuple[Events, ...]) -> list[Step]:
    kinds = next((kinds for event, kinds in _KINDS.items() if event in events), ("",))
    sources = (0, 2) if Events.EVT_16 in events else (0,)
    return [Step(events, kind, source) for source in sources for kind in kinds]
