"""Two DIMSE service providers joined without an upper layer: messages, their queue, and requests to cancel.

It prints::

    nothing yet: (None, None) (None, None)
    C-FIND 1 in context 3, waiting: 1, then: 0
    matches: [b'\\x00\\x01', b'\\x00\\x02'], then 0000H
    cancelled: [1]
    when it has ended: []
    of 12 the latest ten: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    when another begins: [], for programs that spell it as pynetdicom does: True
    no fragment of a message: aborted, (None, None)
    over: (None, None)
    a message ID out of range: ValueError, 9
"""

import logging
from io import BytesIO
from types import SimpleNamespace

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_primitives import C_CANCEL, C_ECHO, C_FIND
from pynetdicom.fsm.primitives import AbortRequest, PDataIndication
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelFind as Find

logging.disable(logging.CRITICAL)


class Wire:
    """Hands what one end sends to the other."""

    def __init__(self):
        self.aborted = False
        self.receiver = None

    def send_pdu(self, primitive):
        if isinstance(primitive, AbortRequest):
            self.aborted = True
        else:
            self.receiver.receive_primitive(PDataIndication(primitive.values))


def end(*, is_requestor):
    contexts = [SimpleNamespace(context_id=3)]
    party = SimpleNamespace(maximum_length=64)
    return DIMSEServiceProvider(
        SimpleNamespace(
            dul=Wire(),
            is_requestor=is_requestor,
            requestor=party,
            acceptor=party,
            accepted_contexts=contexts,
            dimse_timeout=0.0,
        )
    )


def find(message_id):
    request = C_FIND()
    request.MessageID = message_id
    request.AffectedSOPClassUID = Find
    request.Priority = 2
    request.Identifier = BytesIO(b"\0\0")
    return request


def answer(message_id, status, identifier=None):
    response = C_FIND()
    response.MessageIDBeingRespondedTo = message_id
    response.Status = status
    response.Identifier = identifier and BytesIO(identifier)
    return response


def cancel(message_id):
    request = C_CANCEL()
    request.MessageIDBeingRespondedTo = message_id
    return request


user, provider = end(is_requestor=True), end(is_requestor=False)
user.dul.receiver, provider.dul.receiver = provider, user
print("nothing yet:", provider.peek_msg(), provider.get_msg(block=True))

user.send_msg(find(1), 3)
context_id, request = provider.peek_msg()
waiting = provider.msg_queue.qsize()
assert provider.get_msg() == (context_id, request)
print(f"C-FIND {request.MessageID} in context {context_id}, waiting: {waiting}, then: {provider.msg_queue.qsize()}")

for match in (b"\0\1", b"\0\2"):
    provider.send_msg(answer(1, 0xFF00, match), 3)
matches = [user.get_msg()[1].Identifier.getvalue() for _ in range(2)]
user.send_msg(cancel(1), 3)
cancelled = list(provider.cancel_rq)
provider.send_msg(answer(1, 0x0000), 3)
print(f"matches: {matches}, then {user.get_msg()[1].Status:04X}H")
print("cancelled:", cancelled)
print("when it has ended:", list(provider.cancel_rq))

for message_id in range(1, 13):
    user.send_msg(cancel(message_id), 3)
print("of 12 the latest ten:", list(provider.cancel_rq))
user.send_msg(find(13), 3)
also = provider.cancel_req == provider.cancel_rq
print(f"when another begins: {list(provider.cancel_rq)}, for programs that spell it as pynetdicom does: {also}")
provider.get_msg()

provider.receive_primitive(PDataIndication([(3, 2, b"a data set without a command set")]))
print("no fragment of a message:", "aborted," if provider.dul.aborted else "", provider.get_msg(block=True))

user.end()  # whoever waits for messages need not wait any more
print("over:", user.get_msg(block=True))

echo = C_ECHO()
echo.MessageID = 9
try:
    echo.MessageID = 0x10000
except ValueError as error:
    print(f"a message ID out of range: {type(error).__name__}, {echo.MessageID}")
