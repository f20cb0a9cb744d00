"""TLS: a server that asks clients for a certificate

Python's `ssl.SSLContext` holds the certificates of each end. Here `trustme` makes them for the example; in a hospital
they come from its certificate authority. A client without a certificate gets no association.

It prints::

    with a certificate: 0000H
    without: False
"""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

from dulcimer import AE
from dulcimer.sop_class import Verification

authority = trustme.CA()
with TemporaryDirectory() as folder:
    chain = Path(folder, "chain.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(chain))

    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.configure_trust(server_side)
    server_side.verify_mode = ssl.CERT_REQUIRED
    server_side.load_cert_chain(chain)

    known = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
    authority.configure_trust(known)
    known.load_cert_chain(chain)

unknown = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
authority.configure_trust(unknown)

ae = AE("SECURE")
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, ssl_context=server_side)

with ae.associate(*server.server_address, tls_args=(known, "localhost")) as association:
    print(f"with a certificate: {association.send_c_echo().Status:04X}H")
print("without:", ae.associate(*server.server_address, tls_args=(unknown, "localhost")).is_established)
server.shutdown()
