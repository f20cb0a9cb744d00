"""What a C-FIND SCP may yield besides matches: unsupported keys, failures with a comment, an end of its own.

It prints::

    PATIENT [('0xff01', True, None), ('0x0', False, None)]
    PATIENT [('0xff01', True, None), ('0x0', False, None)]
    PATIENT [('0xff01', True, None), ('0x0', False, None)]
    STUDY [('0xa900', False, 'no such key')]
    STUDY [('0xa900', False, 'no such key')]
    STUDY [('0xa900', False, 'no such key')]
    SERIES [('0xff00', True, None), ('0x0', False, None)]
    SERIES [('0xff00', True, None), ('0x0', False, None)]
    SERIES [('0xff00', True, None), ('0x0', False, None)]
    IMAGE [('0xa700', False, None)]
    IMAGE [('0xa700', False, None)]
    IMAGE [('0xa700', False, None)]
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, QueryRetrievePresentationContexts, evt
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind,
    PatientStudyOnlyQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
)


def find(event):
    level = event.identifier.QueryRetrieveLevel
    match = Dataset()
    match.QueryRetrieveLevel = level
    if level == "PATIENT":
        yield 0xFF01, match
        yield 0x0000, None
    elif level == "STUDY":
        failure = Dataset()
        failure.Status = 0xA900
        failure.ErrorComment = "no such key"
        failure.OffendingElement = [0x00100010]
        yield failure, None
    elif level == "SERIES":
        pending = Dataset()
        pending.Status = 0xFF00
        yield pending, match
    else:
        yield 0xA700, None
        yield 0xFF00, match


ae = AE()
ae.requested_contexts = QueryRetrievePresentationContexts
ae.supported_contexts = QueryRetrievePresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
for level in ("PATIENT", "STUDY", "SERIES", "IMAGE"):
    query.QueryRetrieveLevel = level
    for model in (
        PatientRootQueryRetrieveInformationModelFind,
        StudyRootQueryRetrieveInformationModelFind,
        PatientStudyOnlyQueryRetrieveInformationModelFind,
    ):
        answers = [(hex(s.Status), m is not None, s.get("ErrorComment")) for s, m in assoc.send_c_find(query, model)]
        print(level, answers)
assoc.release()
server.shutdown()
