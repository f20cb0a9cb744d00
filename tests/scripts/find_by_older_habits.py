"""Older programs: titles as bytes, modules as attributes of the package, private lists, elements as they are iterated.

It prints::

    warned 2 times
    0000H
    FF00H ['QueryRetrieveLevel', 'PatientName', 'PatientID']
    FF00H ['QueryRetrieveLevel', 'PatientName', 'PatientID']
    0000H None
    0 active, handlers done: ['EVT_ESTABLISHED', 'EVT_RELEASED']
    more than 100 storage classes: True, 1.2.840.10008.5.1.4.1.1.2 among them
    (0, 'requestor', 'acceptor', 'Success')
"""

import time
import warnings

import pynetdicom
from pydicom.dataset import Dataset
from pynetdicom._globals import DEFAULT_TRANSFER_SYNTAXES, MODE_ACCEPTOR, MODE_REQUESTOR, STATUS_SUCCESS
from pynetdicom.sop_class import _STORAGE_CLASSES
from pynetdicom.transport import ThreadedAssociationServer

FIND = pynetdicom.sop_class.StudyRootQueryRetrieveInformationModelFind
evt = pynetdicom.events


def find(event):
    for number in range(2):
        match = Dataset()
        match.QueryRetrieveLevel = event.identifier.QueryRetrieveLevel
        match.PatientName = "A^B"
        match.PatientID = str(number)
        yield 0xFF00, match


heard = []


def note(event):
    if event.event is evt.EVT_RELEASED:
        time.sleep(0.05)  # a slow handler
    heard.append(event.event.name)


scp = pynetdicom.AE("ARCHIVE")
scp.add_supported_context(FIND)
scp.add_supported_context(pynetdicom.sop_class.Verification)
handlers = [(evt.EVT_C_FIND, find), (evt.EVT_ESTABLISHED, note), (evt.EVT_RELEASED, note)]

server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    scu = pynetdicom.AE(ae_title=b"OLD_PROGRAM")
    scu.add_requested_context(FIND, DEFAULT_TRANSFER_SYNTAXES)
    scu.add_requested_context(pynetdicom.sop_class.Verification)
    assoc = scu.associate(*server.server_address, ae_title=b"ARCHIVE")
print("warned", len([warning for warning in caught if warning.category is DeprecationWarning]), "times")
print(f"{assoc.send_c_echo().Status:04X}H")
query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.PatientName = ""
for status, identifier in assoc.send_c_find(query, FIND):
    keywords = identifier and [element.keyword for element in identifier.values()]
    print(f"{status.Status:04X}H", keywords)
assoc.release()
while server.active_associations:
    time.sleep(0.01)
print(len(server.active_associations), "active, handlers done:", heard)
server.shutdown()
print(f"more than 100 storage classes: {len(_STORAGE_CLASSES) > 100}, {_STORAGE_CLASSES['CTImageStorage']} among them")
print((int(not isinstance(server, ThreadedAssociationServer)), MODE_REQUESTOR, MODE_ACCEPTOR, STATUS_SUCCESS))
