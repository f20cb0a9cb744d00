"""The moves of the game, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import EVENTS, Events
from dulcimer.trace.records import ACCEPTOR, ENDS, REQUESTOR


class MoveKind(StrEnum):
    """What a move is: a primitive of the user, an arrival, the expiry of ARTIM, a PDU sent by mistake, a lost wire."""

    ISSUE = "issue"
    RECEIVE = "receive"
    TIMEOUT = "timeout"
    SEND = "send"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class PlayMove:
    """One move. `end`: who makes it, "" for a cut; `event`: of a primitive; `pdu`: what is sent by mistake."""

    kind: MoveKind
    end: str = ""
    event: Events | None = None
    pdu: str = ""

    def __str__(self) -> str:
        """The words that mean this move, as `parse_move` reads them."""
        if self.kind is MoveKind.CUT:
            return self.kind.value
        verb = USER_WORDS[self.event] if self.event is not None else self.kind.value
        return " ".join(filter(None, (self.end[:1], verb, self.pdu)))


class MoveError(ValueError):
    """A move that is not known, or that is not possible now; the message says what is."""


USER_WORDS: Final = {
    Events.EVT_1: "request",
    Events.EVT_7: "accept",
    Events.EVT_8: "reject",
    Events.EVT_9: "data",
    Events.EVT_11: "release",
    Events.EVT_14: "respond",
    Events.EVT_15: "abort",
}
"""The word for each primitive of the local user."""
JUNK: Final = "junk"
"""The name of a PDU that no standard defines."""
SENDABLE: Final = (*(kind.label for kind in PduType), JUNK)
"""What `send` takes."""
_VERBS: Final = {name: event for event, word in USER_WORDS.items() for name in (word, EVENTS[event].label.lower())}
_ENDS: Final = {**{end: end for end in ENDS}, "r": REQUESTOR, "a": ACCEPTOR}


def parse_move(text: str) -> PlayMove:
    """The move that a line means, such as ``r release``; MoveError for anything else."""
    words = text.lower().split()
    if words == [MoveKind.CUT.value]:
        return PlayMove(MoveKind.CUT)
    end = _ENDS.get(words[0]) if words else None
    if end is None or len(words) < 2:
        raise MoveError(f"{text.strip()!r} is not a move. A move is an end and a word, such as: r request")
    verb, rest = words[1], words[2:]
    event = _VERBS.get(verb)
    if event is not None and not rest:
        return PlayMove(MoveKind.ISSUE, end, event)
    if verb in (MoveKind.RECEIVE, MoveKind.TIMEOUT) and not rest:
        return PlayMove(MoveKind(verb), end)
    if verb == MoveKind.SEND:
        return PlayMove(MoveKind.SEND, end, pdu=_sendable(" ".join(rest)))
    known = ", ".join((*USER_WORDS.values(), MoveKind.RECEIVE, MoveKind.TIMEOUT, MoveKind.SEND))
    raise MoveError(f"{' '.join(words[1:])!r} is not something that an end can do: {known}")


def _sendable(name: str) -> str:
    for label in SENDABLE:
        if name == label.lower():
            return label
    number = next((kind.label for kind in PduType if name in (f"{kind:02x}h", f"0x{kind:02x}")), None)
    if number is None:
        raise MoveError(f"send takes the name of a PDU: {', '.join(SENDABLE)}")
    return number
