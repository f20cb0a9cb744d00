"""Handlers are bound to, and taken from, an association and a server while they are in use.

It prints::

    True
    True False
    0
    True
    0x210
    0
    ['first EVT_C_ECHO', 'second EVT_C_ECHO politely']
    True
    True
    ['second EVT_RELEASED as well']
"""

from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

log = []


def first(event):
    log.append("first " + event.event.name)
    return 0x0000


def second(event, remark):
    log.append(f"second {event.event.name} {remark}")
    return 0x0210


ae = AE()
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, first)])
print(server.get_handlers(evt.EVT_C_ECHO) == (first, None))
print(evt.EVT_C_ECHO in server.get_events(), evt.EVT_REJECTED in server.get_events())

assoc = ae.associate("127.0.0.1", server.server_address[1])
print(assoc.send_c_echo().Status)
server.bind(evt.EVT_C_ECHO, second, ["politely"])  # in place of the first, for open associations, too
print(server.get_handlers(evt.EVT_C_ECHO) == (second, ["politely"]))
print(hex(assoc.send_c_echo().Status))
server.unbind(evt.EVT_C_ECHO, second)
print(assoc.send_c_echo().Status)
print(log)

log.clear()
assoc.bind(evt.EVT_RELEASED, first)
assoc.bind(evt.EVT_RELEASED, second, ["as well"])
assoc.bind(evt.EVT_ABORTED, first)
print(assoc.get_handlers(evt.EVT_RELEASED) == [(first, None), (second, ["as well"])])
assoc.unbind(evt.EVT_RELEASED, first)
assoc.unbind(evt.EVT_ESTABLISHED, first)  # it is not bound to that
print(assoc.get_handlers(evt.EVT_RELEASED) == [(second, ["as well"])])
assoc.release()
server.shutdown()
print(log)
