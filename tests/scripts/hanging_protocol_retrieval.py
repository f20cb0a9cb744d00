"""Hanging Protocol Query/Retrieve: which protocols are there, and two of them by C-GET.

It prints::

    FF00H CHEST_2UP
    FF00H CHEST_4UP
    0000H None
    FF00H 1
    FF00H 2
    0000H 2
    got ['CHEST_2UP', 'CHEST_4UP']
"""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, HangingProtocolPresentationContexts, build_role, evt
from pynetdicom.sop_class import (
    HangingProtocolInformationModelFind,
    HangingProtocolInformationModelGet,
    HangingProtocolStorage,
)

received = []
PROTOCOLS = {"1.2.3.1": "CHEST_2UP", "1.2.3.2": "CHEST_4UP", "1.2.3.3": "HAND"}


def instance(uid):
    found = Dataset()
    found.file_meta = FileMetaDataset()
    found.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    found.SOPClassUID = HangingProtocolStorage
    found.SOPInstanceUID = uid
    found.HangingProtocolName = PROTOCOLS[uid]
    return found


def find(event):
    for uid, name in PROTOCOLS.items():
        if name.startswith(event.identifier.HangingProtocolName.rstrip("*")):
            yield 0xFF00, instance(uid)


def get(event):
    wanted = event.identifier.SOPInstanceUID
    yield len(wanted)
    for uid in wanted:
        yield 0xFF00, instance(uid)


def store(event):
    received.append(event.dataset.HangingProtocolName)
    return 0x0000


ae = AE()
ae.requested_contexts = HangingProtocolPresentationContexts
ae.add_requested_context(HangingProtocolStorage)
ae.supported_contexts = HangingProtocolPresentationContexts
ae.add_supported_context(HangingProtocolStorage, scu_role=False, scp_role=True)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)])
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(HangingProtocolStorage, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
query = Dataset()
query.HangingProtocolName = "CHEST*"
uids = []
for status, match in assoc.send_c_find(query, HangingProtocolInformationModelFind):
    print(f"{status.Status:04X}H", match and match.HangingProtocolName)
    if match:
        uids.append(match.SOPInstanceUID)
query = Dataset()
query.SOPInstanceUID = uids
for status, _ in assoc.send_c_get(query, HangingProtocolInformationModelGet):
    print(f"{status.Status:04X}H", status.NumberOfCompletedSuboperations)
assoc.release()
server.shutdown()
print("got", received)
