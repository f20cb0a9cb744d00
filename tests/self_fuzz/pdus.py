"""The decoder of PDUs (`dulcimer.wire`): any bytes, read strictly, leniently, as a field map, in pieces."""

from __future__ import annotations

from itertools import pairwise

from dulcimer._generated.codes import PduType
from dulcimer.errors import DecodeError
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.wire.buffer import Frame, ReceiveBuffer
from dulcimer.wire.codec import Decoded, decode, decode_lenient, encode
from dulcimer.wire.fieldmap import field_map
from dulcimer.wire.model import Pdu
from self_fuzz.material import changed, sent_at_once
from self_fuzz.surface import Allowance, Surface, demand
from support.tree_samples import bases

_FEW_ITEMS, _FEW_DEVIATIONS = 5, 2
_LIMITS = {int(kind): 4 if kind in (PduType.A_RELEASE_RQ, PduType.A_RELEASE_RP) else 1 << 16 for kind in PduType}
_IGNORED = frozenset(("reserved",))
"""Kinds of fields whose bytes receivers ignore, so that they come back as other ones."""


def make(choices: Choices) -> bytes:
    """What a seed sends, or a PDU in which every field occurs, changed."""
    samples = tuple(base.octets for base in bases())
    return changed(choices.pick((*sent_at_once(), *samples)), choices, tree_of_pdus)


def check(given: bytes) -> None:
    """Strict and lenient reading agree, nothing but `DecodeError` is raised, and what was read is written the same."""
    lenient = decode_lenient(given)
    strict = _strict(given, lenient)
    _deviations_are_inside(given, lenient)
    if strict is not None:
        _comes_back(given, strict)
    elif lenient.pdu is not None:
        again = encode(lenient.pdu)
        demand(decode_lenient(again).pdu == lenient.pdu, "a PDU that was read leniently is another one when written")
    few = decode_lenient(given, most_items=_FEW_ITEMS, most_deviations=_FEW_DEVIATIONS)
    demand(few.pdu in (None, lenient.pdu), "with a limit of items the PDU is another one")
    tolerated = [one for one in few.deviations if not one.structural]
    demand(len(tolerated) <= _FEW_DEVIATIONS, "more deviations than asked for")
    _each_byte_is_in_one_field(given)
    demand(tree_of(given).octets == given, "the tree of a PDU has other bytes")
    demand(tree_of_pdus(given).octets == given, "the tree of PDUs has other bytes")
    _cuts_change_nothing(given)


def _strict(given: bytes, lenient: Decoded) -> Pdu | None:
    try:
        strict = decode(given)
    except DecodeError as error:
        demand(lenient.deviations, f"strict reading refuses what has no deviation: {error}")
        first = lenient.deviations[0]
        found = (error.path, error.offset, error.clause, error.problem)
        expected = (first.path, first.offset, first.clause, first.problem)
        demand(found == expected, f"strict reading says {found}, lenient reading {expected}")
        return None
    demand(not lenient.deviations, f"strict reading accepts {lenient.deviations[:1]}")
    demand(strict == lenient.pdu, "strict and lenient reading give different PDUs")
    return strict


def _deviations_are_inside(given: bytes, lenient: Decoded) -> None:
    for one in lenient.deviations:
        demand(0 <= one.offset <= len(given), f"{one.path} is at byte {one.offset} of {len(given)}")
        demand(one.problem and one.clause.startswith("PS3."), f"{one.path} has no problem or no clause")


def _comes_back(given: bytes, pdu: Pdu) -> None:
    """What was read strictly is written with the same bytes, but for those that are ignored."""
    again = encode(pdu)
    demand(decode(again) == pdu, "a PDU that was read strictly is another one when written")
    demand(len(again) == len(given), f"{len(given)} bytes were read strictly, {len(again)} written")
    for mine, theirs in zip(field_map(again), field_map(given), strict=True):
        same = mine.raw == theirs.raw or mine.kind in _IGNORED
        demand(mine.path == theirs.path and same, f"{theirs.path}: {theirs.raw!r} was read, {mine.raw!r} written")


def _each_byte_is_in_one_field(given: bytes) -> None:
    at = 0
    for field in field_map(given):
        demand(field.offset == at, f"{field.path} begins at byte {field.offset}, not {at}")
        demand(field.raw == given[at : at + field.size], f"{field.path} has other bytes")
        at += field.size
    demand(at == len(given), f"the fields end at byte {at} of {len(given)}")
    field_map(given, most_items=_FEW_ITEMS)


def _cuts_change_nothing(given: bytes) -> None:
    whole = _units(ReceiveBuffer(_LIMITS), given)
    middle = len(given) // 2
    for cuts in ((middle,), (3, 7, middle), range(1, min(len(given), 40))):
        buffer = ReceiveBuffer(_LIMITS)
        places = sorted({0, *cuts, len(given)})
        pieces = [given[start:end] for start, end in pairwise(places)]
        found = [unit for piece in pieces for unit in _units(buffer, piece)]
        demand(found == whole, f"other PDUs when the bytes are cut at {tuple(cuts)[:3]}")
        demand(buffer.pending <= len(given), "more bytes are held than came")


def _units(buffer: ReceiveBuffer, chunk: bytes) -> list[tuple[int, bytes | int]]:
    return [
        (unit.pdu_type, bytes(unit.data)) if isinstance(unit, Frame) else (unit.pdu_type, unit.pdu_length)
        for unit in buffer.pdus(chunk)
    ]


SURFACE = Surface(
    "pdus",
    "the decoder of PDUs, the field map, the receive buffer, the trees",
    make,
    check,
    Allowance(calls_per_byte=300),
)
