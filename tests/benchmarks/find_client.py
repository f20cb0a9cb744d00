"""Asks for all instances of a series, on a bare socket, and counts the matches without decoding them.

`find_client.py PORT CALLED STUDY SERIES` prints the number of matches, the seconds until the last response, and those
until the first. One client for all servers, so that only their work differs.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dulcimer._generated.commands import CFindRq
from dulcimer.acse.negotiation import Context, request_pdu
from dulcimer.dimse.messages import COMMAND, fragments
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as Find
from dulcimer.wire.codec import encode
from dulcimer.wire.model import PDataTf, PresentationDataValue
from support.instances import EXPLICIT
from support.instances import encode as data_set

STATUS = b"\0\0\0\x09\2\0\0\0"
PENDING = (0xFF00, 0xFF01)
MAXIMUM_LENGTH = 131_072


def statuses(connection: socket.socket) -> Iterator[int]:
    """The status of each response as it arrives."""
    buffer = bytearray()
    while data := connection.recv(1 << 20):
        buffer += data
        start = 0
        while len(buffer) - start >= 6:
            end = start + 6 + int.from_bytes(buffer[start + 2 : start + 6], "big")
            if len(buffer) < end:
                break
            at = start + 6
            while buffer[start] == 0x04 and at < end:
                length = int.from_bytes(buffer[at : at + 4], "big")
                if buffer[at + 5] & COMMAND:
                    found = buffer.index(STATUS, at + 6) + len(STATUS)
                    yield int.from_bytes(buffer[found : found + 2], "little")
                at += 4 + length
            start = end
        del buffer[:start]


def main() -> None:
    """Ask and print."""
    port, called, study, series = sys.argv[1:]
    contexts = [Context(str(Find), (EXPLICIT,))]
    identifier = data_set(
        QueryRetrieveLevel="IMAGE",
        StudyInstanceUID=study,
        SeriesInstanceUID=series,
        SOPInstanceUID="",
        InstanceNumber="",
    )
    request = CFindRq(message_id=1, priority=0, affected_sop_class_uid=str(Find))
    with socket.create_connection(("127.0.0.1", int(port)), timeout=600) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        association = request_pdu(
            contexts, calling_ae_title="BENCH", called_ae_title=called, maximum_length=MAXIMUM_LENGTH
        )
        connection.sendall(encode(association))
        if connection.recv(1 << 16)[:1] != b"\x02":
            raise SystemExit("the association was not accepted")
        pdus = [
            encode(PDataTf(tuple(PresentationDataValue(*value) for value in one.values)))
            for one in fragments(1, request, identifier, MAXIMUM_LENGTH)
        ]
        begin = time.perf_counter()
        connection.sendall(b"".join(pdus))
        matches, first = 0, 0.0
        for status in statuses(connection):
            first = first or time.perf_counter() - begin
            if status not in PENDING:
                break
            matches += 1
        seconds = time.perf_counter() - begin
    if status:
        raise SystemExit(f"the query ended with status {status:04X}H")
    print(json.dumps({"matches": matches, "seconds": seconds, "first": first}))


if __name__ == "__main__":
    main()
