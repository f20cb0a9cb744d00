"""Large data sets go from file to file without being decoded: both ends work in chunks.

It prints::

    True b'DICM'
    0
    True b'DICM'
    0
    True Explicit VR Little Endian
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom
from pynetdicom import AE, _config, evt
from pynetdicom.sop_class import MRImageStorage

_config.STORE_SEND_CHUNKED_DATASET = True
_config.STORE_RECV_CHUNKED_DATASET = True
SOURCE = Path(pydicom.__file__).parent / "data" / "test_files" / "MR_small.dcm"


def keep(event, folder):
    received = event.dataset_path
    print(received.exists(), received.read_bytes()[128:132])
    (folder / "kept.dcm").write_bytes(received.read_bytes())
    return 0x0000


ae = AE()
ae.maximum_pdu_size = 1024
ae.add_requested_context(MRImageStorage, "1.2.840.10008.1.2.1")
ae.add_supported_context(MRImageStorage)
with TemporaryDirectory() as folder:
    server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, keep, [Path(folder)])])
    assoc = ae.associate("127.0.0.1", server.server_address[1])
    for path in (SOURCE, str(SOURCE)):
        print(assoc.send_c_store(path).Status)
    assoc.release()
    server.shutdown()
    kept, sent = pydicom.dcmread(Path(folder) / "kept.dcm"), pydicom.dcmread(SOURCE)
    print(kept == sent, kept.file_meta.TransferSyntaxUID.name)
