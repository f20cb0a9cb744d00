"""UPS: a worklist item is pushed, found, claimed, changed, watched and its progress told.

It prints::

    create in Unified Procedure Step - Push SOP Class
    0000H contouring
    FF00H contouring
    0000H None
    FF00H contouring
    0000H None
    FF00H contouring
    0000H None
    subscribe UPS Global Subscription SOP Instance 3 WORKFLOW
    0000H
    0xc310
    state IN PROGRESS
    0x0
    0x0
    0x0 contouring, again IN PROGRESS
    event 1 IN PROGRESS
    0x0
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, UnifiedProcedurePresentationContexts, evt
from pynetdicom.sop_class import (
    UnifiedProcedureStepEvent,
    UnifiedProcedureStepPull,
    UnifiedProcedureStepPush,
    UnifiedProcedureStepQuery,
    UnifiedProcedureStepWatch,
    UPSGlobalSubscriptionInstance,
)

items = {}


def create(event):
    uid = event.request.AffectedSOPInstanceUID
    items[uid] = event.attribute_list
    print("create in", event.context.abstract_syntax.name)
    return 0x0000, event.attribute_list


def find(event):
    for uid, item in items.items():
        if item.ProcedureStepState == event.identifier.ProcedureStepState:
            match = Dataset()
            match.SOPInstanceUID = uid
            match.ProcedureStepLabel = item.ProcedureStepLabel
            yield 0xFF00, match


def action(event):
    uid = event.request.RequestedSOPInstanceUID
    if uid in items:
        items[uid].ProcedureStepState = event.action_information.ProcedureStepState
        print("state", event.action_information.ProcedureStepState)
    else:
        print("subscribe", uid.name, event.action_type, event.action_information.ReceivingAE)
    return 0x0000, None


def modify(event):
    if items[event.request.RequestedSOPInstanceUID].ProcedureStepState != "IN PROGRESS":
        return 0xC310, None
    items[event.request.RequestedSOPInstanceUID].update(event.modification_list)
    return 0x0000, None


def get(event):
    return 0x0000, items[event.request.RequestedSOPInstanceUID]


def report(event):
    print("event", event.event_type, event.event_information.ProcedureStepState)
    return 0x0000, None


ae = AE("WORKFLOW")
ae.requested_contexts = UnifiedProcedurePresentationContexts
ae.supported_contexts = UnifiedProcedurePresentationContexts
handlers = [
    (evt.EVT_N_CREATE, create),
    (evt.EVT_C_FIND, find),
    (evt.EVT_N_ACTION, action),
    (evt.EVT_N_SET, modify),
    (evt.EVT_N_GET, get),
    (evt.EVT_N_EVENT_REPORT, report),
]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])
uid = generate_uid()
step = Dataset()
step.ProcedureStepState = "SCHEDULED"
step.ProcedureStepLabel = "contouring"
status, answer = assoc.send_n_create(step, UnifiedProcedureStepPush, uid)
print(f"{status.Status:04X}H", answer.ProcedureStepLabel)

query = Dataset()
query.ProcedureStepState = "SCHEDULED"
for model in (UnifiedProcedureStepPull, UnifiedProcedureStepQuery, UnifiedProcedureStepWatch):
    for status, match in assoc.send_c_find(query, model):
        print(f"{status.Status:04X}H", match and match.ProcedureStepLabel)

subscription = Dataset()
subscription.ReceivingAE = "WORKFLOW"
subscription.DeletionLock = "TRUE"
status, _ = assoc.send_n_action(
    subscription, 3, UnifiedProcedureStepPush, UPSGlobalSubscriptionInstance, meta_uid=UnifiedProcedureStepWatch
)
print(f"{status.Status:04X}H")
change = Dataset()
change.ProcedureStepLabel = "contouring, again"
print(hex(assoc.send_n_set(change, UnifiedProcedureStepPull, uid)[0].Status))
claim = Dataset()
claim.ProcedureStepState = "IN PROGRESS"
claim.TransactionUID = generate_uid()
print(hex(assoc.send_n_action(claim, 1, UnifiedProcedureStepPull, uid)[0].Status))
print(hex(assoc.send_n_set(change, UnifiedProcedureStepPull, uid)[0].Status))
status, answer = assoc.send_n_get([], UnifiedProcedureStepWatch, uid)
print(hex(status.Status), answer.ProcedureStepLabel, answer.ProcedureStepState)
status, _ = assoc.send_n_event_report(claim, 1, UnifiedProcedureStepPush, uid, meta_uid=UnifiedProcedureStepEvent)
print(hex(status.Status))
assoc.release()
server.shutdown()
