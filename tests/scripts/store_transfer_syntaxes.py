"""A data set goes out in its own transfer syntax, or in another uncompressed one if that was accepted.

It prints::

    explicit VR
      received as Implicit VR Little Endian
      0000H
    compressed
      not sent: it would have to be rewritten
    explicit VR
      received as Implicit VR Little Endian
      0000H
    compressed
      received as JPEG 2000 Image Compression (Lossless Only)
      0000H
"""

from pydicom import examples
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, UltrasoundImageStorage

explicit, compressed = examples.ct, examples.jpeg2k


def store(event):
    print("  received as", event.context.transfer_syntax.name)
    return 0x0000


def send(instance):
    try:
        print(f"  {assoc.send_c_store(instance).Status:04X}H")
    except ValueError:
        print("  not sent: it would have to be rewritten")


scp = AE()
scp.add_supported_context(CTImageStorage, ImplicitVRLittleEndian)
scp.add_supported_context(UltrasoundImageStorage, [ExplicitVRLittleEndian, compressed.file_meta.TransferSyntaxUID])
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])

for syntaxes in ([ExplicitVRLittleEndian, ImplicitVRLittleEndian], [compressed.file_meta.TransferSyntaxUID]):
    scu = AE()
    scu.add_requested_context(CTImageStorage)
    scu.add_requested_context(UltrasoundImageStorage, syntaxes)
    assoc = scu.associate("127.0.0.1", server.server_address[1])
    print("explicit VR")
    send(explicit)
    print("compressed")
    send(compressed)
    assoc.release()
server.shutdown()
