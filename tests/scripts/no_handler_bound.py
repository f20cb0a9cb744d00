"""Requests to a server without handlers: C-ECHO succeeds, everything else fails with a documented status.

It prints::

    C-ECHO 0x0
    C-STORE 0xc211
    C-FIND 0xc311
    C-GET 0xc411
    C-MOVE 0xc511
    N-CREATE 0x110
    N-SET 0x110
    N-GET 0x110
    N-ACTION 0x110
"""

import logging

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    PrintJob,
    StorageCommitmentPushModel,
    Verification,
)

logging.disable(logging.CRITICAL)
ae = AE()
for uid in (
    Verification,
    CTImageStorage,
    PatientRootQueryRetrieveInformationModelFind,
    PatientRootQueryRetrieveInformationModelGet,
    PatientRootQueryRetrieveInformationModelMove,
    ModalityPerformedProcedureStep,
    PrintJob,
    StorageCommitmentPushModel,
):
    ae.add_supported_context(uid)
    ae.add_requested_context(uid)
server = ae.start_server(("127.0.0.1", 0), block=False)
role = build_role(CTImageStorage, scu_role=True, scp_role=True)
assoc = ae.associate("127.0.0.1", server.server_address[1], ext_neg=[role])

query = Dataset()
query.QueryRetrieveLevel = "PATIENT"
query.PatientID = "*"
print("C-ECHO", hex(assoc.send_c_echo().Status))
print("C-STORE", hex(assoc.send_c_store(examples.ct).Status))
for status, _ in assoc.send_c_find(query, PatientRootQueryRetrieveInformationModelFind):
    print("C-FIND", hex(status.Status))
for status, _ in assoc.send_c_get(query, PatientRootQueryRetrieveInformationModelGet):
    print("C-GET", hex(status.Status))
for status, _ in assoc.send_c_move(query, "ANYWHERE", PatientRootQueryRetrieveInformationModelMove):
    print("C-MOVE", hex(status.Status))
print("N-CREATE", hex(assoc.send_n_create(query, ModalityPerformedProcedureStep, "1.2.3")[0].Status))
print("N-SET", hex(assoc.send_n_set(query, ModalityPerformedProcedureStep, "1.2.3")[0].Status))
print("N-GET", hex(assoc.send_n_get([0x00100010], PrintJob, "1.2.3")[0].Status))
print("N-ACTION", hex(assoc.send_n_action(query, 1, StorageCommitmentPushModel, "1.2.3")[0].Status))
assoc.release()
server.shutdown()
