"""`start_server` blocks by default, until another thread shuts the entity down.

It prints::

    None the server has ended
    released True
    established with CLIENT
    echo 0
"""

import socket
import threading

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

log = []


def established(event):
    log.append(f"established with {event.assoc.requestor.ae_title}")


def client(port):
    scu = AE("CLIENT")
    scu.add_requested_context(Verification)
    assoc = scu.associate("127.0.0.1", port)
    while not assoc.is_established:  # the server may not listen yet
        assoc = scu.associate("127.0.0.1", port)
    log.append(f"echo {assoc.send_c_echo().Status}")
    assoc.release()
    log.append(f"released {assoc.is_released}")
    ae.shutdown()


with socket.create_server(("127.0.0.1", 0)) as probe:
    free = probe.getsockname()[1]
ae = AE("BLOCKING")
ae.add_supported_context(Verification)
thread = threading.Thread(target=client, args=(free,))
thread.start()
returned = ae.start_server(("127.0.0.1", free), block=True, evt_handlers=[(evt.EVT_ESTABLISHED, established)])
thread.join()
print(returned, "the server has ended")
print(*sorted(log, reverse=True), sep="\n")
