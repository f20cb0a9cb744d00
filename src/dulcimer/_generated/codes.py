"""Types and codes in the PDUs of the upper layer (PS3.8 9.3, PS3.7 Annex D).

Generated from spec/ps3_8/codes.toml by `python -m codegen`: do not edit.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Self


class Code(IntEnum):
    """A value of a field.

    `label` as the standard calls it, `description` to be read in a sentence, `clause` that defines it.
    """

    _value_: int
    label: str
    description: str
    clause: str

    def __new__(cls, value: int, label: str = "", description: str = "", clause: str = "") -> Self:
        """One member."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.description = description
        member.clause = clause
        return member


class PduType(Code):
    """PDU-type: byte 1 of every PDU (PS3.8 9.3.1)."""

    A_ASSOCIATE_RQ = (1, "A-ASSOCIATE-RQ", "asks for an association", "PS3.8 9.3.2")
    A_ASSOCIATE_AC = (2, "A-ASSOCIATE-AC", "accepts an association", "PS3.8 9.3.3")
    A_ASSOCIATE_RJ = (3, "A-ASSOCIATE-RJ", "rejects an association", "PS3.8 9.3.4")
    P_DATA_TF = (4, "P-DATA-TF", "carries fragments of messages", "PS3.8 9.3.5")
    A_RELEASE_RQ = (5, "A-RELEASE-RQ", "asks for release of the association", "PS3.8 9.3.6")
    A_RELEASE_RP = (6, "A-RELEASE-RP", "agrees to the release", "PS3.8 9.3.7")
    A_ABORT = (7, "A-ABORT", "ends the association at once", "PS3.8 9.3.8")


class ItemType(Code):
    """Item-type: byte 1 of every item and sub-item of A-ASSOCIATE-RQ and A-ASSOCIATE-AC (PS3.8 9.3.1)."""

    APPLICATION_CONTEXT = (0x10, "Application Context", "the application context name", "PS3.8 9.3.2.1")
    PRESENTATION_CONTEXT_RQ = (0x20, "Presentation Context (RQ)", "one presentation context proposed", "PS3.8 9.3.2.2")
    PRESENTATION_CONTEXT_AC = (
        0x21,
        "Presentation Context (AC)",
        "the answer to one presentation context",
        "PS3.8 9.3.3.2",
    )
    ABSTRACT_SYNTAX = (0x30, "Abstract Syntax", "the abstract syntax of a presentation context", "PS3.8 9.3.2.2.1")
    TRANSFER_SYNTAX = (0x40, "Transfer Syntax", "one transfer syntax of a presentation context", "PS3.8 9.3.2.2.2")
    USER_INFORMATION = (0x50, "User Information", "the sub-items 51H to 59H", "PS3.8 9.3.2.3")
    MAXIMUM_LENGTH = (0x51, "Maximum Length", "the longest P-DATA-TF the sender receives", "PS3.8 D.1.1")
    IMPLEMENTATION_CLASS_UID = (
        0x52,
        "Implementation Class UID",
        "which implementation the sender is",
        "PS3.7 D.3.3.2.1",
    )
    ASYNCHRONOUS_OPERATIONS_WINDOW = (
        0x53,
        "Asynchronous Operations Window",
        "how many operations may be outstanding",
        "PS3.7 D.3.3.3",
    )
    SCP_SCU_ROLE_SELECTION = (
        0x54,
        "SCP/SCU Role Selection",
        "which end is SCU and SCP of a SOP class",
        "PS3.7 D.3.3.4",
    )
    IMPLEMENTATION_VERSION_NAME = (
        0x55,
        "Implementation Version Name",
        "which version of the implementation",
        "PS3.7 D.3.3.2.3",
    )
    SOP_CLASS_EXTENDED_NEGOTIATION = (
        0x56,
        "SOP Class Extended Negotiation",
        "extended negotiation that the service class defines",
        "PS3.7 D.3.3.5",
    )
    SOP_CLASS_COMMON_EXTENDED_NEGOTIATION = (
        0x57,
        "SOP Class Common Extended Negotiation",
        "the service class and the general SOP classes of a SOP class",
        "PS3.7 D.3.3.6",
    )
    USER_IDENTITY = (0x58, "User Identity", "the user who requests the association", "PS3.7 D.3.3.7.1")
    USER_IDENTITY_RESPONSE = (0x59, "User Identity Response", "the answer to 58H", "PS3.7 D.3.3.7.2")


