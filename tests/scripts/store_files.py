"""Files are sent by their path, compressed ones too, and kept as they come, byte by byte.

It prints::

    CT_small.dcm 0000H Explicit VR Little Endian
    MR_small_RLE.dcm 0000H RLE Lossless
    JPEG2000.dcm 0000H JPEG 2000 Image Compression
    liver_1frame.dcm 0000H Explicit VR Little Endian
    waveform_ecg.dcm 0000H Explicit VR Little Endian
    test-SR.dcm 0000H Explicit VR Little Endian
    CT_small.dcm True True
    MR_small_RLE.dcm True True
    JPEG2000.dcm True True
    liver_1frame.dcm True True
    waveform_ecg.dcm True True
    test-SR.dcm True True
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom
from pydicom.filewriter import write_file_meta_info
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, StoragePresentationContexts, evt

FILES = Path(pydicom.__file__).parent / "data" / "test_files"
NAMES = ["CT_small.dcm", "MR_small_RLE.dcm", "JPEG2000.dcm", "liver_1frame.dcm", "waveform_ecg.dcm", "test-SR.dcm"]


def keep(event, folder):
    path = folder / f"{event.request.AffectedSOPInstanceUID}.dcm"
    with path.open("wb") as file:
        file.write(bytes(128))
        file.write(b"DICM")
        write_file_meta_info(file, event.file_meta)
        file.write(event.request.DataSet.getvalue())
    return 0x0000


ae = AE()
for context in StoragePresentationContexts:
    ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)

with TemporaryDirectory() as folder:
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep, [Path(folder)])])
    metas = {name: pydicom.filereader.read_file_meta_info(FILES / name) for name in NAMES}
    for meta in metas.values():
        ae.add_requested_context(meta.MediaStorageSOPClassUID, meta.TransferSyntaxUID)
    assoc = ae.associate("127.0.0.1", server.server_address[1])
    for name in NAMES:
        status = assoc.send_c_store(FILES / name)
        print(f"{name} {status.Status:04X}H {metas[name].TransferSyntaxUID.name}")
    assoc.release()
    server.shutdown()
    for name in NAMES:
        sent = pydicom.dcmread(FILES / name)
        kept = pydicom.dcmread(Path(folder) / f"{metas[name].MediaStorageSOPInstanceUID}.dcm")
        print(name, kept == sent, kept.file_meta.TransferSyntaxUID == sent.file_meta.TransferSyntaxUID)
