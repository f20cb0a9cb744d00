"""The five kinds of user identity, accepted with a response, accepted without, and refused.

It prints::

    1 b'operator' True None
    1 b'operator' True None
    1 b'visitor' False None
        2 1
    1 b'visitor' False None
        2 1
    2 b'operator' True None
    2 b'operator' True None
    2 b'operator' False None
        2 1
    2 b'operator' False None
        2 1
    3 b'<ticket kerberos>' True b'<welcome>'
    3 b'<ticket kerberos>' True None
    4 b'<ticket saml>' True b'<welcome>'
    4 b'<ticket saml>' True None
    5 b'<ticket jwt>' True b'<welcome>'
    5 b'<ticket jwt>' True None
    5 b'forged' False None
        2 1
    5 b'forged' False None
        2 1
"""

from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.sop_class import Verification

USERS = {b"operator": b"tape and scissors"}


def identify(event):
    if event.user_id_type == 1:
        return event.primary_field in USERS, None
    if event.user_id_type == 2:
        return USERS.get(event.primary_field) == event.secondary_field, None
    return event.primary_field.startswith(b"<ticket"), b"<welcome>"


scp = AE()
scp.add_supported_context(Verification)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_USER_ID, identify)])
scu = AE()
scu.add_requested_context(Verification)

for kind, primary, secondary in (
    (1, b"operator", None),
    (1, b"visitor", None),
    (2, b"operator", b"tape and scissors"),
    (2, b"operator", b"guess"),
    (3, b"<ticket kerberos>", None),
    (4, b"<ticket saml>", None),
    (5, b"<ticket jwt>", None),
    (5, b"forged", None),
):
    for positive in (True, False):
        identity = UserIdentityNegotiation()
        identity.user_identity_type = kind
        identity.primary_field = primary
        if secondary is not None:
            identity.secondary_field = secondary
        identity.positive_response_requested = positive
        assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=[identity])
        response = assoc.acceptor.user_identity
        print(kind, primary, assoc.is_established, (response and response.server_response) or None)
        if assoc.is_rejected:
            print("   ", assoc.acceptor.primitive.result_source, assoc.acceptor.primitive.diagnostic)
        assoc.release()
server.shutdown()
