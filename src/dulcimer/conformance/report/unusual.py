"""Where an association request or acceptance differs from the usual one of a run: what its case is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from dulcimer._generated.codes import PduType
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.report.document import CaseReport
from dulcimer.wire.fieldmap import Field, field_map

_TYPES = (PduType.A_ASSOCIATE_RQ, PduType.A_ASSOCIATE_AC)
_PER_CASE = "ae_title"
"""Fields that may differ between cases that are not about them."""
_LENGTH = "length"


def usual_pdus(cases: Iterable[CaseReport]) -> Mapping[int, bytes]:
    """The PDU that the tester has sent most often, by PDU type."""
    sent = Counter(entry.data for case in cases for entry in case.trace if entry.kind is Kind.SENT)
    usual: dict[int, bytes] = {}
    for data, _ in sent.most_common():
        if len(data) >= PDU_HEADER.size:
            kind, length = PDU_HEADER.unpack_from(data)
            if kind in _TYPES and PDU_HEADER.size + length == len(data):
                usual.setdefault(kind, data)
    return usual


def first_unusual_byte(pdu: bytes, usual: Mapping[int, bytes]) -> int:
    """Offset of the first field that differs from the usual PDU of this type; -1 if there is none.

    Lengths, which follow from other fields, and titles count only if nothing else is unusual.
    """
    known = usual.get(pdu[0]) if pdu else None
    if known is None or known == pdu:
        return -1
    here, there = field_map(pdu), field_map(known)
    for left_out in ((_LENGTH, _PER_CASE), (_LENGTH,), ()):
        found = _first_difference(_without(here, left_out), _without(there, left_out))
        if found is not None:
            return found.offset
    return -1


def _without(fields: Iterable[Field], names: tuple[str, ...]) -> list[Field]:
    return [field for field in fields if not any(name in field.name for name in names)]


def _first_difference(here: list[Field], there: list[Field]) -> Field | None:
    old, new = ([(field.name, field.raw) for field in fields] for fields in (there, here))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for kind, _, _, start, _ in matcher.get_opcodes():
        if kind != "equal" and start < len(here):  # fields missing at the end show in the lengths
            return here[start]
    return None
