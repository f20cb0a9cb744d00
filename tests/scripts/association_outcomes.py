"""What can become of an association request, and how its states read then.

It prints::

    nobody listens
      established False rejected False
      released False aborted True
    accepted
      established True rejected False
      released False aborted False
    released
      established False rejected False
      released True aborted False
    aborted by ourselves
      established False rejected False
      released False aborted True
    rejected
      established False rejected True
      released False aborted False
    aborted by the peer instead of an answer
      established False rejected False
      released False aborted True
    no context was accepted
      established False rejected False
      released False aborted True
    no request on an association that is over
"""

import socket

from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage, Verification


def show(what, assoc):
    print(what)
    print("  established", assoc.is_established, "rejected", assoc.is_rejected)
    print("  released", assoc.is_released, "aborted", assoc.is_aborted)


def abort_at_once(event):
    event.assoc.abort()


nobody = socket.socket()
nobody.bind(("127.0.0.1", 0))  # it has a port, and does not listen

scp = AE("PEER")
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, ae_title="PEER")
port = server.server_address[1]
scu = AE()
scu.add_requested_context(Verification)

show("nobody listens", scu.associate("127.0.0.1", nobody.getsockname()[1]))

assoc = scu.associate("127.0.0.1", port)
show("accepted", assoc)
assoc.release()
show("released", assoc)

assoc = scu.associate("127.0.0.1", port)
assoc.abort()
show("aborted by ourselves", assoc)

scp.require_calling_aet = ["ANOTHER"]
show("rejected", scu.associate("127.0.0.1", port))
scp.require_calling_aet = []

server.bind(evt.EVT_REQUESTED, abort_at_once)
show("aborted by the peer instead of an answer", scu.associate("127.0.0.1", port))
server.unbind(evt.EVT_REQUESTED, abort_at_once)

scu.requested_contexts = []
scu.add_requested_context(CTImageStorage)
show("no context was accepted", scu.associate("127.0.0.1", port))
server.shutdown()
nobody.close()

try:
    assoc.send_c_echo()
except RuntimeError:
    print("no request on an association that is over")
