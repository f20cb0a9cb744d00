"""Storage: data sets are sent, decoded by the SCP and answered with success, warnings and failures.

It prints::

    EVT_C_STORE CT True
      sent as Implicit VR Little Endian True
      priority 2 message 1
      file meta CT Image Storage 32768
    0000H None
    EVT_C_STORE MR True
      sent as Explicit VR Little Endian False
      priority 0 message 99
      file meta MR Image Storage 8192
    B000H coerced
    EVT_C_STORE CT True
      sent as Implicit VR Little Endian True
      priority 1 message 3
      file meta CT Image Storage 32768
    A700H None
    not sent: no context was accepted for it
    not sent: it does not say what it is
"""

from pydicom import examples
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, MRImageStorage


def store(event):
    instance = event.dataset
    instance.file_meta = event.file_meta
    print(event.event.name, instance.Modality, event.request.AffectedSOPInstanceUID == instance.SOPInstanceUID)
    print("  sent as", event.context.transfer_syntax.name, event.context.transfer_syntax.is_implicit_VR)
    print("  priority", event.request.Priority, "message", event.message_id)
    print("  file meta", instance.file_meta.MediaStorageSOPClassUID.name, len(instance.PixelData))
    if instance.Modality == "MR":
        status = Dataset()
        status.Status = 0xB000
        status.ErrorComment = "coerced"
        return status
    return 0x0000 if event.request.Priority != 1 else 0xA700


ae = AE()
ae.add_requested_context(CTImageStorage, ImplicitVRLittleEndian)
ae.add_requested_context(MRImageStorage, ExplicitVRLittleEndian)
ae.add_supported_context(CTImageStorage)
ae.add_supported_context(MRImageStorage)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
assoc = ae.associate("127.0.0.1", server.server_address[1])

for instance, options in (
    (examples.ct, {"msg_id": 1}),
    (examples.mr, {"msg_id": 99, "priority": 0}),
    (examples.ct, {"msg_id": 3, "priority": 1, "originator_aet": "MOVER", "originator_id": 12}),
):
    status = assoc.send_c_store(instance, **options)
    print(f"{status.Status:04X}H", status.get("ErrorComment"))

no_class = Dataset()
no_class.SOPInstanceUID = "1.2.3"
for what in (examples.rgb_color, no_class):
    try:
        assoc.send_c_store(what)
    except ValueError:
        print("not sent: no context was accepted for it")
    except AttributeError:
        print("not sent: it does not say what it is")
assoc.release()
server.shutdown()
