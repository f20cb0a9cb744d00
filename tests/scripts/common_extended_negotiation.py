"""SOP class common extended negotiation: a class says which general classes it is a special case of.

It prints::

    ['1.2.840.10008.5.1.4.1.1.88.33']
    ('1.2.840.10008.5.1.4.1.1.88.33', '1.2.840.10008.4.2', ['1.2.840.10008.5.1.4.1.1.88.22'])
    ('Comprehensive SR Storage', '1.2.840.10008.4.2', ['Enhanced SR Storage'])
"""

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import SOPClassCommonExtendedNegotiation
from pynetdicom.sop_class import ComprehensiveSRStorage, EnhancedSRStorage

STORAGE_SERVICE = "1.2.840.10008.4.2"
seen = []


def common(event):
    for uid, item in event.items.items():
        seen.append((uid, item.service_class_uid, item.related_general_sop_class_identification))
    return event.items


def established(event):
    for uid, (service, related) in event.assoc.acceptor.accepted_common_extended.items():
        seen.append((uid.name, service, [general.name for general in related]))


scp = AE()
scp.add_supported_context(ComprehensiveSRStorage)
handlers = [(evt.EVT_SOP_COMMON, common), (evt.EVT_ESTABLISHED, established)]
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)

item = SOPClassCommonExtendedNegotiation()
item.sop_class_uid = ComprehensiveSRStorage
item.service_class_uid = STORAGE_SERVICE
item.related_general_sop_class_identification = [EnhancedSRStorage]
scu = AE()
scu.add_requested_context(ComprehensiveSRStorage)
assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=[item])
print(list(assoc.requestor.sop_class_common_extended))
assoc.release()
server.shutdown()
for line in seen:
    print(line)
