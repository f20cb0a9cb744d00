"""The ways to say which presentation contexts an entity requests, and to take them back.

It prints::

    Verification SOP Class ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99', '1.2.840.10008.1.2.2']
    CT Image Storage ['1.2.840.10008.1.2.4.50']
    MR Image Storage ['1.2.840.10008.1.2.1', '1.2.840.10008.1.2']
    CT Image Storage ['1.2.840.10008.1.2']
    Verification SOP Class 4
    MR Image Storage 1
    1
    3 4
    4 1.2.840.10008.1.1
    more than 128 do not fit
"""

from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit
from pynetdicom import AE, StoragePresentationContexts, VerificationPresentationContexts, build_context
from pynetdicom.sop_class import CTImageStorage, MRImageStorage, Verification

ae = AE()
ae.add_requested_context(Verification)
ae.add_requested_context("1.2.840.10008.5.1.4.1.1.2", JPEGBaseline8Bit)
ae.add_requested_context(MRImageStorage, [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
ae.add_requested_context(CTImageStorage, ImplicitVRLittleEndian)  # the same class, in a context of its own
for context in ae.requested_contexts:
    print(context.abstract_syntax.name, [str(syntax) for syntax in context.transfer_syntax])

ae.remove_requested_context(MRImageStorage, ImplicitVRLittleEndian)
ae.remove_requested_context(CTImageStorage)
for context in ae.requested_contexts:
    print(context.abstract_syntax.name, len(context.transfer_syntax))

ae.requested_contexts = []
ae.requested_contexts = VerificationPresentationContexts
print(len(ae.requested_contexts))
ae.remove_requested_context(Verification, ae.requested_contexts[0].transfer_syntax[0])
print(len(ae.requested_contexts[0].transfer_syntax), len(VerificationPresentationContexts[0].transfer_syntax))

ae = AE()
ae.requested_contexts = [*StoragePresentationContexts[:3], build_context(Verification)]
print(len(ae.requested_contexts), ae.requested_contexts[-1].abstract_syntax)

ae = AE()
ae.requested_contexts = [build_context(f"1.2.3.{number}") for number in range(1, 129)]
try:
    ae.add_requested_context(Verification)
except ValueError:
    print("more than", len(ae.requested_contexts), "do not fit")
