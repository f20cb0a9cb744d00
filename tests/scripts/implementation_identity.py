"""What an entity says of its implementation and of the PDUs it takes, and what the peer hears of it.

It prints::

    1.2.826.0.1.3680043.10.1.2 SCANNER_2
    1.2.826.0.1.3680043.10.1.9
    ARCHIVE_9
    65536 4096
    SCANNER 1.2.826.0.1.3680043.10.1.2 SCANNER_2 4096
    SCANNER 1.2.826.0.1.3680043.10.1.2 None 0
"""

from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

heard = []


def accepted(event):
    peer = event.assoc.requestor
    heard.append((peer.ae_title, peer.implementation_class_uid, peer.implementation_version_name, peer.maximum_length))


scp = AE("ARCHIVE")
scp.implementation_class_uid = "1.2.826.0.1.3680043.10.1.9"
scp.implementation_version_name = "ARCHIVE_9"
scp.maximum_pdu_size = 65536
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ACCEPTED, accepted)])

scu = AE("SCANNER")
scu.implementation_class_uid = UID("1.2.826.0.1.3680043.10.1.2")
scu.implementation_version_name = "SCANNER_2"
scu.add_requested_context(Verification)
print(scu.implementation_class_uid, scu.implementation_version_name)
assoc = scu.associate("127.0.0.1", server.server_address[1], max_pdu=4096)
print(assoc.acceptor.implementation_class_uid)
print(assoc.acceptor.implementation_version_name)
print(assoc.acceptor.maximum_length, assoc.requestor.maximum_length)
assoc.release()

scu.implementation_version_name = None
assoc = scu.associate("127.0.0.1", server.server_address[1], max_pdu=0)
assoc.release()
server.shutdown()
# The first association may be told of after the second one has begun.
for line in sorted(heard, key=lambda peer: -peer[3]):
    print(*line)
