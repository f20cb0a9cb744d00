"""N-CREATE without a SOP Instance UID: the SCP names the instance, in the data set that its handler returns.

It prints::

    0000H 3
    False
    0000H 3
    False
    0000H 1
    False
    0000H 1
    False
"""

import logging

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import BasicFilmSession, BasicGrayscalePrintManagementMeta

logging.disable(logging.CRITICAL)


def create(event):
    asked = event.request.AffectedSOPInstanceUID
    answer = Dataset()
    answer.NumberOfCopies = event.attribute_list.get("NumberOfCopies", "1")
    if asked is None:
        answer.AffectedSOPInstanceUID = "1.2.3.4.5"
    return 0x0000, answer


ae = AE()
ae.add_supported_context(BasicGrayscalePrintManagementMeta)
ae.add_requested_context(BasicGrayscalePrintManagementMeta)
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_N_CREATE, create)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
wish = Dataset()
wish.NumberOfCopies = "3"
for attributes, uid in ((wish, None), (wish, "1.2.3"), (None, "1.2.3"), (None, None)):
    status, answer = assoc.send_n_create(attributes, BasicFilmSession, uid, meta_uid=BasicGrayscalePrintManagementMeta)
    print(f"{status.Status:04X}H", answer.NumberOfCopies)
    print("AffectedSOPInstanceUID" in answer)
assoc.release()
server.shutdown()
