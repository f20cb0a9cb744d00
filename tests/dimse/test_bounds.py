"""The count of what a data set would cost: never less than what pydicom makes of it; it ends at the first limit."""

from __future__ import annotations

import tracemalloc
import warnings
import zlib
from collections.abc import Callable
from dataclasses import replace
from struct import pack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dulcimer.dimse import bounds
from dulcimer.dimse.bounds import DEFLATED, EXPLICIT_BIG, IMPLICIT_LITTLE, DataSetSize, DataSetTooLarge, measure
from dulcimer.dimse.data_set import decode_data_set, is_small
from dulcimer.limits import DEFAULTS, DataSetLimits, Limits

EXPLICIT = "1.2.840.10008.1.2.1"
LIMITS = DataSetLimits("identifier", 1 << 20, 1 << 20, 500, 200, 8)
WIDE = DataSetLimits("identifier", 1 << 30, 1 << 30, 1 << 30, 1 << 30, 1 << 30)
ITEM, ITEM_END, SEQUENCE_END = (0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0xFFFE, 0xE0DD)
UNDEFINED = 0xFFFFFFFF
TAGS = (
    (0x0008, 0x0005),
    (0x0008, 0x1110),
    (0x0040, 0x0100),
    (0x0010, 0x0010),
    (0x0009, 0x0010),
    (0x0009, 0x1001),
    (0x0008, 0x0000),
    (0x0008, 0x9999),
    (0x7FE0, 0x0010),
    ITEM,
    ITEM_END,
    SEQUENCE_END,
)
VRS = (b"SQ", b"UN", b"OB", b"LO", b"PN", b"UI", b"zz", b"ZZ", b"\0\0")
LENGTHS = (0, 2, 8, 12, 16, 24, 40, 200, 0x4C4C, UNDEFINED)


def implicit(tag: tuple[int, int], length: int, value: bytes = b"") -> bytes:
    return pack("<HHL", *tag, length) + value


def explicit(tag: tuple[int, int], vr: bytes, length: int, value: bytes = b"") -> bytes:
    if vr in (b"SQ", b"UN", b"OB"):
        return pack("<HH2sxxL", *tag, vr, length) + value
    return pack("<HH2sH", *tag, vr, length & 0xFFFF) + value


PIECES = st.one_of(
    st.builds(implicit, st.sampled_from(TAGS), st.sampled_from(LENGTHS), st.sampled_from((b"", b"\\" * 2))),
    st.builds(
        explicit, st.sampled_from(TAGS), st.sampled_from(VRS), st.sampled_from(LENGTHS), st.sampled_from((b"", b"AB"))
    ),
    st.just(implicit((0x0009, 0x0010), 20, b"SPI-P Release 1     ")),
    st.binary(max_size=8),
)


def made(data_set: Dataset) -> DataSetSize:
    """What pydicom makes of it when all of it is accessed."""
    found = DataSetSize()
    todo = [(data_set, 0)]
    while todo:
        one, depth = todo.pop()
        for element in one:
            found.elements += 1
            if element.VR == "SQ" and element.value:
                found.depth = max(found.depth, depth + 1)
                found.items += len(element.value)
                todo += [(item, depth + 1) for item in element.value]
    return found


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14), st.sampled_from((IMPLICIT_LITTLE, EXPLICIT, EXPLICIT_BIG)))
def test_count_is_never_less_than_what_pydicom_makes(pieces: list[bytes], syntax: str) -> None:
    data = b"".join(pieces)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counted = measure(data, syntax, WIDE)
        try:
            there = made(decode_data_set(data, syntax, limits=WIDE))
        except Exception:  # pydicom may raise anything for damaged bytes
            return
    assert counted.elements >= there.elements
    assert counted.items >= there.items
    assert counted.depth >= there.depth


