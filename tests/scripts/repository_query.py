"""Repository Query: an archive that tells part of what it has, and where to go on.

It prints::

    FF00H 1.2.3.1
    FF00H 1.2.3.2
    B001H None
    0000H None
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import RepositoryQuery


def find(event):
    for number in (1, 2):
        match = Dataset()
        match.QueryRetrieveLevel = "STUDY"
        match.StudyInstanceUID = f"1.2.3.{number}"
        yield 0xFF00, match
    yield 0xB001, None


ae = AE()
ae.add_requested_context(RepositoryQuery)
ae.add_supported_context(RepositoryQuery)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
query.QueryRetrieveLevel = "STUDY"
for status, match in assoc.send_c_find(query, RepositoryQuery):
    print(f"{status.Status:04X}H", match and match.StudyInstanceUID)
assoc.release()
server.shutdown()
