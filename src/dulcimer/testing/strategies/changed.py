"""Strategies for bytes that are wrong on purpose: by one to three known changes, or by many without mercy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dulcimer._generated.codes import PduType
from dulcimer.fuzz.choices import Choices, OctetChoices
from dulcimer.fuzz.operators.catalogue import applicable
from dulcimer.fuzz.operators.havoc import havoc, splice
from dulcimer.fuzz.operators.operator import Application
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import nodes_in
from dulcimer.testing.strategies.pdus import pdu_bytes

_MOST_TRIES = 6
_LONGEST = 1 << 16
"""Bytes of what is damaged."""
_LIES = (0, 1, 3, 5, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
_HUGE = ("list-128", "list-129", "list-most", "element-doubled", "element-in-itself", "bytes-longer", "pdu-in-itself")
_LENGTH = "length-"


@dataclass(frozen=True, slots=True)
class ChangedBytes:
    """Bytes to send, and what was changed in them, as symbolic paths: `A-ABORT/source: 00H -> 03H`.

    `base`: the bytes before the changes.
    """

    data: bytes
    changes: tuple[str, ...]
    base: bytes = field(default=b"", repr=False)

    def __bytes__(self) -> bytes:
        """The bytes to send."""
        return self.data

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002
        """As Hypothesis shows it: without the base, which is long."""
        printer.text(repr(self))


class DrawnChoices(Choices):
    """Choices that Hypothesis draws, so that it shrinks what follows from them: towards the lowest and the first."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        if high < low:
            raise ValueError(f"there is no number from {low} to {high}")
        return low + self._draw(_up_to(high - low)) if high > low else low

    def octets(self, length: int) -> bytes:
        """Bytes of any values."""
        return self._draw(_octets(length)) if length else b""


@lru_cache(4096)
def _up_to(span: int) -> SearchStrategy[int]:
    return st.integers(0, span)


@lru_cache(256)
def _octets(length: int) -> SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def _any(name: str) -> bool:  # noqa: ARG001
    """Every operator is wanted."""
    return True


def _one_change(tree: Node, choices: Choices, wanted: Callable[[str], bool], longest: int) -> Application | None:
    """The tree with a change at one of its nodes, by an operator with a name that is wanted; None if there is none."""
    path, node = choices.pick(tuple(nodes_in(tree)))
    operators = [operator for operator in applicable(node) if wanted(operator.name)]
    if not operators:
        return None
    return choices.pick(operators).apply(tree, path, choices, most=longest)


def _changed(
    base: bytes, choices: Choices, most: int, wanted: Callable[[str], bool] = _any, longest: int = _LONGEST
) -> ChangedBytes:
    """These bytes with 1 to `most` changes; with none if nothing could be changed in a few tries."""
    tree: Node = tree_of_pdus(base)
    texts: list[str] = []
    for _ in range(choices.integer(1, most)):
        for _ in range(_MOST_TRIES):
            application = _one_change(tree, choices, wanted, longest)
            if application is not None and application.changed:
                tree = application.tree
                texts.append(str(application))
                break
    return ChangedBytes(tree.octets, tuple(texts), base)


@st.composite
def damaged_pdus(draw: st.DrawFn, base: SearchStrategy[bytes] | None = None, *, most_changes: int = 3) -> ChangedBytes:
    """PDUs with 1 to `most_changes` changes, each made by an operator of the fuzzer at a field of the schema.

    `base`: what is changed, by default the bytes of any valid PDU. Bytes that are not a PDU are changed, too.
    """
    found = _changed(draw(base if base is not None else pdu_bytes()), DrawnChoices(draw), most_changes)
    return found if found.changes else reject()


@st.composite
def hostile_pdus(draw: st.DrawFn, base: SearchStrategy[bytes] | None = None, *, most: int = 4096) -> ChangedBytes:
    """At most `most` bytes that no honest sender has: lengths that lie, huge counts, nesting, random bytes and bits.

    `base`: what they are made from, by default the bytes of any valid PDU.
    """
    whole = base if base is not None else pdu_bytes()
    kind = draw(st.integers(0, len(_HOSTILE) - 1))
    found = _HOSTILE[kind]([draw(whole) for _ in range(2 if kind == _SPLICED else 1)], DrawnChoices(draw))
    if not found.changes:
        reject()
    return ChangedBytes(found.data[:most], found.changes, found.base)


def _lying_header(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:
    """Any type and any PDU-length before a body that is shorter, or longer."""
    body = bases[0][6 : 6 + choices.integer(0, 64)]
    number = choices.pick([int(kind) for kind in PduType] + [0, 8, 0x47, 0xFF])
    length = choices.pick(_LIES)
    data = bytes((number, 0)) + length.to_bytes(4, "big") + body
    return ChangedBytes(data, (f"pdu_type {number:02X}H, pdu_length {length}, with {len(body)} bytes",), bases[0])


def _lying_lengths(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:
    return _changed(bases[0], choices, 8, lambda name: name.startswith(_LENGTH))


def _huge_counts(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:
    return _changed(bases[0], choices, 4, _HUGE.__contains__)


def _havoc(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:
    return ChangedBytes(havoc(bases[0], choices), ("havoc: bytes and bits changed at random",), bases[0])


def _spliced(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:
    data = splice(bases[0], bases[1], choices)
    return ChangedBytes(data, ("splice: the beginning of one PDU and the end of another",), bases[0])


def _many(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:
    times = choices.pick((2, 16, 256))
    return ChangedBytes(bases[0] * times, (f"the same PDU {times} times",), bases[0])


def _noise(bases: Sequence[bytes], choices: Choices) -> ChangedBytes:  # noqa: ARG001
    return ChangedBytes(choices.octets(choices.integer(1, 128)), ("random bytes",), b"")


_HOSTILE = (_noise, _lying_header, _lying_lengths, _huge_counts, _havoc, _spliced, _many)
_SPLICED = _HOSTILE.index(_spliced)


def changed_by_octets(base: bytes, octets: bytes, longest: int) -> ChangedBytes:
    """These bytes, at most `longest`, with the one change that `octets` choose: the same ones, the same change."""
    return _changed(base, OctetChoices(octets), 1, longest=longest)
