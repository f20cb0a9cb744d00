"""An association on which nothing happens is aborted after `network_timeout`, or released if it is told to.

It prints::

    True A-ABORT
    A-ABORT aborted True released False
    True A-ABORT
    A-RELEASE aborted False released True
    ['EVT_ABORTED', 'EVT_RELEASED']
"""

import threading

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

over = threading.Event()
ended = []


def end(event):
    ended.append(event.event.name)
    over.set()


scp = AE()
scp.network_timeout = None
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ABORTED, end), (evt.EVT_RELEASED, end)])
scu = AE()
scu.add_requested_context(Verification)
scu.network_timeout = 0.8

for response in ("A-ABORT", "A-RELEASE"):
    assoc = scu.associate("127.0.0.1", server.server_address[1])
    print(assoc.is_established, assoc.network_timeout_response)
    assoc.network_timeout_response = response
    over.wait(5)
    over.clear()
    assoc.join(5)
    print(response, "aborted", assoc.is_aborted, "released", assoc.is_released)
print(ended)
server.shutdown()
