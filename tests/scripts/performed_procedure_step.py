"""MPPS: a scanner creates a performed procedure step, completes it, and reads it back.

It prints::

    create 0000H CT_ROOM_1
    create 0111H None
    set 0112H None
    set 0000H COMPLETED
    set 0110H None
    get 0000H ['PatientID', 'PerformedProcedureStepStatus']
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, ModalityPerformedPresentationContexts, evt
from pynetdicom.sop_class import ModalityPerformedProcedureStep, ModalityPerformedProcedureStepRetrieve

steps = {}


def create(event):
    request = event.request
    if request.AffectedSOPInstanceUID is None:
        return 0x0106, None
    if request.AffectedSOPInstanceUID in steps:
        return 0x0111, None
    attributes = event.attribute_list
    if "PerformedProcedureStepStatus" not in attributes:
        return 0x0120, None
    if attributes.PerformedProcedureStepStatus.upper() != "IN PROGRESS":
        return 0x0106, None
    attributes.SOPClassUID = ModalityPerformedProcedureStep
    attributes.SOPInstanceUID = request.AffectedSOPInstanceUID
    steps[request.AffectedSOPInstanceUID] = attributes
    return 0x0000, attributes


def modify(event):
    uid = event.request.RequestedSOPInstanceUID
    if uid not in steps:
        return 0x0112, None
    if steps[uid].PerformedProcedureStepStatus == "COMPLETED":
        return 0x0110, None
    steps[uid].update(event.modification_list)
    return 0x0000, steps[uid]


def get(event):
    step = steps.get(event.request.RequestedSOPInstanceUID)
    if step is None:
        return 0x0112, None
    answer = Dataset()
    for tag in event.attribute_identifiers:
        if tag in step:
            answer[tag] = step[tag]
    return 0x0000, answer


ae = AE("MPPS")
ae.requested_contexts = ModalityPerformedPresentationContexts
ae.supported_contexts = ModalityPerformedPresentationContexts
handlers = [(evt.EVT_N_CREATE, create), (evt.EVT_N_SET, modify), (evt.EVT_N_GET, get)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])

uid = generate_uid()
begun = Dataset()
begun.PerformedProcedureStepStatus = "IN PROGRESS"
begun.PerformedStationAETitle = "CT_ROOM_1"
begun.PatientID = "PH-1"
for instance in (uid, uid):
    status, attributes = assoc.send_n_create(begun, ModalityPerformedProcedureStep, instance)
    print(f"create {status.Status:04X}H", attributes and attributes.PerformedStationAETitle)

ended = Dataset()
ended.PerformedProcedureStepStatus = "COMPLETED"
ended.PerformedProcedureStepEndTime = "113000"
for instance in ("1.2.3.4", uid, uid):
    status, attributes = assoc.send_n_set(ended, ModalityPerformedProcedureStep, instance)
    print(f"set {status.Status:04X}H", attributes and attributes.PerformedProcedureStepStatus)

status, attributes = assoc.send_n_get(
    [(0x0040, 0x0252), 0x00100020, "PatientBirthDate"], ModalityPerformedProcedureStepRetrieve, uid
)
print(f"get {status.Status:04X}H", [element.keyword for element in attributes])
assoc.release()
server.shutdown()
