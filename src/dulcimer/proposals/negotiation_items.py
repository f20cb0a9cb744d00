"""Items of the negotiation besides presentation contexts, as objects that users fill in (PS3.7 D.3.3, PS3.8 D.1).

Setting an attribute checks the value: TypeError for another type, ValueError for one out of range. `to_item` makes the
frozen item of `dulcimer.wire.model`, or raises ValueError if a value is missing; `from_item` takes what a peer sent
without checks.
"""

# ruff: noqa: N801 - the names that users of pynetdicom know

from __future__ import annotations

from typing import Any, Self, TypeAlias

from pydicom.uid import UID

from dulcimer._generated.codes import UserIdentityType
from dulcimer.acse.negotiation import DEFAULT_MAXIMUM_LENGTH
from dulcimer.parameters import Parameter, Primitive, flag, number, octets, one_of, parameter, required, role, uid, uids
from dulcimer.values import lenient_uid, set_ae
from dulcimer.wire import model


class ServiceParameter(Primitive):
    """Base of the user information items."""


class MaximumLengthNotification(ServiceParameter):
    """Maximum length received (PS3.8 D.1): the longest P-DATA-TF in bytes, less its header; 0 is no limit."""

    maximum_length_received = parameter(number(0, 0xFFFFFFFF), DEFAULT_MAXIMUM_LENGTH)

    def to_item(self) -> model.MaximumLength:
        """The sub-item of the PDU."""
        return model.MaximumLength(self.maximum_length_received)

    @classmethod
    def from_item(cls, item: model.MaximumLength) -> Self:
        """What the peer sent."""
        return cls.taken(maximum_length_received=item.maximum_length_received)


class ImplementationClassUIDNotification(ServiceParameter):
    """Implementation class UID (PS3.7 D.3.3.2.1)."""

    implementation_class_uid = parameter(uid, None)

    def to_item(self) -> model.ImplementationClassUid:
        """The sub-item of the PDU."""
        return model.ImplementationClassUid(required(self.implementation_class_uid, "implementation_class_uid"))

    @classmethod
    def from_item(cls, item: model.ImplementationClassUid) -> Self:
        """What the peer sent."""
        return cls.taken(implementation_class_uid=lenient_uid(item.implementation_class_uid))


class ImplementationVersionNameNotification(ServiceParameter):
    """Implementation version name (PS3.7 D.3.3.2.3): 1 to 16 characters."""

    implementation_version_name = parameter(set_ae, None)

    def to_item(self) -> model.ImplementationVersionName:
        """The sub-item of the PDU."""
        name = required(self.implementation_version_name or None, "implementation_version_name")
        return model.ImplementationVersionName(name)

    @classmethod
    def from_item(cls, item: model.ImplementationVersionName) -> Self:
        """What the peer sent."""
        return cls.taken(implementation_version_name=item.implementation_version_name)


class AsynchronousOperationsWindowNegotiation(ServiceParameter):
    """Asynchronous operations window (PS3.7 D.3.3.3): outstanding operations, 0 for no limit, 1 is synchronous."""

    maximum_number_operations_invoked = parameter(number(0, 0xFFFF), 1)
    maximum_number_operations_performed = parameter(number(0, 0xFFFF), 1)

    def to_item(self) -> model.AsynchronousOperationsWindow:
        """The sub-item of the PDU."""
        return model.AsynchronousOperationsWindow(
            self.maximum_number_operations_invoked, self.maximum_number_operations_performed
        )

    @classmethod
    def from_item(cls, item: model.AsynchronousOperationsWindow) -> Self:
        """What the peer sent."""
        return cls.taken(
            maximum_number_operations_invoked=item.maximum_number_operations_invoked,
            maximum_number_operations_performed=item.maximum_number_operations_performed,
        )


class SCP_SCU_RoleSelectionNegotiation(ServiceParameter):
    """SCP/SCU role selection (PS3.7 D.3.3.4): roles of the requestor for a SOP class, proposed or accepted."""

    sop_class_uid = parameter(uid, None)
    scu_role = parameter(role, None)
    scp_role = parameter(role, None)

    def to_item(self) -> model.ScpScuRoleSelection:
        """The sub-item of the PDU; a role that is None counts as False, and one has to be True."""
        if not (self.scu_role or self.scp_role):
            raise ValueError("one of 'scu_role' and 'scp_role' must be True (PS3.7 D.3.3.4)")
        sop_class = required(self.sop_class_uid, "sop_class_uid")
        return model.ScpScuRoleSelection(sop_class, int(bool(self.scu_role)), int(bool(self.scp_role)))

    @classmethod
    def from_item(cls, item: model.ScpScuRoleSelection) -> Self:
        """What the peer sent."""
        return cls.taken(
            sop_class_uid=lenient_uid(item.sop_class_uid), scu_role=bool(item.scu_role), scp_role=bool(item.scp_role)
        )