class RejectResult(Code):
    """Result field of the A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""

    REJECTED_PERMANENT = (1, "rejected-permanent", "rejected permanently", "PS3.8 Table 9-21")
    REJECTED_TRANSIENT = (2, "rejected-transient", "rejected for the time being", "PS3.8 Table 9-21")


class RejectSource(Code):
    """Source field of the A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""

    UL_SERVICE_USER = (1, "UL service-user", "the service-user", "PS3.8 Table 9-21")
    SERVICE_PROVIDER_ACSE = (
        2,
        "UL service-provider (ACSE related function)",
        "the service-provider (ACSE)",
        "PS3.8 Table 9-21",
    )
    SERVICE_PROVIDER_PRESENTATION = (
        3,
        "UL service-provider (Presentation related function)",
        "the service-provider (presentation)",
        "PS3.8 Table 9-21",
    )


class RejectReasonUser(Code):
    """Reason/Diag. field of the A-ASSOCIATE-RJ of a service-user (PS3.8 Table 9-21)."""

    NO_REASON_GIVEN = (1, "no-reason-given", "no reason given", "PS3.8 Table 9-21")
    APPLICATION_CONTEXT_NAME_NOT_SUPPORTED = (
        2,
        "application-context-name-not-supported",
        "application context name not supported",
        "PS3.8 Table 9-21",
    )
    CALLING_AE_TITLE_NOT_RECOGNIZED = (
        3,
        "calling-AE-title-not-recognized",
        "calling AE title not recognized",
        "PS3.8 Table 9-21",
    )
    CALLED_AE_TITLE_NOT_RECOGNIZED = (
        7,
        "called-AE-title-not-recognized",
        "called AE title not recognized",
        "PS3.8 Table 9-21",
    )


class RejectReasonAcse(Code):
    """Reason/Diag. field of the A-ASSOCIATE-RJ of a service-provider, ACSE related (PS3.8 Table 9-21)."""

    NO_REASON_GIVEN = (1, "no-reason-given", "no reason given", "PS3.8 Table 9-21")
    PROTOCOL_VERSION_NOT_SUPPORTED = (
        2,
        "protocol-version-not-supported",
        "protocol version not supported",
        "PS3.8 Table 9-21",
    )


class RejectReasonPresentation(Code):
    """Reason/Diag. field of the A-ASSOCIATE-RJ of a service-provider, presentation related (PS3.8 Table 9-21)."""

    TEMPORARY_CONGESTION = (1, "temporary-congestion", "temporary congestion", "PS3.8 Table 9-21")
    LOCAL_LIMIT_EXCEEDED = (2, "local-limit-exceeded", "local limit exceeded", "PS3.8 Table 9-21")


class AbortSource(Code):
    """Source field of the A-ABORT (PS3.8 Table 9-26)."""

    SERVICE_USER = (0, "UL service-user", "the service-user", "PS3.8 Table 9-26")
    SERVICE_PROVIDER = (2, "UL service-provider", "the service-provider", "PS3.8 Table 9-26")


class AbortReason(Code):
    """Reason/Diag. field of the A-ABORT of a service-provider; a service-user's is 0 and not tested (PS3.8 Table 9-26)."""

    REASON_NOT_SPECIFIED = (0, "reason-not-specified", "reason not specified", "PS3.8 Table 9-26")
    UNRECOGNIZED_PDU = (1, "unrecognized-PDU", "unrecognized PDU", "PS3.8 Table 9-26")
    UNEXPECTED_PDU = (2, "unexpected-PDU", "unexpected PDU", "PS3.8 Table 9-26")
    UNRECOGNIZED_PDU_PARAMETER = (4, "unrecognized-PDU parameter", "unrecognized PDU parameter", "PS3.8 Table 9-26")
    UNEXPECTED_PDU_PARAMETER = (5, "unexpected-PDU parameter", "unexpected PDU parameter", "PS3.8 Table 9-26")
    INVALID_PDU_PARAMETER_VALUE = (6, "invalid-PDU-parameter value", "invalid PDU parameter value", "PS3.8 Table 9-26")


