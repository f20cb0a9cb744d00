"""Verification: an SCU asks whether an SCP is there; the SCP answers by itself, or by a handler.

It prints::

    status 0000H
    echo 42 from ECHOES
    1 Verification SOP Class Implicit VR Little Endian
    42 Verification SOP Class True
    status 0000H
    status 0211H not before breakfast
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, VerificationPresentationContexts, evt
from pynetdicom.sop_class import Verification


def accept(event):
    print("echo", event.message_id, "from", event.assoc.requestor.ae_title)
    print(event.context.context_id, event.context.abstract_syntax.name, event.context.transfer_syntax.name)
    print(event.request.MessageID, event.request.AffectedSOPClassUID.name, event.timestamp.year > 2000)
    return 0x0000


def refuse(event):
    status = Dataset()
    status.Status = 0x0211
    status.ErrorComment = "not before breakfast"
    return status


ae = AE("ECHOES")
ae.requested_contexts = VerificationPresentationContexts
ae.add_supported_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False)

for handler in (None, accept, refuse):
    if handler is not None:
        server.bind(evt.EVT_C_ECHO, handler)
    assoc = ae.associate("127.0.0.1", server.server_address[1])
    if assoc.is_established:
        status = assoc.send_c_echo(msg_id=42)
        if status:
            print(f"status {status.Status:04X}H", status.get("ErrorComment", ""))
        else:
            print("the connection was lost, or the answer made no sense")
        assoc.release()
server.shutdown()
