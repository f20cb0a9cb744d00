"""Role selection: a requestor that wants to be SCP, too, or SCP only, and what the acceptor grants.

It prints::

    Verification SOP Class as SCU: True as SCP: False
    CT Image Storage as SCU: True as SCP: True
    MR Image Storage as SCU: False as SCP: True
    Secondary Capture Image Storage as SCU: True as SCP: False
    proposed 1.2.840.10008.5.1.4.1.1.2 True True
    proposed 1.2.840.10008.5.1.4.1.1.4 False True
    proposed 1.2.840.10008.5.1.4.1.1.7 True True
    answered 1.2.840.10008.5.1.4.1.1.2 True True
    answered 1.2.840.10008.5.1.4.1.1.4 False True
"""

from pynetdicom import AE, build_role
from pynetdicom.sop_class import CTImageStorage, MRImageStorage, SecondaryCaptureImageStorage, Verification

scp = AE()
scp.add_supported_context(Verification)
scp.add_supported_context(CTImageStorage, scu_role=True, scp_role=True)
scp.add_supported_context(MRImageStorage, scu_role=False, scp_role=True)
scp.add_supported_context(SecondaryCaptureImageStorage)
server = scp.start_server(("127.0.0.1", 0), block=False)

scu = AE()
for uid in (Verification, CTImageStorage, MRImageStorage, SecondaryCaptureImageStorage):
    scu.add_requested_context(uid)
roles = [
    build_role(CTImageStorage, scu_role=True, scp_role=True),
    build_role(MRImageStorage, scp_role=True),
    build_role(SecondaryCaptureImageStorage, scu_role=True, scp_role=True),
]
assoc = scu.associate("127.0.0.1", server.server_address[1], ext_neg=roles)
for context in assoc.accepted_contexts:
    print(context.abstract_syntax.name, "as SCU:", context.as_scu, "as SCP:", context.as_scp)
for uid, role in sorted(assoc.requestor.role_selection.items()):
    print("proposed", uid, role.scu_role, role.scp_role)
for uid, role in sorted(assoc.acceptor.role_selection.items()):
    print("answered", uid, role.scu_role, role.scp_role)
assoc.release()
server.shutdown()
