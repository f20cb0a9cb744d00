"""Writes `_generated/p_data.py`: the schema of the P-DATA-TF as plain `struct` code for the data path."""

from __future__ import annotations

from dulcimer.wire.fields import Bytes, Integer, Leaf, Length, Reserved
from dulcimer.wire.layout import Layout
from dulcimer.wire.lists import RunOf
from dulcimer.wire.pdus import P_DATA_TF
from dulcimer.wire.problems import NO_HEADER, NOTHING, TOO_LONG, TOO_SHORT

SOURCE = "src/dulcimer/wire/pdus.py"

_TEMPLATE = '''"""The P-DATA-TF ({clause}) as plain `struct` code: what the data path uses instead of the schema.

Generated from {source} by `python -m codegen`: do not edit.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from struct import Struct
from typing import NoReturn, TypeAlias

from dulcimer._generated.headers import PDV_HEADER

Buffer: TypeAlias = bytes | bytearray | memoryview
_PDU_AND_ITEM = Struct("{whole_format}")


def parse(body: memoryview, most: int = sys.maxsize) -> list[tuple[int, int, memoryview]]:
    """The items after the {pdu_header} byte header of a P-DATA-TF, in order: {names}.

    Fragments are views of `body`. Raises `ValueError(offset, problem)`, the offset in bytes from the start of the
    PDU, if the lengths do not add up, there is no item, or there are more than `most`. Values are not tested.
    """
    items: list[tuple[int, int, memoryview]] = []
    unpack = PDV_HEADER.unpack_from
    end = len(body)
    position = 0
    while position + {item_size} <= end:
        if len(items) == most:
            raise ValueError(position + {pdu_header}, f"has more items than the limit of {{most}}")
        length, {values} = unpack(body, position)
        start = position + {item_size}
        next_position = position + {length_end} + length
        if next_position > end or length < {minimum}:
            _refuse(body, position)
        items.append(({values}, body[start:next_position]))
        position = next_position
    if position < end or end == 0:
        _refuse(body, position)
    return items


def pdu_length(items: Sequence[tuple[{types}, Buffer]]) -> int:
    """The PDU-length of a P-DATA-TF with these items, in bytes."""
    length = {item_size} * len(items)
    for {blanks}, fragment in items:
        length += len(fragment)
    return length


def pieces(items: Sequence[tuple[{types}, Buffer]]) -> list[Buffer]:
    """The bytes of a P-DATA-TF with these items, one at the least, in pieces: fragments are not copied.

    Raises `struct.error` for numbers that do not fit. A memoryview is one of single bytes.
    """
    if len(items) == 1:
        (({values}, fragment),) = items
        size = len(fragment)
        return [_PDU_AND_ITEM.pack({pack_one}), fragment]
    whole = pdu_length(items)
    output: list[Buffer] = []
    for {values}, fragment in items:
        size = len(fragment)
        if output:
            output += (PDV_HEADER.pack(size + {minimum}, {values}), fragment)
        else:
            output += (_PDU_AND_ITEM.pack({pack_many}), fragment)
    return output


def _refuse(body: memoryview, position: int) -> NoReturn:
    """Say why no item can be read at `position`, as the schema says it."""
    left = len(body) - position
    offset = position + {pdu_header}
    if not body:
        raise ValueError(offset, {nothing})
    if left < {length_end}:
        raise ValueError(offset, {no_header})
    length = int.from_bytes(body[position : position + {length_end}], "big")
    left -= {length_end}
    if length > left:
        raise ValueError(offset, {too_long})
    raise ValueError(offset, {too_short})
'''

_SHORT = {"message_control_header": "mch", "presentation_context_id": "context_id"}


def generate() -> str:
    """The text of the module. `ValueError` if the schema has another shape than the template."""
    pdu = _leaves(P_DATA_TF)
    run = P_DATA_TF.parts[list(P_DATA_TF.parts)[-1]]
    if not isinstance(run, RunOf) or run.minimum != 1:
        raise ValueError("the P-DATA-TF does not end with one or more items")
    *numbers, fragment = _leaves(run.layout)
    length, *values = numbers
    if not isinstance(length, Length) or run.layout.framing is not length or not isinstance(fragment, Bytes):
        raise ValueError("a presentation-data-value item is not a length, numbers and a fragment")
    item_size = sum(leaf.width or 0 for leaf in numbers)
    names = [_SHORT[leaf.name] for leaf in values]
    own = [f"size + {run.layout.minimum}", *names]
    return _TEMPLATE.format(
        clause=P_DATA_TF.clause,
        source=SOURCE,
        whole_format=_format([*pdu, *numbers]),
        item_size=item_size,
        pdu_header=P_DATA_TF.header_size,
        length_end=run.layout.header_size,
        minimum=run.layout.minimum,
        names=", ".join(leaf.name.replace("_", " ") for leaf in (*values, fragment)),
        values=", ".join(names),
        types=", ".join("int" for _ in names),
        blanks=", ".join("_" for _ in names),
        pack_one=", ".join([*(_constant(leaf, f"size + {item_size}") for leaf in pdu), *own]),
        pack_many=", ".join([*(_constant(leaf, "whole") for leaf in pdu), *own]),
        nothing=f'"{NOTHING.format(title=run.layout.title)}"',
        no_header=f'f"{NO_HEADER}"',
        too_long=f'f"{TOO_LONG}"',
        too_short=f'f"{TOO_SHORT.replace("{minimum}", str(run.layout.minimum))}"',
    )


def _leaves(layout: Layout) -> list[Leaf]:
    return [part for part in layout.parts.values() if isinstance(part, Leaf)]


def _format(leaves: list[Leaf]) -> str:
    return ">" + "".join(leaf.format for leaf in leaves)


def _constant(leaf: Leaf, length: str) -> str:
    if isinstance(leaf, Length):
        return length
    if not isinstance(leaf, Integer | Reserved) or leaf.default is None:
        raise ValueError(f"{leaf.name} of the P-DATA-TF has no fixed value")
    return str(leaf.default)
