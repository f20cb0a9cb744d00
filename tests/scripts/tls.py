"""TLS in both directions: the server shows a certificate, and wants to see one of the client.

It prints::

    True 0
    another name: False True
"""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from pynetdicom import AE
from pynetdicom.sop_class import Verification

authority = trustme.CA()
with TemporaryDirectory() as folder:
    cafile, chain = Path(folder, "ca.pem"), Path(folder, "chain.pem")
    authority.cert_pem.write_to_path(cafile)
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(chain)

    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=cafile)
    server_side.verify_mode = ssl.CERT_REQUIRED
    server_side.load_cert_chain(chain)
    client_side = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile)
    client_side.load_cert_chain(chain)

ae = AE("SECRETIVE")
ae.add_supported_context(Verification)
ae.add_requested_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False, ssl_context=server_side)
port = server.server_address[1]

assoc = ae.associate("127.0.0.1", port, tls_args=(client_side, "localhost"))
print(assoc.is_established, assoc.send_c_echo().Status)
assoc.release()

assoc = ae.associate("127.0.0.1", port, tls_args=(client_side, "another.name"))
print("another name:", assoc.is_established, assoc.is_aborted)
server.shutdown()
