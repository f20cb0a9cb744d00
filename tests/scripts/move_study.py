"""C-MOVE to a storage server of the requestor itself.

It prints::

    to STATION message 8
      FF00H 1
      FF00H 2
      0000H 2
    to ELSEWHERE message 8
      A801H None
    [('1.2.3.1', 8), ('1.2.3.2', 8)]
"""

from pydicom import examples
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import CTImageStorage
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelMove as StudyRootMove

received = []
KNOWN = {}


def store(event):
    received.append((event.dataset.SOPInstanceUID, event.request.MoveOriginatorMessageID))
    return 0x0000


def move(event):
    print("to", event.move_destination, "message", event.message_id)
    if event.move_destination not in KNOWN:
        yield None, None
        return
    address = KNOWN[event.move_destination]
    yield (*address, {"ae_title": event.move_destination})
    yield 2
    for number in (1, 2):
        instance = examples.ct.copy()
        instance.SOPInstanceUID = f"1.2.3.{number}"
        yield 0xFF00, instance


archive = AE("ARCHIVE")
archive.add_supported_context(StudyRootMove)
archive.add_requested_context(CTImageStorage)
archive_server = archive.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_MOVE, move)])

station = AE("STATION")
station.add_requested_context(StudyRootMove)
station.add_supported_context(CTImageStorage)
station_server = station.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, store)])
KNOWN["STATION"] = ("127.0.0.1", station_server.server_address[1])

assoc = station.associate("127.0.0.1", archive_server.server_address[1], ae_title="ARCHIVE")
query = Dataset()
query.QueryRetrieveLevel = "STUDY"
query.StudyInstanceUID = "1.2.3"
for destination in ("STATION", "ELSEWHERE"):
    for status, _ in assoc.send_c_move(query, destination, StudyRootMove, msg_id=8):
        print(f"  {status.Status:04X}H", status.get("NumberOfCompletedSuboperations"))
assoc.release()
archive_server.shutdown()
station_server.shutdown()
print(received)
