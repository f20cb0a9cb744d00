"""One end of a recorded connection: the states that it can be in, and the rules that it breaks."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import States
from dulcimer._generated.headers import PDU_HEADER, PDV_HEADER
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.seen import of_pdu, pdu_name, summary
from dulcimer.conformance.sender_rules.common import SenderCheck
from dulcimer.conformance.wire_peer.intake import LONGEST_PDU, is_within_reason
from dulcimer.diagnosis.judging.skimming import SkimmedPdu
from dulcimer.dimse.command_set import CommandSet
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.oracle.inputs import ANYTHING
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import Oddity, ReplyVerdict, Unexplained
from dulcimer.fuzz.proxy.following import NOT_BETWEEN_PEERS, check_of_client, check_of_server
from dulcimer.fuzz.proxy.messages import MessageReader, PduSense
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import AssociateRq, Pdu

_ABOUT_THE_STATE: Final = ("after_the_end", "data_context")
"""Rules that say the same as a state that does not allow a PDU."""
_DATA: Final = int(PduType.P_DATA_TF)
_UNREAD_DATA: Final = PDU_HEADER.pack(_DATA, 8) + PDV_HEADER.pack(4, 1, 0) + bytes(2)
"""Stands for a P-DATA-TF whose contents are not known."""

Found: TypeAlias = Unexplained | Violation
"""Something that is wrong."""


class WireReading(NamedTuple):
    """A PDU as it is judged: `data` has its size; of a skimmed one the payload is zeros. None where it is not known."""

    data: bytes | None
    pdu: Pdu | None
    sense: PduSense
    label: str

    @property
    def command(self) -> CommandSet | None:
        """The command set that ends in it."""
        return self.sense.command


class Judgements:
    """What is shared by all connections of a role: the situations that were found before."""

    def __init__(self) -> None:
        self._of = {
            (end, knows): Judgement(end.role, begins_anywhere=not knows) for end in LinkEnd for knows in (True, False)
        }

    def referee(self, end: LinkEnd, *, knows_beginning: bool) -> Referee:
        """A referee for one end; `knows_beginning`: of all that came before."""
        return Referee(self._of[end, knows_beginning])


class FollowedEnd:
    """One end: what it sends, what it is given, and what is wrong with it.

    `knows_beginning`: of all that came before; `sees_request`: at least the association is requested now.
    """

    def __init__(
        self, end: LinkEnd, judgements: Judgements, *, knows_beginning: bool, sees_request: bool = False
    ) -> None:
        self.end = end
        self._judgements = judgements
        self._referee = judgements.referee(end, knows_beginning=knows_beginning)
        self._messages = MessageReader()
        self._check: SenderCheck | None = check_of_client() if end is LinkEnd.CLIENT else None
        if not knows_beginning and not sees_request:
            self._check = self._check or check_of_server(0)
            self._check.loses_sight()
        self._fed = 0

    @property
    def states(self) -> frozenset[States]:
        """The states that it may be in; none if nothing is known."""
        return self._referee.states

    # ------------------------------------------------------------------ what it sends

    def read(self, pdu: SkimmedPdu) -> WireReading:
        """What it has sent; once for each PDU, in their order."""
        data = _whole(pdu)
        name = pdu_name(pdu.data)
        if data is None or not is_within_reason(data):
            self._messages = MessageReader()
            return WireReading(None, None, PduSense(""), name)
        found = decode_lenient(data, most_deviations=1).pdu
        sense = self._messages.read(found)
        label = f"{name}, {sense.words}" if sense.words else name
        return WireReading(data, found, sense, label if data[0] == _DATA else summary(data, found))

    def sent(self, pdu: SkimmedPdu, reading: WireReading) -> list[Found]:
        """What is wrong with a PDU that it has sent."""
        data = reading.data
        if data is None:
            if pdu.data[:1] != bytes((_DATA,)):
                self.begins_again()
                return []
            self.loses_sight()
            return [*_wrong(self._referee.received(_UNREAD_DATA))]
        found = _wrong(self._referee.received(data))
        violations = self._violations(pdu, reading)
        if violations:  # they say more than the first deviation of the bytes
            found = [one for one in found if one.oddity is not Oddity.MALFORMED]
        if any(one.oddity is Oddity.IMPOSSIBLE for one in found):
            violations = [one for one in violations if one.rule.check not in _ABOUT_THE_STATE]
        return [*found, *violations]

    def ended(self, remains: bytes, *, reset: bool) -> list[Found]:
        """What is wrong with the end of its direction, in the middle of a PDU if there are `remains`."""
        if remains:
            return [*_wrong(self._referee.remains(remains, reset=reset))]
        return [*_wrong(self._referee.ended(reset=reset))]

    # ------------------------------------------------------------------ what it is given

    def given(self, pdu: SkimmedPdu, reading: WireReading) -> None:
        """The other end has sent a PDU, which it takes at some later time."""
        data, fed, self._fed = reading.data, self._fed, 0
        if data is None:
            if pdu.data[:1] != bytes((_DATA,)):
                self.begins_again()
                return
            self._referee.took(ANYTHING)
            self.loses_sight()
            return
        self._referee.sent(data[fed:] if fed else data)
        if self._check is None and isinstance(reading.pdu, AssociateRq):
            self._check = check_of_server(reading.pdu.maximum_length or 0)
        if self._check is not None:
            self._check.sent(data)

    def given_beginning(self, data: bytes) -> None:
        """The first bytes of a PDU are on the way to it: it may refuse them before the rest is there."""
        if len(data) > self._fed:
            self._referee.sent(data[self._fed :])
            self._fed = len(data)

    def given_the_end(self) -> None:
        """The other end has closed its direction, or reset the connection."""
        self._referee.closed()

    # ------------------------------------------------------------------ what is not known

    def begins_again(self) -> None:
        """Bytes are missing, of one end or the other: any state is possible that what follows allows."""
        self._referee = self._judgements.referee(self.end, knows_beginning=False)
        self._fed = 0
        self.loses_sight()

    def loses_sight(self) -> None:
        """Rules that depend on what was not read do not apply any more."""
        self._messages = MessageReader()
        if self._check is None:
            self._check = check_of_server(0)
        self._check.loses_sight()

    def distrusts(self) -> None:
        """What it was given breaks a rule: rules for its answers do not apply any more."""
        if self._check is not None:
            self._check.loses_sight()

    # ------------------------------------------------------------------ inside

    def _violations(self, pdu: SkimmedPdu, reading: WireReading) -> list[Violation]:
        check = self._check
        if check is None and pdu.is_cut:
            check = check_of_server(0)
        if check is None or reading.data is None:
            return []
        check.received(of_pdu(pdu.t, reading.data, reading.pdu, reading.command))
        violations, check.violations = check.violations, []
        return [one for one in violations if one.rule.check not in NOT_BETWEEN_PEERS]


def _wrong(verdicts: tuple[ReplyVerdict, ...]) -> list[Unexplained]:
    return [one for one in verdicts if isinstance(one, Unexplained)]


def _whole(pdu: SkimmedPdu) -> bytes | None:
    """The bytes of a PDU; of one piece of a data set a PDU of the same size with zeros. None if not enough is known."""
    if not pdu.is_skimmed:
        return pdu.data
    beginning = pdu.data
    if pdu.size > LONGEST_PDU or len(beginning) < PDU_HEADER.size + PDV_HEADER.size or beginning[0] != _DATA:
        return None
    length, _, control = PDV_HEADER.unpack_from(beginning, PDU_HEADER.size)
    if length != pdu.size - PDU_HEADER.size - 4 or control & 1:
        return None
    return beginning + bytes(pdu.size - len(beginning))
