"""The items of a negotiation and the primitives of the upper layer, with their attributes.

It prints::

    1 1
    MaximumLengthNotification
    ImplementationVersionNameNotification
    ImplementationClassUIDNotification
    AsynchronousOperationsWindowNegotiation
    SCP_SCU_RoleSelectionNegotiation
    SOPClassExtendedNegotiation
    SOPClassCommonExtendedNegotiation
    UserIdentityNegotiation
    8192 PHANTOM_1 1.2.3.4
    CT Image Storage False True 1.2.840.10008.5.1.4.1.1.2
    ['1.2.840.10008.5.1.4.1.1.88.22'] False
    HERE THERE None 8192
    1.2.3.4 8
    2 6 affirmative 1
    refused abort_source ValueError
    refused user_identity_type ValueError
    refused primary_field TypeError
    refused maximum_number_operations_invoked ValueError
    refused scu_role TypeError
    refused result ValueError
    True
"""

from pydicom.uid import UID
from pynetdicom import build_context, pdu_primitives
from pynetdicom.pdu_primitives import (
    A_ABORT,
    A_ASSOCIATE,
    A_P_ABORT,
    A_RELEASE,
    P_DATA,
    AsynchronousOperationsWindowNegotiation,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)

length = MaximumLengthNotification()
length.maximum_length_received = 8192
version = ImplementationVersionNameNotification()
version.implementation_version_name = "PHANTOM_1"
implementation = ImplementationClassUIDNotification()
implementation.implementation_class_uid = "1.2.3.4"
window = AsynchronousOperationsWindowNegotiation()
print(window.maximum_number_operations_invoked, window.maximum_number_operations_performed)
window.maximum_number_operations_invoked = 0
role = SCP_SCU_RoleSelectionNegotiation()
role.sop_class_uid = UID("1.2.840.10008.5.1.4.1.1.2")
role.scu_role, role.scp_role = False, True
extended = SOPClassExtendedNegotiation()
extended.sop_class_uid = b"1.2.840.10008.5.1.4.1.1.2"
extended.service_class_application_information = b"\x02\x00"
common = SOPClassCommonExtendedNegotiation()
common.sop_class_uid = "1.2.840.10008.5.1.4.1.1.4"
common.service_class_uid = "1.2.840.10008.4.2"
common.related_general_sop_class_identification = ["1.2.840.10008.5.1.4.1.1.88.22"]
identity = UserIdentityNegotiation()
identity.user_identity_type = 1
identity.primary_field = b"user"
items = [length, version, implementation, window, role, extended, common, identity]
print(*(type(item).__name__ for item in items), sep="\n")
print(length.maximum_length_received, version.implementation_version_name, implementation.implementation_class_uid)
print(role.sop_class_uid.name, role.scu_role, role.scp_role, extended.sop_class_uid)
print(common.related_general_sop_class_identification, identity.positive_response_requested)

request = A_ASSOCIATE()
request.application_context_name = "1.2.840.10008.3.1.1.1"
request.calling_ae_title = "HERE"
request.called_ae_title = "THERE"
request.presentation_context_definition_list = [build_context("1.2.840.10008.1.1")]
request.user_information = items
print(request.calling_ae_title, request.called_ae_title, request.result, request.maximum_length_received)
print(request.implementation_class_uid, len(request.user_information))

abort, provider_abort, release, data = A_ABORT(), A_P_ABORT(), A_RELEASE(), P_DATA()
abort.abort_source = 2
provider_abort.provider_reason = 6
release.result = "affirmative"
data.presentation_data_value_list = [[1, b"\x03payload"]]
print(abort.abort_source, provider_abort.provider_reason, release.result, data.presentation_data_value_list[0][0])

for item, name, value in (
    (abort, "abort_source", 9),
    (identity, "user_identity_type", 7),
    (identity, "primary_field", "text"),
    (window, "maximum_number_operations_invoked", -1),
    (role, "scu_role", "yes"),
    (request, "result", 5),
):
    try:
        setattr(item, name, value)
    except (TypeError, ValueError) as error:
        print("refused", name, type(error).__name__)
print(pdu_primitives.A_ASSOCIATE is A_ASSOCIATE)
