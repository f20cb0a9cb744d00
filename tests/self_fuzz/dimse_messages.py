"""The DIMSE decoder (`dulcimer.dimse`): fragments, command sets and data sets of any bytes."""

from __future__ import annotations

import warnings
import zlib
from dataclasses import dataclass, fields
from functools import cache

from dulcimer._generated.commands import ELEMENTS, CStoreRq
from dulcimer.dimse import command_set
from dulcimer.dimse.bounds import DataSetTooLarge
from dulcimer.dimse.command_set import CommandSet
from dulcimer.dimse.data_set import DEFLATED, EXPLICIT_BIG, decode_data_set, decode_elements, encode_data_set, is_small
from dulcimer.dimse.decoded import DecodedDataset
from dulcimer.dimse.decoder import DIMSEDecoder
from dulcimer.dimse.messages import LAST, MemorySink, Message, MessageAssembler
from dulcimer.errors import DIMSEProcessingError, EncodeError
from dulcimer.fsm.primitives import Pdv
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.messages import message_pdu
from dulcimer.fuzz.corpus.streams import pdus_of
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.limits import DEFAULTS
from dulcimer.wire.codec import decode_lenient
from dulcimer.wire.model import PDataTf
from self_fuzz.material import changed, sent_at_once
from self_fuzz.surface import Allowance, Surface, demand
from support.instances import CT
from support.tree_samples import every_element, whole_message

_CONTEXTS = {1: "1.2.840.10008.1.2", 3: "1.2.840.10008.1.2.1", 5: DEFLATED}
_SYNTAXES = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", EXPLICIT_BIG, DEFLATED)
_P_DATA = 4


@dataclass(frozen=True, slots=True)
class _Seen:
    """A message, as far as two ways to receive it can be compared."""

    context_id: int
    values: dict[int, object]
    data: bytes | None


def make(choices: Choices) -> bytes:
    """P-DATA-TFs with a message, changed, and sometimes those of another one after them."""
    samples = _rich() if choices.integer(0, 1) else tuple(data for data in sent_at_once() if data[0] == _P_DATA)
    found = changed(choices.pick(samples), choices, tree_of_pdus)
    return found if choices.integer(0, 3) else found + changed(choices.pick(samples), choices, tree_of_pdus)


@cache
def _rich() -> tuple[bytes, ...]:
    """Messages with every element that command sets have, and with every VR that data sets have."""
    store = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid="1.2.3")
    stored = (message_pdu(1, store, every_element(explicit=explicit)) for explicit in (False, True))
    return (whole_message(explicit=True), *stored)


def check(given: bytes) -> None:
    """Nothing but the documented errors; smaller fragments give the same; what is understood is written the same."""
    values = [value for pdu in pdus_of(given) if pdu[0] == _P_DATA for value in _values(pdu)]
    found, problem = _assembled(values)
    smaller = [piece for value in values for piece in _halves(value)]
    again, other_problem = _assembled(smaller)
    demand(found == again, "other messages when each fragment comes in two")
    demand(problem == other_problem, f"{problem!r}, but {other_problem!r} when each fragment comes in two")
    _decoder_agrees(values, found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for message in found:
            if message.data is not None:
                _data_set(message.data)


def _values(pdu: bytes) -> list[Pdv]:
    decoded = decode_lenient(pdu).pdu
    if not isinstance(decoded, PDataTf):
        return []
    return [
        (one.presentation_context_id, one.message_control_header, one.fragment)
        for one in decoded.presentation_data_value_items
    ]


def _halves(value: Pdv) -> list[Pdv]:
    context_id, header, fragment = value
    middle = len(fragment) // 2
    return [(context_id, header & ~LAST, fragment[:middle]), (context_id, header, fragment[middle:])]


def _assembled(values: list[Pdv]) -> tuple[list[_Seen], str]:
    """The messages up to the first error, and that error."""
    assembler = MessageAssembler(_CONTEXTS)
    found: list[_Seen] = []
    try:
        for value in values:
            for message in assembler.process((value,)):
                found.append(_seen(message))
                _command(message.command_set)
    except DIMSEProcessingError as error:
        assembler.discard()
        return found, str(error)
    return found, ""


def _seen(message: Message) -> _Seen:
    data = message.data
    demand(data is None or isinstance(data, MemorySink), "another sink than was given")
    return _Seen(
        message.context_id, message.command_set.values, data.getvalue() if isinstance(data, MemorySink) else None
    )


def _decoder_agrees(values: list[Pdv], found: list[_Seen]) -> None:
    """The decoder gives the same messages as long as it accepts the headers."""
    decoder = DIMSEDecoder(_CONTEXTS)
    seen: list[_Seen] = []
    for value in values:
        try:
            decoder.process((value,))
        except DIMSEProcessingError:
            break
        if decoder.msg is not None and not decoder.receiving:
            message = decoder.msg
            demand(message.msg_type and repr(message) and message.sop_class_uid != "", "a message without a name")
            _ = message.command_set
            seen.append(_Seen(message.context_id, {}, message.data_set))
    expected = [_Seen(one.context_id, {}, one.data) for one in found]
    demand(seen == expected[: len(seen)], "the decoder gives other messages than the assembler")


def _command(command: CommandSet) -> None:
    for element in ELEMENTS.values():
        command.value(element.attribute)
        command.damage(element.attribute)
    try:
        message = command.message()
    except DIMSEProcessingError:
        return
    follows = bool(command.has_data_set)
    written = command_set.encode(message, has_data_set=follows)
    again = command_set.decode(written)
    demand(again.message() == message, f"{type(message).__name__} is another one when written")
    demand(again.has_data_set == follows, "whether a data set follows is not as written")
    demand(command_set.encode(again.message(), has_data_set=follows) == written, "writing again gives other bytes")
    known = {element.attribute for element in ELEMENTS.values()}
    demand({field.name for field in fields(message)} <= known, "a message has an element that nobody knows")


def _data_set(data: bytes) -> None:
    for syntax in _SYNTAXES:
        raw = _deflated(data) if syntax == DEFLATED else data
        try:
            is_small(raw, syntax, DEFAULTS.identifier)
            data_set = decode_data_set(raw, syntax, limits=DEFAULTS.identifier)
        except (DataSetTooLarge, DIMSEProcessingError):
            continue
        decode_elements(data_set)
        for element in DecodedDataset.of(data_set).values():
            demand(element is not None, "an element is missing")
        try:
            encode_data_set(data_set, syntax)
        except EncodeError:
            continue


def _deflated(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


SURFACE = Surface(
    "dimse",
    "the DIMSE decoder: fragments, command sets, data sets in four transfer syntaxes",
    make,
    check,
    Allowance(calls=400_000, calls_per_byte=600, memory=8 << 20, memory_per_byte=2000),
)
