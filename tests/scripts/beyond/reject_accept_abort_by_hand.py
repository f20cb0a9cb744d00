"""An acceptor that answers by hand, and aborts of both kinds, with values that the standard does not have.

It prints::

    ValueError: result is one of 1, 2, not 3
    ValueError: source is one of 1, 2, 3, not 0
    ValueError: diagnostic is one of 1, 2, 3, 7, not 4
    LocalProtocolError in Sta3: A-RELEASE
    STRANGER is rejected: The association was rejected permanently by the service-user: calling AE title not recognized.
    FRIEND is accepted, takes 4096 bytes: C-ECHO 0
    ValueError: source is one of 0, 2, not 1
    ValueError: reason is one of 0, 1, 2, 4, 5, 6, not 3
    ValueError: abort_type is one of 'both', 'a-abort', 'a-p-abort', not 'abort'
    send_abort(0): both True, a-abort True, a-p-abort False, reason 0
    send_abort(2): both True, a-abort False, a-p-abort True, reason 0
    send_ap_abort(6): both True, a-abort False, a-p-abort True, reason 6
"""

import queue

from pynetdicom import AE, evt
from pynetdicom.acse.negotiation import Context, answer_pdu, prefer
from pynetdicom.errors import LocalProtocolError
from pynetdicom.sop_class import Verification

SUPPORTED = [Context(Verification, ("1.2.840.10008.1.2",))]
ended = queue.Queue()


def refused(what, *values):
    try:
        what(*values)
    except ValueError as error:
        print(f"ValueError: {error}")
    except LocalProtocolError as error:
        print(f"LocalProtocolError in {error.state}: {str(error).split()[0]}")


def decide(event):
    acse = event.assoc.acse
    if acse.requestor.ae_title == "STRANGER":
        refused(acse.send_reject, 3, 1, 1)
        refused(acse.send_reject, 1, 0, 1)
        refused(acse.send_reject, 1, 1, 4)
        refused(acse.send_release)
        acse.send_reject(1, 1, 3)
    else:
        acse.acceptor.pdu = answer_pdu(acse.requestor.pdu, prefer(SUPPORTED), maximum_length=4096)[0]
        acse.send_accept()


acceptor = AE("SCP")
acceptor.add_supported_context(Verification)
server = acceptor.start_server(
    ("127.0.0.1", 0),
    block=False,
    evt_handlers=[(evt.EVT_REQUESTED, decide), (evt.EVT_ABORTED, lambda event: ended.put(event.assoc))],
)


def associate(title):
    ae = AE(title)
    ae.add_requested_context(Verification)
    return ae.associate(*server.server_address)


stranger = associate("STRANGER")
print("STRANGER is rejected:", stranger.error)

friend = associate("FRIEND")
print(f"FRIEND is accepted, takes {friend.acceptor.maximum_length} bytes: C-ECHO", friend.send_c_echo().Status)
refused(friend.acse.send_abort, 1)
refused(friend.acse.send_ap_abort, 3)
refused(friend.acse.is_aborted, "abort")

for name, value in (("send_abort", 0), ("send_abort", 2), ("send_ap_abort", 6)):
    association = friend if friend.is_established else associate("FRIEND")
    send = association.acse.send_abort if name == "send_abort" else association.acse.send_ap_abort
    send(value)
    other = ended.get(timeout=30)
    kinds = [f"{kind} {other.acse.is_aborted(kind)}" for kind in ("both", "a-abort", "a-p-abort")]
    print(f"{name}({value}): {', '.join(kinds)}, reason {other.error.reason}")
server.shutdown()
