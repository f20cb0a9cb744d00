"""Modality worklist: what is scheduled for a scanner today.

It prints::

    FF00H PH-1 CT 093000
    FF00H PH-3 CT 110000
    0000H
"""

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pynetdicom import AE, BasicWorklistManagementPresentationContexts, evt
from pynetdicom.sop_class import ModalityWorklistInformationFind

SCHEDULE = [("CT_ROOM_1", "093000", "PH-1"), ("MR_ROOM_2", "101500", "PH-2"), ("CT_ROOM_1", "110000", "PH-3")]


def find(event):
    wanted = event.identifier.ScheduledProcedureStepSequence[0].ScheduledStationAETitle
    for station, time, patient in SCHEDULE:
        if event.is_cancelled:
            yield 0xFE00, None
            return
        if station != wanted:
            continue
        step = Dataset()
        step.ScheduledStationAETitle = station
        step.ScheduledProcedureStepStartTime = time
        step.Modality = station[:2]
        item = Dataset()
        item.PatientID = patient
        item.ScheduledProcedureStepSequence = Sequence([step])
        yield 0xFF00, item


ae = AE("CT_ROOM_1")
ae.requested_contexts = BasicWorklistManagementPresentationContexts
ae.supported_contexts = BasicWorklistManagementPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1])

step = Dataset()
step.ScheduledStationAETitle = "CT_ROOM_1"
step.ScheduledProcedureStepStartTime = ""
query = Dataset()
query.PatientID = ""
query.ScheduledProcedureStepSequence = [step]
for status, item in assoc.send_c_find(query, ModalityWorklistInformationFind):
    if item is None:
        print(f"{status.Status:04X}H")
    else:
        first = item.ScheduledProcedureStepSequence[0]
        print(f"{status.Status:04X}H", item.PatientID, first.Modality, first.ScheduledProcedureStepStartTime)
assoc.release()
server.shutdown()
