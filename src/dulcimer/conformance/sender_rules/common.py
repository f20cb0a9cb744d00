"""Rules for everything that a peer of either role itself sends, checked in every case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from struct import unpack
from typing import Any, ClassVar, TypeAlias

from dulcimer._generated.codes import AbortSource, ContextResult, PduType
from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.model.observation import Violation
from dulcimer.conformance.model.seen import Seen, abort_is_legal
from dulcimer.conformance.sender_rules.log import SenderLog
from dulcimer.conformance.wire_peer.intake import LONGEST_COMMAND
from dulcimer.counting import counted
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.codec import Deviation, decode_lenient
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRq,
    ImplementationClassUid,
    MaximumLength,
    PDataTf,
)

ECHOED = slice(10, 74)
"""Bytes 11 to 74, counted from 1, of an A-ASSOCIATE-RQ and its -AC."""

NOT_CHECKED = ""
"""The only item that a check yields if there is nothing for it to check."""

OF_COMMANDS = frozenset(
    (
        "command_set",
        "once",
        "context_of_class",
        "same_context",
        "request_message",
        "request_role",
        "response",
        "statuses",
        "answered_class",
        "message_ids",
    )
)
"""Checks that have nothing to check where no command set ends."""

_ENDS = (PduType.A_ASSOCIATE_RJ, PduType.A_RELEASE_RP, PduType.A_ABORT)
_RELEASES = (PduType.A_RELEASE_RQ, PduType.A_RELEASE_RP)

Check: TypeAlias = Callable[[Any, Seen], Iterator[str]]
"""Yields the problems of a PDU of the peer; the first argument is the `SenderCheck` of the connection."""


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request of the tester: the presentation context that it was sent on, and its SOP class."""

    context_id: int
    sop_class: Any


