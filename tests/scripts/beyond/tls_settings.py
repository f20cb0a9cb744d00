"""`TLSConfig` for both sides: who must show what, and settings that cannot be.

It prints::

    ('TLSv1.3', True), a client with a certificate: True
    no certificate of the client: refused, False
    another name: TransportError
    name not looked at: 0
    without verifying: 0, TLSv1.2
    an encrypted key, its password, certificates on demand: 0
    for an AE: 0
    ValueError: minimum_version must be TLSv1_2 or TLSv1_3 (RFC 8996)
    ValueError: maximum_version is before minimum_version
    ValueError: client_certificates must be 'required' or 'optional' or 'ignored', or None
    ValueError: a key needs a certificate
    ValueError: a server with TLS needs a certificate
    moved: 1 instance over TLS True
"""

import ssl
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme
from cryptography.hazmat.primitives import serialization
from pydicom import examples
from pynetdicom import AE, QRLevel, ServiceProvider, ServiceProviderParams, ServiceUser, TLSConfig, build_context
from pynetdicom.errors import AssociationError, TransportError
from pynetdicom.sop_class import CTImageStorage, Verification

seen = []


def echo(connection):
    seen.append(connection.tls)


def ask(server, **settings):
    """The status of a C-ECHO over TLS."""
    params = ServiceProviderParams(c_echo=echo, tls_config=server)
    user = ServiceUser([Verification], tls_config=TLSConfig(**settings))
    with ServiceProvider(params) as provider, user:
        user.connect(provider.listen_addr)
        return user.c_echo()


def files_in(folder):
    """A certificate authority, a certificate with its key, and the same with an encrypted key."""
    ca, chain = Path(folder, "ca.pem"), Path(folder, "chain.pem")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca)
    issued = authority.issue_cert("archive.example")
    issued.private_key_and_cert_chain_pem.write_to_path(chain)
    certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    issued.cert_chain_pems[0].write_to_path(certificate)
    private = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"sesame"),
        )
    )
    return ca, chain, certificate, key


with TemporaryDirectory() as folder:
    ca, chain, certificate, key = files_in(folder)
    both = TLSConfig(certificate=chain, ca=ca)
    NAME = "archive.example"
    ask(both, certificate=chain, ca=ca, server_name=NAME)
    print(f"{(seen[0].version, bool(seen[0].cipher))}, a client with a certificate: {bool(seen[0].peer_certificate)}")
    try:
        ask(both, ca=ca, server_name=NAME)
    except (TransportError, AssociationError):
        print("no certificate of the client: refused,", len(seen) > 1)
    try:
        ask(TLSConfig(certificate=chain), ca=ca, server_name="another.example")
    except TransportError as error:
        print("another name:", type(error).__name__)
    print("name not looked at:", ask(TLSConfig(certificate=chain), ca=ca, check_name=False))
    status = ask(TLSConfig(certificate=chain, maximum_version=ssl.TLSVersion.TLSv1_2), verify=False)
    print(f"without verifying: {status}, {seen[-1].version}")
    careful = TLSConfig(
        certificate=certificate,
        key=key,
        password="sesame",
        ca=ca,
        client_certificates="optional",
        ciphers="ECDHE+AESGCM",
        minimum_version=ssl.TLSVersion.TLSv1_2,
    )
    print("an encrypted key, its password, certificates on demand:", ask(careful, ca=ca, server_name=NAME))

    ae = AE()
    ae.add_supported_context(Verification)
    ae.add_requested_context(Verification)
    server = ae.start_server(("127.0.0.1", 0), block=False, ssl_context=both.server_context())
    with ae.associate(*server.server_address, tls_args=(both.client_context(), NAME)) as association:
        print("for an AE:", association.send_c_echo().Status)
    server.shutdown()

    for settings in (
        {"minimum_version": ssl.TLSVersion.TLSv1_1},
        {"minimum_version": ssl.TLSVersion.TLSv1_3, "maximum_version": ssl.TLSVersion.TLSv1_2},
        {"client_certificates": "sometimes"},
        {"key": key},
        {},
    ):
        try:
            TLSConfig(**settings).server_context()
        except ValueError as error:
            print("ValueError:", str(error).partition(", not")[0])

    stored = []
    STUDY = QRLevel.STUDY
    viewer = ServiceProvider(
        ServiceProviderParams(c_store=lambda connection, *instance: stored.append(connection.tls), tls_config=both)
    )
    archive = ServiceProvider(
        ServiceProviderParams(
            c_move=lambda *_: [examples.ct],
            remote_aes={"VIEWER": viewer.listen_addr},
            move_contexts=[build_context(CTImageStorage, examples.ct.file_meta.TransferSyntaxUID)],
            move_tls_config=TLSConfig(certificate=chain, ca=ca, server_name=NAME),
        )
    )
    with viewer, archive, ServiceUser([STUDY.move]) as user:
        user.connect(archive.listen_addr)
        done = user.c_move(STUDY, {"PatientID": ""}, "VIEWER")
        print(f"moved: {done.completed} instance over TLS {stored[0] is not None}")
