"""A provider that runs until it is closed, and one for a single connection that somebody else has opened.

It prints::

    listens on 127.0.0.1, and 1 association is open
    CLERK asks ARCHIVE from 127.0.0.1, with TLS: False
    rejected: called AE title not recognized
    run has ended: True
    nobody listens any more: TransportError
    over a pair of sockets CLERK asks ANY-SCP from None
    private class: 0000H
    the provider of the connection has ended: True
    not connected: ValueError
    port out of range: ValueError
"""

import copy
import socket
import threading

from pydicom import examples
from pynetdicom import (
    ConnectionState,
    ServiceProvider,
    ServiceProviderParams,
    ServiceUser,
    Timeouts,
    run_provider_for_conn,
)
from pynetdicom.errors import AssociationRejected, TransportError
from pynetdicom.sop_class import Verification

PRIVATE = "1.2.826.0.1.3680043.10.1554.9"
asked = []


def echo(connection):
    assert isinstance(connection, ConnectionState)
    asked.append(connection)


def store(connection, transfer_syntax, sop_class, sop_instance, data):
    asked.append(sop_class)


params = ServiceProviderParams(
    ae_title="ARCHIVE",
    c_echo=echo,
    require_called_ae_title=True,
    timeouts=Timeouts(acse=10, dimse=10, network=None, connect=10),
)
provider = ServiceProvider(params, "127.0.0.1:0")
running = threading.Thread(target=provider.run)
running.start()
with ServiceUser([Verification], ae_title="CLERK", called_ae_title="ARCHIVE") as user:
    user.connect(provider.listen_addr)
    user.c_echo()
    host, count = provider.listen_addr[0], len(provider.active_associations)
    print(f"listens on {host}, and {count} association is open")
peer = asked[0]
print(f"{peer.peer_ae_title} asks {peer.called_ae_title} from {peer.peer_address[0]}, with TLS: {peer.tls is not None}")
try:
    ServiceUser([Verification], called_ae_title="LIBRARY").connect(provider.listen_addr)
except AssociationRejected as error:
    print("rejected:", str(error).rstrip(".").rpartition(": ")[2])
address = provider.listen_addr
provider.close()
running.join(30)
print("run has ended:", not running.is_alive())
try:
    ServiceUser([Verification]).connect(address)
except TransportError as error:
    print("nobody listens any more:", type(error).__name__)

instance = copy.deepcopy(examples.ct)
instance.SOPClassUID = instance.file_meta.MediaStorageSOPClassUID = PRIVATE
ours, theirs = socket.socketpair()
params = ServiceProviderParams(c_echo=echo, c_store=store, sop_classes=[PRIVATE])
single = threading.Thread(target=run_provider_for_conn, args=(theirs, params))
single.start()
with ServiceUser([Verification, PRIVATE], ae_title="CLERK") as user:
    user.set_conn(ours)
    user.c_echo()
    peer = asked[-1]
    print(f"over a pair of sockets {peer.peer_ae_title} asks {peer.called_ae_title} from {peer.peer_address}")
    print(f"private class: {user.c_store(instance):04X}H")
    assert asked[-1] == PRIVATE
single.join(30)
print("the provider of the connection has ended:", not single.is_alive())

with socket.socket() as unconnected:
    try:
        user.set_conn(unconnected)
    except ValueError as error:
        print("not connected:", type(error).__name__)
try:
    user.connect(("127.0.0.1", 70000))
except ValueError as error:
    print("port out of range:", type(error).__name__)
