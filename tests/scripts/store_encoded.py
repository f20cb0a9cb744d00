"""The encoded data set of a C-STORE request, with and without the head of a file, is written as it came.

It prints::

    True True 0
    0
    Implicit VR Little Endian CT Image Storage
    True True
"""

from io import BytesIO

from pydicom import dcmread, examples
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage

files = []


def store(event):
    whole, bare = event.encoded_dataset(), event.encoded_dataset(include_meta=False)
    print(whole[:132] == bytes(128) + b"DICM", whole.endswith(bare), len(bare) % 2)
    files.append(whole)
    return 0x0000


ae = AE()
ae.add_requested_context(CTImageStorage, ImplicitVRLittleEndian)
ae.add_supported_context(CTImageStorage)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
print(assoc.send_c_store(examples.ct).Status)
assoc.release()
server.shutdown()

kept = dcmread(BytesIO(files[0]))
print(kept.file_meta.TransferSyntaxUID.name, kept.file_meta.MediaStorageSOPClassUID.name)
print(kept.PatientID == examples.ct.PatientID, kept.PixelData == examples.ct.PixelData)
