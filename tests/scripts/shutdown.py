"""`AE.shutdown` ends the servers and the associations of an entity, and it can begin again.

It prints::

    1 [0, 0]
    [(False, True), (False, True)] []
    2 [0, 0]
    [(False, True), (False, True)] []
    False
"""

from pynetdicom import AE
from pynetdicom.sop_class import Verification

ae = AE("RESTLESS")
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)

for round_number in (1, 2):
    servers = [ae.start_server(("127.0.0.1", 0), block=False) for _ in range(2)]
    assocs = [ae.associate("127.0.0.1", server.server_address[1]) for server in servers]
    print(round_number, [assoc.send_c_echo().Status for assoc in assocs])
    ae.shutdown()
    for assoc in assocs:
        assoc.join(5)
    print([(assoc.is_established, assoc.is_aborted) for assoc in assocs], ae.active_associations)

assoc = ae.associate("127.0.0.1", servers[0].server_address[1])
print(assoc.is_established)
