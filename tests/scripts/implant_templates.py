"""Implant Template Query/Retrieve: three kinds of template, each with a query and a retrieval of its own.

It prints::

    Generic Implant Template Information Model - FIND
      FF00H HIP 44
      0000H None
      got Generic Implant Template Storage
      FF00H 1
      0000H 1
    Implant Assembly Template Information Model - FIND
      FF00H HIP 44
      0000H None
      got Implant Assembly Template Storage
      FF00H 1
      0000H 1
    Implant Template Group Information Model - FIND
      FF00H HIP 44
      0000H None
      got Implant Template Group Storage
      FF00H 1
      0000H 1
"""

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import AE, ImplantTemplatePresentationContexts, build_role, evt
from pynetdicom.sop_class import (
    GenericImplantTemplateInformationModelFind,
    GenericImplantTemplateInformationModelGet,
    GenericImplantTemplateStorage,
    ImplantAssemblyTemplateInformationModelFind,
    ImplantAssemblyTemplateInformationModelGet,
    ImplantAssemblyTemplateStorage,
    ImplantTemplateGroupInformationModelFind,
    ImplantTemplateGroupInformationModelGet,
    ImplantTemplateGroupStorage,
)

KINDS = (
    (
        GenericImplantTemplateInformationModelFind,
        GenericImplantTemplateInformationModelGet,
        GenericImplantTemplateStorage,
    ),
    (
        ImplantAssemblyTemplateInformationModelFind,
        ImplantAssemblyTemplateInformationModelGet,
        ImplantAssemblyTemplateStorage,
    ),
    (ImplantTemplateGroupInformationModelFind, ImplantTemplateGroupInformationModelGet, ImplantTemplateGroupStorage),
)
STORAGE_OF = {retrieval: storage for _, retrieval, storage in KINDS}


def find(event):
    match = Dataset()
    match.Manufacturer = "Titanium & Sons"
    match.ImplantName = event.identifier.ImplantName
    yield 0xFF00, match


def get(event):
    template = Dataset()
    template.file_meta = FileMetaDataset()
    template.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    template.SOPClassUID = STORAGE_OF[event.request.AffectedSOPClassUID]
    template.SOPInstanceUID = "1.2.3.4"
    yield 1
    yield 0xFF00, template


def store(event):
    print("  got", event.dataset.SOPClassUID.name)
    return 0x0000


ae = AE()
ae.requested_contexts = ImplantTemplatePresentationContexts
ae.supported_contexts = ImplantTemplatePresentationContexts
roles = []
for _, _, storage in KINDS:
    ae.add_requested_context(storage)
    ae.add_supported_context(storage, scu_role=False, scp_role=True)
    roles.append(build_role(storage, scp_role=True))
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)])
assoc = ae.associate("127.0.0.1", server.server_address[1], ext_neg=roles, evt_handlers=[(evt.EVT_C_STORE, store)])
query = Dataset()
query.ImplantName = "HIP 44"
for query_model, retrieval, _ in KINDS:
    print(query_model.name)
    for status, match in assoc.send_c_find(query, query_model):
        print(f"  {status.Status:04X}H", match and match.ImplantName)
    for status, _ in assoc.send_c_get(query, retrieval):
        print(f"  {status.Status:04X}H", status.NumberOfCompletedSuboperations)
assoc.release()
server.shutdown()
