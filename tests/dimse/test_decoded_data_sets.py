"""Data sets received: decoded when they are accessed, in a thread if that takes long, in either byte order."""

from __future__ import annotations

import asyncio
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset

from dulcimer.dimse.data_set import decode_data_set, decode_elements, encode_data_set, in_other_byte_order
from dulcimer.dimse.decoded import DecodedDataset
from dulcimer.dimse.threads import AT_ONCE, in_thread

IMPLICIT = "1.2.840.10008.1.2"


def nested() -> Dataset:
    """A data set as received, with a sequence."""
    inner, outer = Dataset(), Dataset()
    inner.CodeValue = "1"
    outer.PatientID = "P"
    outer.ConceptNameCodeSequence = [inner]
    return decode_data_set(encode_data_set(outer, IMPLICIT), IMPLICIT)


def test_elements_are_decoded_where_they_are_handed_out() -> None:
    came = nested()
    assert any(isinstance(element, RawDataElement) for element in Dataset.values(came))
    decoded = DecodedDataset.of(came)
    assert all(isinstance(element, DataElement) for element in decoded.values())
    assert dict(decoded.items())[decoded["PatientID"].tag].value == "P"
    [item] = decoded.ConceptNameCodeSequence
    assert [element.value for element in item.values()] == ["1"]


def test_elements_of_sequences_are_decoded_with_the_others() -> None:
    came = nested()
    decode_elements(came)
    assert all(isinstance(element, DataElement) for element in Dataset.values(came))
    [item] = came.ConceptNameCodeSequence
    assert all(isinstance(element, DataElement) for element in Dataset.values(item))


@given(st.binary(max_size=9))
def test_words_turned_twice_are_as_they_were_and_bytes_that_are_no_word_stay(value: bytes) -> None:
    data_set = Dataset()
    data_set.add_new("RedPaletteColorLookupTableData", "OW", value)
    data_set.PatientID = "P"
    turned = in_other_byte_order(data_set)
    whole = len(value) // 2 * 2
    pairs = [value[place : place + 2][::-1] for place in range(0, whole, 2)]
    assert turned.RedPaletteColorLookupTableData == b"".join(pairs) + value[whole:]
    assert in_other_byte_order(turned) == data_set


def test_work_apart_is_done_a_few_at_a_time_and_its_outcome_comes_back() -> None:
    running, most, gate = 0, 0, threading.Semaphore(0)
    count = threading.Lock()

    def work(number: int) -> int:
        nonlocal running, most
        with count:
            running += 1
            most = max(most, running)
        gate.acquire()
        with count:
            running -= 1
        if number == 1:
            raise ZeroDivisionError
        return number

    async def main() -> list[int | BaseException]:
        tasks = [asyncio.ensure_future(in_thread(work, number)) for number in range(3 * AT_ONCE)]
        while running < AT_ONCE:
            await asyncio.sleep(0)
        for _ in tasks:
            gate.release()
        return await asyncio.gather(*tasks, return_exceptions=True)

    found = asyncio.run(main())
    assert most <= AT_ONCE
    assert isinstance(found[1], ZeroDivisionError)
    assert [*found[:1], *found[2:]] == [0, *range(2, 3 * AT_ONCE)]


def test_work_apart_has_a_thread_of_its_own() -> None:
    assert asyncio.run(in_thread(threading.get_ident)) != threading.get_ident()


@pytest.mark.parametrize("value", [b"", b"\1"])
def test_less_than_a_word_is_not_turned(value: bytes) -> None:
    data_set = Dataset()
    data_set.add_new("RedPaletteColorLookupTableData", "OW", value)
    assert in_other_byte_order(data_set).RedPaletteColorLookupTableData == value


def test_element_without_value_and_with_a_vr_that_does_not_exist_stays_as_received() -> None:
    """pydicom raises where such an element is only looked at."""
    raw = b"\x10\0\x20\0ZZ\0\0" + b"\x10\0\x30\0DA\0\0"
    data_set = decode_data_set(raw, "1.2.840.10008.1.2.1")
    assert [str(tag) for tag, _ in DecodedDataset.of(data_set).items()] == ["(0010,0020)", "(0010,0030)"]
