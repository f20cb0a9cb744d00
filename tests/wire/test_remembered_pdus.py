"""PDUs that come again are decoded once, alike, within bounds, and without what is secret."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.wire import remembered
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import (
    Abort,
    ApplicationContext,
    AssociateAc,
    AssociateRq,
    UnknownItem,
    UserIdentity,
    UserIdentityResponse,
    UserInformation,
)
from dulcimer.wire.remembered import LONGEST, MOST, decode_again
from support.associations import AC, RQ
from support.wire_strategies import any_bytes

BOUNDS = {"most_items": 1000, "most_deviations": 100}


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "_known", {})


@given(any_bytes(), st.integers(1, 5))
def test_decoded_alike_the_first_time_and_again(data: bytes, most_items: int) -> None:
    expected = decode_lenient(data, most_items=most_items, most_deviations=3)
    for _ in range(2):
        assert decode_again(data, most_items=most_items, most_deviations=3) == expected


@pytest.mark.parametrize("pdu", [RQ, AC, Abort(0, 0)], ids=lambda pdu: type(pdu).__name__)
def test_what_comes_again_is_not_decoded_again(pdu: AssociateRq | AssociateAc | Abort) -> None:
    data = encode(pdu)
    assert decode_again(data, **BOUNDS) is decode_again(memoryview(bytearray(data)), **BOUNDS)


@pytest.mark.parametrize(
    "item",
    [UserIdentity(2, b"user", b"passcode"), UserIdentityResponse(b"ticket"), UnknownItem(0x5A, b"?")],
    ids=lambda item: type(item).__name__,
)
@pytest.mark.parametrize("kind", [AssociateRq, AssociateAc])
def test_identities_of_users_are_not_remembered(
    kind: type[AssociateRq] | type[AssociateAc], item: UserIdentity | UserIdentityResponse | UnknownItem
) -> None:
    items = ApplicationContext("1.2.840.10008.3.1.1.1"), UserInformation((item,))
    decode_again(encode(kind("SCP", "SCU", items)), **BOUNDS)
    assert remembered._known == {}


def test_what_deviates_or_is_long_is_not_remembered() -> None:
    long = AssociateRq("SCP", "SCU", (ApplicationContext("1" * LONGEST),))
    for data in (encode(long), encode(RQ)[:-1], b"\x01", encode(AssociateRq("", "SCU", ()))):
        decode_again(data, **BOUNDS)
    assert remembered._known == {}


def test_the_number_of_those_that_are_remembered_is_bounded() -> None:
    for number in range(2 * MOST + 1):
        decode_again(encode(AssociateRq(f"SCP{number}", "SCU", RQ.variable_items)), **BOUNDS)
        assert len(remembered._known) <= MOST
