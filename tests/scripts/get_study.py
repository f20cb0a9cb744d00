"""C-GET: the requestor is SCP of storage on the same association, which takes role selection.

It prints::

    asked for 1.3.6.1.4.1.5962.1.2.1.20040119072730.12322 False
    FF00H None
    1 1 0 0
    FF00H None
    0 2 0 0
    0000H None
    0 2 0 0
    got CT in Implicit VR Little Endian as requestor
    got MR in Implicit VR Little Endian as requestor
"""

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import CTImageStorage, MRImageStorage
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as StudyRootGet

received = []


def get(event):
    print("asked for", event.identifier.StudyInstanceUID, event.is_cancelled)
    yield 2
    yield 0xFF00, examples.ct
    yield 0xFF00, examples.mr


def store(event):
    instance = event.dataset
    instance.file_meta = event.file_meta
    received.append(f"got {instance.Modality} in {instance.file_meta.TransferSyntaxUID.name} as {event.assoc.mode}")
    return 0x0000


scp = AE("ARCHIVE")
scp.add_supported_context(StudyRootGet)
for uid in (CTImageStorage, MRImageStorage):
    scp.add_supported_context(uid, scu_role=True, scp_role=True)
server = scp.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, get)])

scu = AE("READER")
roles = []
scu.add_requested_context(StudyRootGet)
for uid in (CTImageStorage, MRImageStorage):
    scu.add_requested_context(uid)
    roles.append(build_role(uid, scp_role=True))
assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, store)])
query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.StudyInstanceUID = examples.ct.StudyInstanceUID
for status, identifier in assoc.send_c_get(query, StudyRootGet):
    if not status:
        print("the connection was lost, or the answer made no sense")
        continue
    print(f"{status.Status:04X}H", identifier)
    print(
        status.get("NumberOfRemainingSuboperations") or 0,
        status.get("NumberOfCompletedSuboperations"),
        status.get("NumberOfFailedSuboperations"),
        status.get("NumberOfWarningSuboperations"),
    )
assoc.release()
server.shutdown()
print(*received, sep="\n")
