"""Relevant Patient Information: one answer at most, for one patient and one template.

It prints::

    PH-1 FF00H Phantom^Alpha
    PH-1 0000H None
    PH-2 0000H None
    BROKEN C100H None
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, RelevantPatientInformationPresentationContexts, evt
from pynetdicom.sop_class import GeneralRelevantPatientInformationQuery


def find(event):
    if event.identifier.PatientID == "PH-1":
        answer = Dataset()
        answer.PatientID = "PH-1"
        answer.PatientName = "Phantom^Alpha"
        yield 0xFF00, answer
    elif event.identifier.PatientID == "BROKEN":
        yield 0xC100, None  # more than one match
    else:
        yield 0x0000, None


ae = AE()
ae.requested_contexts = RelevantPatientInformationPresentationContexts
ae.supported_contexts = RelevantPatientInformationPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
for patient in ("PH-1", "PH-2", "BROKEN"):
    query.PatientID = patient
    for status, answer in assoc.send_c_find(query, GeneralRelevantPatientInformationQuery):
        print(patient, f"{status.Status:04X}H", answer and answer.PatientName)
assoc.release()
server.shutdown()
