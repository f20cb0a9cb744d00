"""Either end may abort; both hear EVT_ABORTED, and what was asked for afterwards raises.

It prints::

    client aborted: True False
    EVT_ABORTED at the client, requestor
    EVT_ABORTED at the server, acceptor
    no echo any more
    status of the echo: []
    server aborted: True False
    EVT_ABORTED at the client, requestor
    EVT_ABORTED at the server, acceptor
    no echo any more
"""

import threading

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

heard = []
both = threading.Semaphore(0)


def aborted(event, end):
    heard.append(f"EVT_ABORTED at the {end}, {event.assoc.mode}")
    both.release()


def abort(event):
    event.assoc.abort()
    return 0x0000


ae = AE()
ae.add_requested_context(Verification)
ae.add_supported_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ABORTED, aborted, ["server"])])

for who in ("client", "server"):
    if who == "server":
        server.bind(evt.EVT_C_ECHO, abort)
    handlers = [(evt.EVT_ABORTED, aborted, ["client"])]
    assoc = ae.associate("127.0.0.1", server.server_address[1], evt_handlers=handlers)
    if who == "client":
        assoc.abort()
    else:
        print("status of the echo:", list(assoc.send_c_echo()))
        assoc.join(5)
    both.acquire(timeout=5)
    both.acquire(timeout=5)
    print(f"{who} aborted:", assoc.is_aborted, assoc.is_established)
    print(*sorted(heard), sep="\n")
    heard.clear()
    try:
        assoc.send_c_echo()
    except RuntimeError:
        print("no echo any more")
server.shutdown()
