"""All 32 events: a handler is bound to each, hears of it or answers it, and does so no more when it is unbound.

It prints::

    bound: 32 events
    17 notification events heard: True
    15 intervention events answered: True
    unbound: 0 events, nothing heard: True
    still, C-ECHO 0x0, C-FIND 0xc311, N-GET 0x110
"""

import logging
import threading

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)
from pynetdicom.sop_class import (
    BasicFilmSession,
    CTImageStorage,
    Printer,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    Verification,
)

logging.disable(logging.CRITICAL)
heard, closed = set(), threading.Semaphore(0)


def note(event):
    heard.add(event.event)
    if event.event == evt.EVT_CONN_CLOSE:
        closed.release()


def answer(result):
    def handle(event):
        heard.add(event.event)
        return result

    return handle


def answer_several(*results):
    def handle(event):
        heard.add(event.event)
        yield from results

    return handle


NOTIFIED = [
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
ASKED = {
    evt.EVT_ASYNC_OPS: answer((1, 1)),
    evt.EVT_SOP_COMMON: answer({}),
    evt.EVT_SOP_EXTENDED: answer({}),
    evt.EVT_USER_ID: answer((True, None)),
    evt.EVT_C_ECHO: answer(0x0000),
    evt.EVT_C_FIND: answer_several(),
    evt.EVT_C_GET: answer_several(0),
    evt.EVT_C_MOVE: answer_several((None, None)),
    evt.EVT_C_STORE: answer(0x0000),
    evt.EVT_N_ACTION: answer((0x0000, None)),
    evt.EVT_N_CREATE: answer((0x0000, None)),
    evt.EVT_N_DELETE: answer(0x0000),
    evt.EVT_N_EVENT_REPORT: answer((0x0000, None)),
    evt.EVT_N_GET: answer((0x0000, None)),
    evt.EVT_N_SET: answer((0x0000, None)),
}

acceptor = AE("SCP")
requestor = AE("SCU")
for uid in (
    Verification,
    CTImageStorage,
    StudyRootQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelGet,
    StudyRootQueryRetrieveInformationModelMove,
    BasicFilmSession,
    Printer,
):
    acceptor.add_supported_context(uid)
    requestor.add_requested_context(uid)
server = acceptor.start_server(("127.0.0.1", 0), block=False)

window = AsynchronousOperationsWindowNegotiation()
window.maximum_number_operations_invoked = 2
extended = SOPClassExtendedNegotiation()
extended.sop_class_uid = CTImageStorage
extended.service_class_application_information = b"\2"
common = SOPClassCommonExtendedNegotiation()
common.sop_class_uid = CTImageStorage
common.service_class_uid = "1.2.840.10008.4.2"
identity = UserIdentityNegotiation()
identity.user_identity_type = 1
identity.primary_field = b"reader"


def converse():
    """Everything once: rejected, aborted, released, and each service."""
    acceptor.require_calling_aet = ["NOBODY"]
    requestor.associate("127.0.0.1", server.server_address[1])
    acceptor.require_calling_aet = []
    requestor.associate("127.0.0.1", server.server_address[1]).abort()
    items = [window, extended, common, identity]
    assoc = requestor.associate("127.0.0.1", server.server_address[1], ext_neg=items)
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.StudyInstanceUID = "1.2.3"
    echo = assoc.send_c_echo()
    assoc.send_c_store(examples.ct)
    found = [status for status, _ in assoc.send_c_find(query, StudyRootQueryRetrieveInformationModelFind)]
    list(assoc.send_c_get(query, StudyRootQueryRetrieveInformationModelGet))
    list(assoc.send_c_move(query, "NOWHERE", StudyRootQueryRetrieveInformationModelMove))
    assoc.send_n_create(query, BasicFilmSession, "1.2.4")
    assoc.send_n_set(query, BasicFilmSession, "1.2.4")
    assoc.send_n_action(query, 1, BasicFilmSession, "1.2.4")
    assoc.send_n_delete(BasicFilmSession, "1.2.4")
    got, _ = assoc.send_n_get([0x21100010], Printer, "1.2.5")
    assoc.send_n_event_report(query, 1, Printer, "1.2.5")
    assoc.release()
    return f"C-ECHO {echo.Status:#x}, C-FIND {found[-1].Status:#x}, N-GET {got.Status:#x}"


for event in NOTIFIED:
    server.bind(event, note)
for event, handler in ASKED.items():
    server.bind(event, handler)
print("bound:", len(set(server.get_events()) & {*NOTIFIED, *ASKED}), "events")
converse()
for _ in range(3):
    closed.acquire(timeout=30)
print("17 notification events heard:", heard >= set(NOTIFIED) and len(NOTIFIED) == 17)
print("15 intervention events answered:", heard >= set(ASKED) and len(ASKED) == 15)

for event in NOTIFIED:
    server.unbind(event, note)
for event, handler in ASKED.items():
    server.unbind(event, handler)
heard.clear()
result = converse()
left = [event for event in NOTIFIED if (note, None) in server.get_handlers(event)]
left += [event for event, handler in ASKED.items() if server.get_handlers(event)[0] is handler]
print(f"unbound: {len(left)} events, nothing heard: {not heard}")
print("still,", result)
server.shutdown()
