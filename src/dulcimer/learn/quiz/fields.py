"""Questions about the bytes of a PDU: what are these bytes, and which field violates the standard?"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, NamedTuple

from dulcimer._generated.codes import PduType
from dulcimer.learn.play.primitives import planted_bytes
from dulcimer.learn.quiz.question import QuizQuestion, options_with
from dulcimer.trace.records import ACCEPTOR, REQUESTOR
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.fieldmap import Field, field_map

_SENDERS: Final = {
    PduType.A_ASSOCIATE_RQ: REQUESTOR,
    PduType.A_ASSOCIATE_AC: ACCEPTOR,
    PduType.A_ASSOCIATE_RJ: ACCEPTOR,
    PduType.P_DATA_TF: REQUESTOR,
    PduType.A_ABORT: REQUESTOR,
}
_PER_LINE = 16
_SHOWN = 8
_NEAR = 6


class PlantedValue(NamedTuple):
    """A value that a field must not have: number or text, or bytes in hexadecimal digits for other fields."""

    pdu: PduType
    path: str
    value: int | str


FAULTS: Final = (
    PlantedValue(PduType.A_ASSOCIATE_RQ, "protocol_version", 2),
    PlantedValue(PduType.A_ASSOCIATE_RQ, "called_ae_title", ""),
    PlantedValue(PduType.A_ASSOCIATE_RQ, "calling_ae_title", "SCAN\\NER"),
    PlantedValue(PduType.A_ASSOCIATE_RQ, "variable_items[0].application_context_name", "1.2.840.10008.03.1.1.1"),
    PlantedValue(PduType.A_ASSOCIATE_RQ, "variable_items[1].presentation_context_id", 2),
    PlantedValue(PduType.A_ASSOCIATE_RQ, "variable_items[1].sub_items[0].abstract_syntax_name", "1.2.840.10008.1.1\0"),
    PlantedValue(PduType.A_ASSOCIATE_AC, "protocol_version", 0),
    PlantedValue(PduType.A_ASSOCIATE_AC, "variable_items[1].result_reason", 9),
    PlantedValue(PduType.A_ASSOCIATE_RJ, "result", 3),
    PlantedValue(PduType.A_ASSOCIATE_RJ, "source", 4),
    PlantedValue(PduType.P_DATA_TF, "presentation_data_value_items[0].presentation_context_id", 128),
    PlantedValue(PduType.A_ABORT, "source", 7),
)


def spot_the_bytes(chance: random.Random) -> QuizQuestion:
    """What are these bytes? Wrong answers are the fields around them."""
    kind = chance.choice(list(_SENDERS))
    data = planted_bytes(kind.label, _SENDERS[kind])
    fields = field_map(data)
    chosen = chance.choice([one for one in fields if _is_told(one)])
    name = _name(fields, chosen)
    options, place = options_with(name, (_name(fields, one) for one in _near(fields, chosen, chance)), chance)
    text = f"Which field of this {kind.label} is {_place(chosen)}?"
    why = f"{name}: {chosen.doc}."
    return _about_bytes("spot the bytes", text, data, chosen, (options, place), why)


def spot_the_violation(chance: random.Random) -> QuizQuestion:
    """Which field violates the standard?"""
    fault = chance.choice(FAULTS)
    good = decode(planted_bytes(fault.pdu.label, _SENDERS[fault.pdu]))
    data = encode(good, overrides={fault.path: fault.value})
    fields = field_map(data)
    chosen = next(one for one in fields if one.path == fault.path)
    right = _shown(fields, chosen)
    others = [_shown(fields, one) for one in _near(fields, chosen, chance) if not one.problem]
    options, place = options_with(right, others, chance)
    text = f"One field of this {fault.pdu.label} violates the standard. Which one?"
    why = f"{_name(fields, chosen)}: {chosen.problem}."
    return _about_bytes("spot the violation", text, data, chosen, (options, place), why)


def _about_bytes(
    kind: str, text: str, data: bytes, field: Field, answers: tuple[tuple[str, ...], int], why: str
) -> QuizQuestion:
    look = f"{data[0]:02X}H"
    return QuizQuestion(kind, text, dump(data), *answers, why, field.clause, look, data=data, offset=field.offset)


def dump(data: bytes) -> tuple[str, ...]:
    """The bytes in lines of 16, each with the offset of its first byte and the characters."""
    lines = []
    for start in range(0, len(data), _PER_LINE):
        part = data[start : start + _PER_LINE]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append(f"{start:4}  {part.hex(' '):<{3 * _PER_LINE}} {text}".rstrip())
    return tuple(lines)


def _near(fields: Sequence[Field], chosen: Field, chance: random.Random) -> list[Field]:
    """The fields around one, in a random order."""
    at = fields.index(chosen)
    name = _name(fields, chosen)
    others = [one for one in fields if _is_told(one) and _name(fields, one) != name]
    near = sorted(others, key=lambda one: abs(fields.index(one) - at))[:_NEAR]
    chance.shuffle(near)
    return near


def _is_told(field: Field) -> bool:
    return bool(field.size) and field.kind != "reserved" and field.name != "fragment"


def _name(fields: Sequence[Field], field: Field) -> str:
    """The name of a field, and of the item that it is in: ``item length (User Information)``."""
    around = field.path.rpartition(".")[0]
    name = field.name.replace("_", " ")
    if not around:
        return name
    item = next((one.meaning for one in fields if one.path == f"{around}.item_type"), "")
    return f"{name} ({item or 'presentation-data-value item'})"


def _place(field: Field) -> str:
    shown = field.raw[:_SHOWN].hex(" ") + (" ..." if field.size > _SHOWN else "")
    if field.size == 1:
        return f"the byte at offset {field.offset} ({shown})"
    return f"at offset {field.offset}, {field.size} bytes long ({shown})"


def _shown(fields: Sequence[Field], field: Field) -> str:
    value = field.raw.hex(" ") if field.size <= 4 else f'"{field.raw.decode("latin-1")}"'
    printable = "".join(c if " " <= c <= "~" else f"\\x{ord(c):02x}" for c in value)
    return f"{_name(fields, field)}: {printable[:60]}"
