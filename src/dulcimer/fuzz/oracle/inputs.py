"""Inputs of a target that may be one event or another, or none: what a damaged PDU is to it is for it to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dulcimer._generated.fsm import EVENTS, Events

Options: TypeAlias = frozenset[Events | None]
"""The events that an input may be; None: it has no effect, or the target waits for more."""


@dataclass(frozen=True, slots=True)
class Input:
    """One input. `again`: it may be taken any number of times, since nobody knows how the bytes are cut."""

    options: Options
    again: bool = False

    @classmethod
    def of(cls, *options: Events | None) -> Input:
        """An input that is one of these."""
        return cls(frozenset(options))


RECEIVED = frozenset(event for event in Events if EVENTS[event].kind == "pdu")
ANYTHING = Input(RECEIVED | {None}, again=True)
"""Bytes that each receiver cuts into other PDUs."""
UNKNOWN_PAST = Input(RECEIVED | {None, Events.EVT_2, Events.EVT_5, Events.EVT_17}, again=True)
"""Whatever came before that is not known: also that the connection was opened just now, or is being closed."""
INVALID_OR_INCOMPLETE = Input.of(None, Events.EVT_19)
"""The beginning of a PDU, which can be refused before the rest is there."""
OPENED = {"acceptor": Input.of(Events.EVT_5), "requestor": Input.of(Events.EVT_2)}
"""The connection is open, for a target of each role."""
CLOSED = Input.of(Events.EVT_17)
"""The tester has closed the connection, or its direction."""
