"""Bytes decide on faults: the same bytes spoil the same conversation in the same way, and then there are no more.

It prints::

    send P-DATA-TF: Flip(offset=0, mask=255)
    AssociationAborted, used up: True, and then: echo 0
    replayed: True
    no bytes: no faults, echo 0
    20 providers that are spoiled: only documented ends True, some of them spoiled True
"""

import logging
import random

from pynetdicom import (
    ServiceProvider,
    ServiceProviderParams,
    ServiceUser,
    Timeouts,
    fuzz_fault_injector,
    set_provider_fault_injector,
    set_user_fault_injector,
)
from pynetdicom.errors import DulcimerError
from pynetdicom.sop_class import Verification

logging.disable(logging.CRITICAL)
PASS = 0x00
FLIP_THE_TYPE = bytes((0xC0, 0, 0, 0, 0xFF))
FOUND = bytes((PASS, PASS)) + FLIP_THE_TYPE  # request and acceptance pass, the first message does not


def converse(timeouts=None):
    try:
        with ServiceUser([Verification], timeouts=timeouts) as user:
            user.connect(provider.listen_addr)
            return f"echo {user.c_echo()}"
    except DulcimerError as error:
        return type(error).__name__


provider = ServiceProvider(ServiceProviderParams())
provider.start()
injector = fuzz_fault_injector(FOUND)
set_user_fault_injector(injector)
ending = converse()
print(injector)
print(f"{ending}, used up: {injector.is_exhausted}, and then: {converse()}")

again = fuzz_fault_injector(FOUND)
set_user_fault_injector(again)
print("replayed:", converse() == ending and again.injected == injector.injected)
none = fuzz_fault_injector(b"")
set_user_fault_injector(none)
ending = converse()
print(f"no bytes: {none}, {ending}")
set_user_fault_injector(None)

chance = random.Random(20)
endings, faults = set(), 0
for _ in range(20):
    injector = fuzz_fault_injector(chance.randbytes(12))
    set_provider_fault_injector(injector)
    endings.add(converse(Timeouts(acse=0.2, dimse=0.2)))
    faults += len(injector.injected)
set_provider_fault_injector(None)
documented = {"echo 0", "AssociationAborted", "AssociationRejected", "AssociationTimeout", "OperationFailed"}
print(f"20 providers that are spoiled: only documented ends {endings <= documented}, some of them spoiled {faults > 0}")
provider.close()
