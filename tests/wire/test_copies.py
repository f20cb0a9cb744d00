"""Copies of an element in a long list are not read again; nothing shows that but the time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.wire import model
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.pdus import read_pdu
from dulcimer.wire.stream import Deviation, Reader, TooMuchError, Values
from support.associations import RQ
from support.wire_strategies import contexts_rq, damaged
from support.work import calls_in

_ITEMS = 74
"""Bytes of an A-ASSOCIATE-RQ before its items."""


def item(kind: int, value: bytes) -> bytes:
    return bytes((kind, 0)) + len(value).to_bytes(2, "big") + value


def request(items: bytes) -> bytes:
    data = encode(RQ)[:_ITEMS] + items
    return data[:2] + (len(data) - 6).to_bytes(4, "big") + data[6:]


def message(values: bytes) -> bytes:
    return b"\4\0" + len(values).to_bytes(4, "big") + values


SYNTAX = st.sampled_from([item(0x40, b"1.2"), item(0x40, b"1.2\0"), item(0x30, b""), item(0x99, b"ab")])
ELEMENT = st.one_of(
    SYNTAX,
    st.lists(SYNTAX, max_size=3).map(lambda found: item(0x20, b"\1\0\0\0" + b"".join(found))),
    contexts_rq().map(lambda found: encode(model.AssociateRq("A", "B", tuple(found)))[_ITEMS:]),
)
VALUE = st.sampled_from([b"\0\0\0\4\1\3ab", b"\0\0\0\2\1\3", b"\0\0\0\3\2\0a", b"\0\0\0\1\1"])


def copies(one: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """A few elements that come again and again, damaged or not."""
    pools = st.lists(one | damaged(one), min_size=1, max_size=3)
    return pools.flatmap(lambda pool: st.lists(st.sampled_from(pool), max_size=40).map(b"".join))


WITH_COPIES = st.one_of(
    copies(ELEMENT).map(request),
    copies(ELEMENT).map(lambda elements: request(item(0x50, elements[:0xFFFF]))),
    copies(VALUE).map(message),
)


def read(data: bytes, most_items: int, most_deviations: int, *, each: bool) -> tuple[Values | None, list[Deviation]]:
    """What is read; `each`: every element by itself, as for the field map."""
    reader = Reader(data, strict=False, recording=each, most_items=most_items, most_deviations=most_deviations)
    try:
        return read_pdu(reader), reader.deviations
    except TooMuchError:
        return None, reader.deviations


@given(WITH_COPIES, st.integers(1, 60), st.integers(0, 3) | st.just(1000))
def test_copies_are_read_as_each_of_them_is(data: bytes, most_items: int, most_deviations: int) -> None:
    alike = [read(data, most_items, most_deviations, each=each) for each in (False, True)]
    assert alike[0] == alike[1]


def test_copies_become_one_object() -> None:
    pdu = decode_lenient(request(item(0x20, b"\1\0\0\0" + item(0x40, b"1.2")) * 100), most_deviations=1).pdu
    assert isinstance(pdu, model.AssociateRq)
    assert len(pdu.variable_items) == 100
    assert pdu.variable_items[-1] is pdu.variable_items[50]
    assert pdu.variable_items[-1] == pdu.variable_items[0]


def test_thousands_of_copies_are_little_work() -> None:
    def work(count: int) -> int:
        data = request((item(0x20, b"\1\0\0\0" + item(0x40, b"1.2")) + item(0x40, b"1.2.3")) * count)
        return calls_in(lambda: decode_lenient(data, most_deviations=1))

    work(16)  # what is made once and kept
    assert work(4000) < work(16) + 10 * 2 * 4000
