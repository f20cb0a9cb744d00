"""What an acceptor would answer to a proposal, without a network: `pynetdicom.presentation` negotiates lists.

It prints::

    1 Accepted Explicit VR Little Endian False True
    3 Accepted Explicit VR Little Endian True True
    5 Transfer Syntax(es) Not Supported Implicit VR Little Endian False False
    7 Abstract Syntax Not Supported Implicit VR Little Endian False False
    [('CT Image Storage', True, True)]
    1 0 True False
    3 0 True False
    5 4 True False
    7 3 True False
    1.2.840.10008.5.1.4.1.1.2 False True
"""

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit
from pynetdicom import build_context, build_role
from pynetdicom.presentation import negotiate_as_acceptor, negotiate_as_requestor
from pynetdicom.sop_class import ComputedRadiographyImageStorage, CTImageStorage, MRImageStorage, Verification

proposed = []
for number, (uid, syntaxes) in enumerate(
    [
        (Verification, [ImplicitVRLittleEndian, ExplicitVRLittleEndian]),
        (CTImageStorage, [ExplicitVRLittleEndian]),
        (MRImageStorage, [ImplicitVRLittleEndian]),
        (ComputedRadiographyImageStorage, [ImplicitVRLittleEndian]),
    ]
):
    context = build_context(uid, syntaxes)
    context.context_id = 2 * number + 1
    proposed.append(context)

supported = [
    build_context(Verification, ExplicitVRLittleEndian),
    build_context(CTImageStorage, [ImplicitVRLittleEndian, ExplicitVRLittleEndian]),
    build_context(MRImageStorage, JPEGBaseline8Bit),
]
supported[1].scu_role = True
supported[1].scp_role = True

answers, roles = negotiate_as_acceptor(proposed, supported, {CTImageStorage: (True, True)})
for context in answers:
    print(context.context_id, context.status, context.transfer_syntax[0].name, context.as_scu, context.as_scp)
print([(role.sop_class_uid.name, role.scu_role, role.scp_role) for role in roles])

agreed = negotiate_as_requestor(proposed, answers, {CTImageStorage: (True, True)})
for context in agreed:
    print(context.context_id, context.result, context.as_scu, context.as_scp)

role = build_role(CTImageStorage, scp_role=True)
print(role.sop_class_uid, role.scu_role, role.scp_role)
