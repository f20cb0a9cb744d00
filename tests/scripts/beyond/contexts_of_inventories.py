"""Lists of contexts for archives that keep inventories: one end supports both, the other one asks for an inventory.

It prints::

    Inventory - FIND, Inventory - MOVE, Inventory - GET, Inventory Creation
    FF00H SUCCEEDED
    0000H None
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, InventoryPresentationContexts, StorageManagementPresentationContexts, evt
from pynetdicom.sop_class import InventoryFind


def find(event):
    match = Dataset()
    match.InventoryCompletionStatus = event.identifier.InventoryCompletionStatus or "SUCCEEDED"
    yield 0xFF00, match


archive = AE("ARCHIVE")
archive.supported_contexts = [*InventoryPresentationContexts, *StorageManagementPresentationContexts]
server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
auditor = AE("AUDITOR")
auditor.requested_contexts = archive.supported_contexts
with auditor.associate(*server.server_address) as association:
    print(", ".join(context.abstract_syntax.name for context in association.accepted_contexts))
    query = Dataset()
    query.QueryRetrieveLevel = "INVENTORY"
    query.InventoryCompletionStatus = ""
    for status, match in association.send_c_find(query, InventoryFind):
        print(f"{status.Status:04X}H", match and match.InventoryCompletionStatus)
server.shutdown()
