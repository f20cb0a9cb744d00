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
from dulcimer.fuzz.oracle.reading import Readings
from dulcimer.fuzz.oracle.referee import Judgement, Referee
from dulcimer.fuzz.oracle.verdicts import Oddity, ReplyVerdict, Unexplained
from dulcimer.fuzz.proxy.following import NOT_BETWEEN_PEERS, check_of_client, check_of_server
from dulcimer.fuzz.proxy.messages import MessageReader, PduSense
from dulcimer.wire.codec import Decoded, decode_lenient
from dulcimer.wire.model import AssociateRq, PDataTf, Pdu

_ABOUT_THE_STATE: Final = ("after_the_end", "data_context")
"""Rules that say the same as a state that does not allow a PDU."""
_DATA: Final = int(PduType.P_DATA_TF)
_MOST_READINGS: Final = 256
"""PDUs that are kept with what was read in them: both ends look at each one, and the same ones come again."""
_MOST_PIECES: Final = 64
_LONGEST_PIECE: Final = 1 << 15
_UNREAD_DATA: Final = PDU_HEADER.pack(_DATA, 8) + PDV_HEADER.pack(4, 1, 0) + bytes(2)
"""Stands for a P-DATA-TF whose contents are not known."""

Found: TypeAlias = Unexplained | Violation
"""Something that is wrong."""


class WireReading(NamedTuple):
    """A PDU as it is judged: `data` has its size; of a skimmed one the payload is zeros. None where it is not known.

    `is_clean`: no byte of it deviates from the schemas.
    """

    data: bytes | None
    pdu: Pdu | None
    sense: PduSense
    label: str
    is_clean: bool = False

    @property
    def command(self) -> CommandSet | None:
        """The command set that ends in it."""
        return self.sense.command


class Judgements:
    """What is shared by all connections of a role: the situations that were found before."""

    def __init__(self) -> None:
        self.readings = Readings(_MOST_READINGS, _LONGEST_PIECE)
        self._pieces: dict[tuple[bytes, int], bytes] = {}
        self._of = {
            (end, knows): Judgement(end.role, begins_anywhere=not knows, readings=self.readings)
            for end in LinkEnd
            for knows in (True, False)
        }

    def whole(self, pdu: SkimmedPdu) -> bytes | None:
        """The bytes of a PDU; of a piece of a data set a PDU of the same size with zeros. None if not enough is known.

        Pieces of a data set have few sizes, so these are kept.
        """
        if not pdu.is_skimmed:
            return pdu.data
        known = self._pieces.get((pdu.data, pdu.size))
        if known is not None:
            return known
        found = _piece(pdu)
        if found is not None and pdu.size <= _LONGEST_PIECE:
            if len(self._pieces) >= _MOST_PIECES:
                self._pieces.clear()
            self._pieces[pdu.data, pdu.size] = found
        return found

    def decoded(self, pdu: SkimmedPdu, data: bytes) -> Decoded:
        """What can be read from the bytes of a PDU, and the first deviation."""
        if pdu.is_skimmed:
            return self.readings.of(data)
        found = decode_lenient(data, most_deviations=1)
        one = isinstance(found.pdu, PDataTf) and len(found.pdu.presentation_data_value_items) == 1
        if one and not found.deviations:  # it has so few items that any limit gives the same
            self.readings.keep(data, found)
        return found

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

    @property
    def owed(self) -> tuple[str, ...]:
        """What it has to send, or an end of the connection, whatever its user does; nothing if it may be silent."""
        return self._referee.owed

    @property
    def waits_for_artim(self) -> bool:
        """Whether it has to do something until ARTIM expires, if nothing more comes."""
        return self._referee.waits_for_artim

    @property
    def timed_out_in(self) -> frozenset[States]:
        """The states in which ARTIM may have expired, if only that explains it that it closes its direction now."""
        return self._referee.timed_out_in

    # ------------------------------------------------------------------ what it sends

    def read(self, pdu: SkimmedPdu) -> WireReading:
        """What it has sent; once for each PDU, in their order."""
        data = self._judgements.whole(pdu)
        name = pdu_name(pdu.data)
        if data is None or not is_within_reason(data):
            self._messages = MessageReader()
            return WireReading(None, None, PduSense(""), name)
        decoded = self._judgements.decoded(pdu, data)
        found, is_clean = decoded.pdu, not decoded.deviations
        sense = self._messages.read(found)
        label = f"{name}, {sense.words}" if sense.words else name
        return WireReading(data, found, sense, label if data[0] == _DATA else summary(data, found), is_clean)

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
            self._check.sent(data, is_data=reading.sense.is_data)

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
        seen = of_pdu(pdu.t, reading.data, reading.pdu, reading.command)
        check.received(seen, is_clean=reading.is_clean)
        violations, check.violations = check.violations, []
        return [one for one in violations if one.rule.check not in NOT_BETWEEN_PEERS]


def _wrong(verdicts: tuple[ReplyVerdict, ...]) -> list[Unexplained]:
    return [one for one in verdicts if isinstance(one, Unexplained)]


def _piece(pdu: SkimmedPdu) -> bytes | None:
    beginning = pdu.data
    if pdu.size > LONGEST_PDU or len(beginning) < PDU_HEADER.size + PDV_HEADER.size or beginning[0] != _DATA:
        return None
    length, _, control = PDV_HEADER.unpack_from(beginning, PDU_HEADER.size)
    if length != pdu.size - PDU_HEADER.size - 4 or control & 1:
        return None
    return beginning + bytes(pdu.size - len(beginning))
