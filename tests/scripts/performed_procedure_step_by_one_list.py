"""A performed procedure step whose handlers read both N-CREATE and N-SET from `event.attribute_list`.

It prints::

    0000H IN PROGRESS
    0000H COMPLETED
    0112H
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import ModalityPerformedProcedureStep

steps = {}


def create(event):
    steps[event.request.AffectedSOPInstanceUID] = event.attribute_list
    return 0x0000, event.attribute_list


def modify(event):
    uid = event.request.RequestedSOPInstanceUID
    if uid not in steps:
        return 0x0112, None
    steps[uid].update(event.attribute_list)
    return 0x0000, steps[uid]


scp = AE("RIS")
scp.add_supported_context(ModalityPerformedProcedureStep)
handlers = [(evt.EVT_N_CREATE, create), (evt.EVT_N_SET, modify)]
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

scu = AE("SCANNER")
scu.add_requested_context(ModalityPerformedProcedureStep)
assoc = scu.associate(*server.server_address)


def show(status, attributes):
    state = attributes.PerformedProcedureStepStatus if attributes else ""
    print(f"{status.Status:04X}H {state}".strip())


step = Dataset()
step.PerformedProcedureStepStatus = "IN PROGRESS"
step.PatientID = "7"
show(*assoc.send_n_create(step, ModalityPerformedProcedureStep, "1.2.3"))
step = Dataset()
step.PerformedProcedureStepStatus = "COMPLETED"
show(*assoc.send_n_set(step, ModalityPerformedProcedureStep, "1.2.3"))
show(*assoc.send_n_set(step, ModalityPerformedProcedureStep, "1.2.4"))
assoc.release()
server.shutdown()
