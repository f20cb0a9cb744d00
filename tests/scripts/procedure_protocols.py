"""Defined Procedure Protocol and Protocol Approval Query/Retrieve: protocols of a scanner, and who approved them.

It prints::

    Defined Procedure Protocol Information Model - FIND
      FF00H ['ProtocolName', 'PotentialScheduledProtocolCodeSequence']
      0000H None
    Protocol Approval Information Model - FIND
      FF00H ['SOPInstanceUID']
      FF00H ['SOPInstanceUID']
      0000H None
    Defined Procedure Protocol Information Model - MOVE
      arrived: CT Defined Procedure Protocol Storage
      FF00H 1
      0000H 1
    Protocol Approval Information Model - MOVE
      arrived: Protocol Approval Storage
      FF00H 1
      0000H 1
"""

from pydicom.dataset import Dataset
from pynetdicom import (
    AE,
    DefinedProcedureProtocolPresentationContexts,
    ProtocolApprovalPresentationContexts,
    build_context,
    evt,
)
from pynetdicom.sop_class import (
    CTDefinedProcedureProtocolStorage,
    DefinedProcedureProtocolInformationModelFind,
    DefinedProcedureProtocolInformationModelMove,
    ProtocolApprovalInformationModelFind,
    ProtocolApprovalInformationModelMove,
    ProtocolApprovalStorage,
)


def find(event):
    if event.context.abstract_syntax == DefinedProcedureProtocolInformationModelFind:
        match = Dataset()
        match.ProtocolName = "HEAD"
        match.PotentialScheduledProtocolCodeSequence = []
        yield 0xFF00, match
    else:
        for uid in ("1.2.3.5", "1.2.3.6"):
            match = Dataset()
            match.SOPInstanceUID = uid
            yield 0xFF00, match


def move(event):
    instance = Dataset()
    if event.context.abstract_syntax == DefinedProcedureProtocolInformationModelMove:
        instance.SOPClassUID = CTDefinedProcedureProtocolStorage
    else:
        instance.SOPClassUID = ProtocolApprovalStorage
    instance.SOPInstanceUID = event.identifier.SOPInstanceUID
    instance.file_meta = Dataset()
    instance.file_meta.TransferSyntaxUID = storage[0].transfer_syntax[0]
    yield "127.0.0.1", store_server.server_address[1], {"contexts": storage}
    yield 1
    yield 0xFF00, instance


def store(event):
    print("  arrived:", event.dataset.SOPClassUID.name)
    return 0x0000


storage = [build_context(CTDefinedProcedureProtocolStorage), build_context(ProtocolApprovalStorage)]
ae = AE("PROTOCOLS")
contexts = DefinedProcedureProtocolPresentationContexts + ProtocolApprovalPresentationContexts
ae.requested_contexts = contexts
ae.supported_contexts = contexts
server = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_FIND, find), (evt.EVT_C_MOVE, move)])
store_server = ae.start_server(("127.0.0.1", 0), block=False, contexts=storage, evt_handlers=[(evt.EVT_C_STORE, store)])
assoc = ae.associate("127.0.0.1", server.server_address[1])
query = Dataset()
query.SOPInstanceUID = "1.2.3.5"
for model in (DefinedProcedureProtocolInformationModelFind, ProtocolApprovalInformationModelFind):
    print(model.name)
    for status, match in assoc.send_c_find(query, model):
        print(f"  {status.Status:04X}H", match and [element.keyword for element in match])
for model in (DefinedProcedureProtocolInformationModelMove, ProtocolApprovalInformationModelMove):
    print(model.name)
    for status, _ in assoc.send_c_move(query, "SCANNER", model):
        print(f"  {status.Status:04X}H", status.NumberOfCompletedSuboperations)
assoc.release()
store_server.shutdown()
server.shutdown()
