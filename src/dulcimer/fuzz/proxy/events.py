"""What the proxy tells while it works: values, without any content of a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from dulcimer._generated.fsm import States
from dulcimer.fuzz.oracle.ends import LinkEnd


@dataclass(frozen=True, slots=True)
class PeerDeviation:
    """Something that an end did against the standard.

    - `sure`: the standard leaves no doubt, and it does harm; if not, it is unusual, and often tolerated.
    - `text`: what came, and what was expected instead. `clause`: of the standard.
    - `meaning`: what it means. `advice`: what to change in that end, "" for nothing.
    """

    end: LinkEnd
    sure: bool
    text: str
    clause: str
    meaning: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class EndStates:
    """The states that both ends are in, if their users and timers do nothing; none if that is not known."""

    client: frozenset[States]
    server: frozenset[States]


@dataclass(frozen=True, slots=True)
class ProxyEvent:
    """Something on connection `connection`, counted from 1, `at` seconds after the proxy began."""

    connection: int
    at: float


@dataclass(frozen=True, slots=True)
class LinkOpened(ProxyEvent):
    """A client has connected, and the server is reached."""

    client: str
    server: str
    states: EndStates


@dataclass(frozen=True, slots=True)
class PduSeen(ProxyEvent):
    """A PDU of `size` bytes from `sender`. `message`: the DIMSE message that it has, or belongs to, and what it says.

    - `is_data`: it has nothing but a piece of a data set.
    - `faults`: what the proxy has done to it, one sentence for each rule.
    - `is_judged`: whether it could be judged as a step of the state machine.
    """

    sender: LinkEnd
    name: str
    size: int
    message: str
    states: EndStates
    is_data: bool = False
    faults: tuple[str, ...] = ()
    deviations: tuple[PeerDeviation, ...] = ()
    is_judged: bool = True


@dataclass(frozen=True, slots=True)
class DirectionEnded(ProxyEvent):
    """An end has closed its direction, or reset the connection; `remains`: bytes of a PDU that was not complete."""

    sender: LinkEnd
    reset: bool
    remains: int
    states: EndStates
    deviations: tuple[PeerDeviation, ...] = ()


@dataclass(frozen=True, slots=True)
class EndIsSilent(ProxyEvent):
    """An end has done nothing for `seconds`, although something was due."""

    end: LinkEnd
    seconds: float
    states: EndStates
    deviations: tuple[PeerDeviation, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkEnded(ProxyEvent):
    """The connection is over; `by_proxy`: why the proxy has ended it, "" if the ends did."""

    by_proxy: str = ""


@dataclass(frozen=True, slots=True)
class ServerNotReached(ProxyEvent):
    """A client has connected, but the server cannot be reached."""

    client: str
    error: OSError


Told: TypeAlias = LinkOpened | PduSeen | DirectionEnded | EndIsSilent | LinkEnded | ServerNotReached
"""Everything that is told."""
