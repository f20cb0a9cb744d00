"""A C-GET handler that counts all its instances and sends those that match; a C-MOVE handler that has none to send.

It prints::

    counted 3, sent 2
    FF00H
    FF00H
    0000H completed 2 failed 0
    stored: 1.2.1, 1.2.3
    nothing matches: 0000H completed 0 failed 0
    nothing to move: 0000H completed 0 failed 0
"""

from copy import deepcopy

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
)

instances = []
for uid, patient in (("1.2.1", "A"), ("1.2.2", "B"), ("1.2.3", "A")):
    instance = deepcopy(examples.ct)
    instance.SOPInstanceUID = uid
    instance.PatientID = patient
    instances.append(instance)


def get(event):
    wanted = event.identifier.PatientID
    matching = [instance for instance in instances if instance.PatientID == wanted]
    yield len(instances)
    for instance in matching:
        if event.is_cancelled:
            yield 0xFE00, None
            return
        yield 0xFF00, instance


def move(event):
    yield "127.0.0.1", 1  # where nobody listens
    yield 0


stored = []


def store(event):
    stored.append(event.dataset.SOPInstanceUID)
    return 0x0000


scp = AE("ARCHIVE")
scp.add_supported_context(PatientRootQueryRetrieveInformationModelGet)
scp.add_supported_context(PatientRootQueryRetrieveInformationModelMove)
scp.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
handlers = [(evt.EVT_C_GET, get), (evt.EVT_C_MOVE, move)]
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

scu = AE("VIEWER")
scu.add_requested_context(PatientRootQueryRetrieveInformationModelGet)
scu.add_requested_context(PatientRootQueryRetrieveInformationModelMove)
scu.add_requested_context(CTImageStorage)
role = build_role(CTImageStorage, scp_role=True)
assoc = scu.associate(*server.server_address, ext_neg=[role], evt_handlers=[(evt.EVT_C_STORE, store)])


def query(patient):
    identifier = Dataset()
    identifier.QueryRetrieveLevel = "PATIENT"
    identifier.PatientID = patient
    return identifier


def ending(status):
    done, failed = status.NumberOfCompletedSuboperations, status.NumberOfFailedSuboperations
    return f"{status.Status:04X}H completed {done} failed {failed}"


print("counted 3, sent 2")
for status, _ in assoc.send_c_get(query("A"), PatientRootQueryRetrieveInformationModelGet):
    print(f"{status.Status:04X}H" if status.Status == 0xFF00 else ending(status))
print("stored:", ", ".join(stored))
for status, _ in assoc.send_c_get(query("C"), PatientRootQueryRetrieveInformationModelGet):
    print("nothing matches:", ending(status))
for status, _ in assoc.send_c_move(query("A"), "ANYBODY", PatientRootQueryRetrieveInformationModelMove):
    print("nothing to move:", ending(status))
assoc.release()
server.shutdown()
