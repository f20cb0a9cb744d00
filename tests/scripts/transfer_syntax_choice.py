"""The acceptor takes the first transfer syntax of its own list that is proposed.

It prints::

    1 CT Image Storage Explicit VR Little Endian 0
    3 MR Image Storage Implicit VR Little Endian 0
    5 Secondary Capture Image Storage 4 Transfer Syntax(es) Not Supported
"""

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, MRImageStorage, SecondaryCaptureImageStorage

scp = AE()
scp.add_supported_context(CTImageStorage, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
scp.add_supported_context(MRImageStorage, [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
scp.add_supported_context(SecondaryCaptureImageStorage, JPEGBaseline8Bit)
server = scp.start_server(("127.0.0.1", 0), block=False)

scu = AE()
for uid in (CTImageStorage, MRImageStorage, SecondaryCaptureImageStorage):
    scu.add_requested_context(uid, [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian])
assoc = scu.associate("127.0.0.1", server.server_address[1])
for context in assoc.accepted_contexts:
    print(context.context_id, context.abstract_syntax.name, context.transfer_syntax[0].name, context.result)
for context in assoc.rejected_contexts:
    print(context.context_id, context.abstract_syntax.name, context.result, context.status)
assoc.release()
server.shutdown()
