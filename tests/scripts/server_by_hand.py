"""`make_server` gives a server that runs when and where the program wishes, here in a thread of its own.

It prints::

    BY_HAND 127.0.0.1
    hello BY_HAND
    True 0
    True True
"""

import threading

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification


def echo(event, greeting):
    print(greeting, event.assoc.requestor.ae_title)
    return 0x0000


ae = AE("BY_HAND")
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.make_server(("127.0.0.1", 0), evt_handlers=[(evt.EVT_C_ECHO, echo, ["hello"])])
print(server.ae_title, server.server_address[0])
thread = threading.Thread(target=server.serve_forever, daemon=True)
thread.start()

assoc = ae.associate("127.0.0.1", server.server_address[1])
print(assoc.is_established, assoc.send_c_echo().Status)
assoc.release()
print(assoc.is_released, thread.is_alive())  # it serves as long as the program runs
