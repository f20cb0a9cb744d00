"""All 17 notification events, each with what its `Event` carries, as the two ends see them.

It prints::

    rejected: True
    requestor 17 not heard: []
    acceptor 17 not heard: []
"""

import threading

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

NOTIFICATIONS = [
    evt.EVT_ABORTED,
    evt.EVT_ACCEPTED,
    evt.EVT_ACSE_RECV,
    evt.EVT_ACSE_SENT,
    evt.EVT_CONN_CLOSE,
    evt.EVT_CONN_OPEN,
    evt.EVT_DATA_RECV,
    evt.EVT_DATA_SENT,
    evt.EVT_DIMSE_RECV,
    evt.EVT_DIMSE_SENT,
    evt.EVT_ESTABLISHED,
    evt.EVT_FSM_TRANSITION,
    evt.EVT_PDU_RECV,
    evt.EVT_PDU_SENT,
    evt.EVT_REJECTED,
    evt.EVT_RELEASED,
    evt.EVT_REQUESTED,
]
DATA = {
    "EVT_ACSE_RECV": "primitive",
    "EVT_ACSE_SENT": "primitive",
    "EVT_CONN_CLOSE": "address",
    "EVT_CONN_OPEN": "address",
    "EVT_DATA_RECV": "data",
    "EVT_DATA_SENT": "data",
    "EVT_DIMSE_RECV": "message",
    "EVT_DIMSE_SENT": "message",
    "EVT_FSM_TRANSITION": "next_state",
    "EVT_PDU_RECV": "pdu",
    "EVT_PDU_SENT": "pdu",
}
seen = {"requestor": set(), "acceptor": set()}
closed = threading.Semaphore(0)


def note(event):
    name = event.event.name
    assert event.event.is_notification and not event.event.is_intervention
    if name in DATA:
        assert getattr(event, DATA[name]) is not None, name
    seen[event.assoc.mode].add(name)
    if name == "EVT_CONN_CLOSE":
        closed.release()


handlers = [(event, note) for event in NOTIFICATIONS]
scp = AE()
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
scu = AE("VISITOR")
scu.add_requested_context(Verification)

for ending in ("release", "abort", "reject"):
    scp.require_calling_aet = ["SOMEONE_ELSE"] if ending == "reject" else []
    assoc = scu.associate("127.0.0.1", server.server_address[1], evt_handlers=handlers)
    if ending == "reject":
        print("rejected:", assoc.is_rejected)
    else:
        assoc.send_c_echo()
        getattr(assoc, ending)()
    closed.acquire(timeout=5)
    closed.acquire(timeout=5)
server.shutdown()
for end, names in seen.items():
    missing = {event.name for event in NOTIFICATIONS} - names
    print(end, len(names), "not heard:", sorted(missing))
