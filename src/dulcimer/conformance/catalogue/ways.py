"""How an extended case continues where a case of the catalogue ends: what the tester does, and the words for it.

- `then-artim`, `then-rejects`: after the end of an association the peer is in Sta13. The tester does not close: ARTIM
  has to; a new A-ASSOCIATE-RQ is answered with an A-ABORT, unlike in Sta2.
- `then-answers`, `then-refuses`: silence proves nothing. Where the user of the peer may take any time, an
  A-ASSOCIATE-AC or an A-RELEASE-RP is sent, and the reaction shows the state that the peer waits in.
- `at-once-ac`, `at-once-rp`, `at-once-rq`: this PDU (the request is one that is rejected) is sent in one segment with
  data, before the user can react to that; with a PDU that makes the peer close, after which nothing is answered; or
  with a PDU that the peer ignores.
- `no-message`: data that is not a DIMSE message, which makes the user of the peer abort; `no-message-release`: with
  an A-RELEASE-RQ in the same segment; `-ac`: then an A-ASSOCIATE-AC.
- `provider`: an A-ABORT of the service-provider, not of the service-user.
"""

from __future__ import annotations

from enum import StrEnum

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import RequestVariant
from dulcimer._generated.fsm import EVENTS, Events
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.parts import WatchFor, Way
from dulcimer.conformance.stimuli.messages import plain_pdu
from dulcimer.conformance.stimuli.requests import CONTEXT_ID, Titles, request_bytes
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue

PROVIDER = "provider"

AFTER_THE_END: dict[StrEnum, Events] = {Way.ARTIM: Events.EVT_18, Way.REJECTS: Events.EVT_6}
"""The event in Sta13; ARTIM expires by itself."""
AFTER_SILENCE: dict[StrEnum, Events] = {Way.ANSWERS: Events.EVT_3, Way.REFUSES: Events.EVT_13}
"""What is sent to a peer that waits for its user."""
AT_ONCE: dict[StrEnum, Events] = {
    Way.AT_ONCE_AC: Events.EVT_3,
    Way.AT_ONCE_RP: Events.EVT_13,
    Way.AT_ONCE_RQ: Events.EVT_6,
}
"""What is sent in the same segment."""
NO_MESSAGES: dict[StrEnum, tuple[Events, ...]] = {
    Way.NO_MESSAGE: (),
    Way.NO_MESSAGE_AC: (Events.EVT_3,),
    Way.NO_MESSAGE_RELEASE: (Events.EVT_12,),
    Way.NO_MESSAGE_RELEASE_AC: (Events.EVT_12, Events.EVT_3),
}
"""What is sent with data that is not a message: an A-RELEASE-RQ in the same segment, an A-ASSOCIATE-AC afterwards."""

HELD: frozenset[StrEnum] = frozenset((*AT_ONCE, *NO_MESSAGES))
"""Ways in which everything that comes is compared with the possible states."""

_LAST = 2


def waits(case: Case) -> bool:
    """Whether the case waits for a timer of the peer: others that wait can do so at the same time."""
    by_itself = case.expectation.watch is WatchFor.ARTIM or "sut-releases" in case.opening.needs
    return by_itself or case.then == Way.ARTIM or case.then in HELD


def same_segment(case: Case) -> tuple[Events, ...]:
    """What is sent in the same segment as the stimulus of the case."""
    if case.then in AT_ONCE:
        return (AT_ONCE[case.then],)
    return tuple(event for event in _sent_with_no_message(case) if event is not Events.EVT_3)


def afterwards(case: Case) -> tuple[Events, ...]:
    """What is sent once the peer is silent."""
    if case.then in AFTER_SILENCE:
        return (AFTER_SILENCE[case.then],)
    return tuple(event for event in _sent_with_no_message(case) if event is Events.EVT_3)


def _sent_with_no_message(case: Case) -> tuple[Events, ...]:
    return NO_MESSAGES.get(case.then, ()) if case.then is not None else ()


def pdu(event: Events, titles: Titles) -> bytes:
    """The PDU of an event."""
    if event is Events.EVT_6:  # rejected by the provider, so a requestor shows it, too
        return request_bytes(titles, RequestVariant(protocol_version=0))
    return encode(plain_pdu(EVENTS[event].subject, titles))


def same_pdus(case: Case, titles: Titles) -> bytes:
    """The bytes of what is sent in the same segment."""
    return b"".join(pdu(event, titles) for event in same_segment(case))


def no_message() -> bytes:
    """A P-DATA-TF with the end of a data set that no command has announced."""
    return encode(PDataTf((PresentationDataValue(CONTEXT_ID, _LAST, bytes(2)),)))


_ASSOCIATE_AC, _ASSOCIATE_RQ = PduType.A_ASSOCIATE_AC.label, PduType.A_ASSOCIATE_RQ.label
_RELEASE_RP = PduType.A_RELEASE_RP.label
LEADS: dict[StrEnum, str] = {
    Way.ARTIM: "Then the tester does not close the connection.",
    Way.REJECTS: f"Then the tester sends a new {_ASSOCIATE_RQ}.",
    Way.ANSWERS: f"If the peer sends nothing, the tester sends an {_ASSOCIATE_AC}.",
    Way.REFUSES: f"If the peer sends nothing, the tester sends an {_RELEASE_RP}.",
    Way.AT_ONCE_AC: f"An {_ASSOCIATE_AC} follows in the same segment.",
    Way.AT_ONCE_RP: f"An {_RELEASE_RP} follows in the same segment.",
    Way.AT_ONCE_RQ: f"An {_ASSOCIATE_RQ} follows in the same segment.",
}
"""What the tester does; the demand of the next cell follows."""
NOBODY_THERE = "The association has ended, so it is not answered."
_ENDS = (
    "In {state}, data that is not a DIMSE message reaches the user of the peer, who may abort: then an A-ABORT of the "
    "service-user is sent, and the peer waits, bounded by ARTIM, for the connection to be closed"
)
SENTENCES: dict[StrEnum, str] = {
    Way.NO_MESSAGE: f"{_ENDS}.",
    Way.NO_MESSAGE_AC: f"{_ENDS}; an {_ASSOCIATE_AC} that is sent afterwards is ignored, or aborts the association.",
    Way.NO_MESSAGE_RELEASE: f"{_ENDS}. An A-RELEASE-RQ in the same segment is answered if the user does not abort.",
    Way.NO_MESSAGE_RELEASE_AC: f"{_ENDS}. An A-RELEASE-RQ in the same segment is answered if the user does not abort; "
    f"an {_ASSOCIATE_AC} that is sent afterwards is ignored after an abort or the answer; otherwise it aborts.",
}
"""What the peer has to do with data that is not a message."""
