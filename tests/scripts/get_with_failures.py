"""C-GET with sub-operations that fail, warn or are not possible, one that is cancelled, and one that fails at once.

It prints::

    NOTHING
      0x0 (0, 0) 0 None
    MIXED
      0xff00 (1, 0) 0 None
      0xff00 (1, 1) 0 None
      0xff00 (1, 1) 1 None
      0xff00 (1, 1) 2 None
      0xb000 (1, 1) 2 ['1.3', '1.3.6.1.4.1.5962.1.1.4.1.1.20040826185059.5457']
    GOOD
      0xff00 (1, 0) 0 None
      0x0 (1, 0) 0 None
    FAILURE ['0xa900']
    CANCEL ['0xff00', '0xfe00']
"""

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import CTImageStorage
from pynetdicom.sop_class import PatientRootQueryRetrieveInformationModelGet as PatientRootGet

answers = {"1.1": 0x0000, "1.2": 0xB000, "1.3": 0xA700, "1.4": 0x0000}


def instances(*uids):
    for uid in uids:
        instance = examples.ct.copy()
        instance.SOPInstanceUID = uid
        yield instance


def get(event):
    what = event.identifier.PatientID
    if what == "NOTHING":
        yield 0
    elif what == "FAILURE":
        yield 1
        yield 0xA900, None
    elif what == "MIXED":
        yield 4
        for instance in instances("1.1", "1.2", "1.3"):
            yield 0xFF00, instance
        yield 0xFF00, examples.mr  # nobody agreed to this class
    elif what == "CANCEL":
        yield 3
        for instance in instances("1.1"):
            yield 0xFF00, instance
        yield 0xFE00, None
    elif what == "GOOD":
        yield 1
        for instance in instances("1.4"):
            yield 0xFF00, instance
        yield 0x0000, None


def store(event):
    return answers[event.request.AffectedSOPInstanceUID]


ae = AE()
ae.add_supported_context(PatientRootGet)
ae.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
ae.add_requested_context(PatientRootGet)
ae.add_requested_context(CTImageStorage)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_GET, get)])
assoc = ae.associate(
    "127.0.0.1",
    server.server_address[1],
    ext_neg=[build_role(CTImageStorage, scp_role=True)],
    evt_handlers=[(evt.EVT_C_STORE, store)],
)
query = Dataset()
query.QueryRetrieveLevel = "PATIENT"
for what in ("NOTHING", "MIXED", "GOOD"):
    query.PatientID = what
    print(what)
    for status, identifier in assoc.send_c_get(query, PatientRootGet):
        failed = identifier and identifier.get("FailedSOPInstanceUIDList")
        done = status.get("NumberOfCompletedSuboperations"), status.get("NumberOfWarningSuboperations")
        bad = status.get("NumberOfFailedSuboperations")
        print(" ", hex(status.Status), done, bad, failed)
for what in ("FAILURE", "CANCEL"):
    query.PatientID = what
    print(what, [hex(status.Status) for status, _ in assoc.send_c_get(query, PatientRootGet)])
assoc.release()
server.shutdown()
