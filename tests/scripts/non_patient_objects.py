"""Non-Patient Object Storage: a hanging protocol and a colour palette are stored.

It prints::

    Hanging Protocol Storage CHEST_2UP
    0x0
    Color Palette Storage HOT_IRON
    0x0
    Implant Template Group Storage TOO_MUCH
    0xa700
"""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, NonPatientObjectPresentationContexts, evt
from pynetdicom.sop_class import ColorPaletteStorage, HangingProtocolStorage, ImplantTemplateGroupStorage


def store(event):
    print(event.context.abstract_syntax.name, event.dataset.ContentLabel)
    return 0x0000 if event.dataset.ContentLabel != "TOO_MUCH" else 0xA700


ae = AE()
ae.requested_contexts = NonPatientObjectPresentationContexts
ae.supported_contexts = NonPatientObjectPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
for uid, label in (
    (HangingProtocolStorage, "CHEST_2UP"),
    (ColorPaletteStorage, "HOT_IRON"),
    (ImplantTemplateGroupStorage, "TOO_MUCH"),
):
    instance = Dataset()
    instance.file_meta = FileMetaDataset()
    instance.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    instance.SOPClassUID = uid
    instance.SOPInstanceUID = generate_uid()
    instance.ContentLabel = label
    print(hex(assoc.send_c_store(instance).Status))
assoc.release()
server.shutdown()
