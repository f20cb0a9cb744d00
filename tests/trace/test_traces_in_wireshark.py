"""A trace that is exported opens in tshark: every PDU is dissected, and has the steps of the machine as a comment."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from dulcimer import AsyncAE, evt
from dulcimer.captures.dicom_streams import sorted_connections
from dulcimer.captures.following import CaptureReader
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.recording import TraceFile
from dulcimer.trace.records import (
    BytesMissing,
    HostAndPort,
    MachineStep,
    PduReceived,
    PduSent,
    RawBytes,
    RecordingCut,
    TraceHeader,
    TraceLine,
    TraceRecord,
    TransportClosed,
    TransportFailed,
    TransportOpened,
    TransportReset,
)
from dulcimer.trace.to_pcapng import pcapng_of
from dulcimer.trace.traced import TracedAssociation
from support.dicom_files import write_large_instance
from support.entities import ct

MALFORMED = "_ws.malformed || _ws.unreassembled || tcp.analysis.flags"


def tshark(path: Path, *options: str) -> list[str]:
    done = subprocess.run(["tshark", "-r", path, *options], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> RecordedTrace:
    """A C-ECHO and two C-STORE, one of them in many PDUs, recorded by the requestor."""
    folder = tmp_path_factory.mktemp("stored")
    large = write_large_instance(folder / "large.dcm", 600_000, 1)

    async def main() -> None:
        async with AsyncAE("BOTH") as ae:
            for uid in (Verification, CTImageStorage):
                ae.add_supported_context(uid)
                ae.add_requested_context(uid)
            server = await ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, lambda _: 0)])
            assert server is not None
            address = server.server_address
            async with AsyncAE("SCANNER") as scanner:
                scanner.add_requested_context(Verification)
                scanner.add_requested_context(CTImageStorage)
                scanner.observe = TraceFile(folder / "a.jsonl")
                async with await scanner.associate(*address) as association:
                    assert (await association.send_c_echo()).Status == 0
                    assert (await association.send_c_store(ct())).Status == 0
                    assert (await association.send_c_store(large)).Status == 0

    asyncio.run(main())
    return RecordedTrace.read(folder / "a.jsonl")


def written(trace: RecordedTrace, folder: Path, *, with_tcp: bool) -> Path:
    path = folder / "a.pcapng"
    path.write_bytes(b"".join(pcapng_of(trace, with_tcp=with_tcp)))
    return path


@pytest.mark.peer("tshark")
@pytest.mark.parametrize("with_tcp", [True, False])
def test_every_pdu_is_dissected_and_has_its_comment(stored: RecordedTrace, with_tcp: bool, tmp_path: Path) -> None:
    path = written(stored, tmp_path, with_tcp=with_tcp)
    pdus = [line.record for line in stored.associations[0].lines if isinstance(line.record, PduSent | PduReceived)]
    assert len(pdus) > 12
    rows = tshark(
        path, "-Y", "dicom", "-T", "fields", "-e", "dicom.pdu.type", "-e", "dicom.pdu.len", "-e", "frame.comment"
    )
    found = [row.split("\t") for row in rows]
    assert [(int(kind, 16), int(length) + 6) for kind, length, _ in found] == [
        (pdu.raw.data[0], pdu.raw.length) for pdu in pdus
    ]
    for (_, _, comment), pdu in zip(found, pdus, strict=True):
        assert f"{pdu.raw.length} bytes" in comment
        assert "requestor: Sta" in comment
    assert tshark(path, "-Y", MALFORMED) == []


@pytest.mark.peer("tshark")
def test_messages_of_an_association_are_named_by_tshark(stored: RecordedTrace, tmp_path: Path) -> None:
    shown = "\n".join(tshark(written(stored, tmp_path, with_tcp=True)))
    for text in ("A-ASSOCIATE request", "C-ECHO-RSP", "C-STORE-RQ", "A-RELEASE response"):
        assert text in shown


def test_exported_trace_is_read_back_as_the_same_bytes(stored: RecordedTrace, tmp_path: Path) -> None:
    path = written(stored, tmp_path, with_tcp=True)
    (association,) = sorted_connections(CaptureReader(path)).associations
    for role, end in (("requestor", association.connection.client), ("acceptor", association.connection.server)):
        raws = [
            line.record.raw
            for line in stored.associations[0].lines
            if isinstance(line.record, PduSent | PduReceived) and line.record.sender == role
        ]
        at = 0
        for piece in (one for raw in raws for one in raw.pieces()):
            if isinstance(piece, bytes):
                assert end.data[at : at + len(piece)] == piece
            at += len(piece) if isinstance(piece, bytes) else piece.size
        assert at == len(end.data)
    assert association.connection.client.fin


def trace_of(*records: TraceRecord) -> RecordedTrace:
    lines = [TraceLine(number, number / 1000, "1", record) for number, record in enumerate(records, start=2)]
    return RecordedTrace(TraceHeader("a test"), (TracedAssociation(1, "1", lines),))


ABORT = PduSent("requestor", RawBytes.whole(bytes.fromhex("07000000000400000000")))
OPENED = TransportOpened("requestor", acceptor=HostAndPort("10.0.0.2", 104))
STEP = MachineStep("requestor", "Sta4", "Evt17", "AA-4", "Sta1")


@pytest.mark.peer("tshark")
@pytest.mark.parametrize(
    ("records", "told"),
    [
        ((STEP, TransportFailed("refused")), ["no transport connection: refused", "Sta4 + Evt17"]),
        ((OPENED, ABORT, TransportReset("acceptor", "gone")), ["reset by the acceptor: gone"]),
        ((OPENED, BytesMissing("requestor", 100, "lost"), ABORT), ["100 bytes of the requestor missing: lost"]),
        ((OPENED, ABORT, RecordingCut("full"), STEP), ["nothing more was recorded: full", "Sta4 + Evt17"]),
        ((OPENED, TransportClosed("acceptor"), TransportClosed("requestor")), ["closed by the acceptor"]),
    ],
)
def test_everything_else_is_said_in_a_comment(
    records: tuple[TraceRecord, ...], told: list[str], tmp_path: Path
) -> None:
    path = written(trace_of(*records), tmp_path, with_tcp=True)
    comments = "\n".join(tshark(path, "-T", "fields", "-e", "frame.comment"))
    for text in told:
        assert text in comments
    assert tshark(path, "-Y", "_ws.malformed") == []


def test_same_trace_gives_the_same_bytes(stored: RecordedTrace) -> None:
    for with_tcp in (True, False):
        assert b"".join(pcapng_of(stored, with_tcp=with_tcp)) == b"".join(pcapng_of(stored, with_tcp=with_tcp))
