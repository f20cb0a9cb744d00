"""Storage Management: an archive is asked to make an inventory of itself, and tells how far it is.

It prints::

    True action 1
    0000H True
    event 1 of the same transaction: True
    0000H 0
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import InventoryCreation, StorageManagementInstance


def action(event):
    print(event.request.RequestedSOPInstanceUID == StorageManagementInstance, "action", event.action_type)
    answer = Dataset()
    answer.TransactionUID = event.action_information.TransactionUID
    return 0x0000, answer


def report(event):
    print("event", event.event_type, "of the same transaction:", event.event_information.TransactionUID == transaction)
    return 0x0000, None


ae = AE()
ae.add_requested_context(InventoryCreation)
ae.add_supported_context(InventoryCreation, scu_role=True, scp_role=True)
handlers = [(evt.EVT_N_ACTION, action), (evt.EVT_N_EVENT_REPORT, report)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(InventoryCreation, scu_role=True, scp_role=True)],
)
transaction = generate_uid()
request = Dataset()
request.TransactionUID = transaction
status, answer = assoc.send_n_action(request, 1, InventoryCreation, StorageManagementInstance)
print(f"{status.Status:04X}H", answer.TransactionUID == transaction)
status, answer = assoc.send_n_event_report(request, 1, InventoryCreation, StorageManagementInstance)
print(f"{status.Status:04X}H", len(answer))
assoc.release()
server.shutdown()
