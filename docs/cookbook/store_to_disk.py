"""Store to disk: a server that writes what it receives into files

`event.encoded_dataset()` is the data set as it came, with a preamble and file meta information in front: it is
written as it is, without being decoded. Whoever sends gets its answer after that.

It prints::

    answered 0000H
    1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322.dcm: CompressedSamples^CT1
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from pydicom import dcmread, examples

from dulcimer import AE, evt
from dulcimer.sop_class import CTImageStorage


def store(event: evt.Event, folder: Path) -> int:
    path = folder / f"{event.request.AffectedSOPInstanceUID}.dcm"
    path.write_bytes(event.encoded_dataset())
    return 0x0000


with TemporaryDirectory() as name:
    folder = Path(name)
    server_entity = AE("STORE")
    server_entity.add_supported_context(CTImageStorage)
    handlers = [(evt.EVT_C_STORE, store, [folder])]
    server = server_entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

    scanner = AE("SCANNER")
    scanner.add_requested_context(CTImageStorage)
    with scanner.associate(*server.server_address, ae_title="STORE") as association:
        print(f"answered {association.send_c_store(examples.ct).Status:04X}H")
    server.shutdown()

    for path in folder.iterdir():
        print(f"{path.name}: {dcmread(path).PatientName}")
