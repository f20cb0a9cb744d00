"""ACSE and DIMSE over a socket of one's own: no entity, no server, only an upper layer that is fed with bytes.

It prints::

    SCU asks SCP: context 1 is accepted, Sta6
    C-ECHO 5 is answered with 0000H
    PDUs of 32768 bytes at the most, 30 seconds for an answer
    the acceptor is asked for release: True, aborted: False
    both ends: Sta1 Sta1
"""

import socket
import threading
from collections import deque

from pynetdicom import build_context
from pynetdicom.acse import ACSE
from pynetdicom.acse.negotiation import Context, outcome, request_pdu
from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_primitives import C_ECHO
from pynetdicom.fsm import States
from pynetdicom.sop_class import Verification
from pynetdicom.upper_layer import UpperLayer

NOW = 0.0  # no timer expires here


class Party:
    def __init__(self):
        self.pdu = None
        self.supported_contexts = []

    @property
    def maximum_length(self):
        return self.pdu.maximum_length


class Association:
    """One end, as ACSE and DIMSE want it, with its upper layer."""

    def __init__(self, connection, *, is_requestor):
        self.socket = connection
        self.is_requestor = is_requestor
        self.requestor, self.acceptor = Party(), Party()
        self.acse_timeout = self.dimse_timeout = 30.0
        self.layer = UpperLayer(is_requestor=is_requestor)
        self.waiting = deque()
        self.dul = self
        self.acse, self.dimse = ACSE(self), DIMSEServiceProvider(self)
        if not is_requestor:
            self.layer.transport_connected(NOW)

    @property
    def accepted_contexts(self):
        return outcome(self.requestor.pdu, self.acceptor.pdu)[0]

    def send_pdu(self, primitive):
        self.layer.send(primitive, NOW)
        if self.layer.open_requested:  # the connection is there already
            self.layer.open_requested = False
            self.layer.transport_connected(NOW)
        self.pass_on()

    def receive_pdu(self, wait=False, timeout=None):
        if wait:
            self.wait(timeout)
        return self.waiting.popleft() if self.waiting else None

    def peek_next_pdu(self):
        return self.waiting[0] if self.waiting else None

    def wait(self, timeout):
        """Until there is an indication, or the association is over."""
        while not self.waiting and self.layer.state != States.STA_1:
            self.socket.settimeout(timeout)
            if data := self.socket.recv(65536):
                self.layer.receive_data(data, NOW)
            else:
                self.layer.transport_closed(NOW)
            self.pass_on()

    def pass_on(self):
        """Bytes to the peer, indications to the user."""
        if data := b"".join(self.layer.data_to_send()):
            self.socket.sendall(data)
        while (indication := self.layer.next_event()) is not None:
            self.waiting.append(indication)
        if self.layer.close_requested:
            self.layer.close_requested = False
            self.socket.close()
            self.layer.transport_closed(NOW)


def serve(association):
    """Accept, answer one C-ECHO, confirm the release."""
    acse, dimse = association.acse, association.dimse
    acse.negotiate_association()
    dimse.receive_primitive(acse.dul.receive_pdu(wait=True, timeout=acse.acse_timeout))
    context_id, request = dimse.get_msg()
    answer = C_ECHO()
    answer.MessageIDBeingRespondedTo = request.MessageID
    answer.Status = 0x0000
    dimse.send_msg(answer, context_id)
    association.wait(acse.acse_timeout)
    said.append((acse.is_release_requested(), acse.is_aborted()))
    acse.send_release(is_response=True)
    association.wait(acse.acse_timeout)
    association.socket.close()


said = []
ours, theirs = socket.socketpair()
mine, other = Association(ours, is_requestor=True), Association(theirs, is_requestor=False)
contexts = [Context(Verification, ("1.2.840.10008.1.2",))]
mine.requestor.pdu = request_pdu(contexts, calling_ae_title="SCU", called_ae_title="SCP", maximum_length=32768)
other.acceptor.supported_contexts = [build_context(Verification)]
server = threading.Thread(target=serve, args=(other,))
server.start()

acse, dimse = mine.acse, mine.dimse
acse.negotiate_association()
titles = acse.requestor.pdu.calling_ae_title.strip(), acse.acceptor.pdu.called_ae_title.strip()
context_id = acse.assoc.accepted_contexts[0].context_id
print(f"{titles[0]} asks {titles[1]}: context {context_id} is accepted, {mine.layer.state.label}")
assert acse.socket is ours and acse.dul is dimse.dul and acse.assoc is dimse.assoc

request = C_ECHO()
request.MessageID = 5
request.AffectedSOPClassUID = Verification
dimse.send_msg(request, context_id)
dimse.receive_primitive(mine.receive_pdu(wait=True, timeout=dimse.dimse_timeout))
_, response = dimse.get_msg(block=True)
print(f"C-ECHO {response.MessageIDBeingRespondedTo} is answered with {response.Status:04X}H")
print(f"PDUs of {other.dimse.maximum_pdu_size} bytes at the most, {dimse.dimse_timeout:.0f} seconds for an answer")
acse.negotiate_release()
server.join()
print("the acceptor is asked for release: {}, aborted: {}".format(*said[0]))
print("both ends:", mine.layer.state.label, other.layer.state.label)
