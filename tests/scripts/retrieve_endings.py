"""How a retrieval ends when its handler says so: by a warning, a failure, a cancel, a success, or an exception.

It prints::

    0 B000H completed 0 failed 4
    0 B000H completed 0 failed 4 ['1.2.3.98', '1.2.3.99']
    0 A701H completed 0 failed 4
    0 A701H completed 0 failed 4 ['1.2.3.98', '1.2.3.99']
    0 FE00H completed 0 failed 0 ['1.2.3.98', '1.2.3.99']
    0 C411H completed 0 failed 4
    1 B000H completed 1 failed 3
    1 B000H completed 1 failed 3 ['1.2.3.98', '1.2.3.99']
    1 A701H completed 1 failed 3
    1 A701H completed 1 failed 3 ['1.2.3.98', '1.2.3.99']
    1 FE00H completed 1 failed 0 ['1.2.3.98', '1.2.3.99']
    1 C411H completed 1 failed 3
    2 B000H completed 1 failed 3 1.2.3.1
    2 B000H completed 1 failed 3 ['1.2.3.98', '1.2.3.99']
    2 A701H completed 1 failed 3 1.2.3.1
    2 A701H completed 1 failed 3 ['1.2.3.98', '1.2.3.99']
    2 FE00H completed 1 failed 1 ['1.2.3.98', '1.2.3.99']
    2 C411H completed 1 failed 3 1.2.3.1
"""

import logging

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import CTImageStorage
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as StudyRootGet

logging.disable(logging.CRITICAL)
named = Dataset()
named.FailedSOPInstanceUIDList = ["1.2.3.98", "1.2.3.99"]


def get(event, uids, ending):
    yield 4
    for uid in uids:
        instance = examples.ct.copy()
        instance.SOPInstanceUID = uid
        yield 0xFF00, instance
    if ending is None:
        raise RuntimeError("the archive is on fire")
    yield ending


def store(event):
    return 0xA700 if event.request.AffectedSOPInstanceUID == "1.2.3.1" else 0x0000


ae = AE()
ae.add_supported_context(StudyRootGet)
ae.add_requested_context(StudyRootGet)
ae.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
ae.add_requested_context(CTImageStorage)
server = ae.start_server(("127.0.0.1", 0), block=False)
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(CTImageStorage, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
query = Dataset()
query.QueryRetrieveLevel = "STUDY"

for uids in ([], ["1.2.3.2"], ["1.2.3.1", "1.2.3.2"]):
    for ending in ((0xB000, None), (0xB000, named), (0xA701, None), (0xA701, named), (0xFE00, named), None):
        server.bind(evt.EVT_C_GET, get, [uids, ending])
        *_, (status, identifier) = assoc.send_c_get(query, StudyRootGet)
        done, bad = status.get("NumberOfCompletedSuboperations"), status.get("NumberOfFailedSuboperations")
        failed = identifier and identifier.get("FailedSOPInstanceUIDList")
        print(len(uids), f"{status.Status:04X}H completed {done} failed {bad}", failed or "")
assoc.release()
server.shutdown()
