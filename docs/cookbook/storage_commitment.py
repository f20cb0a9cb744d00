"""Storage commitment: does the archive keep what was sent?

N-ACTION asks, and is answered at once; the result comes later, by N-EVENT-REPORT, here on an association that the
archive opens. So the scanner is a server, too, and takes the role of SCU in an association that it did not request.

It prints::

    asked: 0000H
    kept 2, not kept 1
    report answered: 0000H
"""

import threading

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid

from dulcimer import AE, build_role, evt
from dulcimer.sop_class import CTImageStorage
from dulcimer.sop_class import StorageCommitmentPushModel as Commitment
from dulcimer.sop_class import StorageCommitmentPushModelInstance as Instance

KEPT = {"1.2.3.1", "1.2.3.2"}
reported = threading.Event()
asked: list[Dataset] = []


def commit(event: evt.Event) -> tuple[int, None]:
    asked.append(event.action_information)
    return 0x0000, None


def committed(event: evt.Event) -> tuple[int, None]:
    result = event.event_information
    print(f"kept {len(result.ReferencedSOPSequence)}, not kept {len(result.FailedSOPSequence)}")
    reported.set()
    return 0x0000, None


archive = AE("ARCHIVE")
archive.add_supported_context(Commitment)
archive.add_requested_context(Commitment)
archive_server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_ACTION, commit)])

scanner = AE("SCANNER")
scanner.add_requested_context(Commitment)
scanner.add_supported_context(Commitment, scu_role=False, scp_role=True)
handlers = [(evt.EVT_N_EVENT_REPORT, committed)]
scanner_server = scanner.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

request = Dataset()
request.TransactionUID = generate_uid()
request.ReferencedSOPSequence = []
for uid in ("1.2.3.1", "1.2.3.2", "1.2.3.3"):
    item = Dataset()
    item.ReferencedSOPClassUID = CTImageStorage
    item.ReferencedSOPInstanceUID = uid
    request.ReferencedSOPSequence.append(item)
with scanner.associate(*archive_server.server_address) as association:
    status, _ = association.send_n_action(request, 1, Commitment, Instance)
    print(f"asked: {status.Status:04X}H")

# Later: the archive has looked at its disks.
result = Dataset()
result.TransactionUID = asked[0].TransactionUID
result.ReferencedSOPSequence, result.FailedSOPSequence = [], []
for item in asked[0].ReferencedSOPSequence:
    if item.ReferencedSOPInstanceUID in KEPT:
        result.ReferencedSOPSequence.append(item)
    else:
        item.FailureReason = 0x0112
        result.FailedSOPSequence.append(item)
role = build_role(Commitment, scp_role=True)
with archive.associate(*scanner_server.server_address, ext_neg=[role]) as association:
    status, _ = association.send_n_event_report(result, 2, Commitment, Instance)
    reported.wait()
    print(f"report answered: {status.Status:04X}H")
archive_server.shutdown()
scanner_server.shutdown()
