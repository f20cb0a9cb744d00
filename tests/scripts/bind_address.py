"""The own address and port of a requestor, and what both ends say of where they are.

It prints::

    requestor True False
    FIXED_PORT 127.0.0.1 requestor
    FIXED 127.0.0.1 True
    True True acceptor
    FIXED FIXED_PORT True
    [('127.0.0.1', True, True)]
"""

import socket

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

seen = []


def accepted(event):
    peer = event.assoc.requestor
    seen.append((peer.address, peer.port == free, event.assoc.remote["port"] == free))


with socket.create_server(("127.0.0.1", 0)) as probe:
    free = probe.getsockname()[1]

scp = AE("FIXED")
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ACCEPTED, accepted)])
scu = AE("FIXED_PORT")
scu.add_requested_context(Verification)
assoc = scu.associate("127.0.0.1", server.server_address[1], ae_title="FIXED", bind_address=("127.0.0.1", free))
print(assoc.mode, assoc.is_requestor, assoc.is_acceptor)
print(assoc.local["ae_title"], assoc.local["address"], assoc.local["mode"])
print(assoc.remote["ae_title"], assoc.remote["address"], assoc.remote["port"] == server.server_address[1])
print(assoc.requestor.is_requestor, assoc.acceptor.is_acceptor, assoc.acceptor.mode)
print(assoc.acceptor.ae_title, assoc.requestor.ae_title, assoc.ae is scu)
assoc.release()
server.shutdown()
print(seen)
