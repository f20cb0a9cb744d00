"""What a handler raises: logged if the event is a notification, a failure status if it asks for an answer.

It prints::

    handlers that raise
      echo 0x0
      store 0xc211
      find 0xc311
      create 0x110
      find 0xff00 True
      find 0xc311 False
    no handlers
      echo 0x0
      store 0xc211
      find 0xc311
      create 0x110
    ['EVT_ESTABLISHED']
"""

import logging

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    StudyRootQueryRetrieveInformationModelFind,
    Verification,
)

logging.disable(logging.CRITICAL)
heard = []


def fail(event):
    raise RuntimeError("this handler always fails")


def fail_later(event):
    yield 0xFF00, event.identifier
    raise RuntimeError("after the first match")


def note(event):
    heard.append(event.event.name)


ae = AE()
for uid in (Verification, CTImageStorage, StudyRootQueryRetrieveInformationModelFind, ModalityPerformedProcedureStep):
    ae.add_supported_context(uid)
    ae.add_requested_context(uid)
handlers = [
    (evt.EVT_ESTABLISHED, note),
    (evt.EVT_ESTABLISHED, fail),
    (evt.EVT_C_STORE, fail),
    (evt.EVT_C_FIND, fail),
    (evt.EVT_N_CREATE, fail),
]
query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.PatientID = "1"


def ask(what):
    print(what)
    print("  echo", hex(assoc.send_c_echo().Status))
    print("  store", hex(assoc.send_c_store(examples.ct).Status))
    for status, _ in assoc.send_c_find(query, StudyRootQueryRetrieveInformationModelFind):
        print("  find", hex(status.Status))
    status, _ = assoc.send_n_create(query, ModalityPerformedProcedureStep, "1.2.3.4")
    print("  create", hex(status.Status))


server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
assoc = ae.associate("127.0.0.1", server.server_address[1])
ask("handlers that raise")
server.bind(evt.EVT_C_FIND, fail_later)
for status, match in assoc.send_c_find(query, StudyRootQueryRetrieveInformationModelFind):
    print("  find", hex(status.Status), match is not None)
server.unbind(evt.EVT_C_FIND, fail_later)
for event in (evt.EVT_C_STORE, evt.EVT_C_FIND, evt.EVT_N_CREATE):
    server.unbind(event, fail)
ask("no handlers")
assoc.release()
server.shutdown()
print(heard)
