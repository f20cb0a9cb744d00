"""Cancel: stop a query after the matches that are wanted

C-CANCEL asks the server to stop. It may have sent more matches by then, and ends with FE00H. A handler looks at
`event.is_cancelled` before each match.

It prints::

    PH-1
    PH-2
    the end: FE00H
"""

import threading
from collections.abc import Iterator

from pydicom.dataset import Dataset

from dulcimer import AE, evt
from dulcimer.sop_class import StudyRootQueryRetrieveInformationModelFind as StudyFind

MESSAGE_ID, CANCELLED, PENDING = 7, 0xFE00, 0xFF00
moment = threading.Event()


def find(event: evt.Event) -> Iterator[tuple[int, Dataset | None]]:
    for number in (1, 2):
        match = Dataset()
        match.PatientID = f"PH-{number}"
        yield PENDING, match
    while not event.is_cancelled:
        moment.wait(0.001)  # a real archive searches here
    yield CANCELLED, None


ae = AE("ARCHIVE")
ae.add_supported_context(StudyFind)
ae.add_requested_context(StudyFind)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])

query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.PatientID = ""
with ae.associate(*server.server_address) as association:
    for status, match in association.send_c_find(query, StudyFind, msg_id=MESSAGE_ID):
        if match is None:
            print(f"the end: {status.Status:04X}H")
            continue
        print(match.PatientID)
        if match.PatientID == "PH-2":
            association.send_c_cancel(MESSAGE_ID, query_model=StudyFind)
server.shutdown()
