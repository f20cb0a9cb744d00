"""A peer that does not answer in time: the status is an empty data set, and the association has ended.

It prints::

    0 False none
    False True
    65280 20200101
    None None
    False True
"""

import threading

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind, Verification

give_up = threading.Event()


def sleepy(event):
    give_up.wait(5)
    return 0x0000


def sleepy_find(event):
    yield 0xFF00, event.identifier
    give_up.wait(5)
    yield 0xFF00, event.identifier


ae = AE()
ae.dimse_timeout = 0.6
for uid in (Verification, StudyRootQueryRetrieveInformationModelFind):
    ae.add_supported_context(uid)
    ae.add_requested_context(uid)
handlers = [(evt.EVT_C_ECHO, sleepy), (evt.EVT_C_FIND, sleepy_find)]
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
port = server.server_address[1]

assoc = ae.associate("127.0.0.1", port)
status = assoc.send_c_echo()
print(len(status), "Status" in status, getattr(status, "Status", "none"))
assoc.join(5)
print(assoc.is_established, assoc.is_aborted)

query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.StudyDate = "20200101"
assoc = ae.associate("127.0.0.1", port)
for status, identifier in assoc.send_c_find(query, StudyRootQueryRetrieveInformationModelFind):
    print(status.get("Status"), identifier and identifier.StudyDate)
assoc.join(5)
print(assoc.is_established, assoc.is_aborted)
give_up.set()
server.shutdown()
