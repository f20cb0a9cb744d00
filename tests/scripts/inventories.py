"""Inventory Query/Retrieve: the inventory of an archive is found and retrieved.

It prints::

    FF00H 1.2.3.201
    0000H None
    got the inventory of 20240229
    FF00H 1
    0000H 1
"""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import InventoryFind, InventoryGet, InventoryStorage

inventory = Dataset()
inventory.file_meta = FileMetaDataset()
inventory.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
inventory.SOPClassUID = InventoryStorage
inventory.SOPInstanceUID = "1.2.3.201"
inventory.ContentDate = "20240229"


def find(event):
    match = Dataset()
    match.SOPInstanceUID = inventory.SOPInstanceUID
    match.ContentDate = inventory.ContentDate
    yield 0xFF00, match


def get(event):
    yield 1
    yield 0xFF00, inventory


def store(event):
    print("got the inventory of", event.dataset.ContentDate)
    return 0x0000


ae = AE()
for uid in (InventoryFind, InventoryGet, InventoryStorage):
    ae.add_requested_context(uid)
    ae.add_supported_context(uid, scu_role=True, scp_role=True)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)])
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(InventoryStorage, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
query = Dataset()
query.ContentDate = ""
for status, match in assoc.send_c_find(query, InventoryFind):
    print(f"{status.Status:04X}H", match and match.SOPInstanceUID)
for status, _ in assoc.send_c_get(query, InventoryGet):
    print(f"{status.Status:04X}H", status.NumberOfCompletedSuboperations)
assoc.release()
server.shutdown()
