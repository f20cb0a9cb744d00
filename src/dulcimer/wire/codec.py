"""PDUs to bytes and back: `model` on one side, the schemas of `pdus` and `items` on the other."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, cast

from dulcimer._generated import p_data
from dulcimer._generated.headers import PDU_HEADER
from dulcimer.errors import EncodeError
from dulcimer.wire import model
from dulcimer.wire.layout import RAW
from dulcimer.wire.pdus import P_DATA_TF, PDU_SCHEMAS, read_pdu
from dulcimer.wire.stream import Deviation, Reader, TooMuchError, Value, Values, Writer

__all__ = ["Decoded", "Deviation", "decode", "decode_lenient", "encode", "p_data_deviations"]

_PDUS: tuple[type[Any], ...] = (
    model.AssociateRq,
    model.AssociateAc,
    model.AssociateRj,
    model.PDataTf,
    model.ReleaseRq,
    model.ReleaseRp,
    model.Abort,
)
_ITEMS: tuple[type[Any], ...] = (
    model.ApplicationContext,
    model.PresentationContextRq,
    model.PresentationContextAc,
    model.AbstractSyntax,
    model.TransferSyntax,
    model.UserInformation,
    model.MaximumLength,
    model.ImplementationClassUid,
    model.AsynchronousOperationsWindow,
    model.ScpScuRoleSelection,
    model.ImplementationVersionName,
    model.SopClassExtendedNegotiation,
    model.SopClassCommonExtendedNegotiation,
    model.UserIdentity,
    model.UserIdentityResponse,
)
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (*_PDUS, *_ITEMS, model.PresentationDataValue)}
_PDU_OF = {kind.pdu_type: kind for kind in _PDUS}
_ITEM_OF = {kind.item_type: kind for kind in _ITEMS}
_RELATED = "related_general_sop_class_uid"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The result of lenient decoding.

    `pdu` is None if not even the fixed fields are there. An item that cannot be cut into its fields is an
    `UnknownItem` with the bytes it has; bytes that form no item are left out.
    """

    pdu: model.Pdu | None
    deviations: tuple[Deviation, ...]

    @property
    def structural(self) -> Deviation | None:
        """The first structural deviation, None if the bytes can be cut into fields."""
        return next((deviation for deviation in self.deviations if deviation.structural), None)


def decode(data: model.Buffer) -> model.Pdu:
    """The PDU that these bytes are, from the first to the last.

    Raises `DecodeError` at the first deviation from the standard. What the standard says to ignore is not
    a deviation: reserved bytes, unknown items, other bits of protocol version and message control header.
    """
    raw = bytes(data)
    return _usual_p_data(raw) or cast(model.Pdu, _pdu_of(read_pdu(Reader(raw))))


def decode_lenient(data: model.Buffer, *, most_items: int = sys.maxsize, most_deviations: int = sys.maxsize) -> Decoded:
    """The PDU as far as it can be read, and all deviations in the order found; never raises.

    A PDU with more than `most_items` items, nested ones included, gives no PDU and a structural deviation.
    Of the other deviations the first `most_deviations` are listed.
    """
    raw = bytes(data)
    if usual := _usual_p_data(raw):
        return Decoded(usual, ())
    reader = Reader(raw, strict=False, most_items=most_items, most_deviations=most_deviations)
    try:
        values = read_pdu(reader)
    except TooMuchError:
        return Decoded(None, tuple(reader.deviations))
    return Decoded(_pdu_of(values), tuple(reader.deviations))


def encode(pdu: model.Pdu, overrides: Mapping[str, Value] | None = None) -> bytes:
    """The bytes of a PDU.

    Any value that can be written as bytes is written, even if the standard does not allow it; any other raises
    `EncodeError`. `overrides` replaces fields by path (``variable_items[0].item_length``): an integer takes
    the width of the field, text is written as the field writes text, bytes unchanged. Lengths are
    those of the bytes written, unless overridden, too.
    """
    if not overrides and isinstance(pdu, model.PDataTf) and pdu.presentation_data_value_items:
        with suppress(struct.error, TypeError, AttributeError):  # the schema below says what is wrong
            return b"".join(p_data.pieces([_pdv(item) for item in pdu.presentation_data_value_items]))
    writer = Writer(overrides)
    PDU_SCHEMAS[pdu.pdu_type].put(dict(_values_of(pdu)), writer, {}, "")
    return writer.finish()


