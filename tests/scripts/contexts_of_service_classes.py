"""A server for several service classes: its contexts are lists that are there already.

It prints::

    Storage Commitment Push Model SOP Class True
    Media Storage Directory Storage False
    Modality Performed Procedure Step SOP Class True
    Modality Performed Procedure Step Retrieve SOP Class True
    Modality Performed Procedure Step Notification SOP Class True
"""

from pynetdicom import (
    AE,
    MediaStoragePresentationContexts,
    ProcedureStepPresentationContexts,
    StorageCommitmentPresentationContexts,
)

acceptor = AE()
acceptor.supported_contexts = [*StorageCommitmentPresentationContexts, *ProcedureStepPresentationContexts]
server = acceptor.start_server(("127.0.0.1", 0), block=False)
requestor = AE()
requestor.requested_contexts = [
    *StorageCommitmentPresentationContexts,
    *MediaStoragePresentationContexts,
    *ProcedureStepPresentationContexts,
]
assoc = requestor.associate("127.0.0.1", server.server_address[1])
accepted = {context.abstract_syntax for context in assoc.accepted_contexts}
for context in requestor.requested_contexts:
    print(context.abstract_syntax.name, context.abstract_syntax in accepted)
assoc.release()
server.shutdown()