class SOPClassExtendedNegotiation(ServiceParameter):
    """SOP class extended negotiation (PS3.7 D.3.3.5): bytes whose meaning the service class defines."""

    sop_class_uid = parameter(uid, None)
    service_class_application_information = parameter(octets, None)

    def to_item(self) -> model.SopClassExtendedNegotiation:
        """The sub-item of the PDU."""
        information = required(self.service_class_application_information, "service_class_application_information")
        return model.SopClassExtendedNegotiation(required(self.sop_class_uid, "sop_class_uid"), information)

    @classmethod
    def from_item(cls, item: model.SopClassExtendedNegotiation) -> Self:
        """What the peer sent."""
        return cls.taken(
            sop_class_uid=lenient_uid(item.sop_class_uid),
            service_class_application_information=item.service_class_application_information,
        )


class SOPClassCommonExtendedNegotiation(ServiceParameter):
    """SOP class common extended negotiation (PS3.7 D.3.3.6); in an association request only."""

    sop_class_uid = parameter(uid, None)
    service_class_uid = parameter(uid, None)
    related_general_sop_class_identification = Parameter[list[UID], list[Any]](uids, list)

    def to_item(self) -> model.SopClassCommonExtendedNegotiation:
        """The sub-item of the PDU."""
        return model.SopClassCommonExtendedNegotiation(
            required(self.sop_class_uid, "sop_class_uid"),
            required(self.service_class_uid, "service_class_uid"),
            tuple(self.related_general_sop_class_identification),
        )

    @classmethod
    def from_item(cls, item: model.SopClassCommonExtendedNegotiation) -> Self:
        """What the peer sent."""
        return cls.taken(
            sop_class_uid=lenient_uid(item.sop_class_uid),
            service_class_uid=lenient_uid(item.service_class_uid),
            related_general_sop_class_identification=[
                lenient_uid(name) for name in item.related_general_sop_class_uids
            ],
        )


class UserIdentityNegotiation(ServiceParameter):
    """User identity (PS3.7 D.3.3.7): who asks, or, with `server_response` set, the acceptor's answer.

    `user_identity_type` is 1 user name, 2 user name and passcode, 3 Kerberos ticket, 4 SAML assertion, 5 JSON Web
    Token. Fields are bytes (UTF-8 for names); the secondary one is the passcode.
    """

    user_identity_type = parameter(one_of(*UserIdentityType), None)
    positive_response_requested = parameter(flag, False)
    primary_field = parameter(octets, None)
    secondary_field = Parameter[bytes | None, bytes | None](octets, bytes)
    server_response = parameter(octets, None)

    def to_item(self) -> model.UserIdentity | model.UserIdentityResponse:
        """The sub-item of the A-ASSOCIATE-RQ, or of the -AC if there is a server response."""
        if self.server_response is not None:
            return model.UserIdentityResponse(self.server_response)
        kind = required(self.user_identity_type, "user_identity_type")
        primary = required(self.primary_field, "primary_field")
        secondary = self.secondary_field or b""
        if kind == UserIdentityType.USERNAME_AND_PASSCODE and not secondary:
            raise ValueError("'secondary_field' must be set for user identity type 2 (PS3.7 D.3.3.7.1)")
        return model.UserIdentity(kind, primary, secondary, int(self.positive_response_requested))

    @classmethod
    def from_item(cls, item: model.UserIdentity | model.UserIdentityResponse) -> Self:
        """What the peer sent."""
        if isinstance(item, model.UserIdentityResponse):
            return cls.taken(server_response=item.server_response)
        return cls.taken(
            user_identity_type=item.user_identity_type,
            positive_response_requested=bool(item.positive_response_requested),
            primary_field=item.primary_field,
            secondary_field=item.secondary_field,
        )


UserInformationItem: TypeAlias = (
    MaximumLengthNotification
    | ImplementationClassUIDNotification
    | ImplementationVersionNameNotification
    | AsynchronousOperationsWindowNegotiation
    | SCP_SCU_RoleSelectionNegotiation
    | SOPClassExtendedNegotiation
    | SOPClassCommonExtendedNegotiation
    | UserIdentityNegotiation
)


def from_user_data(item: model.UserDataSubItem) -> UserInformationItem | None:
    """A sub-item of the user information as such an object; None for one of an unknown type (PS3.8 9.3.1)."""
    match item:
        case model.MaximumLength():
            return MaximumLengthNotification.from_item(item)
        case model.ImplementationClassUid():
            return ImplementationClassUIDNotification.from_item(item)
        case model.ImplementationVersionName():
            return ImplementationVersionNameNotification.from_item(item)
        case model.AsynchronousOperationsWindow():
            return AsynchronousOperationsWindowNegotiation.from_item(item)
        case model.ScpScuRoleSelection():
            return SCP_SCU_RoleSelectionNegotiation.from_item(item)
        case model.SopClassExtendedNegotiation():
            return SOPClassExtendedNegotiation.from_item(item)
        case model.SopClassCommonExtendedNegotiation():
            return SOPClassCommonExtendedNegotiation.from_item(item)
        case model.UserIdentity() | model.UserIdentityResponse():
            return UserIdentityNegotiation.from_item(item)
        case model.UnknownItem():
            return None