def p_data_deviations(
    items: Sequence[tuple[int, int, model.Buffer]], data: model.Buffer, *, most_deviations: int = sys.maxsize
) -> tuple[Deviation, ...]:
    """The deviations of the P-DATA-TF `data`, which has these items, that are tolerated."""
    return () if _is_usual(items) else decode_lenient(data, most_deviations=most_deviations).deviations


def _pdv(item: model.PresentationDataValue) -> tuple[int, int, memoryview]:
    return item.presentation_context_id, item.message_control_header, memoryview(item.fragment).cast("B")


def _usual_p_data(data: bytes) -> model.PDataTf | None:
    """The P-DATA-TF if these bytes are one with a single PDV and no deviation; None if not.

    Nearly all PDUs are like that, and the code compiled from the schema reads them several times as fast.
    """
    header_size = PDU_HEADER.size
    if len(data) < header_size or PDU_HEADER.unpack_from(data) != (P_DATA_TF.type_code, len(data) - header_size):
        return None
    try:
        items = p_data.parse(memoryview(data)[header_size:], 1)
    except ValueError:
        return None
    if not _is_usual(items):
        return None
    ((context_id, control, fragment),) = items
    return model.PDataTf((model.PresentationDataValue(context_id, control, bytes(fragment)),))


def _is_usual(items: Sequence[tuple[int, int, model.Buffer]]) -> bool:
    """Whether there is exactly one PDV, without deviations."""
    if len(items) > 1:
        return False
    context_id, _, fragment = items[0]
    return context_id & 1 == 1 and len(fragment) > 0 and len(fragment) % 2 == 0


def _pdu_of(values: Values) -> model.Pdu | None:
    kind = _PDU_OF.get(values.get("pdu_type", 0))
    if kind is None or RAW in values:
        return None
    if kind is model.PDataTf:
        whole = [item for item in values["presentation_data_value_items"] if RAW not in item]
        return model.PDataTf(_made_of(whole, _value_of))
    return cast(model.Pdu, kind(*[_of_field(values[name]) for name in _NAMES[kind]]))


def _value_of(values: Values) -> model.PresentationDataValue:
    return model.PresentationDataValue(*[values[name] for name in _NAMES[model.PresentationDataValue]])


def _of_field(value: Any) -> Any:
    return _made_of(value, _item_of) if type(value) is list else value


def _made_of(elements: Sequence[Values], make: Callable[[Values], Any]) -> tuple[Any, ...]:
    """What `make` gives for each element; elements with the same bytes may be one object, of which it is made once."""
    found: list[Any] = []
    made: dict[int, Any] = {}
    for values in elements:
        number = id(values)
        if number not in made:
            made[number] = make(values)
        found.append(made[number])
    return tuple(found)


def _item_of(values: Values) -> Any:
    kind = _ITEM_OF.get(values.get("item_type", 0))
    if kind is not None and RAW not in values:
        return kind(*[_of_field(values[name]) for name in _NAMES[kind]])
    if _RELATED in values:
        return values[_RELATED]
    return model.UnknownItem(values["item_type"], values[RAW])


def _values_of(part: Any) -> Iterator[tuple[str, Any]]:
    """The values for the schema of a PDU or an item."""
    for name in _NAMES[type(part)]:
        value = getattr(part, name)
        yield name, [_element_values(name, element) for element in value] if type(value) is tuple else value


def _element_values(name: str, element: Any) -> Values:
    if isinstance(element, model.UnknownItem):
        return {"item_type": element.item_type, RAW: element.value}
    if isinstance(element, str):
        return {_RELATED: element}
    values = dict(_values_of(element)) if type(element) in _NAMES else None
    if values is None:
        raise EncodeError(f"{element!r} is not an item", path=name)
    if type(element) is not model.PresentationDataValue:
        values["item_type"] = element.item_type
    return values
