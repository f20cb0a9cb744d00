"""Other protocols are recognised by their first bytes, and DICOM is never mistaken for one."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.codes import PduType
from dulcimer.wire.buffer import ReceiveBuffer, RefusedPdu
from dulcimer.wire.other_protocols import recognise

LIMITS = {int(kind): 1 << 20 for kind in PduType}


def client_hello() -> bytes:
    outgoing = ssl.MemoryBIO()
    connection = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        connection.do_handshake()
    return outgoing.read()


BEGINNINGS = [
    (b"HTTP/1.1 400 Bad Request\r\nDate: x\r\n", "HTTP", "an HTTP response 'HTTP/1.1 400 Bad Request'"),
    (b"GET /secret?PatientID=1 HTTP/1.1\r\n", "HTTP", "an HTTP request (GET)"),
    (b"PRI * HTTP/2.0\r\n", "HTTP", "an HTTP request (PRI)"),
    (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "SSH", "an SSH banner 'SSH-2.0-OpenSSH_9.2p1 Debian'"),
    (b"220 mail.example.org ESMTP Postfix\r\n", "SMTP", "'220 mail.example.org ESMTP Postfix'"),
    (b"220-Welcome to the FTP server\r\n", "FTP", "'220-Welcome to the FTP server'"),
    (b"220 ready\r\n", "SMTP or FTP", "'220 ready'"),
    (b"EHLO me\r\n", "SMTP", "an SMTP command"),
    (b"* OK IMAP4rev1\r\n", "IMAP", "an IMAP greeting '* OK IMAP4rev1'"),
    (b"+OK POP3 ready\r\n", "POP3", "a POP3 greeting '+OK POP3 ready'"),
    (b"RFB 003.008\n", "VNC", "a VNC banner 'RFB 003.008'"),
    (b"\x0bMSH|^~\\&|A|DOE^JOHN\r", "HL7", "an HL7 message"),
    (b"\xff\xfd\x18\xff\xfd\x20", "Telnet", "a Telnet negotiation"),
    (bytes.fromhex("15030300020246"), "TLS", "an alert of TLS: protocol version"),
    (bytes.fromhex("150301000202ee"), "TLS", "an alert of TLS: number 238"),
    (bytes.fromhex("160303003a02000036"), "TLS", "a ServerHello of TLS"),
    (bytes.fromhex("160301020001000000"), "TLS", "a ClientHello of TLS"),
    (bytes.fromhex("1603010200"), "TLS", "a handshake message of TLS"),
]


@pytest.mark.parametrize(("beginning", "name", "what"), BEGINNINGS, ids=[str(b[0][:12]) for b in BEGINNINGS])
def test_protocol_is_named_by_its_first_bytes(beginning: bytes, name: str, what: str) -> None:
    found = recognise(beginning)
    assert found is not None
    assert found.name == name
    assert found.what.endswith(what)


def test_hello_of_this_machines_tls_is_recognised() -> None:
    found = recognise(client_hello())
    assert found is not None
    assert found.what == "a ClientHello of TLS"


@pytest.mark.parametrize("beginning", [b"HTTP/1.1 400 \x1b[31m\xe9\r\n", b"SSH-2.0-\x07\x80"])
def test_what_is_quoted_is_printable(beginning: bytes) -> None:
    found = recognise(beginning)
    assert found is not None
    assert found.what.isascii()
    assert found.what.isprintable()


@given(st.sampled_from(sorted(LIMITS)), st.binary(max_size=100))
def test_what_begins_as_a_pdu_is_no_other_protocol(kind: int, rest: bytes) -> None:
    assert recognise(bytes([kind]) + rest) is None


@given(st.sampled_from([beginning for beginning, _, _ in BEGINNINGS if len(beginning) >= 6]), st.integers(0, 40))
def test_refused_header_has_its_beginning_however_it_is_cut(beginning: bytes, cut: int) -> None:
    buffer = ReceiveBuffer(LIMITS)
    units = [*buffer.pdus(beginning[:cut]), *buffer.pdus(beginning[cut:])]
    first = units[0]
    assert isinstance(first, RefusedPdu)
    assert len(first.beginning) >= 6
    found, whole = recognise(first.beginning), recognise(beginning)
    assert found is not None
    assert whole is not None
    assert found.name in (whole.name, "SMTP or FTP")
