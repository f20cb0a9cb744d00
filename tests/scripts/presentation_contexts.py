"""A presentation context, built by hand and by `build_context`, and what it says of itself.

It prints::

    ID: 5
    Abstract Syntax: MR Image Storage
    Transfer Syntax(es):
        =Explicit VR Little Endian
        =Implicit VR Little Endian
    5 1.2.840.10008.5.1.4.1.1.4 ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2']
    None None None None None
    ['1.2.840.10008.1.2.1']
    True
    True
    no context ID: 0
    no context ID: 2
    no context ID: 257
"""

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import DEFAULT_TRANSFER_SYNTAXES, build_context
from pynetdicom.presentation import PresentationContext
from pynetdicom.sop_class import MRImageStorage, Verification

context = PresentationContext()
context.context_id = 5
context.abstract_syntax = MRImageStorage
context.transfer_syntax = [ExplicitVRLittleEndian]
context.add_transfer_syntax(ImplicitVRLittleEndian)
print(context)
print(context.context_id, context.abstract_syntax, context.transfer_syntax)
print(context.scu_role, context.scp_role, context.as_scu, context.as_scp, context.result)
context.transfer_syntax = [ExplicitVRLittleEndian]
print(context.transfer_syntax)

same = build_context("1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.1.2.1")
same.context_id = 5
print(same == context)
print(build_context(Verification).transfer_syntax == DEFAULT_TRANSFER_SYNTAXES)

for wrong in (0, 2, 257):
    try:
        context.context_id = wrong
    except ValueError:
        print("no context ID:", wrong)
