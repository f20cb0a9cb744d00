"""Events: watch the state machine of an association

Notification events report what happens: connections, PDUs, messages, and each step through Table 9-10. Here the
requestor watches its own.

It prints::

    Sta1 + Evt1 -> AE-1 -> Sta4
    Sta4 + Evt2 -> AE-2 -> Sta5
    Sta5 + Evt3 -> AE-3 -> Sta6
    Sta6 + Evt11 -> AR-1 -> Sta7
    Sta7 + Evt13 -> AR-3 -> Sta1
"""

from dulcimer import AE, evt
from dulcimer.sop_class import Verification


def watch(event: evt.Event) -> None:
    print(f"{event.current_state} + {event.fsm_event} -> {event.action} -> {event.next_state}")


ae = AE()
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False)
ae.associate(*server.server_address, evt_handlers=[(evt.EVT_FSM_TRANSITION, watch)]).release()
server.shutdown()
