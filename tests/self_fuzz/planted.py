"""Faults of kinds that are on record for DICOM software, planted in our own code: is each found?

A fault changes one function of the package for as long as a test runs.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.dataset import Dataset
from pytest import MonkeyPatch

from dulcimer.archive.index import database
from dulcimer.archive.query import identifier
from dulcimer.archive.values import datasets
from dulcimer.captures import chunks, connection_table, files, ordering, pcapng_blocks
from dulcimer.cli.commands import decode
from dulcimer.cli.show import dump
from dulcimer.conformance.report import document
from dulcimer.conformance.report.journal import report_of_journal
from dulcimer.dimse import command_set, decoded, messages
from dulcimer.dimse.command_values import NUMBERS_OF_TWO_BYTES
from dulcimer.fuzz.corpus import aflnet
from dulcimer.fuzz.findings import reproducer
from dulcimer.services import storage
from dulcimer.services.durable import FileSink
from dulcimer.upper_layer import provider
from dulcimer.wire import buffer, codec, fieldmap, stream
from dulcimer.wire.layout import RAW

_BIG = 1 << 26


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """A fault of a surface: its name, and what is wrong in words.

    `plant` changes the code until the patch is undone.
    """

    surface: str
    name: str
    what: str
    plant: Callable[[MonkeyPatch], None]


FAULTS: list[PlantedFault] = []


def _planted(surface: str, what: str) -> Callable[[Callable[[MonkeyPatch], None]], Callable[[MonkeyPatch], None]]:
    def keep(plant: Callable[[MonkeyPatch], None]) -> Callable[[MonkeyPatch], None]:
        name = plant.__name__.strip("_").replace("_", "-")
        FAULTS.append(PlantedFault(surface, name, what, plant))
        return plant

    return keep


def _before(patch: MonkeyPatch, owner: Any, name: str, first: Callable[..., None]) -> None:
    """Call `first` with the same arguments before a function, or a method."""
    original = getattr(owner, name)

    def changed(*arguments: Any, **named: Any) -> Any:
        first(*arguments, **named)
        return original(*arguments, **named)

    patch.setattr(owner, name, changed)


# ---------------------------------------------------------------------- PDUs


@_planted("pdus", "an exception for an unknown item without a value")
def _unknown_item_without_value(patch: MonkeyPatch) -> None:
    def index(values: dict[str, Any]) -> None:
        if "item_type" in values and RAW in values:
            _ = values[RAW][0]

    _before(patch, codec, "_item_of", index)


@_planted("pdus", "strict reading does not see an even context ID")
def _context_id_not_checked(patch: MonkeyPatch) -> None:
    original = stream.Reader.deviate

    def deviate(self: Any, path: str, offset: int, clause: str, problem: str, *, structural: bool = False) -> None:
        if not (self.strict and path.endswith("presentation_context_id")):
            original(self, path, offset, clause, problem, structural=structural)

    patch.setattr(stream.Reader, "deviate", deviate)


@_planted("pdus", "memory for as many bytes as a PDU announces, before they are there")
def _memory_by_announced_length(patch: MonkeyPatch) -> None:
    def allocate(_self: Any, chunk: bytes) -> None:
        if len(chunk) >= 6:
            bytearray(min(struct.unpack_from(">I", chunk, 2)[0], _BIG))

    _before(patch, buffer.ReceiveBuffer, "pdus", allocate)


@_planted("pdus", "a byte is lost where a PDU is cut in its header")
def _cut_header(patch: MonkeyPatch) -> None:
    original = buffer.ReceiveBuffer._complete

    def complete(self: Any, view: memoryview, position: int) -> Any:
        if len(self._pending) == 3:
            del self._pending[-1]
        return original(self, view, position)

    patch.setattr(buffer.ReceiveBuffer, "_complete", complete)


@_planted("pdus", "work that grows with the square of the number of fields")
def _fields_looked_up_again(patch: MonkeyPatch) -> None:
    original = fieldmap._field

    def field(data: bytes, record: Any, problems: Any) -> Any:
        for _ in data:
            str(record[1])
        return original(data, record, problems)

    patch.setattr(fieldmap, "_field", field)


# ---------------------------------------------------------------------- provider


@_planted("provider", "no answer to a PDU of unknown type, or one that is too long")
def _refused_pdu_ignored(patch: MonkeyPatch) -> None:
    patch.setattr(provider.UpperLayer, "_receive_refused", lambda _self, _unit, _now: None)


@_planted("provider", "an exception for an A-ASSOCIATE-AC that cannot be cut into fields")
def _damaged_acceptance(patch: MonkeyPatch) -> None:
    def fail(_self: Any, unit: Any, _now: float) -> None:
        if unit.pdu_type == 2 and codec.decode_lenient(unit.data).structural:
            raise KeyError("result")

    _before(patch, provider.UpperLayer, "_receive_pdu", fail)


@_planted("provider", "an A-ABORT with a byte too many")
def _long_abort(patch: MonkeyPatch) -> None:
    original = codec.encode
    patch.setattr(provider, "encode", lambda pdu: original(pdu) + (b"\0" if pdu.pdu_type == 7 else b""))


# ---------------------------------------------------------------------- DIMSE


@_planted("dimse", "an exception for a number of the wrong length in a command set")
def _number_of_wrong_length(patch: MonkeyPatch) -> None:
    def unpack(tag: int, raw: bytes) -> None:
        if tag in NUMBERS_OF_TWO_BYTES:
            struct.unpack("<H", raw)

    _before(patch, command_set, "take", unpack)


@_planted("dimse", "a fragment of odd length ends a command set")
def _odd_fragment(patch: MonkeyPatch) -> None:
    original = messages.MessageAssembler._process_command

    def process(self: Any, context_id: int, header: int, fragment: bytes) -> Any:
        header = header | messages.LAST if len(fragment) % 2 else header
        return original(self, context_id, header, fragment)

    patch.setattr(messages.MessageAssembler, "_process_command", process)


@_planted("dimse", "an exception for a value that pydicom cannot decode")
def _undecodable_value(patch: MonkeyPatch) -> None:
    patch.setattr(decoded.DecodedDataset, "_decoded", lambda self: {tag: self[tag] for tag in self.keys()})


@_planted("dimse", "an announced group length is believed")
def _group_length_believed(patch: MonkeyPatch) -> None:
    def allocate(data: bytes) -> None:
        if bytes(data[:8]) == b"\0\0\0\0\4\0\0\0" and len(data) >= 12:
            bytearray(min(struct.unpack_from("<I", data, 8)[0], _BIG))

    _before(patch, command_set, "decode", allocate)


# ---------------------------------------------------------------------- decode


@_planted("decode", "control characters of a peer reach the terminal")
def _control_characters(patch: MonkeyPatch) -> None:
    patch.setattr(dump, "printable", lambda text: text)


@_planted("decode", "the exit status is 0 whatever was found")
def _status_of_json(patch: MonkeyPatch) -> None:
    original = decode._as_json
    patch.setattr(decode, "_as_json", lambda data: original(data) and False)


@_planted("decode", "an exception for a field without bytes")
def _field_without_bytes(patch: MonkeyPatch) -> None:
    def first(value: Any, _size: int, _meaning: str) -> None:
        if isinstance(value, bytes):
            _ = value[0]

    _before(patch, dump, "value_text", first)


# ---------------------------------------------------------------------- captures


@_planted("captures", "an announced length of a frame is not checked")
def _frame_length(patch: MonkeyPatch) -> None:
    original = pcapng_blocks._packet

    def packet(*arguments: Any) -> Any:
        try:
            return original(*arguments)
        except chunks.CaptureError as error:
            raise IndexError(str(error)) from error

    patch.setattr(pcapng_blocks, "_packet", packet)


@_planted("captures", "bytes that come twice are taken twice")
def _repeated_segments(patch: MonkeyPatch) -> None:
    original = ordering.OrderedEnd.take

    def take(self: Any, sequence: int, data: bytes, missing: int, *rest: Any) -> None:
        is_known = self.next is not None and ordering.distance(self.next, sequence) < 0
        original(self, self.next if is_known else sequence, data, missing, *rest)

    patch.setattr(ordering.OrderedEnd, "take", take)


@_planted("captures", "an endless loop on a block that cannot be read")
def _endless_block(patch: MonkeyPatch) -> None:
    original = pcapng_blocks.pcapng_frames

    def pcapng(*arguments: Any) -> Iterator[Any]:
        try:
            yield from original(*arguments)
        except chunks.CaptureError:
            while True:
                len(arguments)

    patch.setattr(files, "pcapng_frames", pcapng)


@_planted("captures", "what waits for missing bytes has no bound")
def _waiting_without_bound(patch: MonkeyPatch) -> None:
    def count(self: Any, end: Any, _events: Any) -> None:
        self.held += self._count(end)

    patch.setattr(connection_table.ConnectionTable, "_bound", count)


# ---------------------------------------------------------------------- archive


@_planted("archive", "a UID with path pieces is the name of a file")
def _path_from_uid(patch: MonkeyPatch) -> None:
    patch.setattr(storage, "is_uid", bool)


@_planted("archive", "an instance with a name outside ASCII is acknowledged, and not indexed")
def _name_not_indexed(patch: MonkeyPatch) -> None:
    original = database._write

    def write(connection: Any, records: Any) -> None:
        original(
            connection, [one for one in records if all(t.isascii() for v in one.values.values() for t in v.values())]
        )

    patch.setattr(database, "_write", write)


@_planted("archive", "an Identifier is believed to have a level")
def _level_believed(patch: MonkeyPatch) -> None:
    def first(_model: identifier.Model, asked: Dataset) -> None:
        _ = datasets.texts(asked, identifier.QUERY_RETRIEVE_LEVEL)[0]

    _before(patch, identifier, "_level", first)


@_planted("archive", "the last byte of an odd data set is lost")
def _last_byte(patch: MonkeyPatch) -> None:
    original = FileSink.write
    patch.setattr(FileSink, "write", lambda self, piece: original(self, piece[: len(piece) - len(piece) % 2]))


# ---------------------------------------------------------------------- own files


@_planted("own-files", "a reproducer is read without its schema")
def _schema_not_checked(patch: MonkeyPatch) -> None:
    patch.setattr(reproducer, "check", lambda _value, _schema: None)


@_planted("own-files", "a length in a file of AFLNet is believed")
def _aflnet_length(patch: MonkeyPatch) -> None:
    def unpack(data: bytes) -> None:
        at = 0
        while at < len(data):
            at += 4 + struct.unpack_from("<I", data, at)[0]

    _before(patch, aflnet, "replay_messages", unpack)


@_planted("own-files", "a journal is believed to have all that a report needs")
def _journal_believed(patch: MonkeyPatch) -> None:
    original = report_of_journal

    def report(text: str) -> Any:
        try:
            return original(text)
        except (LookupError, TypeError) as error:
            raise RuntimeError(str(error)) from error

    patch.setattr(document, "report_of_journal", report)
