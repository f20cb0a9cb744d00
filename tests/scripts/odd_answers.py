"""Handlers that answer what makes no sense: the peer gets the failure status that is documented for it.

It prints::

    C-STORE 0xc001
    C-STORE 0xc002
    C-STORE 0xfff0
    C-FIND ['0xc001']
    C-FIND ['0xc002']
    C-FIND ['0xc312']
    C-FIND ['0x1']
    C-GET ['0xc413']
    C-GET ['0xc001']
    C-GET ['0xc002']
    C-GET ['0xff00', '0x0']
    C-MOVE ['0xc515']
    C-MOVE ['0xc513']
    C-MOVE ['0xa801']
"""

import logging

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

logging.disable(logging.CRITICAL)
no_status = Dataset()
no_status.ErrorComment = "what about the status?"


def find(event, answer):
    yield answer


def get(event, answers):
    yield from answers


ae = AE()
for uid in (
    Verification,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
):
    ae.add_supported_context(uid)
    ae.add_requested_context(uid)
ae.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
ae.add_requested_context(CTImageStorage)
server = ae.start_server(("127.0.0.1", 0), block=False)
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(CTImageStorage, scu_role=True, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, lambda event: 0x0000)],
)
query = Dataset()
query.QueryRetrieveLevel = "STUDY"

for answer in (no_status, "success", 0xFFF0):
    server.bind(evt.EVT_C_STORE, lambda event, answer: answer, [answer])
    print("C-STORE", hex(assoc.send_c_store(examples.ct).Status))
for answer in ((no_status, None), ("success", None), (0xFF00, "no data set"), (0x0001, None)):
    server.bind(evt.EVT_C_FIND, find, [answer])
    statuses = [
        hex(status.Status) for status, _ in assoc.send_c_find(query, StudyRootQueryRetrieveInformationModelFind)
    ]
    print("C-FIND", statuses)
for answers in (["many"], [1, (no_status, None)], [1, ("success", None)], [1, (0xFF00, examples.ct)]):
    server.bind(evt.EVT_C_GET, get, [answers])
    statuses = [hex(status.Status) for status, _ in assoc.send_c_get(query, StudyRootQueryRetrieveInformationModelGet)]
    print("C-GET", statuses)
for answers in (["nowhere"], [("127.0.0.1", server.server_address[1]), "many"], [(None, None)]):
    server.bind(evt.EVT_C_MOVE, get, [answers])
    responses = assoc.send_c_move(query, "THERE", StudyRootQueryRetrieveInformationModelMove)
    print("C-MOVE", [hex(status.Status) for status, _ in responses])
assoc.release()
server.shutdown()
