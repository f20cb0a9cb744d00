"""Contexts for one association, and for one of the servers of an entity, in place of those of the entity.

It prints::

    ECHOES True ECHOES
      accepted 1 Verification SOP Class
      rejected 3 CT Image Storage Abstract Syntax Not Supported
    MANY_FACES True MANY_FACES
      accepted 3 CT Image Storage
      rejected 1 Verification SOP Class Abstract Syntax Not Supported
    nothing is requested
    nothing is supported
"""

from pynetdicom import AE, build_context
from pynetdicom.sop_class import CTImageStorage, MRImageStorage, Verification

ae = AE("MANY_FACES")
echoes = ae.start_server(("127.0.0.1", 0), block=False, contexts=[build_context(Verification)], ae_title="ECHOES")
images = ae.start_server(
    ("127.0.0.1", 0), block=False, contexts=[build_context(CTImageStorage), build_context(MRImageStorage)]
)

for server, called in ((echoes, "ECHOES"), (images, "MANY_FACES")):
    assoc = ae.associate(
        "127.0.0.1",
        server.server_address[1],
        ae_title=called,
        contexts=[build_context(Verification), build_context(CTImageStorage)],
    )
    print(called, assoc.is_established, server.ae_title)
    for context in assoc.accepted_contexts:
        print("  accepted", context.context_id, context.abstract_syntax.name)
    for context in assoc.rejected_contexts:
        print("  rejected", context.context_id, context.abstract_syntax.name, context.status)
    assoc.release()

try:
    ae.associate("127.0.0.1", echoes.server_address[1])
except RuntimeError:
    print("nothing is requested")
echoes.shutdown()
images.shutdown()
try:
    ae.start_server(("127.0.0.1", 0), block=False)
except ValueError:
    print("nothing is supported")
