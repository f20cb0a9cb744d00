"""Both ends of one connection, followed step by step: which states they can be in, and what they do wrong.

Each end is judged by what it was given, not by what the other end has sent: what the proxy drops or changes on the way
is nobody's fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import SenderRule
from dulcimer._generated.fsm import States
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.parts import CaseOpening
from dulcimer.conformance.model.requestor_case import RequestorCase
from dulcimer.conformance.model.seen import Seen, of_pdu
from dulcimer.conformance.sender_rules.acceptor import AcceptorCheck
from dulcimer.conformance.sender_rules.client import AnsweringClientCheck
from dulcimer.conformance.sender_rules.common import SenderCheck
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.wire_peer.intake import is_within_reason
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import Oddity, ReplyVerdict, Unexplained
from dulcimer.fuzz.proxy.advice import deviation_of, deviation_of_rule
from dulcimer.fuzz.proxy.events import EndStates, PeerDeviation
from dulcimer.fuzz.proxy.messages import MessageReader, PduSense
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import AssociateRq

_MOST_CHECKED = 100_000
"""PDUs of an end that are checked against the rules for what it sends, since these remember each request."""
_MOST_TOLD = 100
"""Different deviations of an end that are told on one connection."""
NOT_BETWEEN_PEERS = ("own_identity",)
"""Rules that suppose that the other end is the tester: two peers may well be of the same implementation."""


class ProxyJudgements:
    """What is shared by all connections: what was found out about the states of servers and clients."""

    def __init__(self) -> None:
        self._of = {end: Judgement(end.role, most_readings=0) for end in LinkEnd}

    def referee(self, end: LinkEnd) -> Referee:
        """A referee for the next connection of this end."""
        return Referee(self._of[end])


class _NoLog(SenderLog):
    """The rules are looked at one by one here, not over a whole run."""

    def note(self, rule: SenderRule, violation: Violation | None) -> None:
        """Keep nothing."""


class EndFollower:
    """One end of a connection: what it sends, what it is given, and what is wrong with it."""

    def __init__(self, end: LinkEnd, referee: Referee) -> None:
        self.end = end
        self.referee = referee
        self._messages = MessageReader()
        self._check: SenderCheck | None = check_of_client() if end is LinkEnd.CLIENT else None
        self._checked = 0
        self._told: set[tuple[str, ...]] = set()
        self._is_ended = False

    @property
    def states(self) -> frozenset[States]:
        """The states that it is in, if its user and its timer do nothing; none if that is not known."""
        return frozenset((States.STA_1,)) if self._is_ended else self.referee.resting

    # ------------------------------------------------------------------ what it is given

    def given(self, data: bytes, *, changed: bool) -> None:
        """Bytes were forwarded to it, cut anywhere; `changed`: they are not as the other end has sent them."""
        self.referee.sent(data, changed=changed)

    def given_pdu(self, data: bytes) -> None:
        """A whole PDU was forwarded to it, unchanged."""
        if not is_within_reason(data):
            self.given_otherwise()
            return
        if self.end is LinkEnd.SERVER and self._check is None and not self._checked:
            pdu = decode_lenient(data, most_deviations=1).pdu
            if isinstance(pdu, AssociateRq):
                self._check = check_of_server(pdu.maximum_length or 0)
        if self._check is not None:
            self._check.sent(data)

    def given_otherwise(self) -> None:
        """The proxy has changed what it is given: rules about requests and their answers do not apply any more."""
        self._check, self._checked = None, _MOST_CHECKED

    def given_the_end(self) -> None:
        """The other end has closed the connection, or the proxy has."""
        self.referee.closed()

    # ------------------------------------------------------------------ what it does

    def sent(self, data: bytes, at: float) -> tuple[PduSense, tuple[PeerDeviation, ...]]:
        """It has sent a whole PDU: what that says, and the deviations that are new."""
        found = self.referee.received(data)
        if not is_within_reason(data):
            return PduSense("too many items to be read"), self._new(self._of(found))
        pdu = decode_lenient(data, most_deviations=1).pdu
        sense = self._messages.read(pdu)
        violations = self._violations(of_pdu(at, data, pdu, sense.command))
        if violations:  # they say more than the first deviation of the bytes
            found = tuple(one for one in found if not _is_malformed(one))
        broken = [deviation_of_rule(self.end, one) for one in violations if self._is_new(one.rule.id, one.problem)]
        return sense, (*broken, *self._new(self._of(found)))

    def sent_long(self, beginning: bytes) -> tuple[PduSense, tuple[PeerDeviation, ...]]:
        """It has sent a PDU that is too long to be held: the same, as far as its beginning shows."""
        sense = self._messages.read_long(beginning)
        stand_in = abridged(beginning)
        return sense, () if stand_in is None else self._new(self._of(self.referee.received(stand_in)))

    def ended(self, remains: bytes, *, reset: bool) -> tuple[PeerDeviation, ...]:
        """It has closed its direction, or reset the connection, in the middle of a PDU if there are `remains`."""
        self._is_ended = True
        if remains:
            return self._new(self._of(self.referee.remains(remains, reset=reset)))
        return self._new(self._of(self.referee.ended(reset=reset)))

    def silent(self) -> tuple[PeerDeviation, ...]:
        """It has done nothing for longer than a provider ever takes."""
        return self._new(self._of(self.referee.silent()))

    # ------------------------------------------------------------------ inside

    def _violations(self, seen: Seen) -> list[Violation]:
        check = self._check
        if check is None:
            return []
        self._checked += 1
        if self._checked > _MOST_CHECKED:
            self._check = None
        check.received(seen)
        violations, check.violations = check.violations, []
        return [one for one in violations if one.rule.check not in NOT_BETWEEN_PEERS]

    def _of(self, verdicts: Iterable[ReplyVerdict]) -> list[PeerDeviation]:
        return [deviation_of(self.end, one) for one in verdicts if isinstance(one, Unexplained)]

    def _new(self, found: Sequence[PeerDeviation]) -> tuple[PeerDeviation, ...]:
        return tuple(one for one in found if self._is_new(one.clause, one.text))

    def _is_new(self, *key: str) -> bool:
        """Whether this has not been told on this connection."""
        if key in self._told or len(self._told) >= _MOST_TOLD:
            return False
        self._told.add(key)
        return True


def states_of(followers: dict[LinkEnd, EndFollower]) -> EndStates:
    """The states of both ends."""
    return EndStates(followers[LinkEnd.CLIENT].states, followers[LinkEnd.SERVER].states)


def abridged(beginning: bytes) -> bytes | None:
    """A short P-DATA-TF that stands for a long one with this beginning; None if it is another PDU, or has no PDV."""
    header = PDU_HEADER.size
    if beginning[:1] != bytes((PduType.P_DATA_TF,)) or len(beginning) < header + PDV_HEADER.size:
        return None
    _, context, control = PDV_HEADER.unpack_from(beginning, header)
    value = PDV_HEADER.pack(4, context, control) + bytes(2)
    return PDU_HEADER.pack(PduType.P_DATA_TF, len(value)) + value


def _is_malformed(found: ReplyVerdict) -> bool:
    return isinstance(found, Unexplained) and found.oddity is Oddity.MALFORMED


def check_of_client() -> AnsweringClientCheck:
    """The rules for what a client sends; it is told what the server sends."""
    return AnsweringClientCheck(RequestorCase("proxy", "", "", "", "", "requestor"), _NoLog())


def check_of_server(maximum_length: int) -> AcceptorCheck:
    """The rules for what a server sends to a client that has announced this maximum length, 0 for none."""
    opening = CaseOpening(maximum_length=maximum_length)
    return AcceptorCheck(Case("proxy", "", "", "", "", "acceptor", opening), _NoLog())
