"""Media Creation Management: a request to burn a disc, its start, and its state.

It prints::

    create 0000H IDLE
    action 0000H
    get 0000H ['ExecutionStatus', 'ExecutionStatusInfo']
        CREATING QUEUED
    action 0112H None
    get 0000H ['ExecutionStatus', 'ExecutionStatusInfo']
        CREATING QUEUED
    action 0000H
    get 0000H ['ExecutionStatus', 'ExecutionStatusInfo']
        FAILURE CANCELLED
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, MediaCreationManagementPresentationContexts, evt
from pynetdicom.sop_class import MediaCreationManagement

requests = {}


def create(event):
    uid = event.request.AffectedSOPInstanceUID
    requests[uid] = event.attribute_list
    requests[uid].ExecutionStatus = "IDLE"
    return 0x0000, requests[uid]


def action(event):
    request = requests.get(event.request.RequestedSOPInstanceUID)
    if request is None:
        return 0x0112, None
    request.ExecutionStatus = {1: "CREATING", 2: "FAILURE"}[event.action_type]
    request.ExecutionStatusInfo = "QUEUED" if event.action_type == 1 else "CANCELLED"
    return 0x0000, None


def get(event):
    request = requests.get(event.request.RequestedSOPInstanceUID)
    if request is None:
        return 0x0112, None
    answer = Dataset()
    for tag in event.attribute_identifiers:
        answer[tag] = request[tag]
    return 0x0000, answer


ae = AE("BURNER")
ae.requested_contexts = MediaCreationManagementPresentationContexts
ae.supported_contexts = MediaCreationManagementPresentationContexts
handlers = [(evt.EVT_N_CREATE, create), (evt.EVT_N_ACTION, action), (evt.EVT_N_GET, get)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])
uid = generate_uid()
wish = Dataset()
wish.LabelUsingInformationExtractedFromInstances = "YES"
status, answer = assoc.send_n_create(wish, MediaCreationManagement, uid)
print(f"create {status.Status:04X}H", answer.ExecutionStatus)
start = Dataset()
start.NumberOfCopies = 2
start.RequestPriority = "LOW"
for target, kind in ((uid, 1), ("1.2.3", 1), (uid, 2)):
    status, answer = assoc.send_n_action(start, kind, MediaCreationManagement, target)
    print(f"action {status.Status:04X}H", answer)
    status, answer = assoc.send_n_get(["ExecutionStatus", "ExecutionStatusInfo"], MediaCreationManagement, uid)
    print(f"get {status.Status:04X}H", [element.keyword for element in answer])
    print("   ", answer.ExecutionStatus, answer.ExecutionStatusInfo)
assoc.release()
server.shutdown()
