"""MPPS notification: the SCP tells of a change by N-EVENT-REPORT, on the association of the requestor.

It prints::

    0000H PH-1
    type 2 of 1.2.3.4
    status DISCONTINUED 77
"""

import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import ModalityPerformedProcedureStepNotification as Notification

log = []
told = threading.Event()


def report(event):
    log.append(f"type {event.event_type} of {event.request.AffectedSOPInstanceUID}")
    log.append(f"status {event.event_information.PerformedProcedureStepStatus} {event.message_id}")
    told.set()
    answer = Dataset()
    answer.PatientID = "PH-1"
    return 0x0000, answer


scanner = AE("SCANNER")
scanner.add_supported_context(Notification)
server = scanner.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)])

manager = AE("MANAGER")
manager.add_requested_context(Notification)
assoc = manager.associate(
    "127.0.0.1", server.server_address[1], ext_neg=[build_role(Notification, scu_role=True, scp_role=True)]
)
news = Dataset()
news.PerformedProcedureStepStatus = "DISCONTINUED"
status, reply = assoc.send_n_event_report(news, 2, Notification, "1.2.3.4", msg_id=77)
print(f"{status.Status:04X}H", reply and reply.PatientID)
told.wait(5)
assoc.release()
server.shutdown()
print(*log, sep="\n")
