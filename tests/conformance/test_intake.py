"""How much is decoded of what a peer sends: items are counted however deep they are nested."""

from __future__ import annotations

from struct import pack

import pytest

from dulcimer.conformance.wire_peer.intake import is_within_reason


def request(items: bytes) -> bytes:
    return pack(">BBI", 1, 0, 68 + len(items)) + bytes(68) + items


def nested(depth: int) -> bytes:
    """Presentation contexts, each within the one before."""
    found = b""
    for _ in range(depth):
        found = pack(">BBHI", 0x20, 0, min(0xFFFF, len(found) + 4), 0) + found
    return found


@pytest.mark.parametrize(("items", "is_within"), [(nested(3), True), (nested(5000), True), (nested(9000), False)])
def test_nested_items_are_counted_without_end_of_the_stack(items: bytes, is_within: bool) -> None:
    assert is_within_reason(request(items)) is is_within


def test_items_one_after_the_other_are_counted() -> None:
    assert is_within_reason(request(pack(">BBH", 0x99, 0, 0) * 8000))
    assert not is_within_reason(request(pack(">BBH", 0x99, 0, 0) * 9000))
