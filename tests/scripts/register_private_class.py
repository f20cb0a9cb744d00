"""A private SOP class is registered with a service class, and used like any other.

It prints::

    1.2.826.0.1.3680043.10.1.77.1 StorageServiceClass
    QueryRetrieveServiceClass
    stored PHANTOM True
    0
    0xff00 PHANTOM-1
    0x0 None
    0 Monitors and more
"""

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, evt, register_uid
from pynetdicom.service_class import QueryRetrieveServiceClass, StorageServiceClass
from pynetdicom.service_class_n import DisplaySystemManagementServiceClass

register_uid("1.2.826.0.1.3680043.10.1.77.1", "PhantomImageStorage", StorageServiceClass)
register_uid("1.2.826.0.1.3680043.10.1.77.2", "PhantomFind", QueryRetrieveServiceClass, dimse_msg_type="C-FIND")
register_uid("1.2.826.0.1.3680043.10.1.77.3", "PhantomMonitor", DisplaySystemManagementServiceClass)

from pynetdicom.sop_class import PhantomFind, PhantomImageStorage, PhantomMonitor, uid_to_sop_class  # noqa: E402

print(PhantomImageStorage, PhantomImageStorage.service_class.__name__)
print(uid_to_sop_class("1.2.826.0.1.3680043.10.1.77.2").service_class.__name__)


def store(event):
    print("stored", event.dataset.PatientID, event.request.AffectedSOPClassUID == PhantomImageStorage)
    return 0x0000


def find(event):
    match = Dataset()
    match.PatientID = event.identifier.PatientID + "-1"
    yield 0xFF00, match


def get(event):
    answer = Dataset()
    answer.Manufacturer = "Monitors and more"
    return 0x0000, answer


ae = AE()
for uid in (PhantomImageStorage, PhantomFind, PhantomMonitor):
    ae.add_supported_context(uid)
    ae.add_requested_context(uid)
handlers = [(evt.EVT_C_STORE, store), (evt.EVT_C_FIND, find), (evt.EVT_N_GET, get)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])

instance = Dataset()
instance.SOPClassUID = PhantomImageStorage
instance.SOPInstanceUID = UID("1.2.826.0.1.3680043.10.1.77.1.1")
instance.PatientID = "PHANTOM"
instance.file_meta = Dataset()
instance.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
print(assoc.send_c_store(instance).Status)
for status, match in assoc.send_c_find(instance, PhantomFind):
    print(hex(status.Status), match and match.PatientID)
status, answer = assoc.send_n_get([0x00080070], PhantomMonitor, "1.2.3")
print(status.Status, answer.Manufacturer)
assoc.release()
server.shutdown()
