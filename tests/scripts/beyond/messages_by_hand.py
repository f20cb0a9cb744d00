"""C-FIND by hand over an association: responses in a queue, a request to cancel, and the end of it all.

It prints::

    the peer takes PDUs of 8192 bytes
    (1, 'C-FIND', 65280, 'ONE') is next, and still there: 1
    cancelled at match 2: True, by message 4
    then FE00H, and cancelled: []
    no answer in time: (None, None)
    aborted: (None, None) and (None, None)
    afterwards: AssociationAborted
"""

import threading
from io import BytesIO

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.dimse_primitives import C_CANCEL, C_ECHO, C_FIND
from pynetdicom.dsutils import decode, encode
from pynetdicom.errors import AssociationError
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelFind as Find
from pynetdicom.sop_class import Verification

cancelled, may_answer = threading.Event(), threading.Event()


def find(event):
    match = Dataset()
    match.PatientID = "ONE"
    yield 0xFF00, match
    cancelled.wait(30)
    message_ids = list(event.assoc.dimse.cancel_rq)
    print(f"cancelled at match 2: {event.is_cancelled}, by message {message_ids[0]}")
    yield 0xFE00, None


def echo(event):
    may_answer.wait(30)
    return 0x0000


def cancel_arrives(event):
    if event.message.msg_type == "C-CANCEL-RQ":
        cancelled.set()


acceptor = AE("SCP")
acceptor.maximum_pdu_size = 8192
acceptor.add_supported_context(Find)
acceptor.add_supported_context(Verification)
handlers = [(evt.EVT_C_FIND, find), (evt.EVT_C_ECHO, echo), (evt.EVT_DIMSE_RECV, cancel_arrives)]
server = acceptor.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
requestor = AE("SCU")
requestor.add_requested_context(Find, "1.2.840.10008.1.2")
requestor.add_requested_context(Verification)
association = requestor.associate(*server.server_address)
dimse = association.dimse
print("the peer takes PDUs of", dimse.maximum_pdu_size, "bytes")

query = Dataset()
query.QueryRetrieveLevel = "PATIENT"
query.PatientID = ""
request = C_FIND()
request.MessageID = 4
request.AffectedSOPClassUID = Find
request.Priority = 2
request.Identifier = BytesIO(encode(query, True, True))
dimse.send_msg(request, 1)
first = dimse.get_msg(block=True)
dimse.msg_queue.put(first)  # back again, to show how one looks without taking
context_id, response = dimse.peek_msg()
match = decode(response.Identifier, True, True)
shown = (context_id, response.msg_type, response.Status, match.PatientID)
print(shown, "is next, and still there:", dimse.msg_queue.qsize())
dimse.get_msg()

cancel = C_CANCEL()
cancel.MessageIDBeingRespondedTo = request.MessageID
dimse.send_msg(cancel, 1)
_, last = dimse.get_msg(block=True)
print(f"then {last.Status:04X}H, and cancelled: {list(dimse.cancel_rq)}")

echo_request = C_ECHO()
echo_request.MessageID = 5
echo_request.AffectedSOPClassUID = Verification
association.dimse_timeout = 0.01
dimse.send_msg(echo_request, 3)
print("no answer in time:", dimse.get_msg(block=True))

association.dimse_timeout = 30
threading.Thread(target=association.acse.send_abort, args=(0,)).start()
print("aborted:", dimse.get_msg(block=True), "and", dimse.get_msg(block=True))
may_answer.set()
association.join(30)
try:
    dimse.send_msg(echo_request, 3)
except AssociationError as error:
    print("afterwards:", type(error).__name__)
server.shutdown()