class SenderCheck:
    """Checks what the peer sends on one connection against the rules.

    `checks`: the check of each rule, by its name in the rule.
    """

    checks: ClassVar[Mapping[str, Check]]

    def __init__(self, case: Case, log: SenderLog, rules: Sequence[SenderRule] = SENDER_RULES) -> None:
        self._case = case
        self._rules = rules
        self._log = log
        self._request: AssociateRq | None = None
        self._request_bytes = b""
        self._accepted: set[int] = set()
        self._is_accepted = False
        self._asked: dict[int, list[SentRequest]] = {}
        self._last_sent: int | None = None
        self._releases = 0
        self._ended_by: int | None = None
        self._sent_since = False
        self._waits_for_release = False
        self.violations: list[Violation] = []
        self._command = bytearray()
        self._sent_command = bytearray()
        self._has_begun_unseen = False
        self._command_context = 0
        self._whole_command: bytes | None = None
        self._lawful = case.injection.lawful
        self._is_clean = False
        self._rules_of: dict[tuple[str, bool], list[tuple[SenderRule, Check]]] = {}

    def sent(self, data: bytes, *, is_data: bool = False) -> None:
        """Note that the tester sends this; `is_data`: a P-DATA-TF with nothing but data sets."""
        kinds = _kinds(data)
        self._last_sent = kinds[-1] if kinds else None
        self._releases += sum(kind in _RELEASES for kind in kinds)
        self._sent_since = True
        self._waits_for_release = self._waits_for_release and PduType.A_RELEASE_RP not in kinds
        if not is_data:
            self._note_sent(data)

    def loses_sight(self) -> None:
        """Not all that one end or the other has sent is known: rules that depend on it no longer apply."""
        self._lawful = False
        self._asked.clear()
        self._command.clear()
        self._sent_command.clear()
        self._has_begun_unseen = True

    def _note_sent(self, data: bytes) -> None:
        if data[:1] == bytes([PduType.A_ASSOCIATE_RQ]) and self._request is None:
            decoded = decode_lenient(data)
            if isinstance(decoded.pdu, AssociateRq) and not decoded.deviations:
                self._request, self._request_bytes = decoded.pdu, data
            return
        command = bytearray()
        while len(data) >= PDU_HEADER.size:
            kind, length = PDU_HEADER.unpack_from(data)
            pdu = decode_lenient(data[: PDU_HEADER.size + length]).pdu if kind == PduType.P_DATA_TF else None
            data = data[PDU_HEADER.size + length :]
            for value in pdu.presentation_data_value_items if isinstance(pdu, PDataTf) else ():
                if not value.is_command:
                    continue
                command += value.fragment
                if len(self._sent_command) <= LONGEST_COMMAND:
                    self._sent_command += value.fragment
                if value.is_last:
                    # It may have begun in an earlier PDU, or what has begun there was never finished.
                    for found in {bytes(self._sent_command), bytes(command)}:
                        self._note_asked(found, value.presentation_context_id)
                    command.clear()
                    self._sent_command.clear()

    def _note_asked(self, command: bytes, context_id: int) -> None:
        try:
            found = command_set.decode_again(command)
        except DIMSEProcessingError:
            return
        self._note_command(found, context_id)

    def _note_command(self, found: command_set.CommandSet, context_id: int) -> None:
        """The tester sends this command set."""
        number = found.value("message_id")
        if isinstance(number, int):
            # N-GET, N-SET, N-ACTION and N-DELETE name the class of what exists already (PS3.7 10.3).
            sop_class = found.value("affected_sop_class_uid") or found.value("requested_sop_class_uid")
            self._asked.setdefault(number, []).append(SentRequest(context_id, sop_class))

    def received(self, seen: Seen, *, is_clean: bool = False) -> list[str]:
        """The problems of a PDU of the peer; `is_clean`: it is known that no byte of it deviates from the schemas."""
        self._is_clean = is_clean
        if isinstance(seen.pdu, AssociateAc):
            self._is_accepted = True
            self._accepted = {
                item.presentation_context_id
                for item in seen.pdu.presentation_contexts
                if item.result_reason == ContextResult.ACCEPTANCE
            }
        self._whole_command = None
        if isinstance(seen.pdu, PDataTf):
            self._collect(seen.pdu)
        problems = []
        key = seen.name, seen.command is not None or self._whole_command is not None
        for rule, check in self._rules_of.get(key) or self._rules_about(*key):
            if seen.pdu is None and rule.check != "structure":
                continue
            found = list(check(self, seen))
            if not found:
                self._log.note(rule, None)
            elif found != [NOT_CHECKED]:
                violation = Violation(rule, self._case.id, found[0], seen.data)
                self._log.note(rule, violation)
                self.violations.append(violation)
                problems += found
        kind = seen.data[0] if seen.data else 0
        self._waits_for_release = self._waits_for_release or kind == PduType.A_RELEASE_RQ
        if (
            self._ended_by is None
            and kind in _ENDS
            and not (
                # In a collision of releases it may answer first, and wait in Sta11 for the answer to its own.
                kind == PduType.A_RELEASE_RP and self._waits_for_release
            )
        ):
            self._ended_by, self._sent_since = kind, False
        return problems

    def _rules_about(self, name: str, has_command: bool) -> list[tuple[SenderRule, Check]]:
        """The rules for a PDU of this name, with their checks; without a command set in it, those that need none."""
        found = [
            (rule, self.checks[rule.check])
            for rule in self._rules
            if (rule.pdus == ("*",) or name in rule.pdus) and (has_command or rule.check not in OF_COMMANDS)
        ]
        self._rules_of[name, has_command] = found
        return found

    def _collect(self, pdu: PDataTf) -> None:
        for value in pdu.presentation_data_value_items:
            if value.is_command:
                if len(self._command) <= LONGEST_COMMAND:
                    self._command += value.fragment
                if value.is_last:
                    is_whole = len(self._command) <= LONGEST_COMMAND and not self._has_begun_unseen
                    self._whole_command = bytes(self._command) if is_whole else None
                    self._command.clear()
                    self._has_begun_unseen = False

    # ------------------------------------------------------------------ any PDU

    def _deviations(self, seen: Seen) -> tuple[Deviation, ...]:
        return () if self._is_clean else decode_lenient(seen.data).deviations

    def _structure(self, seen: Seen) -> Iterator[str]:
        for deviation in self._deviations(seen):
            if deviation.structural:
                yield f"{deviation.path}, byte {deviation.offset + 1}: {deviation.problem}"

    def _values(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, AssociateAc) and (self._request is None or not self._lawful):
            yield NOT_CHECKED
            return
        for deviation in self._deviations(seen):
            if not deviation.structural:
                yield f"{deviation.path}, byte {deviation.offset + 1}: {deviation.problem}"

    def _reserved(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, PDataTf) and not seen.data[1]:
            return  # nearly always, and it has no other reserved byte
        for leaf in field_map(seen.data):
            is_echo = isinstance(seen.pdu, AssociateAc) and ECHOED.start <= leaf.offset < ECHOED.stop
            if leaf.kind == "reserved" and any(leaf.raw) and not is_echo:
                yield f"{leaf.path}, byte {leaf.offset + 1}, is {leaf.raw.hex().upper()}H, not zero"

    def _after_the_end(self, seen: Seen) -> Iterator[str]:
        """In Sta13 only an A-ABORT is sent, and only as the answer to a PDU."""
        if self._ended_by is None:
            yield NOT_CHECKED
        elif seen.name != PduType.A_ABORT.label:
            yield f"{seen.label} after {PduType(self._ended_by).label}"
        elif self._lawful and self._only_released and not self._sent_since:
            yield f"{seen.label} after {PduType.A_RELEASE_RP.label}, which nothing required"

    @property
    def _only_released(self) -> bool:
        """Whether an A-RELEASE-RP has ended the association, and nothing was sent after the one release request."""
        return self._ended_by == PduType.A_RELEASE_RP and self._last_sent in _RELEASES and self._releases == 1

    # ------------------------------------------------------------------ A-ASSOCIATE-RQ, A-ASSOCIATE-AC

    def _version(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq | AssociateAc)
        if not seen.pdu.protocol_version & 1:
            yield f"the protocol version is {seen.pdu.protocol_version:04X}H"

    def _item_order(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq | AssociateAc)
        kinds = [item.item_type for item in seen.pdu.variable_items]
        if kinds != sorted(kinds):
            yield "the item types come in the order " + ", ".join(f"{kind:02X}H" for kind in kinds)

    def _user_required(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateRq | AssociateAc)
        for kind in (MaximumLength, ImplementationClassUid):
            count = len(seen.pdu.user_information.all(kind))
            if count != 1:
                yield f"{kind.__name__} is sent {counted(count, 'time')}"

    # ------------------------------------------------------------------ A-ASSOCIATE-RJ, A-ABORT

    def _abort(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, Abort) and not abort_is_legal(seen.pdu):
            yield f"{seen.label} has a reserved value"

    def _abort_reason(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, Abort) and seen.pdu.source == AbortSource.SERVICE_USER and seen.pdu.reason:
            yield f"{seen.label} has a reason, which has no meaning with source 0"

    # ------------------------------------------------------------------ P-DATA-TF

    @property
    def limit(self) -> int:
        """The longest P-DATA-TF that the tester has announced, in bytes without its header; 0 for no limit."""
        return self._case.opening.maximum_length

    def _maximum_length(self, seen: Seen) -> Iterator[str]:
        limit = self.limit
        _, length = PDU_HEADER.unpack_from(seen.data)
        if limit and length > limit:
            yield f"the PDU-length is {length}, the tester announced {limit}"

    def _even_fragments(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, PDataTf)
        for value in seen.pdu.presentation_data_value_items:
            size = len(value.fragment)
            if size % 2 or not size:
                yield f"a fragment has {counted(size, 'byte')}"

    def _control_header(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, PDataTf)
        for value in seen.pdu.presentation_data_value_items:
            if value.message_control_header & 0xFC:
                yield f"a message control header is {value.message_control_header:02X}H"

    def _data_context(self, seen: Seen) -> Iterator[str]:
        if not self._lawful or not self._is_accepted:
            yield NOT_CHECKED
            return
        assert isinstance(seen.pdu, PDataTf)
        for value in seen.pdu.presentation_data_value_items:
            if value.presentation_context_id not in self._accepted:
                yield f"data on context {value.presentation_context_id}, which was not accepted"

    def _command_set(self, _seen: Seen) -> Iterator[str]:
        if self._whole_command is None:
            yield NOT_CHECKED
            return
        try:
            elements = list(command_set.elements(self._whole_command))
        except DIMSEProcessingError as error:
            yield str(error)
            return
        tags = [tag for tag, _, _, _ in elements]
        if any(tag >> 16 for tag in tags):
            yield "an element is not of group 0000"
        if any(later <= earlier for earlier, later in pairwise(tags)):
            yield "the elements are not in ascending order"
        if any(length % 2 for _, _, length, _ in elements):
            yield "a value has an odd length"
        if not elements or tags[0] != 0 or elements[0][2] != 4:
            yield "(0000,0000) Command Group Length does not come first"
            return
        (announced,) = unpack("<I", elements[0][3])
        if announced != len(self._whole_command) - 12:
            yield f"the group length is {announced}, {counted(len(self._whole_command) - 12, 'byte')} follow"


SenderCheck.checks = {
    "structure": SenderCheck._structure,
    "values": SenderCheck._values,
    "reserved": SenderCheck._reserved,
    "after_the_end": SenderCheck._after_the_end,
    "version": SenderCheck._version,
    "item_order": SenderCheck._item_order,
    "user_required": SenderCheck._user_required,
    "abort": SenderCheck._abort,
    "abort_reason": SenderCheck._abort_reason,
    "maximum_length": SenderCheck._maximum_length,
    "even_fragments": SenderCheck._even_fragments,
    "control_header": SenderCheck._control_header,
    "data_context": SenderCheck._data_context,
    "command_set": SenderCheck._command_set,
}


def _kinds(data: bytes) -> list[int]:
    """The types of the PDUs in these bytes; none if they are not whole PDUs."""
    kinds, offset = [], 0
    while offset + PDU_HEADER.size <= len(data):
        kind, length = PDU_HEADER.unpack_from(data, offset)
        kinds.append(kind)
        offset += PDU_HEADER.size + length
    return kinds if offset == len(data) else []
