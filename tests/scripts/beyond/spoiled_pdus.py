"""Faults on purpose: every kind of fault on the way to a peer, and events that are seen or dropped.

It prints::

    none: echo 0
    Drop: AssociationTimeout
    Disconnect: AssociationAborted
    Replace: AssociationAborted
    Overwrite: echo 0
    Flip: AssociationAborted
    Split: echo 0
    Duplicate: echo 0
    Truncate: AssociationTimeout
    every transition: Evt1 Sta4, Evt2 Sta5, Evt3 Sta6, Evt9 Sta6, Evt10 Sta6, Evt11 Sta7, Evt13 Sta1
    the acceptance is dropped: AssociationTimeout
    all users: AssociationAborted, then echo 0
    all providers: AssociationAborted, then echo 0
    one entity: False, then True
"""

import logging

from pynetdicom import (
    AE,
    FaultInjector,
    ServiceProvider,
    ServiceProviderParams,
    ServiceUser,
    Timeouts,
    set_provider_fault_injector,
    set_user_fault_injector,
)
from pynetdicom.errors import AssociationError
from pynetdicom.fsm import Events
from pynetdicom.sop_class import Verification
from pynetdicom.upper_layer.fault_injection import (
    Disconnect,
    Drop,
    Duplicate,
    Flip,
    Overwrite,
    Replace,
    Split,
    Truncate,
)

logging.disable(logging.CRITICAL)
PATIENT, HASTY = Timeouts(), Timeouts(acse=0.2, dimse=0.2)


class Spoil(FaultInjector):
    """One fault for each P-DATA-TF that is sent."""

    def __init__(self, fault):
        self.fault = fault

    def on_send(self, data):
        return self.fault if data[0] == 4 else None


class Watch(FaultInjector):
    """Tells of what happens in the state machine."""

    def __init__(self):
        self.seen = []

    def after_event(self, event, state, action, next_state):
        if action:  # a blank cell has none
            self.seen.append(f"{event.label} {next_state.label}")


class Deaf(FaultInjector):
    """Does not hear that the association is accepted."""

    def before_event(self, event, state):
        return Drop() if event == Events.EVT_3 else None


class Unplugged(FaultInjector):
    """Closes the connection when anything has come."""

    def on_receive(self, data):
        return Disconnect()


def echo(injector=None, timeouts=PATIENT):
    try:
        with ServiceUser([Verification], fault_injector=injector, timeouts=timeouts) as user:
            user.connect(provider.listen_addr)
            return f"echo {user.c_echo()}"
    except AssociationError as error:
        return type(error).__name__


provider = ServiceProvider(ServiceProviderParams())
provider.start()
print("none:", echo())
for fault in (
    Drop(),
    Disconnect(),
    Replace(b"\x09\0\0\0\0\0"),
    Overwrite(1, b"\xff"),  # a reserved byte
    Flip(0, 0x80),
    Split(7),
    Duplicate(),
    Truncate(10),
):
    loses = isinstance(fault, Drop | Truncate)
    print(f"{type(fault).__name__}:", echo(Spoil(fault), HASTY if loses else PATIENT))

watch = Watch()
echo(watch)
print("every transition:", ", ".join(watch.seen))
print("the acceptance is dropped:", echo(Deaf(), HASTY))
for name, install in (("users", set_user_fault_injector), ("providers", set_provider_fault_injector)):
    install(Unplugged())
    spoiled = echo()
    install(None)
    print(f"all {name}: {spoiled}, then {echo()}")

ae = AE()
ae.add_requested_context(Verification)
ae.user_fault_injector = Unplugged()
spoiled = ae.associate(*provider.listen_addr)
ae.user_fault_injector = None
with ae.associate(*provider.listen_addr) as association:
    print(f"one entity: {spoiled.is_established}, then {association.is_established}")
provider.close()
