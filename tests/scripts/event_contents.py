"""What notification events carry: PDUs, bytes, messages, primitives, transitions, addresses.

It prints::

    EVT_CONN_OPEN 127.0.0.1 True
    EVT_ACSE_SENT A-ASSOCIATE None THE_PEER
    EVT_ACSE_SENT   1 Verification SOP Class
    EVT_ACSE_RECV A-ASSOCIATE 0 THE_PEER
    EVT_ACSE_RECV   1 0 Implicit VR Little Endian
    EVT_ACSE_SENT A-RELEASE None
    EVT_ACSE_RECV A-RELEASE affirmative
    EVT_DATA_SENT PDU type 1, True
    EVT_DATA_RECV PDU type 2, True
    EVT_DATA_SENT PDU type 4, True
    EVT_DATA_RECV PDU type 4, True
    EVT_DATA_SENT PDU type 5, True
    EVT_DATA_RECV PDU type 6, True
    EVT_DIMSE_SENT 0030H of Verification SOP Class
    EVT_DIMSE_RECV 8030H of Verification SOP Class
    EVT_CONN_CLOSE 127.0.0.1 True
    Sta1 Evt1 AE-1 Sta4
    Sta4 Evt2 AE-2 Sta5
    Sta5 Evt3 AE-3 Sta6
    Sta6 Evt11 AR-1 Sta7
    Sta7 Evt13 AR-3 Sta1
"""

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import A_ASSOCIATE, A_RELEASE
from pynetdicom.sop_class import Verification

lines = []


def conn(event):
    host, port = event.address[:2]
    lines.append(f"{event.event.name} {host} {port == peer_port}")


def acse(event):
    primitive = event.primitive
    if isinstance(primitive, A_ASSOCIATE):
        lines.append(f"{event.event.name} A-ASSOCIATE {primitive.result} {primitive.called_ae_title}")
        name = event.event.name
        if primitive.result is None:
            for context in primitive.presentation_context_definition_list:
                lines.append(f"{name}   {context.context_id} {context.abstract_syntax.name}")
        else:
            for context in primitive.presentation_context_definition_results_list:
                lines.append(f"{name}   {context.context_id} {context.result} {context.transfer_syntax[0].name}")
    elif isinstance(primitive, A_RELEASE):
        lines.append(f"{event.event.name} A-RELEASE {primitive.result}")


def data(event):
    lines.append(f"{event.event.name} PDU type {event.data[0]}, {len(event.data) > 9}")


def message(event):
    command = event.message.command_set
    lines.append(f"{event.event.name} {command.CommandField:04X}H of {command.AffectedSOPClassUID.name}")


def transition(event):
    lines.append(f"{event.current_state} {event.fsm_event} {event.action} {event.next_state}")


ae = AE("CURIOUS")
ae.add_requested_context(Verification)
ae.add_supported_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False)
peer_port = server.server_address[1]
handlers = [
    (evt.EVT_CONN_OPEN, conn),
    (evt.EVT_CONN_CLOSE, conn),
    (evt.EVT_ACSE_SENT, acse),
    (evt.EVT_ACSE_RECV, acse),
    (evt.EVT_DATA_SENT, data),
    (evt.EVT_DATA_RECV, data),
    (evt.EVT_DIMSE_SENT, message),
    (evt.EVT_DIMSE_RECV, message),
]
assoc = ae.associate("127.0.0.1", peer_port, ae_title="THE_PEER", evt_handlers=handlers)
assoc.send_c_echo()
assoc.release()
for name in ("EVT_CONN_OPEN", "EVT_ACSE", "EVT_DATA", "EVT_DIMSE", "EVT_CONN_CLOSE"):
    print(*(line for line in lines if line.startswith(name)), sep="\n")

lines.clear()
assoc = ae.associate("127.0.0.1", peer_port, evt_handlers=[(evt.EVT_FSM_TRANSITION, transition)])
assoc.release()
print(*lines, sep="\n")
server.shutdown()
