"""Composite Instance Retrieve: whole instances by their UIDs, and their headers without pixels.

It prints::

    Composite Instance Root Retrieve - GET
      pixels: True 128
      FF00H 1
      0000H 1
    Composite Instance Retrieve Without Bulk Data - GET
      pixels: False 128
      FF00H 1
      0000H 1
"""

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    CompositeInstanceRetrieveWithoutBulkDataGet,
    CompositeInstanceRootRetrieveGet,
    CTImageStorage,
)


def get(event):
    instance = examples.ct.copy()  # whole: pixels are left out where they are not wanted
    yield 1
    yield 0xFF00, instance


def store(event):
    print("  pixels:", "PixelData" in event.dataset, event.dataset.Rows)
    return 0x0000


ae = AE()
for uid in (CompositeInstanceRootRetrieveGet, CompositeInstanceRetrieveWithoutBulkDataGet):
    ae.add_requested_context(uid)
    ae.add_supported_context(uid)
ae.add_requested_context(CTImageStorage)
ae.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, get)])
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(CTImageStorage, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
query = Dataset()
query.QueryRetrieveLevel = "IMAGE"
query.SOPInstanceUID = examples.ct.SOPInstanceUID
for model in (CompositeInstanceRootRetrieveGet, CompositeInstanceRetrieveWithoutBulkDataGet):
    print(model.name)
    for status, _ in assoc.send_c_get(query, model):
        print(f"  {status.Status:04X}H", status.NumberOfCompletedSuboperations)
assoc.release()
server.shutdown()
