"""A recorded association with text that must not be obeyed."""

from __future__ import annotations

import io
from dataclasses import replace

from dulcimer.trace.records import (
    HostAndPort,
    MachineStep,
    PduReceived,
    PduSent,
    RawBytes,
    TraceHeader,
    TraceRecord,
    TransportOpened,
    ViolationSeen,
)
from dulcimer.trace.writing import TraceWriter
from dulcimer.wire.codec import encode
from support.associations import AC, RQ

EVIL = "<script>alert(1)</script>"


def echo_trace(pieces: int = 0) -> bytes:
    """The file: an association is opened, then so many P-DATA-TFs are sent, then something wrong comes."""
    file = io.BytesIO()
    writer = TraceWriter(file, TraceHeader("a test", EVIL, "requestor"))
    data = RawBytes.whole(bytes.fromhex("04000000000a000000060103") + bytes(4))
    sent: list[TraceRecord] = [MachineStep("requestor", "Sta6", "Evt9", "DT-1", "Sta6"), PduSent("requestor", data)]
    records: list[TraceRecord] = [
        TransportOpened("requestor", acceptor=HostAndPort(f"10.0.0.2{EVIL}", 104)),
        MachineStep("requestor", "Sta4", "Evt2", "AE-2", "Sta5"),
        PduSent("requestor", RawBytes.whole(encode(replace(RQ, calling_ae_title="<b>TITLE</b>")))),
        PduReceived("acceptor", RawBytes.whole(encode(AC))),
        MachineStep("requestor", "Sta5", "Evt3", "AE-3", "Sta6"),
        *sent * pieces,
        PduReceived("acceptor", RawBytes.whole(b"\x99\0\0\0\0\0")),
        MachineStep("requestor", "Sta6", "Evt19", "AA-8", "Sta13"),
        ViolationSeen("acceptor", f"PDU type 99H is not defined {EVIL}"),
    ]
    for number, record in enumerate(records):
        writer.write(number / 1000, "1", record)
    return file.getvalue()
