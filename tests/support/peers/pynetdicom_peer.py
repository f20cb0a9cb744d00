"""pynetdicom as a peer: an SCP and timed SCUs, each a process of its own.

The SCUs print one JSON object: what was done in how many seconds, without the start of the interpreter.
Data sets travel undecoded both ways, which is the least work that pynetdicom offers.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pydicom.filebase import DicomFileLike
from pydicom.filereader import read_file_meta_info
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import UID, AllTransferSyntaxes
from pynetdicom import AE, AllStoragePresentationContexts, _config, build_context, evt

from support.peers.program import run
from support.peers.steady_pynetdicom import make_steady

Verification = UID("1.2.840.10008.1.1")
_config.STORE_SEND_CHUNKED_DATASET = True
ASSOCIATIONS = 2000


def _store(event: evt.Event, directory: Path | None) -> int:
    if directory is None:
        return 0x0000
    stored = sum(1 for _ in directory.iterdir())
    path = directory / f"{event.file_meta.MediaStorageSOPInstanceUID}.{stored}.dcm"
    with path.open("wb") as file:
        file.write(bytes(128) + b"DICM")
        write_file_meta_info(DicomFileLike(file), event.file_meta)
        file.write(event.encoded_dataset(include_meta=False))
    return 0x0000


def serve(arguments: argparse.Namespace) -> None:
    """SCP of Verification and of every storage SOP class."""
    ae = AE()
    if arguments.maximum_length is not None:
        ae.maximum_pdu_size = arguments.maximum_length
    ae.maximum_associations = ASSOCIATIONS
    ae.add_supported_context(Verification)
    for context in AllStoragePresentationContexts:
        ae.add_supported_context(UID(str(context.abstract_syntax)), AllTransferSyntaxes)
    handlers: list[Any] = [(evt.EVT_C_STORE, _store, [arguments.dir])]
    ae.start_server(("127.0.0.1", arguments.port), block=True, evt_handlers=handlers)


def _associate(arguments: argparse.Namespace, contexts: list[Any]) -> Any:
    if arguments.steady:
        make_steady()
    settings = {} if arguments.maximum_length is None else {"max_pdu": arguments.maximum_length}
    association = AE().associate("127.0.0.1", arguments.port, contexts=contexts, **settings)
    if not association.is_established:
        raise SystemExit("no association")
    return association


def echo(arguments: argparse.Namespace) -> dict[str, Any]:
    """C-ECHO ``--count`` times on one association."""
    association = _associate(arguments, [build_context(Verification)])
    begin = time.perf_counter()
    for _ in range(arguments.count):
        if association.send_c_echo().Status != 0x0000:
            raise SystemExit("C-ECHO failed")
    seconds = time.perf_counter() - begin
    association.release()
    return {"seconds": seconds}


def associate(arguments: argparse.Namespace) -> dict[str, Any]:
    """Open, C-ECHO, release: ``--count`` times."""
    begin = time.perf_counter()
    for _ in range(arguments.count):
        association = _associate(arguments, [build_context(Verification)])
        if association.send_c_echo().Status != 0x0000:
            raise SystemExit("C-ECHO failed")
        association.release()
    return {"seconds": time.perf_counter() - begin}


def store(arguments: argparse.Namespace) -> dict[str, Any]:
    """C-STORE of every file on one association. ``statuses``: by file, a sentence where it was not sent."""
    metas = [read_file_meta_info(path) for path in arguments.files]
    wanted = sorted({(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID) for meta in metas})
    association = _associate(arguments, [build_context(UID(sop), UID(syntax)) for sop, syntax in wanted])
    statuses: dict[str, int | str] = {}
    begin = time.perf_counter()
    for path in arguments.files:
        try:
            statuses[str(path)] = association.send_c_store(path).get("Status", "no answer")
        except (AttributeError, ValueError, RuntimeError) as error:
            statuses[str(path)] = f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - begin
    association.release()
    return {"seconds": seconds, "statuses": statuses}


if __name__ == "__main__":
    run(__doc__, serve, {"echo": echo, "associate": associate, "store": store})
