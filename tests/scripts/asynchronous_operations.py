"""The asynchronous operations window: how many operations may be outstanding, proposed and answered.

It prints::

    [(5, 2)]
    (5, 2) (1, 1)
    0
    [(5, 2)] (1, 1)
"""

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import AsynchronousOperationsWindowNegotiation
from pynetdicom.sop_class import Verification

asked = []


def window(event):
    asked.append((event.nr_invoked, event.nr_performed))
    return 1, 1


scp = AE()
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_ASYNC_OPS, window)])

item = AsynchronousOperationsWindowNegotiation()
item.maximum_number_operations_invoked = 5
item.maximum_number_operations_performed = 2
scu = AE()
scu.add_requested_context(Verification)
assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=[item])
print(asked)
print(assoc.requestor.asynchronous_operations, assoc.acceptor.asynchronous_operations)
print(assoc.send_c_echo().Status)
assoc.release()

assoc = scu.associate("127.0.0.1", server.server_address[1])
print(asked, assoc.acceptor.asynchronous_operations)
assoc.release()
server.shutdown()