@pytest.mark.parametrize("defined", [True, False])
def test_count_of_a_sound_data_set_is_exact(defined: bool) -> None:
    inner = explicit((0x0008, 0x1155), b"UI", 4, b"1.2\0")
    length = len(inner) if defined else UNDEFINED
    item = implicit(ITEM, length, inner) + (b"" if defined else implicit(ITEM_END, 0))
    items = item * 3
    end = b"" if defined else implicit(SEQUENCE_END, 0)
    data = explicit((0x0008, 0x1110), b"SQ", len(items) if defined else UNDEFINED, items + end)
    data += explicit((0x0010, 0x0020), b"LO", 2, b"ID")
    assert measure(data, EXPLICIT, WIDE) == DataSetSize(elements=5, items=3, depth=1)


MANY = {
    "items": implicit((0x0008, 0x1110), 8 * 100_000, implicit(ITEM, 0) * 100_000),
    "items without their tag": implicit((0x0008, 0x1110), 8 * 100_000, bytes(8 * 100_000)),
    "items of a private sequence": implicit((0x0009, 0x0010), 20, b"SPI-P Release 1     ")
    + implicit((0x0009, 0x1010), UNDEFINED, implicit(ITEM, 0) * 100_000),
    "items of undefined length": implicit(
        (0x0008, 0x1110), UNDEFINED, (implicit(ITEM, UNDEFINED) + implicit(ITEM_END, 0)) * 100_000
    ),
    "fragments": implicit((0x7FE0, 0x0010), UNDEFINED, implicit(ITEM, 0) * 100_000),
    "elements": implicit((0x0009, 0x1010), 0) * 100_000,
    "levels": (implicit((0x0008, 0x1110), UNDEFINED) + implicit(ITEM, UNDEFINED)) * 20_000,
}


@pytest.mark.parametrize("data", MANY.values(), ids=MANY)
def test_count_ends_at_the_first_limit(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(bounds._Measurement, name)

        def step(*given: Any) -> Any:
            steps.append(name)
            return function(*given)

        return step

    for name in ("_count_item", "_element"):
        monkeypatch.setattr(bounds._Measurement, name, counted(name))
    with pytest.raises(DataSetTooLarge, match=r"the limit is (identifier-items|identifier-elements|depth)$"):
        measure(data, IMPLICIT_LITTLE, LIMITS)
    assert len(steps) <= LIMITS.elements + LIMITS.items + 2


@pytest.mark.parametrize("data", MANY.values(), ids=MANY)
def test_data_set_beyond_a_limit_is_not_decoded(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pydicom.filereader.read_dataset", lambda *_, **__: pytest.fail("decoded"))
    with pytest.raises(DataSetTooLarge):
        decode_data_set(data, IMPLICIT_LITTLE, limits=LIMITS)


def test_deflated_zeros_take_no_more_memory_than_the_limit() -> None:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(DataSetTooLarge, match="more than 1048576 bytes; the limit is identifier-length"):
            decode_data_set(bomb, DEFLATED, limits=LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 3 << 20
        assert not is_small(bomb, DEFLATED, LIMITS)
    finally:
        tracemalloc.stop()


def test_small_is_what_is_short_and_has_few_elements() -> None:
    few = implicit((0x0010, 0x0020), 2, b"ID") * 20
    assert is_small(few, IMPLICIT_LITTLE, LIMITS)
    assert not is_small(few * 20, IMPLICIT_LITTLE, LIMITS)
    assert not is_small(implicit((0x0010, 0x0020), 1 << 15, bytes(1 << 15)), IMPLICIT_LITTLE, LIMITS)
    assert is_small(b"\xff\xff not deflated", DEFLATED, LIMITS)


def test_patience_ends_the_count_early() -> None:
    weight = measure(MANY["elements"], IMPLICIT_LITTLE, WIDE, most=10)
    assert (weight.elements, weight.is_whole) == (10, False)


@given(st.integers(1, 1 << 40))
def test_limit_is_set_by_its_name(number: int) -> None:
    assert DEFAULTS.but([f"identifier-items={number}"]) == replace(DEFAULTS, identifier_items=number)


@pytest.mark.parametrize("wish", ["items=3", "identifier-items", "identifier-items=0", "depth=-1", "depth=x", ""])
def test_limit_that_is_none_is_refused(wish: str) -> None:
    with pytest.raises(ValueError, match=r"limit|number"):
        Limits().but([wish])
