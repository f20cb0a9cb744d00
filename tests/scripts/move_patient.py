"""C-MOVE on patient level: a destination that cannot be reached, no instances, failures, a cancel.

It prints::

    GOOD
      0xff00 (1, 0)
      0xff00 (2, 0)
      0x0 (2, 0)
    WARN
      0xff00 (0, 1)
      0xff00 (0, 2)
      0xb000 (0, 2)
    NOTHING
      0x0 (0, 0)
    UNREACHABLE
      0xa801 (None, None)
    REFUSE
      0xa701 (0, 0)
"""

import logging
import socket

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, evt
from pynetdicom.sop_class import CTImageStorage
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelMove as PatientRootMove

logging.disable(logging.CRITICAL)
nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))  # it has a port, and does not listen


def store(event):
    return 0xB007 if event.dataset.PatientID == "WARN" else 0x0000


def move(event):
    what = event.identifier.PatientID
    if what == "UNREACHABLE":
        yield nobody.getsockname()
    else:
        yield "127.0.0.1", store_server.server_address[1], {"contexts": [build_context(CTImageStorage)]}
    if what == "NOTHING":
        yield 0
        return
    yield 2
    if what == "REFUSE":
        yield 0xA701, None
        return
    for _ in range(2):
        instance = examples.ct.copy()
        instance.PatientID = what
        yield 0xFF00, instance
    if what == "RAISE":
        raise RuntimeError("after all of them")


ae = AE("MOVER")
ae.add_supported_context(PatientRootMove)
ae.add_requested_context(PatientRootMove)
move_server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_MOVE, move)])
store_server = ae.start_server(
    ("127.0.0.1", 0), block=False, contexts=[build_context(CTImageStorage)], evt_handlers=[(evt.EVT_C_STORE, store)]
)
assoc = ae.associate("127.0.0.1", move_server.server_address[1])
query = Dataset()
query.QueryRetrieveLevel = "PATIENT"
for what in ("GOOD", "WARN", "NOTHING", "UNREACHABLE", "REFUSE"):
    query.PatientID = what
    print(what)
    for status, _ in assoc.send_c_move(query, "TARGET", PatientRootMove):
        done = status.get("NumberOfCompletedSuboperations"), status.get("NumberOfWarningSuboperations")
        print(" ", hex(status.Status), done)
assoc.release()
move_server.shutdown()
store_server.shutdown()
nobody.close()
