"""Callbacks as a server, one operation at a time as a client, and a fault that is put between them.

It prints::

    ['1', '2']
    echo again
    fault: AssociationAborted
"""

from pydicom.dataset import Dataset
from pynetdicom import (
    FaultInjector,
    QRLevel,
    ServiceProvider,
    ServiceProviderParams,
    ServiceUser,
    fuzz_fault_injector,
    set_provider_fault_injector,
    set_user_fault_injector,
)
from pynetdicom.errors import AssociationError
from pynetdicom.sop_class import Verification
from pynetdicom.upper_layer.fault_injection import Disconnect


class Unplugged(FaultInjector):
    """Ends the connection when the first P-DATA-TF goes out."""

    def on_send(self, pdu):
        return Disconnect() if pdu[0] == 4 else None


def find(connection, transfer_syntax, sop_class, identifier):
    for patient_id in ("1", "2"):
        match = Dataset()
        match.PatientID = patient_id
        yield match


STUDY = QRLevel.STUDY
provider = ServiceProvider(
    ServiceProviderParams(ae_title="ARCHIVE", c_echo=lambda connection: None, c_find=find), "127.0.0.1:0"
)
provider.start()
with ServiceUser([Verification, STUDY.find], called_ae_title="ARCHIVE") as user:
    user.connect(provider.listen_addr)
    print([match.PatientID for match in user.c_find(STUDY, {"PatientID": ""})])
set_provider_fault_injector(fuzz_fault_injector(b""))  # no bytes, no faults
with ServiceUser([Verification]) as user:
    user.connect(provider.listen_addr)
    user.c_echo()
    print("echo again")
set_provider_fault_injector(None)
set_user_fault_injector(Unplugged())
try:
    with ServiceUser([Verification]) as user:
        user.connect(provider.listen_addr)
        user.c_echo()
except AssociationError as error:
    print("fault:", type(error).__name__)
set_user_fault_injector(None)
provider.close()
