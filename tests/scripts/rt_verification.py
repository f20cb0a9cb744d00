"""RT Machine Verification: an instance is created, set, started, reported on, read and deleted.

It prints::

    0000H PH-1
    0000H 0
    action 1 0
    0000H 0
    0000H VERIFIED
    report 1 0
    0000H 0
    0000H {}
    0110H
"""

import logging

from pydicom.dataset import Dataset
from pynetdicom import AE, RTMachineVerificationPresentationContexts, evt
from pynetdicom.sop_class import RTConventionalMachineVerification as Verification

logging.disable(logging.CRITICAL)  # the last request makes a handler raise
instances = {}


def create(event):
    instances[event.request.AffectedSOPInstanceUID] = event.attribute_list
    return 0x0000, event.attribute_list


def modify(event):
    instances[event.request.RequestedSOPInstanceUID].update(event.modification_list)
    return 0x0000, None


def action(event):
    print("action", event.action_type, len(event.action_information))
    return 0x0000, None


def get(event):
    answer = Dataset()
    for tag in event.attribute_identifiers:
        answer[tag] = instances[event.request.RequestedSOPInstanceUID][tag]
    return 0x0000, answer


def report(event):
    print("report", event.event_type, len(event.event_information))
    return 0x0000, None


def delete(event):
    del instances[event.request.RequestedSOPInstanceUID]
    return 0x0000


ae = AE("LINAC")
ae.requested_contexts = RTMachineVerificationPresentationContexts
ae.supported_contexts = RTMachineVerificationPresentationContexts
handlers = [
    (evt.EVT_N_CREATE, create),
    (evt.EVT_N_SET, modify),
    (evt.EVT_N_ACTION, action),
    (evt.EVT_N_GET, get),
    (evt.EVT_N_EVENT_REPORT, report),
    (evt.EVT_N_DELETE, delete),
]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])
uid = "1.2.3.4"
plan = Dataset()
plan.PatientID = "PH-1"
plan.TreatmentVerificationStatus = "NOT_VERIFIED"
status, answer = assoc.send_n_create(plan, Verification, uid)
print(f"{status.Status:04X}H", answer.PatientID)
change = Dataset()
change.TreatmentVerificationStatus = "VERIFIED"
status, answer = assoc.send_n_set(change, Verification, uid)
print(f"{status.Status:04X}H", len(answer))
status, answer = assoc.send_n_action(None, 1, Verification, uid)
print(f"{status.Status:04X}H", len(answer))
status, answer = assoc.send_n_get(["TreatmentVerificationStatus"], Verification, uid)
print(f"{status.Status:04X}H", answer.TreatmentVerificationStatus)
status, answer = assoc.send_n_event_report(None, 1, Verification, uid)
print(f"{status.Status:04X}H", len(answer))
status = assoc.send_n_delete(Verification, uid)
print(f"{status.Status:04X}H", instances)
status = assoc.send_n_delete(Verification, uid)
print(f"{status.Status:04X}H")
assoc.release()
server.shutdown()
