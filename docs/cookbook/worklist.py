"""A worklist: what is scheduled for a scanner

A worklist server answers each C-FIND with one match for each scheduled step, then with 0000H. A handler is a generator
of statuses and matches; the final 0000H is sent when it ends.

It prints::

    PH-1 CT 093000
    PH-3 CT 110000
    the end: 0000H
"""

from collections.abc import Iterator

from pydicom.dataset import Dataset

from dulcimer import AE, evt
from dulcimer.sop_class import ModalityWorklistInformationFind as Worklist

SCHEDULE = [("CT_ROOM_1", "093000", "PH-1"), ("MR_ROOM_2", "101500", "PH-2"), ("CT_ROOM_1", "110000", "PH-3")]


def find(event: evt.Event) -> Iterator[tuple[int, Dataset]]:
    station = event.identifier.ScheduledProcedureStepSequence[0].ScheduledStationAETitle
    for title, time, patient in SCHEDULE:
        if title == station:
            step = Dataset()
            step.Modality = title[:2]
            step.ScheduledProcedureStepStartTime = time
            match = Dataset()
            match.PatientID = patient
            match.ScheduledProcedureStepSequence = [step]
            yield 0xFF00, match


ae = AE("WORKLIST")
ae.add_supported_context(Worklist)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])

step = Dataset()
step.ScheduledStationAETitle = "CT_ROOM_1"
step.ScheduledProcedureStepStartTime = ""
step.Modality = ""
query = Dataset()
query.PatientID = ""
query.ScheduledProcedureStepSequence = [step]

scanner = AE("CT_ROOM_1")
scanner.add_requested_context(Worklist)
with scanner.associate(*server.server_address) as association:
    for status, match in association.send_c_find(query, Worklist):
        if match is None:
            print(f"the end: {status.Status:04X}H")
        else:
            first = match.ScheduledProcedureStepSequence[0]
            print(match.PatientID, first.Modality, first.ScheduledProcedureStepStartTime)
server.shutdown()
