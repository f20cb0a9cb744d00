"""boofuzz with the A-ASSOCIATE-RQ of a C-ECHO: ``boofuzz_peer.py PORT CASES`` prints cases per second.

The fields are those of PS3.8 Table 9-11 and its items; each reply is read, for 0.05 s at most, as boofuzz users do.
"""

from __future__ import annotations

import sys
import time

from boofuzz import Block, Byte, Bytes, DWord, Request, Session, Size, Static, String, Target, TCPSocketConnection, Word


def item(name: str, kind: int, *children: object) -> Block:
    """An item: its type, its length, its value."""
    value = Block(f"{name}-content", children=children)
    return Block(
        name,
        children=(
            Byte(f"{name}-type", kind),
            Byte(f"{name}-reserved", 0),
            Size(f"{name}-length", block_name=f"{name}-content", length=2, endian=">", fuzzable=True),
            value,
        ),
    )


def request() -> Request:
    """The A-ASSOCIATE-RQ."""
    body = Block(
        "body",
        children=(
            Word("version", 1, endian=">"),
            Static("reserved-1", bytes(2)),
            String("called", "ANY-SCP".ljust(16), size=16),
            String("calling", "BOOFUZZ".ljust(16), size=16),
            Static("reserved-2", bytes(32)),
            item("application", 0x10, String("application-name", "1.2.840.10008.3.1.1.1")),
            item(
                "context",
                0x20,
                Byte("id", 1),
                Static("reserved-3", bytes(3)),
                item("abstract", 0x30, String("abstract-name", "1.2.840.10008.1.1")),
                item("transfer", 0x40, String("transfer-name", "1.2.840.10008.1.2")),
            ),
            item(
                "user",
                0x50,
                item("maximum", 0x51, DWord("maximum-value", 16384, endian=">")),
                item("class", 0x52, String("class-uid", "2.25.1")),
                item("class-version", 0x55, Bytes("class-name", b"BOOFUZZ")),
            ),
        ),
    )
    length = Size("length", block_name="body", length=4, endian=">", fuzzable=True)
    return Request("A-ASSOCIATE-RQ", children=(Byte("type", 1), Byte("reserved", 0), length, body))


def main(port: int, cases: int) -> None:
    """Play the cases."""
    connection = TCPSocketConnection("127.0.0.1", port, recv_timeout=0.05)
    session = Session(
        target=Target(connection=connection),
        fuzz_loggers=[],
        receive_data_after_fuzz=True,
        index_end=cases,
        web_port=None,
        keep_web_open=False,
        sleep_time=0,
    )
    session.connect(request())
    began = time.perf_counter()
    session.fuzz()
    print(session.num_cases_actually_fuzzed / (time.perf_counter() - began))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
