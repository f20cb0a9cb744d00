"""Substance Administration Query: may this patient have this contrast agent?

It prints::

    FF00H ['PH-1', 'APPROVED']
    0000H None
    FF00H ['Agent No. 5']
    0000H None
"""

from pydicom.dataset import Dataset
from pynetdicom import AE, SubstanceAdministrationPresentationContexts, evt
from pynetdicom.sop_class import ProductCharacteristicsQuery, SubstanceApprovalQuery


def find(event):
    answer = Dataset()
    if event.context.abstract_syntax == SubstanceApprovalQuery:
        answer.SubstanceAdministrationApproval = "APPROVED"
        answer.PatientID = event.identifier.PatientID
    else:
        answer.ProductName = "Agent No. 5"
    yield 0xFF00, answer


ae = AE()
ae.requested_contexts = SubstanceAdministrationPresentationContexts
ae.supported_contexts = SubstanceAdministrationPresentationContexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
query.PatientID = "PH-1"
query.ProductPackageIdentifier = "00012345"
for model in (SubstanceApprovalQuery, ProductCharacteristicsQuery):
    for status, answer in assoc.send_c_find(query, model):
        print(f"{status.Status:04X}H", answer and [str(element.value) for element in answer])
assoc.release()
server.shutdown()
