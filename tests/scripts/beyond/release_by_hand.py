"""Release in two steps, from either end; a request that nobody may make twice; what came is there to look at.

It prints::

    Sta6 False
    released by the requestor: ReleaseConfirmation Sta1
    the acceptor was asked: True, and not asked again: False
    LocalProtocolError: Sta1
    released by the acceptor: True True
    an association is requested once: LocalProtocolError
"""

import queue

from pynetdicom import AE, evt
from pynetdicom.errors import LocalProtocolError
from pynetdicom.sop_class import Verification

there = queue.Queue()


def established(event):
    there.put(event.assoc)


ae = AE()
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ESTABLISHED, established)])

mine = ae.associate(*server.server_address)
other = there.get(timeout=30)
acse, dul = mine.acse, mine.dul
print(dul.state_machine.current_state.label, acse.is_release_requested())
acse.send_release()
confirmation = dul.receive_pdu(wait=True, timeout=acse.acse_timeout)
mine.join(30)
print("released by the requestor:", type(confirmation).__name__, dul.state_machine.current_state.label)
other.join(30)
print(f"the acceptor was asked: {other.acse.is_release_requested()}", end=", ")
print(f"and not asked again: {other.acse.is_release_requested()}")
try:
    acse.send_release(is_response=True)
except LocalProtocolError as error:
    print("LocalProtocolError:", error.state)

mine = ae.associate(*server.server_address)
other = there.get(timeout=30)
other.acse.negotiate_release()
mine.join(30)
print("released by the acceptor:", mine.acse.is_release_requested(), mine.is_released and other.is_released)
mine = ae.associate(*server.server_address)
for request in (mine.acse.negotiate_association, mine.acse.send_request):
    try:
        request()
    except LocalProtocolError as error:
        caught = type(error).__name__
print("an association is requested once:", caught)
mine.release()
server.shutdown()
