"""SOP class extended negotiation: bytes whose meaning each service class defines, such as relational queries.

It prints::

    [('CT Image Storage', '010101'), ('Patient Root Query/Retrieve Information Model - FIND', '010100')]
    [('CT Image Storage', '010101'), ('Patient Root Query/Retrieve Information Model - FIND', '010100')]
    [('Patient Root Query/Retrieve Information Model - FIND', '010000')]
    {}
"""

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation
from pynetdicom.sop_class import CTImageStorage, PatientRootQueryRetrieveInformationModelFind

RELATIONAL, FUZZY = b"\x01\x01\x00", b"\x01\x01\x01"
asked = []


def extended(event):
    for uid, info in event.app_info.items():
        asked.append((uid.name, info.hex()))
    return {PatientRootQueryRetrieveInformationModelFind: b"\x01\x00\x00"}


scp = AE()
scp.add_supported_context(PatientRootQueryRetrieveInformationModelFind)
scp.add_supported_context(CTImageStorage)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_SOP_EXTENDED, extended)])

items = []
for uid, info in ((PatientRootQueryRetrieveInformationModelFind, RELATIONAL), (CTImageStorage, FUZZY)):
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = uid
    item.service_class_application_information = info
    items.append(item)

scu = AE()
scu.add_requested_context(PatientRootQueryRetrieveInformationModelFind)
scu.add_requested_context(CTImageStorage)
assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=items)
print(sorted(asked))
print(sorted((uid.name, info.hex()) for uid, info in assoc.requestor.sop_class_extended.items()))
print([(uid.name, info.hex()) for uid, info in assoc.acceptor.sop_class_extended.items()])
assoc.release()
server.unbind(evt.EVT_SOP_EXTENDED, extended)
assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=items)
print(assoc.acceptor.sop_class_extended)
assoc.release()
server.shutdown()
