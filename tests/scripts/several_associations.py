"""Many associations side by side, and a server that has enough of them.

It prints::

    0 True False
    1 True False
    2 True False
    3 False True
    2 3 2
    3
    {0}
    [True, True, True]
    []
"""

from pynetdicom import AE
from pynetdicom.sop_class import Verification

scp = AE("BUSY")
scp.maximum_associations = 3
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False)

scu = AE()
scu.add_requested_context(Verification)
open_ones = []
for number in range(4):
    assoc = scu.associate("127.0.0.1", server.server_address[1])
    print(number, assoc.is_established, assoc.is_rejected)
    if assoc.is_established:
        open_ones.append(assoc)
    else:
        answer = assoc.acceptor.primitive
        print(answer.result, answer.result_source, answer.diagnostic)
print(len(scu.active_associations))

print({assoc.send_c_echo(msg_id=7).Status for assoc in open_ones})
for assoc in open_ones:
    assoc.release()
print([assoc.is_released for assoc in open_ones])
server.shutdown()
print(server.active_associations)
