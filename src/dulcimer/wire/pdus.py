"""Schemas of the seven PDUs (PS3.8 9.3.2 to 9.3.8).

Every PDU opens with 6 bytes: type, a reserved byte, and a 4-byte length of what follows. The numbers in
`reserved_9_10` and the like count bytes from 1, as the tables of the standard do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from construct import Renamed

from dulcimer._generated.codes import (
    CLAUSES,
    REJECT_REASONS,
    AbortReason,
    AbortSource,
    PduType,
    RejectResult,
    RejectSource,
)
from dulcimer.counting import counted
from dulcimer.wire import problems
from dulcimer.wire.fields import AeTitle, Bytes, Coded, Const, Integer, Length, Reserved, Unparsed, unparsed_leaf
from dulcimer.wire.items import CONTEXT_ID, ITEMS_OF_AC, ITEMS_OF_RQ
from dulcimer.wire.layout import Layout
from dulcimer.wire.lists import ItemsToEnd, RunOf
from dulcimer.wire.part import Part
from dulcimer.wire.rules import BitZeroSet, EvenAndNotEmpty, NotAbove, ValueWords
from dulcimer.wire.stream import GiveUpError, Reader, Values, Writer

HEADER_CLAUSE = CLAUSES[PduType]
_IGNORED = "0 when sent, not tested when received"
_ECHO = "as in the A-ASSOCIATE-RQ, not tested when received"


def _pdu(pdu_type: PduType, *members: Renamed) -> Layout:
    return Layout(
        f"{pdu_type.label} PDU",
        pdu_type.clause,
        "pdu_type" / Const(1, pdu_type) * f"{pdu_type:02X}H: {pdu_type.label}",
        "reserved_2" / Reserved(1) * _IGNORED,
        "pdu_length" / Length(4) * "bytes from here to the end of the PDU",
        *members,
    )


_VERSION = BitZeroSet("bit 0 is not set: version 1 is not supported")
_VERSION_WORDS = ValueWords({0: "not version 1", 1: "version 1"}, mask=1)


def _associate(pdu_type: PduType, items: ItemsToEnd, which: str, *, echo: bool) -> Layout:
    return _pdu(
        pdu_type,
        "protocol_version"
        / Integer(2, check=_VERSION, meaning=_VERSION_WORDS)
        * "bit 0: version 1; receivers test no other bit",
        "reserved_9_10" / Reserved(2) * _IGNORED,
        "called_ae_title" / AeTitle(tested=not echo) * (_ECHO if echo else "AE title of the acceptor"),
        "calling_ae_title" / AeTitle(tested=not echo) * (_ECHO if echo else "AE title of the requestor"),
        "reserved_43_74" / Reserved(32) * (_ECHO if echo else _IGNORED),
        "variable_items" / items * which,
    )


A_ASSOCIATE_RQ = _associate(
    PduType.A_ASSOCIATE_RQ,
    ITEMS_OF_RQ,
    "one Application Context, one or more Presentation Context and one User Information item",
    echo=False,
)
"""A-ASSOCIATE-RQ PDU (PS3.8 9.3.2): 6 bytes header, 68 bytes, items."""

A_ASSOCIATE_AC = _associate(
    PduType.A_ASSOCIATE_AC,
    ITEMS_OF_AC,
    "one Application Context, one Presentation Context for each proposed, one User Information item",
    echo=True,
)
"""A-ASSOCIATE-AC PDU (PS3.8 9.3.3): 6 bytes header, 68 bytes, items."""

A_ASSOCIATE_RJ = _pdu(
    PduType.A_ASSOCIATE_RJ,
    "reserved_7" / Reserved(1) * _IGNORED,
    "result" / Coded(1, RejectResult) * "whether the rejection is permanent",
    "source" / Coded(1, RejectSource) * "who rejected",
    "reason" / Coded(1, REJECT_REASONS, by="source") * "why; the meaning depends on the source",
)
"""A-ASSOCIATE-RJ PDU (PS3.8 9.3.4): 10 bytes."""


_MESSAGE_CONTROL = ValueWords(
    {
        0: "data set, more fragments follow",
        1: "command, more fragments follow",
        2: "data set, last fragment",
        3: "command, last fragment",
    },
    mask=3,
)
_FRAGMENT = EvenAndNotEmpty("the fragment is empty", "the fragment has an odd number of bytes, {size}")

PRESENTATION_DATA_VALUE = Layout(
    "presentation-data-value item",
    "PS3.8 9.3.5.1",
    "item_length" / Length(4) * "bytes from here to the end of the item",
    "presentation_context_id"
    / Integer(1, check=CONTEXT_ID)
    * "the accepted presentation context that the message uses",
    "message_control_header"
    / Integer(1, meaning=_MESSAGE_CONTROL, clause="PS3.8 E.2")
    * "bit 0: command (1) or data set (0); bit 1: last fragment of it; other bits are not tested",
    "fragment" / Bytes(check=_FRAGMENT) * "an even number of bytes of a command set or data set",
)
"""Presentation-data-value item of a P-DATA-TF (PS3.8 9.3.5.1): 6 bytes, a fragment."""


def _one_message(items: Sequence[Values]) -> Iterator[tuple[int, str, str]]:
    """The PDVs of one P-DATA-TF belong to one message: one context, command first, nothing after its end."""
    fragments = [(index, pdv) for index, pdv in enumerate(items) if "fragment" in pdv]
    context = fragments[0][1]["presentation_context_id"] if fragments else 0
    previous = None
    for index, pdv in fragments:
        if pdv["presentation_context_id"] != context:
            yield index, "presentation_context_id", problems.OTHER_CONTEXT.format(context=context)
        header = pdv["message_control_header"] & 3
        if previous is not None and header & 1 > previous & 1:
            yield index, "message_control_header", problems.COMMAND_LATE
        elif previous is not None and previous & 2 and header & 1 == previous & 1:
            yield index, "message_control_header", problems.AFTER_THE_LAST
        previous = header


P_DATA_TF = _pdu(
    PduType.P_DATA_TF,
    "presentation_data_value_items"
    / RunOf(PRESENTATION_DATA_VALUE, PduType.P_DATA_TF.clause, minimum=1, check=_one_message)
    * "one or more PDVs of one message",
)
"""P-DATA-TF PDU (PS3.8 9.3.5): 6 bytes header, PDVs."""

A_RELEASE_RQ = _pdu(PduType.A_RELEASE_RQ, "reserved_7_10" / Reserved(4) * _IGNORED)
"""A-RELEASE-RQ PDU (PS3.8 9.3.6): 10 bytes."""

A_RELEASE_RP = _pdu(PduType.A_RELEASE_RP, "reserved_7_10" / Reserved(4) * _IGNORED)
"""A-RELEASE-RP PDU (PS3.8 9.3.7): 10 bytes."""

A_ABORT = _pdu(
    PduType.A_ABORT,
    "reserved_7" / Reserved(1) * _IGNORED,
    "reserved_8" / Reserved(1) * _IGNORED,
    "source" / Coded(1, AbortSource) * "who aborted",
    "reason"
    / Coded(1, {int(AbortSource.SERVICE_PROVIDER): AbortReason}, by="source")
    * "why; not significant when the service-user aborted",
)
"""A-ABORT PDU (PS3.8 9.3.8): 10 bytes."""

PDU_SCHEMAS: dict[int, Layout] = {
    PduType.A_ASSOCIATE_RQ: A_ASSOCIATE_RQ,
    PduType.A_ASSOCIATE_AC: A_ASSOCIATE_AC,
    PduType.A_ASSOCIATE_RJ: A_ASSOCIATE_RJ,
    PduType.P_DATA_TF: P_DATA_TF,
    PduType.A_RELEASE_RQ: A_RELEASE_RQ,
    PduType.A_RELEASE_RP: A_RELEASE_RP,
    PduType.A_ABORT: A_ABORT,
}
"""The schema of each PDU type."""


class _UnknownType(Integer):
    kind = "enum"
    structural = True


UNRECOGNIZED_PDU = Layout(
    "unrecognized PDU",
    HEADER_CLAUSE,
    "pdu_type"
    / _UnknownType(1, check=NotAbove(-1, "{value:02X}H is not the type of a PDU"), meaning=ValueWords({}, "unknown"))
    * "type of the PDU",
    "reserved_2" / Reserved(1) * _IGNORED,
    "pdu_length" / Length(4) * "bytes from here to the end of the PDU",
    "unparsed_bytes" / Unparsed(None) * "body of a PDU of unknown type",
)
"""A PDU of a type that the standard does not define: Evt19 of Table 9-10."""


class AnyPdu(Part):
    """One PDU of any type, given by its first byte when parsing, by `pdu_type` of the values when building."""

    def octets(self, stream: BinaryIO) -> bytes:
        """The header and as many bytes as its length says."""
        return UNRECOGNIZED_PDU.octets(stream)

    def take(self, reader: Reader, values: Values, path: str) -> Values:
        """The values of the PDU; one of unknown type is a structural deviation, and so are no bytes at all."""
        if reader.position == reader.limit:
            reader.deviate(path, reader.position, HEADER_CLAUSE, problems.NO_BYTES, structural=True)
            return {}
        return PDU_SCHEMAS.get(reader.data[reader.position], UNRECOGNIZED_PDU).take(reader, values, path)

    def put(self, value: Mapping[str, Any], writer: Writer, values: Values, path: str) -> None:
        """Write the values as a PDU of their `pdu_type`."""
        PDU_SCHEMAS.get(value["pdu_type"], UNRECOGNIZED_PDU).put(value, writer, values, path)


PDU = AnyPdu()
"""Any of the PDUs."""

BYTES_AFTER = unparsed_leaf(HEADER_CLAUSE, "bytes after the end of the PDU")


def read_pdu(reader: Reader) -> Values:
    """The values of one PDU; its deviations and fields are recorded in `reader`.

    Bytes after the PDU are a structural deviation.
    """
    return read_one(PDU, reader)


def read_one(schema: Part, reader: Reader) -> Values:
    """The values of what `schema` describes; see `read_pdu`."""
    values: Values
    try:
        values = schema.take(reader, {}, "")
    except GiveUpError:  # the schema has no length of all that follows
        values, reader.limit = {}, len(reader.data)
    left = len(reader.data) - reader.position
    if left:
        path = "after_pdu.unparsed_bytes"
        problem = problems.AFTER_PDU.format(left=counted(left, "byte"))
        reader.deviate(path, reader.position, HEADER_CLAUSE, problem, structural=True)
        reader.skip_rest(BYTES_AFTER, path)
    return values
