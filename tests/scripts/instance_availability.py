"""Instance Availability Notification: an archive tells that a study can be retrieved.

It prints::

    Instance Availability Notification SOP Class 1.2.3
    ONLINE NEARLINE
    0000H 0
"""

from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, InstanceAvailabilityPresentationContexts, evt
from pynetdicom.sop_class import CTImageStorage, InstanceAvailabilityNotification


def create(event):
    news = event.attribute_list
    instances = news.ReferencedSeriesSequence[0].ReferencedSOPSequence
    print(event.request.AffectedSOPClassUID.name, news.StudyInstanceUID)
    print(*(item.InstanceAvailability for item in instances))
    return 0x0000, None


ae = AE()
ae.requested_contexts = InstanceAvailabilityPresentationContexts
ae.supported_contexts = InstanceAvailabilityPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_CREATE, create)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
series = Dataset()
series.SeriesInstanceUID = "1.2.3.1"
series.ReferencedSOPSequence = []
for number, availability in enumerate(("ONLINE", "NEARLINE"), 1):
    item = Dataset()
    item.ReferencedSOPClassUID = CTImageStorage
    item.ReferencedSOPInstanceUID = f"1.2.3.1.{number}"
    item.InstanceAvailability = availability
    item.RetrieveAETitle = "ARCHIVE"
    series.ReferencedSOPSequence.append(item)
news = Dataset()
news.StudyInstanceUID = "1.2.3"
news.ReferencedSeriesSequence = [series]
status, answer = assoc.send_n_create(news, InstanceAvailabilityNotification, generate_uid())
print(f"{status.Status:04X}H", len(answer))
assoc.release()
server.shutdown()
