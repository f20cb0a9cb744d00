"""A server that wants to be called by its name, and by entities it knows; the others are rejected, and told why.

It prints::

    FRIEND calls GATEKEEPER True False False False
    EVT_REJECTED at the requestor
    FRIEND calls SOMEBODY False True False False
    1 1 7
    EVT_REJECTED at the requestor
    STRANGER calls GATEKEEPER False True False False
    1 1 3
    STRANGER once more: True
"""

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification


def rejected(event):
    print("EVT_REJECTED at the", event.assoc.mode)


scp = AE("GATEKEEPER")
scp.require_called_aet = True
scp.require_calling_aet = ["FRIEND"]
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False)
port = server.server_address[1]

for calling, called in (("FRIEND", "GATEKEEPER"), ("FRIEND", "SOMEBODY"), ("STRANGER", "GATEKEEPER")):
    scu = AE(calling)
    scu.add_requested_context(Verification)
    assoc = scu.associate("127.0.0.1", port, ae_title=called, evt_handlers=[(evt.EVT_REJECTED, rejected)])
    print(calling, "calls", called, assoc.is_established, assoc.is_rejected, assoc.is_aborted, assoc.is_released)
    if assoc.is_rejected:
        answer = assoc.acceptor.primitive
        print(answer.result, answer.result_source, answer.diagnostic)
    assoc.release()

scp.require_called_aet = False
scp.require_calling_aet = []
assoc = scu.associate("127.0.0.1", port)
print("STRANGER once more:", assoc.is_established)
assoc.release()
server.shutdown()
