"""Without a handler an identity is neither checked nor answered; without an identity the handler is not asked.

It prints::

    2 b'anybody' b'anything' None
    True None []
    offered: None
    True None []
    offered: b'anybody'
    True None []
    offered: None
    False None [2]
"""

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import Verification

calls = []


def identify(event):
    calls.append(event.user_id_type)
    return False, None


identity = UserIdentityNegotiation()
identity.user_identity_type = 2
identity.primary_field = b"anybody"
identity.secondary_field = b"anything"
identity.positive_response_requested = True
print(identity.user_identity_type, identity.primary_field, identity.secondary_field, identity.server_response)

scp = AE()
scp.add_supported_context(Verification)
open_door = scp.start_server(("127.0.0.1", 0), block=False)
doorman = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_USER_ID, identify)])
scu = AE()
scu.add_requested_context(Verification)

for server in (open_door, doorman):
    for items in ([], [identity]):
        assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=items)
        print(assoc.is_established, assoc.acceptor.user_identity, calls)
        if assoc.is_established:
            offered = assoc.requestor.user_identity
            print("offered:", offered and offered.primary_field)
        assoc.release()
    server.shutdown()
