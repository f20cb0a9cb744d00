"""The ways to say which presentation contexts an entity supports, with roles, and to take them back.

It prints::

    Verification SOP Class ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2']
    CT Image Storage ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.4.70']
    2
    ['Verification SOP Class']
    1.2.840.10008.1.1 None None
    1.2.840.10008.5.1.4.1.1.2 False True
    1.2.840.10008.5.1.4.1.2.1.3 None None
    6 {True}
"""

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, AllStoragePresentationContexts, build_context
from pynetdicom.sop_class import CTImageStorage, PatientRootQueryRetrieveInformationModelGet, Verification

ae = AE()
ae.add_supported_context(Verification)
ae.add_supported_context(CTImageStorage, ImplicitVRLittleEndian)
ae.add_supported_context(CTImageStorage, [ExplicitVRLittleEndian, JPEGLosslessSV1])  # added to the one above
for context in ae.supported_contexts:
    print(context.abstract_syntax.name, [str(syntax) for syntax in context.transfer_syntax])

ae.remove_supported_context(CTImageStorage, JPEGLosslessSV1)
print(len(ae.supported_contexts[1].transfer_syntax))
ae.remove_supported_context(CTImageStorage)
print([context.abstract_syntax.name for context in ae.supported_contexts])

ae.add_supported_context(CTImageStorage, scu_role=False, scp_role=True)
ae.add_supported_context(PatientRootQueryRetrieveInformationModelGet)
for context in ae.supported_contexts:
    print(context.abstract_syntax, context.scu_role, context.scp_role)

ae.supported_contexts = []
ae.supported_contexts = [build_context(Verification)]
for context in AllStoragePresentationContexts[:5]:
    ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
print(len(ae.supported_contexts), {len(context.transfer_syntax) > 20 for context in ae.supported_contexts[1:]})
