"""The parts of a conformance case, each of a closed set, in the order in which they are played."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dulcimer._generated.conformance import Alternative
from dulcimer.conformance.model.oracle import Cell
from dulcimer.conformance.model.steps import Step


class WatchFor(StrEnum):
    """What the reaction is."""

    REACTION = "reaction"
    """The first PDU that is not skipped, or the close."""
    CLOSE = "close"
    """The close: an A-ABORT was sent, or something else that ends the connection at once."""
    ARTIM = "artim"
    """The close: nothing is sent, and the peer closes by itself."""
    WINDOW = "window"
    """The reaction, within the time allowed for a close by ARTIM."""
    GONE = "gone"
    """Nothing: the tester has left."""


class Settle(StrEnum):
    """What proves that the association still works."""

    NONE = "none"
    ECHO = "echo"
    """A C-ECHO, then the release."""
    ECHO_ALONE = "echo-alone"
    RELEASE = "release"
    RELEASED = "released"
    """The answer to the A-RELEASE-RQ that has been sent already."""
    ANSWER_THEN_CLOSE = "answer-then-close"
    """An A-RELEASE-RP makes the peer close."""
    ANSWER_THEN_ANSWER = "answer-then-answer"
    """An A-RELEASE-RP is answered with one."""


class Closes(StrEnum):
    """How the connection is expected to end."""

    OPEN = "open"
    TESTER = "tester"
    PEER = "peer"


class Way(StrEnum):
    """How an extended case continues where one of the catalogue ends; see `catalogue/ways.py`."""

    ARTIM = "then-artim"
    REJECTS = "then-rejects"
    ANSWERS = "then-answers"
    REFUSES = "then-refuses"
    AT_ONCE_AC = "at-once-ac"
    AT_ONCE_RP = "at-once-rp"
    AT_ONCE_RQ = "at-once-rq"
    NO_MESSAGE = "no-message"
    NO_MESSAGE_AC = "no-message-ac"
    NO_MESSAGE_RELEASE = "no-message-release"
    NO_MESSAGE_RELEASE_AC = "no-message-release-ac"


@dataclass(frozen=True, slots=True)
class CaseOpening:
    """How the peer is brought into the state for the stimulus.

    - `way`: the state of a cell, and how it is reached. `answer`: pattern of what the peer does first with a PDU that
      provokes the state.
    - `needs`: features that a peer may lack. `service`, `refused_service`: UID of a SOP class that the peer has to
      accept, or to refuse, besides Verification.
    - `maximum_length`: what the tester announces, in bytes.
    """

    steps: tuple[Step, ...] = ()
    way: str = ""
    answer: str = ""
    needs: tuple[str, ...] = ()
    service: str = ""
    refused_service: str = ""
    maximum_length: int = 16384


@dataclass(frozen=True, slots=True)
class Injection:
    """What the tester does in that state.

    - `drip`: bytes to send one at a time meanwhile. `repeat`: how often opening and injection are done.
    - `exclusive`: no other case runs at the same time.
    - `lawful`: the tester itself keeps to the encoding rules, so that the answer can be checked against them.
    """

    steps: tuple[Step, ...] = ()
    drip: bytes = field(default=b"", repr=False)
    repeat: int = 1
    exclusive: bool = False
    lawful: bool = True


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A PDU in the same segment may have led out of the state before the stimulus was taken.

    `by`: pattern of what shows that; `alternatives` and `skip` are then those of the reaction.
    """

    by: str
    alternatives: tuple[Alternative, ...] = ()
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """The possible reactions, and the verdict on each.

    - `skip`: patterns of what is skipped meanwhile. `answers`: how many are expected, one for each request.
    - `best`: the most exact A-ABORT reason, -1 if there is none.
    - `open`: why the standard does not settle the reaction; what would be FAILED is then INFORMATIONAL.
    """

    alternatives: tuple[Alternative, ...] = ()
    watch: WatchFor = WatchFor.REACTION
    skip: tuple[str, ...] = ()
    answers: int = 1
    best: int = -1
    open: str = ""
    overtaken: Overtaken | None = None

    @property
    def if_overtaken(self) -> tuple[Alternative, ...]:
        """The alternatives if the peer had left the state before it took the stimulus."""
        return self.overtaken.alternatives if self.overtaken is not None else ()

    def rows(self, *, passed: bool) -> tuple[Alternative, ...]:
        """The alternatives, or those for a peer that had left the state."""
        return self.if_overtaken if passed else self.alternatives


@dataclass(frozen=True, slots=True)
class Closing:
    """How the connection ends.

    - `tester_closes`: at the end the tester closes its direction, and then the peer has to close, too.
    - `linger`: after the end, the tester watches for a moment what the peer still sends.
    """

    closes: Closes = Closes.OPEN
    settle: Settle = Settle.NONE
    tester_closes: bool = False
    linger: bool = False


@dataclass(frozen=True, slots=True)
class Following:
    """Verdicts on what comes when a cell is reached after the reaction of a case; `skip`: what is skipped meanwhile."""

    cell: Cell
    alternatives: tuple[Alternative, ...]
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Continuation:
    """How an extended case continues where a case of the catalogue ends.

    `follows`: the verdicts on what comes then. `expects`: all that is expected, in words. `akin`: ids of cases of the
    catalogue that may show the same deviation.
    """

    way: StrEnum
    follows: tuple[Following, ...] = ()
    expects: str = ""
    akin: tuple[str, ...] = ()
