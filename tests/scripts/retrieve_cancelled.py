"""C-GET and C-MOVE are cancelled after the first instance; the final response says how many are left.

It prints::

    Patient Root Query/Retrieve Information Model - GET
      FF00H 2 1
      FE00H 2 1
    Patient Root Query/Retrieve Information Model - MOVE
      FF00H 2 1
      FE00H 2 1
"""

import threading

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_context, build_role, evt
from pynetdicom.sop_class import CTImageStorage
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelGet as PatientRootGet
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelMove as PatientRootMove

pause = threading.Event()


def instances(event):
    yield 3
    yield 0xFF00, examples.ct
    for _ in range(2000):
        if event.is_cancelled:
            yield 0xFE00, None
            return
        pause.wait(0.001)


def move(event):
    yield "127.0.0.1", store_server.server_address[1], {"contexts": [build_context(CTImageStorage)]}
    yield from instances(event)


def store(event):
    return 0x0000


ae = AE()
for uid in (PatientRootGet, PatientRootMove):
    ae.add_supported_context(uid)
    ae.add_requested_context(uid)
ae.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
ae.add_requested_context(CTImageStorage)
server = ae.start_server(
    ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, instances), (evt.EVT_C_MOVE, move)]
)
store_server = ae.start_server(
    ("127.0.0.1", 0), block=False, contexts=[build_context(CTImageStorage)], evt_handlers=[(evt.EVT_C_STORE, store)]
)
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(CTImageStorage, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
query = Dataset()
query.QueryRetrieveLevel = "PATIENT"
query.PatientID = "PH-1"
for model in (PatientRootGet, PatientRootMove):
    print(model.name)
    if model == PatientRootGet:
        responses = assoc.send_c_get(query, model, msg_id=5)
    else:
        responses = assoc.send_c_move(query, "STATION", model, msg_id=5)
    for status, _ in responses:
        print(f"  {status.Status:04X}H", status.NumberOfRemainingSuboperations, status.NumberOfCompletedSuboperations)
        if status.Status == 0xFF00:
            assoc.send_c_cancel(5, query_model=model)
assoc.release()
server.shutdown()
store_server.shutdown()
