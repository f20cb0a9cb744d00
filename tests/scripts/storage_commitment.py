"""Storage Commitment: a request by N-ACTION, its result by N-EVENT-REPORT on an association of the SCP's own.

It prints::

    0000H
    action 1 of Storage Commitment Push Model SOP Instance
    event 2, 2 kept
    not kept: ['1.2.3.3']
    report answered with 0000H
"""

import threading

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.sop_class import CTImageStorage, StorageCommitmentPushModel, StorageCommitmentPushModelInstance

STORED = {"1.2.3.1", "1.2.3.2"}
log = []
arrived = threading.Event()
answers = []


def commit(event):
    information = event.action_information
    log.append(f"action {event.action_type} of {event.request.RequestedSOPInstanceUID.name}")
    answers.append(threading.Thread(target=report, args=(information.TransactionUID, information)))
    answers[-1].start()
    return 0x0000, None


def report(transaction, information):
    result = Dataset()
    result.TransactionUID = transaction
    result.ReferencedSOPSequence, result.FailedSOPSequence = [], []
    for item in information.ReferencedSOPSequence:
        good = item.ReferencedSOPInstanceUID in STORED
        if not good:
            item.FailureReason = 0x0112
        (result.ReferencedSOPSequence if good else result.FailedSOPSequence).append(item)
    kind = 2 if result.FailedSOPSequence else 1
    assoc = archive.associate(
        "127.0.0.1",
        modality_server.server_address[1],
        contexts=[build_context(StorageCommitmentPushModel)],
        ext_neg=[build_role(StorageCommitmentPushModel, scp_role=True)],
    )
    status, _ = assoc.send_n_event_report(result, kind, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    log.append(f"report answered with {status.Status:04X}H")
    assoc.release()


def committed(event):
    result = event.event_information
    log.append(f"event {event.event_type}, {len(result.ReferencedSOPSequence)} kept")
    log.append(f"not kept: {[item.ReferencedSOPInstanceUID for item in result.FailedSOPSequence]}")
    arrived.set()
    return 0x0000, None


archive = AE("ARCHIVE")
archive.add_supported_context(StorageCommitmentPushModel)
archive_server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, commit)])
modality = AE("MODALITY")
modality.add_requested_context(StorageCommitmentPushModel)
modality.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
modality_server = modality.start_server(
    ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, committed)]
)

request = Dataset()
request.TransactionUID = generate_uid()
request.ReferencedSOPSequence = []
for uid in ("1.2.3.1", "1.2.3.2", "1.2.3.3"):
    item = Dataset()
    item.ReferencedSOPClassUID = CTImageStorage
    item.ReferencedSOPInstanceUID = uid
    request.ReferencedSOPSequence.append(item)
assoc = modality.associate("127.0.0.1", archive_server.server_address[1])
status, reply = assoc.send_n_action(request, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
print(f"{status.Status:04X}H", reply)
assoc.release()
arrived.wait(5)
for thread in answers:
    thread.join()
archive_server.shutdown()
modality_server.shutdown()
print(*log, sep="\n")
