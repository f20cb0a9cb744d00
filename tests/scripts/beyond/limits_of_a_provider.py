"""Limits of a provider, values that cannot be, and an abort from another thread while an operation is under way.

It prints::

    takes PDUs of 16384 bytes
    the second user: local limit exceeded
    aborted meanwhile: AssociationAborted
    no title: Invalid 'ae_title' value - must not be empty or all spaces
    title of 17 characters: Invalid 'ae_title' value 'SSSSSSSSSSSSSSSSS' - must not exceed 16 characters
    maximum_length=-1: 'maximum_pdu_size' must be from 0 to 4294967295, not -1
    maximum_length=2**32: 'maximum_pdu_size' must be from 0 to 4294967295, not 4294967296
    maximum_associations=0: 'maximum_associations' must be from 1 to 1048576, not 0
    acse=-1: 'acse_timeout' must not be less than 0, not -1
    destination: an address is a host and a port of 0 to 65535, not ('127.0.0.1', 65536)
"""

import threading

from pynetdicom import ServiceProvider, ServiceProviderParams, ServiceUser, Timeouts
from pynetdicom.errors import AssociationAborted, AssociationRejected
from pynetdicom.sop_class import Verification

begun, may_end = threading.Event(), threading.Event()


def echo(connection):
    begun.set()
    may_end.wait(30)


def abort():
    begun.wait(30)
    user.abort()


provider = ServiceProvider(ServiceProviderParams(c_echo=echo, maximum_associations=1, maximum_length=16384))
provider.start()
user = ServiceUser([Verification], maximum_length=0)
user.connect(provider.listen_addr)
print("takes PDUs of", user.association.acceptor.maximum_length, "bytes")
try:
    ServiceUser([Verification]).connect(provider.listen_addr)
except AssociationRejected as error:
    print("the second user:", str(error).rstrip(".").rpartition(": ")[2])
threading.Thread(target=abort).start()
try:
    user.c_echo()
except AssociationAborted as error:
    print("aborted meanwhile:", type(error).__name__)
may_end.set()
provider.shutdown()

for what, impossible in {
    "no title": {"ae_title": ""},
    "title of 17 characters": {"ae_title": "S" * 17},
    "maximum_length=-1": {"maximum_length": -1},
    "maximum_length=2**32": {"maximum_length": 2**32},
    "maximum_associations=0": {"maximum_associations": 0},
    "acse=-1": {"timeouts": Timeouts(acse=-1)},
    "destination": {"remote_aes": {"VIEWER": ("127.0.0.1", 65536)}},
}.items():
    try:
        ServiceProvider(ServiceProviderParams(**impossible)).close()
        print(what, "is possible")
    except ValueError as error:
        print(f"{what}: {error}")
