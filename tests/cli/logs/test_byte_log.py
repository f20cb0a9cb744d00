"""The bytes that `-d` shows: complete PDUs for `decode`, without secrets and patient data."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.cli.logs import bytes_of_pdus as byte_log
from dulcimer.wire import model
from dulcimer.wire.codec import decode_lenient, encode
from dulcimer.wire.model import UserIdentity, UserInformation
from support.wire_strategies import legal_pdus

DATA = b"\x10\x00\x10\x00PN\x08\x00Doe^Jane" * 20


def shown(line: str) -> bytes:
    return bytes.fromhex(re.sub(r".*?bytes[^:]*: ", "", line, count=1))


@given(legal_pdus().filter(lambda pdu: not isinstance(pdu, model.PDataTf)))
def test_other_pdus_than_data_are_shown_whole(pdu: model.Pdu) -> None:
    if any(isinstance(item, UserInformation) for item in getattr(pdu, "variable_items", ())):
        return
    data = encode(pdu)
    assert shown(byte_log.sent(data)) == data


def test_user_identity_is_not_shown() -> None:
    identity = UserIdentity(2, b"jane", b"secret", 0)
    plain = model.AssociateRq("A", "B", (UserInformation((identity,)),))
    line = byte_log.sent(encode(plain))
    assert "user identity" in line
    masked = decode_lenient(shown(line)).pdu
    assert isinstance(masked, model.AssociateRq)
    assert masked.user_information.user_data == (UserIdentity(2, b"****", b"******", 0),)


def test_command_set_is_shown_whole_and_of_a_data_set_only_its_beginning() -> None:
    pdu = model.PDataTf((model.PresentationDataValue(1, 3, b"command " * 10), model.PresentationDataValue(1, 2, DATA)))
    line = byte_log.sent(encode(pdu))
    assert (b"command " * 10).hex(" ") in line
    assert DATA[:16].hex(" ") in line
    assert f"{len(DATA) - 16} more of a data set" in line
    assert DATA[:24].hex(" ") not in line


@given(st.lists(st.integers(1, 60), min_size=1))
def test_received_pdus_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    data = encode(model.AssociateRq("A", "B", ())) + encode(model.ReleaseRq()) + encode(model.Abort(2, 2))
    whole = list(byte_log.ReceivedBytes().lines(data))
    received, lines, start = byte_log.ReceivedBytes(), list[str](), 0
    while start < len(data):
        size = cuts[len(lines) % len(cuts)]
        lines += received.lines(data[start : start + size])
        start += size
    assert [line for line in lines if "incomplete PDU" not in line] == whole
    assert len(whole) == 3


def test_what_is_no_pdu_is_shown_from_its_beginning() -> None:
    (line,) = byte_log.ReceivedBytes().lines(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"HTTP/1.1".hex(" ") in line
