"""What the bytes of a tester can be to a target: the inputs of each PDU, as the strict schemas and the lengths say.

A PDU that follows the standard is its event. One that deviates may be invalid (Evt19), or be tolerated as its event:
the standard says which PDUs are correct, not which deviations a receiver has to notice. If lengths do not fit, the
target may also wait for more, and cut all that follows in another way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer._generated.codes import ContextResult, PduType
from dulcimer._generated.commands import MESSAGES
from dulcimer._generated.fsm import EVENT_OF_PDU, Events
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.fuzz.oracle.inputs import ANYTHING, INVALID_OR_INCOMPLETE, Input
from dulcimer.fuzz.sequences.steps import TargetRole
from dulcimer.fuzz.tree.cutting import is_whole, whole_pdus
from dulcimer.wire.codec import Decoded, decode_lenient
from dulcimer.wire.model import AssociateAc, AssociateRq, PDataTf, Pdu

EVENT_OF_TYPE: dict[int, Events] = {int(kind): EVENT_OF_PDU[kind.label] for kind in PduType}

LONG_ASSOCIATE = 1 << 16
"""Bytes of an A-ASSOCIATE-RQ or -AC; a receiver may refuse a longer one, whatever it contains."""
SHORTEST_LIMIT = 1 << 12
"""Bytes of a P-DATA-TF that are taken by a target whose maximum length is not known."""
_MOST_ITEMS = 4096
_FIXED = 4
_COMMAND_LAST = 3
_RESPONSE = 0x8000
MOST_READINGS, _LONGEST_KEPT = 4096, 1 << 14


class Readings:
    """PDUs with all that deviates in them; the newest `most` are kept, since the same bytes come again and again.

    Those of more than `longest` bytes are not.
    """

    def __init__(self, most: int = MOST_READINGS, longest: int = _LONGEST_KEPT) -> None:
        self._kept: OrderedDict[bytes, Decoded] = OrderedDict()
        self._most = most
        self._longest = longest

    def of(self, data: bytes) -> Decoded:
        """What can be read from these bytes, and the first deviation."""
        found = self._kept.get(data) if self._most else None
        if found is None:
            found = decode_lenient(data, most_items=_MOST_ITEMS, most_deviations=1)
            self.keep(data, found)
        return found

    def keep(self, data: bytes, found: Decoded) -> None:
        """What `of` finds in these bytes is known."""
        if self._most and len(data) <= self._longest:
            self._kept[data] = found
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)


@dataclass(slots=True)
class KnownContexts:
    """What the two ends have agreed on, as far as it decides what is correct.

    `proposed`: the context IDs of the A-ASSOCIATE-RQ of the target, and what it proposes under them; None before.
    `accepted`: the context IDs that an A-ASSOCIATE-AC has accepted; None before. `maximum_length`: in bytes, of a
    P-DATA-TF for the target; None if it is not known, 0 for no limit. `is_beginning_known`: if not, there may be more.
    """

    is_beginning_known: bool = True
    proposed: dict[int, tuple[str, ...]] | None = None
    accepted: frozenset[int] | None = None
    maximum_length: int | None = None

    def answered(self, pdu: AssociateAc) -> None:
        """An A-ASSOCIATE-AC was sent, by one end or the other."""
        self.accepted = frozenset(
            item.presentation_context_id
            for item in pdu.presentation_contexts
            if item.result_reason == ContextResult.ACCEPTANCE
        )

    def received(self, pdu: Pdu) -> None:
        """The target has sent a PDU."""
        if isinstance(pdu, AssociateRq | AssociateAc):
            self.maximum_length = pdu.maximum_length
        if isinstance(pdu, AssociateRq):
            self.proposed = {item.presentation_context_id: item.transfer_syntaxes for item in pdu.presentation_contexts}
        if isinstance(pdu, AssociateAc):
            self.answered(pdu)


class InputReader:
    """Cuts the bytes that a tester sends on one connection into PDUs, by their lengths, and gives the inputs."""

    def __init__(self, role: TargetRole, contexts: KnownContexts, readings: Readings) -> None:
        self._role = role
        self._contexts = contexts
        self._readings = readings
        self._pending = bytearray()
        self._is_refusable = False
        self._is_lost = False

    @property
    def is_within_pdu(self) -> bool:
        """Whether the last PDU is not whole yet."""
        return bool(self._pending)

    @property
    def is_astray(self) -> bool:
        """Whether nobody knows where the next PDU begins for the target."""
        return self._is_lost

    def take(self, data: bytes, *, changed: bool = False) -> Iterator[Input]:
        """The inputs that come with these bytes; `changed`: the tester has not sent them as the standard has them."""
        if self._is_lost:
            yield ANYTHING
            return
        pending = self._pending
        if not pending and is_whole(data):
            yield from self._whole(data)
            return
        pending += data
        whole, end = whole_pdus(pending)
        del pending[:end]
        for pdu in whole:
            yield from self._whole(pdu)
            if self.is_astray:
                return
        if not pending:
            return
        self._is_refusable = self._is_refusable or changed
        if self._may_refuse_beginning():
            self._is_lost = True
            pending.clear()
            yield INVALID_OR_INCOMPLETE
            yield ANYTHING
        elif self._is_refusable:
            yield INVALID_OR_INCOMPLETE

    def end(self) -> Iterator[Input]:
        """The inputs that come with the end of the bytes: a PDU that is cut off may count as invalid."""
        if self._pending and not self._is_refusable:
            yield INVALID_OR_INCOMPLETE

    # ------------------------------------------------------------------ one PDU

    def _whole(self, data: bytes) -> Iterator[Input]:
        options: set[Events | None] = {None} if self._is_refusable else set()
        self._is_refusable = False
        event = EVENT_OF_TYPE.get(data[0])
        if event is None:
            options.add(Events.EVT_19)
            self._is_lost = len(data) > PDU_HEADER.size
        else:
            decoded = self._readings.of(data)
            too_long = self._is_long(data[0], len(data) - PDU_HEADER.size)
            structural = decoded.structural is not None or decoded.pdu is None
            self._is_lost = structural or too_long
            options.add(event)
            if decoded.deviations or self._is_lost or not self._fits(decoded.pdu):
                options.add(Events.EVT_19)
            if structural:
                options.add(None)
            if isinstance(decoded.pdu, AssociateAc) and self._role == "requestor":
                self._contexts.answered(decoded.pdu)
        yield Input(frozenset(options))
        if self._is_lost:
            self._pending.clear()
            yield ANYTHING

    def _fits(self, pdu: Pdu | None) -> bool:
        """Whether a PDU without deviations is also correct after what was sent before."""
        match pdu:
            case AssociateAc() if self._role == "requestor":
                return self._answers(pdu)
            case PDataTf():
                return self._is_message(pdu)
            case _:
                return True

    def _answers(self, pdu: AssociateAc) -> bool:
        """Whether an A-ASSOCIATE-AC accepts nothing that was not proposed."""
        if not self._contexts.is_beginning_known:
            return False
        proposed = self._contexts.proposed or {}
        for item in pdu.presentation_contexts:
            if item.presentation_context_id not in proposed:
                return False
            accepted = item.result_reason == ContextResult.ACCEPTANCE
            if accepted and item.transfer_syntax not in proposed[item.presentation_context_id]:
                return False
        return len({item.presentation_context_id for item in pdu.presentation_contexts}) == len(proposed)

    def _is_message(self, pdu: PDataTf) -> bool:
        """Whether a P-DATA-TF is a whole request to an acceptor, or a whole response to a requestor.

        Without an association nobody looks at the message.
        """
        accepted = self._contexts.accepted
        if not self._contexts.is_beginning_known:
            return False
        if accepted is None:
            return True
        if len(pdu.presentation_data_value_items) != 1:
            return False
        (value,) = pdu.presentation_data_value_items
        if value.message_control_header != _COMMAND_LAST or value.presentation_context_id not in accepted:
            return False
        try:
            command = command_set.decode_again(bytes(value.fragment))
            command.message()
        except DIMSEProcessingError:
            return False
        number = command.command_field or 0
        is_response = bool(number & _RESPONSE)
        alone = command.has_data_set is False and not command.deviations and not command.repeated
        return number in MESSAGES and alone and is_response == (self._role == "requestor")

    # ------------------------------------------------------------------ lengths

    def _is_long(self, pdu_type: int, length: int) -> bool:
        """Whether a receiver may refuse a PDU for its length alone."""
        if pdu_type in (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC):
            return length > LONG_ASSOCIATE
        if pdu_type != PduType.P_DATA_TF:
            return length != _FIXED
        limit = self._contexts.maximum_length
        if limit is None and not self._contexts.is_beginning_known:
            return False
        return length > (SHORTEST_LIMIT if limit is None else limit or length)

    def _may_refuse_beginning(self) -> bool:
        """Whether the beginning of a PDU that has arrived is reason enough to refuse it."""
        pending = self._pending
        if pending[0] not in EVENT_OF_TYPE:
            return True
        return len(pending) >= PDU_HEADER.size and self._is_long(pending[0], PDU_HEADER.unpack_from(pending)[1])