class ContextResult(Code):
    """Result/Reason field of a Presentation Context item of the A-ASSOCIATE-AC (PS3.8 Table 9-18)."""

    ACCEPTANCE = (0, "acceptance", "accepted", "PS3.8 Table 9-18")
    USER_REJECTION = (1, "user-rejection", "rejected by the service-user", "PS3.8 Table 9-18")
    NO_REASON = (
        2,
        "no-reason (provider rejection)",
        "rejected by the service-provider, no reason given",
        "PS3.8 Table 9-18",
    )
    ABSTRACT_SYNTAX_NOT_SUPPORTED = (
        3,
        "abstract-syntax-not-supported (provider rejection)",
        "rejected by the service-provider, abstract syntax not supported",
        "PS3.8 Table 9-18",
    )
    TRANSFER_SYNTAXES_NOT_SUPPORTED = (
        4,
        "transfer-syntaxes-not-supported (provider rejection)",
        "rejected by the service-provider, none of the transfer syntaxes is supported",
        "PS3.8 Table 9-18",
    )


class UserIdentityType(Code):
    """User-Identity-Type field of the User Identity sub-item of the A-ASSOCIATE-RQ (PS3.7 D.3.3.7.1)."""

    USERNAME = (1, "Username", "user name in UTF-8", "PS3.7 D.3.3.7.1")
    USERNAME_AND_PASSCODE = (2, "Username and passcode", "user name and passcode in UTF-8", "PS3.7 D.3.3.7.1")
    KERBEROS = (3, "Kerberos Service ticket", "Kerberos service ticket", "PS3.7 D.3.3.7.1")
    SAML = (4, "SAML Assertion", "SAML assertion", "PS3.7 D.3.3.7.1")
    JWT = (5, "JSON Web Token", "JSON Web Token", "PS3.7 D.3.3.7.1")


CLAUSES: dict[type[Code], str] = {
    PduType: "PS3.8 9.3.1",
    ItemType: "PS3.8 9.3.1",
    RejectResult: "PS3.8 Table 9-21",
    RejectSource: "PS3.8 Table 9-21",
    RejectReasonUser: "PS3.8 Table 9-21",
    RejectReasonAcse: "PS3.8 Table 9-21",
    RejectReasonPresentation: "PS3.8 Table 9-21",
    AbortSource: "PS3.8 Table 9-26",
    AbortReason: "PS3.8 Table 9-26",
    ContextResult: "PS3.8 Table 9-18",
    UserIdentityType: "PS3.7 D.3.3.7.1",
}
"""The clause that defines each field."""

REJECT_REASONS: dict[int, type[Code]] = {
    RejectSource.UL_SERVICE_USER.value: RejectReasonUser,
    RejectSource.SERVICE_PROVIDER_ACSE.value: RejectReasonAcse,
    RejectSource.SERVICE_PROVIDER_PRESENTATION.value: RejectReasonPresentation,
}
"""The reasons that go with each source of an A-ASSOCIATE-RJ (PS3.8 Table 9-21)."""

PROTOCOL_VERSION = 1
"""The version of the protocol: bit 0 of the Protocol-version field (PS3.8 9.3.2)."""

APPLICATION_CONTEXT_NAME = "1.2.840.10008.3.1.1.1"
"""The DICOM application context (PS3.7 A.2.1)."""


def _words(kind: type[Code] | None, value: int, otherwise: str = "reserved value {}") -> str:
    for member in kind or ():
        if member == value:
            return member.description
    return otherwise.format(value)


def describe_rejection(result: int, source: int, reason: int) -> str:
    """What the three fields of an A-ASSOCIATE-RJ say, as a sentence; values may be undefined."""
    how = _words(RejectResult, result, "rejected (reserved value {})")
    who = _words(RejectSource, source, "a source of reserved value {}")
    return f"The association was {how} by {who}: {_words(REJECT_REASONS.get(source), reason)}."


def describe_abort(source: int, reason: int) -> str:
    """What the two fields of an A-ABORT say, as a sentence; values may be undefined."""
    who = _words(AbortSource, source, "a source of reserved value {}")
    if source == AbortSource.SERVICE_USER:
        return f"The association was aborted by {who}."
    return f"The association was aborted by {who}: {_words(AbortReason, reason)}."


def describe_context_result(result: int) -> str:
    """What the Result/Reason of a presentation context says, as a sentence; it may be an undefined value."""
    return f"The presentation context was {_words(ContextResult, result, 'answered with reserved value {}')}."
