"""A long query on patient level is cancelled with C-CANCEL after the third match.

It prints::

    PH-1
    PH-2
    PH-3
    FE00H None
    ['cancelled before match 4']
"""

import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelFind as PatientRootFind

pause = threading.Event()
told = []


def is_cancelled_soon(event):
    """The request to cancel is on its way, while a real query takes its time."""
    for _ in range(2000):
        if event.is_cancelled:
            return True
        pause.wait(0.001)
    return False


def find(event):
    for number in range(1, 1000):
        if number > 3 and is_cancelled_soon(event):
            told.append(f"cancelled before match {number}")
            yield 0xFE00, None
            return
        match = Dataset()
        match.QueryRetrieveLevel = "PATIENT"
        match.PatientID = f"PH-{number}"
        yield 0xFF00, match


ae = AE()
ae.add_supported_context(PatientRootFind)
ae.add_requested_context(PatientRootFind)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
query.QueryRetrieveLevel = "PATIENT"
query.PatientID = "PH-*"
matches = 0
for status, match in assoc.send_c_find(query, PatientRootFind, msg_id=21):
    if status.Status == 0xFF00:
        matches += 1
        print(match.PatientID)
        if matches == 3:
            assoc.send_c_cancel(21, query_model=PatientRootFind)
    else:
        print(f"{status.Status:04X}H", match)
print(told)
assoc.release()
server.shutdown()
