"""MPPS: a scanner says what it has done

N-CREATE begins a performed procedure step, N-SET completes it. A step that is completed cannot be changed: 0110H.

It prints::

    N-CREATE 0000H IN PROGRESS
    N-SET 0000H COMPLETED
    N-SET 0110H
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from dulcimer import AE, evt
from dulcimer.sop_class import ModalityPerformedProcedureStep as Step

steps: dict[str, Dataset] = {}


def create(event: evt.Event) -> tuple[int, Dataset | None]:
    steps[event.request.AffectedSOPInstanceUID] = event.attribute_list
    return 0x0000, event.attribute_list


def change(event: evt.Event) -> tuple[int, Dataset | None]:
    step = steps[event.request.RequestedSOPInstanceUID]
    if step.PerformedProcedureStepStatus != "IN PROGRESS":
        return 0x0110, None
    step.update(event.modification_list)
    return 0x0000, step


ae = AE("RIS")
ae.add_supported_context(Step)
handlers = [(evt.EVT_N_CREATE, create), (evt.EVT_N_SET, change)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

begun, ended, uid = Dataset(), Dataset(), generate_uid()
begun.PerformedProcedureStepStatus = "IN PROGRESS"
ended.PerformedProcedureStepStatus = "COMPLETED"

scanner = AE("SCANNER")
scanner.add_requested_context(Step)
with scanner.associate(*server.server_address) as association:
    status, answer = association.send_n_create(begun, Step, uid)
    print(f"N-CREATE {status.Status:04X}H", answer.PerformedProcedureStepStatus if answer else "")
    for _ in range(2):
        status, answer = association.send_n_set(ended, Step, uid)
        print(f"N-SET {status.Status:04X}H {answer.PerformedProcedureStepStatus if answer else ''}".rstrip())
server.shutdown()
