"""Query on study level: the SCP matches a small table, the SCU reads one response after the other.

It prints::

    looking for Phantom*
      FF00H PH-1 Phantom^Alpha 20210305 FINDER
      FF00H PH-2 Phantom^Beta 20210306 FINDER
      0000H
    looking for *
      FF00H PH-1 Phantom^Alpha 20210305 FINDER
      FF00H PH-2 Phantom^Beta 20210306 FINDER
      FF00H PH-3 Grid^Gamma 20220101 FINDER
      0000H
    looking for Nobody
      0000H
    ['0xc000']
    Patient Root was not accepted
"""

from fnmatch import fnmatch

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind as StudyRootFind

STUDIES = [
    ("PH-1", "Phantom^Alpha", "20210305", "1.2.3.1"),
    ("PH-2", "Phantom^Beta", "20210306", "1.2.3.2"),
    ("PH-3", "Grid^Gamma", "20220101", "1.2.3.3"),
]


def find(event):
    query = event.identifier
    if "QueryRetrieveLevel" not in query:
        yield 0xC000, None
        return
    for patient_id, name, date, uid in STUDIES:
        if event.is_cancelled:
            yield 0xFE00, None
            return
        if not fnmatch(name, str(query.PatientName) or "*"):
            continue
        match = Dataset()
        match.QueryRetrieveLevel = query.QueryRetrieveLevel
        match.RetrieveAETitle = event.assoc.acceptor.ae_title
        match.PatientID = patient_id
        match.PatientName = name
        match.StudyDate = date
        match.StudyInstanceUID = uid
        yield 0xFF00, match


ae = AE("FINDER")
ae.add_supported_context(StudyRootFind)
ae.add_requested_context(StudyRootFind)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1], ae_title="FINDER")

for pattern in ("Phantom*", "*", "Nobody"):
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientName = pattern
    query.StudyInstanceUID = ""
    print("looking for", pattern)
    for status, match in assoc.send_c_find(query, StudyRootFind):
        if not status:
            print("the connection was lost, or the answer made no sense")
        elif match is not None:
            print(f"  {status.Status:04X}H", match.PatientID, match.PatientName, match.StudyDate, match.RetrieveAETitle)
        else:
            print(f"  {status.Status:04X}H")

del query.QueryRetrieveLevel
print([hex(status.Status) for status, _ in assoc.send_c_find(query, StudyRootFind)])
try:
    assoc.send_c_find(query, "1.2.840.10008.5.1.4.1.2.1.1")
except ValueError:
    print("Patient Root was not accepted")
assoc.release()
server.shutdown()
