"""A gateway: DICOM over something that is not a socket

`AssociationControl` and `Dialogue` have no socket, thread or clock: bytes and the time go in, bytes and events come
out. This gateway takes its bytes from messages in a queue, as from a message broker, and answers C-ECHO.

It prints::

    to the gateway: A-ASSOCIATE-RQ
    from the gateway: A-ASSOCIATE-AC
    to the gateway: P-DATA-TF
    from the gateway: P-DATA-TF
    to the gateway: A-RELEASE-RQ
    from the gateway: A-RELEASE-RP
"""

from collections import deque

from dulcimer._generated.codes import PduType
from dulcimer._generated.commands import CEchoRq, CEchoRsp
from dulcimer.acse.control import AssociationControl
from dulcimer.acse.negotiation import Context, answer_pdu, prefer, request_pdu
from dulcimer.dimse.dialogue import Dialogue
from dulcimer.dimse.dialogue_events import Asked
from dulcimer.dimse.messages import fragments
from dulcimer.fsm.primitives import AssociateIndication, PDataIndication, ReleaseIndication
from dulcimer.sop_class import Verification
from dulcimer.upper_layer import UpperLayer

VERIFICATION = Context(Verification, ("1.2.840.10008.1.2",))


class Gateway:
    """One association; `take` gives the bytes to send back for the bytes that came."""

    def __init__(self) -> None:
        self.control = AssociationControl(UpperLayer(is_requestor=False), network_timeout=60.0)
        self.dialogue = Dialogue(self.control)
        self.control.transport_connected(0.0)

    def take(self, data: bytes, now: float) -> bytes:
        self.control.receive_data(data, now)
        while (event := self.control.next_event()) is not None:
            match event:
                case AssociateIndication(request):
                    answer, accepted = answer_pdu(request, prefer([VERIFICATION]))
                    self.control.accept(answer, accepted, request, now)
                case PDataIndication(values):
                    self.dialogue.receive(values, now)
                    self.answer(now)
                case ReleaseIndication():
                    self.control.confirm_release(now)
        return b"".join(self.control.data_to_send())

    def answer(self, now: float) -> None:
        while isinstance(asked := self.dialogue.next_event(), Asked):
            response = CEchoRsp(message_id_being_responded_to=asked.request.message_id, status=0)
            for p_data in fragments(asked.message.context_id, response, None, self.control.maximum_send_length):
                self.control.send(p_data, now)
            self.dialogue.peer.performed(asked.message)


gateway, queue = Gateway(), deque[bytes]()
client = AssociationControl(UpperLayer(is_requestor=True), acse_timeout=30.0)


def through_the_queue(now: float) -> None:
    """What the client sends goes to the gateway as one message, and its answer comes back as another."""
    queue.append(b"".join(client.data_to_send()))
    message = queue.popleft()
    print(f"to the gateway: {PduType(message[0]).label}")
    answer = gateway.take(message, now)
    print(f"from the gateway: {PduType(answer[0]).label}")
    client.receive_data(answer, now)
    client.next_event()


client.request(request_pdu([VERIFICATION], calling_ae_title="CLIENT", called_ae_title="GATEWAY"), 0.0)
client.transport_connected(0.0)
through_the_queue(1.0)
for p_data in fragments(
    1, CEchoRq(affected_sop_class_uid=Verification, message_id=1), None, client.maximum_send_length
):
    client.send(p_data, 2.0)
through_the_queue(2.0)
client.release(3.0)
through_the_queue(3.0)
