"""boofuzz with the A-ASSOCIATE-RQ of a C-ECHO: ``boofuzz_peer.py PORT CASES`` prints cases per second.

The fields are those of PS3.8 Table 9-11 and its items; each reply is read, for 0.05 s at most, as boofuzz users do.
boofuzz changes one field after the other. Its first ones get quick replies from most servers, so runs of cases are
played that lie evenly over all that it would do.
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


RUNS = 24


def main(port: int, cases: int) -> None:
    """Play the cases."""
    every = sum(1 for _ in request().get_mutations())
    length = max(2, cases // RUNS)
    seconds = sum(seconds_of_run(port, number * every // RUNS, length) for number in range(RUNS))
    print(RUNS * (length - 1) / seconds)


def seconds_of_run(port: int, first: int, length: int) -> float:
    """From the end of the first case of a run to the end of its last."""
    ends: list[float] = []
    session = Session(
        target=Target(connection=TCPSocketConnection("127.0.0.1", port, recv_timeout=0.05)),
        fuzz_loggers=[],
        receive_data_after_fuzz=True,
        index_start=first + 1,
        index_end=first + length,
        post_test_case_callbacks=[lambda *_, **__: ends.append(time.perf_counter())],
        web_port=None,
        keep_web_open=False,
        sleep_time=0,
    )
    session.connect(request())
    session.fuzz()
    assert len(ends) == length, f"{len(ends)} cases were played"
    return ends[-1] - ends[0]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
