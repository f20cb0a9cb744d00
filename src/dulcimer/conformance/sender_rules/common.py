"""Rules for everything that the peer itself sends, checked in every case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from struct import Struct, unpack
from typing import Any

from dulcimer._generated.codes import AbortSource, ContextResult, ItemType, PduType
from dulcimer._generated.commands import status_category
from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer.conformance.judge.advice import VIOLATED
from dulcimer.conformance.model.case import Case, Result, Verdict, revision
from dulcimer.conformance.model.seen import Seen, abort_is_legal, rejection_is_legal
from dulcimer.conformance.model.trace import Kind, trace_line
from dulcimer.conformance.wire_peer.intake import LONGEST_COMMAND
from dulcimer.dimse import command_set
from dulcimer.errors import DIMSEProcessingError
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import (
    Abort,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationClassUid,
    MaximumLength,
    PDataTf,
    ScpScuRoleSelection,
    SopClassCommonExtendedNegotiation,
    SopClassExtendedNegotiation,
    UserIdentity,
    UserIdentityResponse,
)

_HEADER = Struct(">BxI")
_ECHOED = slice(10, 74)
"""Bytes 11 to 74, counted from 1, of an A-ASSOCIATE-RQ and its -AC."""

NOT_LOOKED_AT = ""
"""What a check yields, and nothing else, if there is nothing that it could look at."""

_COMMAND_FIELD_RESPONSE = 0x8000
_ENDS = (PduType.A_ASSOCIATE_RJ, PduType.A_RELEASE_RP, PduType.A_ABORT)
_RELEASES = (PduType.A_RELEASE_RQ, PduType.A_RELEASE_RP)
_ANSWERED_ONLY_IF_ASKED = (
    (AsynchronousOperationsWindow, AsynchronousOperationsWindow),
    (ScpScuRoleSelection, ScpScuRoleSelection),
    (SopClassExtendedNegotiation, SopClassExtendedNegotiation),
    (UserIdentityResponse, UserIdentity),
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that the peer sent against a rule."""

    rule: SenderRule
    case_id: str
    problem: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the tester: the presentation context that it was sent on, and its SOP class."""

    context_id: int
    sop_class: Any


@dataclass(slots=True)
class _Tally:
    rule: SenderRule
    looked_at: int = 0
    violations: list[Violation] = field(default_factory=list)


class SenderLog:
    """What came of the rules for a peer in this role over a whole run."""

    def __init__(self, rules: Sequence[SenderRule] = SENDER_RULES, role: str = "acceptor") -> None:
        self._role = role
        self._tallies = {rule.id: _Tally(rule) for rule in rules}

    def looked(self, rule: SenderRule, violation: Violation | None) -> None:
        """Note that something was held against a rule."""
        tally = self._tallies[rule.id]
        tally.looked_at += 1
        if violation is not None:
            tally.violations.append(violation)

    def results(self) -> list[Result]:
        """One result for each rule."""
        return [self._result(tally) for tally in self._tallies.values()]

    def _result(self, tally: _Tally) -> Result:
        rule = tally.rule
        case = Case(
            id=rule.id,
            rev=revision(rule),
            clause=rule.clause,
            requirement=rule.requirement,
            severity=rule.severity,
            role=self._role,
            drive=(),
            inject=(),
            alternatives=(),
            rules=rule.rules,
        )
        if tally.violations:
            # The cases run side by side: which one came first would differ from run to run.
            first = min(tally.violations, key=lambda violation: (violation.case_id, violation.problem))
            cases = sorted({violation.case_id for violation in tally.violations})
            shown = ", ".join(cases[:3]) + (f" and {len(cases) - 3} more" if len(cases) > 3 else "")
            result = Result(case, Verdict(rule.verdict), first.problem, f"seen in {shown}", alternative=VIOLATED)
            result.seen_in = tuple(cases)
            result.seen_in = tuple(cases)
            result.trace = [trace_line(0.0, Kind.RECEIVED, first.problem, first.data)]
            return result
        if not tally.looked_at:
            return Result(case, Verdict.UNOBSERVABLE, "nothing of the kind was sent", "no case made the peer send one")
        return Result(case, Verdict.OK, f"{tally.looked_at} times as it must be")


class SenderCheck:
    """Holds what the peer sends on one connection against the rules.

    The check of a rule is the method that it names; a subclass may have checks of its own.
    """

    def __init__(self, case: Case, log: SenderLog, rules: Sequence[SenderRule] = SENDER_RULES) -> None:
        self._case = case
        self._rules = rules
        self._log = log
        self._request: AssociateRq | None = None
        self._request_bytes = b""
        self._accepted: set[int] = set()
        self._asked: dict[int, list[Asked]] = {}
        self._last_sent: int | None = None
        self._releases = 0
        self._ended_by: int | None = None
        self._spoken_since = False
        self.violations: list[Violation] = []
        self._command = bytearray()
        self._command_context = 0
        self._done: bytes | None = None
        self._lawful = case.lawful

    def sent(self, data: bytes) -> None:
        """The tester sends this."""
        kinds = _kinds(data)
        self._last_sent = kinds[-1] if kinds else None
        self._releases += sum(kind in _RELEASES for kind in kinds)
        self._spoken_since = True
        self._note_sent(data)

    def _note_sent(self, data: bytes) -> None:
        if data[:1] == bytes([PduType.A_ASSOCIATE_RQ]) and self._request is None:
            decoded = decode_lenient(data)
            if isinstance(decoded.pdu, AssociateRq) and not decoded.deviations:
                self._request, self._request_bytes = decoded.pdu, data
            return
        command = bytearray()
        while len(data) >= _HEADER.size:
            kind, length = _HEADER.unpack_from(data)
            pdu = decode_lenient(data[: _HEADER.size + length]).pdu if kind == PduType.P_DATA_TF else None
            data = data[_HEADER.size + length :]
            for value in pdu.presentation_data_value_items if isinstance(pdu, PDataTf) else ():
                if not value.is_command:
                    continue
                command += value.fragment
                if value.is_last:
                    self._note_asked(bytes(command), value.presentation_context_id)
                    command.clear()

    def _note_asked(self, command: bytes, context_id: int) -> None:
        try:
            found = command_set.decode(command)
        except DIMSEProcessingError:
            return
        number = found.value("message_id")
        if isinstance(number, int):
            self._asked.setdefault(number, []).append(Asked(context_id, found.value("affected_sop_class_uid")))

    def received(self, seen: Seen) -> list[str]:
        """What is wrong with a PDU of the peer."""
        if isinstance(seen.pdu, AssociateAc):
            self._accepted = {
                item.presentation_context_id
                for item in seen.pdu.presentation_contexts
                if item.result_reason == ContextResult.ACCEPTANCE
            }
        self._done = None
        if isinstance(seen.pdu, PDataTf):
            self._gather(seen.pdu)
        problems = []
        for rule in self._rules:
            if rule.pdus != ("*",) and seen.name not in rule.pdus:
                continue
            if seen.pdu is None and rule.check != "structure":
                continue
            found = list(getattr(self, f"_{rule.check}")(seen))
            if found == [NOT_LOOKED_AT]:
                continue
            violation = Violation(rule, self._case.id, found[0], seen.data) if found else None
            self._log.looked(rule, violation)
            if violation is not None:
                self.violations.append(violation)
            problems += found
        if self._ended_by is None and seen.data and seen.data[0] in _ENDS:
            self._ended_by, self._spoken_since = seen.data[0], False
        return problems

    def _gather(self, pdu: PDataTf) -> None:
        for value in pdu.presentation_data_value_items:
            if value.is_command:
                if len(self._command) <= LONGEST_COMMAND:
                    self._command += value.fragment
                if value.is_last:
                    self._done = bytes(self._command) if len(self._command) <= LONGEST_COMMAND else None
                    self._command.clear()

    # ------------------------------------------------------------------ any PDU

    def _structure(self, seen: Seen) -> Iterator[str]:
        for deviation in decode_lenient(seen.data).deviations:
            if deviation.structural:
                yield f"{deviation.path}, byte {deviation.offset + 1}: {deviation.problem}"

    def _values(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, AssociateAc) and (self._request is None or not self._lawful):
            yield NOT_LOOKED_AT
            return
        for deviation in decode_lenient(seen.data).deviations:
            if not deviation.structural:
                yield f"{deviation.path}, byte {deviation.offset + 1}: {deviation.problem}"

    def _reserved(self, seen: Seen) -> Iterator[str]:
        for leaf in field_map(seen.data):
            is_echo = isinstance(seen.pdu, AssociateAc) and _ECHOED.start <= leaf.offset < _ECHOED.stop
            if leaf.kind == "reserved" and any(leaf.raw) and not is_echo:
                yield f"{leaf.path}, byte {leaf.offset + 1}, is {leaf.raw.hex().upper()}H, not zero"

    def _after_the_end(self, seen: Seen) -> Iterator[str]:
        """Nothing but an A-ABORT is sent in Sta13, and that only where something has come that it answers."""
        if self._ended_by is None:
            yield NOT_LOOKED_AT
        elif seen.name != PduType.A_ABORT.label:
            yield f"{seen.label} after {PduType(self._ended_by).label}"
        elif self._only_released and not self._spoken_since:
            yield f"{seen.label} after {PduType.A_RELEASE_RP.label}, which nothing called for"

    @property
    def _only_released(self) -> bool:
        """Whether an A-RELEASE-RP has ended the association, and nothing came behind the one request for it."""
        return self._ended_by == PduType.A_RELEASE_RP and self._last_sent in _RELEASES and self._releases == 1

    # ------------------------------------------------------------------ A-ASSOCIATE-AC

    def _ac_echo(self, seen: Seen) -> Iterator[str]:
        if self._request is None:
            yield NOT_LOOKED_AT
            return
        for number in range(_ECHOED.start, _ECHOED.stop):
            if seen.data[number] != self._request_bytes[number]:
                yield (
                    f"byte {number + 1} is {seen.data[number]:02X}H, and "
                    f"{self._request_bytes[number]:02X}H in the A-ASSOCIATE-RQ"
                )
                return

    def _version(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, AssociateAc) and not seen.pdu.protocol_version & 1:
            yield f"the protocol version is {seen.pdu.protocol_version:04X}H"

    def _item_order(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateAc)
        kinds = [item.item_type for item in seen.pdu.variable_items]
        if kinds != sorted(kinds):
            yield "the item types come in the order " + ", ".join(f"{kind:02X}H" for kind in kinds)

    def _contexts(self, seen: Seen) -> Iterator[str]:
        if self._request is None or not self._lawful:
            yield NOT_LOOKED_AT
            return
        assert isinstance(seen.pdu, AssociateAc)
        asked = sorted(item.presentation_context_id for item in self._request.presentation_contexts)
        answered = sorted(item.presentation_context_id for item in seen.pdu.presentation_contexts)
        if asked != answered:
            yield f"contexts {_numbers(asked)} were proposed, {_numbers(answered)} are answered"
        for item in seen.pdu.presentation_contexts:
            if item.result_reason not in set(map(int, ContextResult)):
                yield f"context {item.presentation_context_id} has the reserved result {item.result_reason}"

    def _transfer_syntax(self, seen: Seen) -> Iterator[str]:
        if self._request is None or not self._lawful:
            yield NOT_LOOKED_AT
            return
        assert isinstance(seen.pdu, AssociateAc)
        proposed = {item.presentation_context_id: item for item in self._request.presentation_contexts}
        for item in seen.pdu.presentation_contexts:
            if item.result_reason != ContextResult.ACCEPTANCE or item.presentation_context_id not in proposed:
                continue
            names = [one for one in item.sub_items if one.item_type == ItemType.TRANSFER_SYNTAX]
            if len(names) != 1:
                yield f"context {item.presentation_context_id} has {len(names)} transfer syntaxes"
            elif item.transfer_syntax not in proposed[item.presentation_context_id].transfer_syntaxes:
                yield f"context {item.presentation_context_id} has {item.transfer_syntax}, which was not proposed"

    def _user_required(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, AssociateAc)
        for kind in (MaximumLength, ImplementationClassUid):
            count = len(seen.pdu.user_information.all(kind))
            if count != 1:
                yield f"{kind.__name__} comes {count} times"

    def _user_unasked(self, seen: Seen) -> Iterator[str]:
        if self._request is None:
            yield NOT_LOOKED_AT
            return
        assert isinstance(seen.pdu, AssociateAc)
        answer = seen.pdu.user_information
        for kind, asked in _ANSWERED_ONLY_IF_ASKED:
            if answer.all(kind) and not self._request.user_information.all(asked):
                yield f"{kind.__name__} was not asked for"
        for never in (SopClassCommonExtendedNegotiation, UserIdentity):
            if answer.all(never):
                yield f"{never.__name__} is not for an A-ASSOCIATE-AC"

    # ------------------------------------------------------------------ A-ASSOCIATE-RJ, A-ABORT

    def _rejection(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, AssociateRj) and not rejection_is_legal(seen.pdu):
            yield f"{seen.label} has a reserved value"

    def _abort(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, Abort) and not abort_is_legal(seen.pdu):
            yield f"{seen.label} has a reserved value"

    def _abort_reason(self, seen: Seen) -> Iterator[str]:
        if isinstance(seen.pdu, Abort) and seen.pdu.source == AbortSource.SERVICE_USER and seen.pdu.reason:
            yield f"{seen.label} has a reason, which means nothing with source 0"

    # ------------------------------------------------------------------ P-DATA-TF

    def _maximum_length(self, seen: Seen) -> Iterator[str]:
        limit = self._case.maximum_length
        _, length = _HEADER.unpack_from(seen.data)
        if limit and length > limit:
            yield f"the PDU-length is {length}, the tester announced {limit}"

    def _even_fragments(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, PDataTf)
        for value in seen.pdu.presentation_data_value_items:
            size = len(value.fragment)
            if size % 2 or not size:
                yield f"a fragment has {size} bytes"

    def _control_header(self, seen: Seen) -> Iterator[str]:
        assert isinstance(seen.pdu, PDataTf)
        for value in seen.pdu.presentation_data_value_items:
            if value.message_control_header & 0xFC:
                yield f"a message control header is {value.message_control_header:02X}H"

    def _data_context(self, seen: Seen) -> Iterator[str]:
        if not self._lawful:
            yield NOT_LOOKED_AT
            return
        assert isinstance(seen.pdu, PDataTf)
        for value in seen.pdu.presentation_data_value_items:
            if value.presentation_context_id not in self._accepted:
                yield f"data on context {value.presentation_context_id}, which was not accepted"

    def _command_set(self, _seen: Seen) -> Iterator[str]:
        if self._done is None:
            yield NOT_LOOKED_AT
            return
        try:
            elements = list(command_set.elements(self._done))
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
        if announced != len(self._done) - 12:
            yield f"the group length is {announced}, {len(self._done) - 12} bytes follow"

    def _response(self, seen: Seen) -> Iterator[str]:
        command = seen.command
        if command is None or not self._lawful or not (command.command_field or 0) & _COMMAND_FIELD_RESPONSE:
            yield NOT_LOOKED_AT
            return
        try:
            command.message()
        except DIMSEProcessingError as error:
            yield str(error)
        number = command.value("message_id_being_responded_to")
        if number not in self._asked:
            yield f"message ID {number} is answered, which nobody asked with"
        status = command.value("status")
        if not isinstance(status, int) or status_category(status) == "Unknown":
            yield f"the status {status} is not defined"


def _kinds(data: bytes) -> list[int]:
    """The types of the PDUs in these bytes; none if they are not whole PDUs."""
    kinds, offset = [], 0
    while offset + _HEADER.size <= len(data):
        kind, length = _HEADER.unpack_from(data, offset)
        kinds.append(kind)
        offset += _HEADER.size + length
    return kinds if offset == len(data) else []


def _numbers(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
