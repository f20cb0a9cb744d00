"""Service primitives of the upper layer that users fill in or read, and their PDUs (PS3.8 7).

Setting an attribute checks the value: TypeError for another type, ValueError for one out of range. `to_pdu` makes the
frozen PDU of `dulcimer.wire.model`, or raises ValueError if a value is missing; `from_pdu` takes what a peer sent
without checks.
"""

# ruff: noqa: N801 - names of pynetdicom

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self, TypeVar

from pydicom.uid import UID

from dulcimer._generated.codes import (
    APPLICATION_CONTEXT_NAME,
    REJECT_REASONS,
    AbortReason,
    AbortSource,
    Code,
    RejectResult,
    RejectSource,
)
from dulcimer.counting import counted
from dulcimer.parameters import Parameter, Primitive, one_of, parameter, required, uid
from dulcimer.proposals.negotiation_items import (
    AsynchronousOperationsWindowNegotiation,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
    ServiceParameter,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
    UserInformationItem,
    from_user_data,
)
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.values import AeTitle, UidLike, lenient_uid, peer_text, set_title
from dulcimer.wire import model

__all__ = [
    "A_ABORT",
    "A_ASSOCIATE",
    "A_P_ABORT",
    "A_RELEASE",
    "P_DATA",
    "AsynchronousOperationsWindowNegotiation",
    "ImplementationClassUIDNotification",
    "ImplementationVersionNameNotification",
    "MaximumLengthNotification",
    "SCP_SCU_RoleSelectionNegotiation",
    "SOPClassCommonExtendedNegotiation",
    "SOPClassExtendedNegotiation",
    "ServiceParameter",
    "UserIdentityNegotiation",
]

ACCEPTED = 0
"""Result of an A-ASSOCIATE response that accepts (PS3.8 7.1.1.7)."""
_NO_VALUE = "(no value available)"
_Item = TypeVar("_Item", bound=ServiceParameter)


def _title(value: AeTitle, name: str) -> str:
    return set_title(value, name, allow_empty=False, allow_none=False) or ""


def _address(value: tuple[Any, ...] | None, name: str) -> tuple[Any, ...] | None:
    if value is not None and not isinstance(value, tuple):
        raise TypeError(f"{name!r} must be a tuple of host and port, or None, not {type(value).__name__!r}")
    return value


def _contexts(values: list[PresentationContext], name: str) -> list[PresentationContext]:
    return _all(values, PresentationContext, name)


def _information(values: list[UserInformationItem], name: str) -> list[UserInformationItem]:
    return _all(values, ServiceParameter, name)


def _all(values: list[Any], kind: type, name: str) -> list[Any]:
    if not isinstance(values, list) or not all(isinstance(value, kind) for value in values):
        raise TypeError(f"{name!r} must be a list of {kind.__name__} objects")
    return values


class A_ASSOCIATE(Primitive):
    """A-ASSOCIATE (PS3.8 7.1): a request while `result` is None, else the response to one.

    `result` is 0 accepted, 1 rejected permanent, 2 rejected transient; `result_source` and `diagnostic` are those of
    PS3.8 Table 9-21.
    """

    application_context_name = Parameter[UID | None, UidLike](uid, lambda: UID(APPLICATION_CONTEXT_NAME))
    calling_ae_title = Parameter[str, AeTitle](_title, lambda: "DEFAULT")
    called_ae_title = Parameter[str, AeTitle](_title, lambda: "DEFAULT")
    calling_presentation_address = parameter(_address, None)
    called_presentation_address = parameter(_address, None)
    user_information = Parameter[list[UserInformationItem], list[UserInformationItem]](_information, list)
    result = parameter(one_of(ACCEPTED, *RejectResult), None)
    result_source = parameter(one_of(*RejectSource), None)
    diagnostic = parameter(one_of(*sorted({code for codes in REJECT_REASONS.values() for code in codes})), None)
    presentation_context_definition_list = Parameter[list[PresentationContext], list[PresentationContext]](
        _contexts, list
    )
    presentation_context_definition_results_list = Parameter[list[PresentationContext], list[PresentationContext]](
        _contexts, list
    )

    mode = "normal"
    presentation_requirements = "Presentation Kernel"
    session_requirements = ""

    @property
    def responding_ae_title(self) -> str:
        """That of the called AE (PS3.8 7.1.1.5)."""
        return self.called_ae_title

    @property
    def responding_presentation_address(self) -> tuple[Any, ...] | None:
        """That of the called AE (PS3.8 7.1.1.12)."""
        return self.called_presentation_address

    @property
    def maximum_length_received(self) -> int | None:
        """Maximum length received in the user information, in bytes; None if there is none."""
        found = self._first(MaximumLengthNotification)
        return found.maximum_length_received if found else None

    @maximum_length_received.setter
    def maximum_length_received(self, value: int) -> None:
        self._first_or_new(MaximumLengthNotification).maximum_length_received = value

    @property
    def implementation_class_uid(self) -> UID:
        """Implementation class UID in the user information; ValueError if there is none."""
        found = self._first(ImplementationClassUIDNotification)
        return required(found.implementation_class_uid if found else None, "implementation_class_uid")

    @implementation_class_uid.setter
    def implementation_class_uid(self, value: UidLike) -> None:
        self._first_or_new(ImplementationClassUIDNotification).implementation_class_uid = value

    def _first(self, kind: type[_Item]) -> _Item | None:
        return next((item for item in self.user_information if isinstance(item, kind)), None)

    def _first_or_new(self, kind: type[_Item]) -> _Item:
        found = self._first(kind)
        if found is None:
            found = kind()
            self.user_information.append(found)  # type: ignore[arg-type] # each kind is one of the union
        return found

    @property
    def result_str(self) -> str:
        """The result in words."""
        return "Accepted" if self.result == ACCEPTED else _described(RejectResult, self.result)

    @property
    def source_str(self) -> str:
        """The source of a rejection in words."""
        return _described(RejectSource, self.result_source)

    @property
    def reason_str(self) -> str:
        """The diagnostic of a rejection in words."""
        return _described(REJECT_REASONS.get(self.result_source or 0, ()), self.diagnostic)

    def to_pdu(self) -> model.AssociateRq | model.AssociateAc | model.AssociateRj:
        """The A-ASSOCIATE-RQ, -AC or -RJ."""
        if self.result in tuple(RejectResult):
            return model.AssociateRj(
                required(self.result, "result"),
                required(self.result_source, "result_source"),
                required(self.diagnostic, "diagnostic"),
            )
        name = model.ApplicationContext(required(self.application_context_name, "application_context_name"))
        information = model.UserInformation(tuple(item.to_item() for item in self.user_information))
        if self.result is None:
            proposed = tuple(context.to_item() for context in self.presentation_context_definition_list)
            items = (name, *proposed, information)
            return model.AssociateRq(self.called_ae_title, self.calling_ae_title, items)
        answers = tuple(context.to_item() for context in self.presentation_context_definition_results_list)
        return model.AssociateAc(self.called_ae_title, self.calling_ae_title, (name, *answers, information))

    @classmethod
    def from_pdu(cls, pdu: model.AssociateRq | model.AssociateAc | model.AssociateRj) -> Self:
        """What the peer sent."""
        if isinstance(pdu, model.AssociateRj):
            return cls.taken(result=pdu.result, result_source=pdu.source, diagnostic=pdu.reason)
        contexts = [PresentationContext.from_item(item) for item in pdu.presentation_contexts]
        is_request = isinstance(pdu, model.AssociateRq)
        name = pdu.application_context
        return cls.taken(
            application_context_name=None if name is None else lenient_uid(name),
            calling_ae_title=peer_text(pdu.calling_ae_title),
            called_ae_title=peer_text(pdu.called_ae_title),
            user_information=[item for item in map(from_user_data, pdu.user_information.user_data) if item],
            result=None if is_request else ACCEPTED,
            presentation_context_definition_list=contexts if is_request else [],
            presentation_context_definition_results_list=[] if is_request else contexts,
        )


def _described(codes: Iterable[Code], value: int | None) -> str:
    return next((code.label for code in codes if code == value), _NO_VALUE)


class A_RELEASE(Primitive):
    """A-RELEASE (PS3.8 7.2): a request while `result` is None, a response once it is "affirmative"."""

    @staticmethod
    def _affirmative(value: str | None, name: str) -> str | None:
        if value not in (None, "affirmative"):
            raise ValueError(f"{name!r} must be 'affirmative' or None (PS3.8 7.2.1.2), not {value!r}")
        return value

    result = parameter(_affirmative, None)
    reason = "normal"

    def to_pdu(self) -> model.ReleaseRq | model.ReleaseRp:
        """The A-RELEASE-RQ or -RP."""
        return model.ReleaseRq() if self.result is None else model.ReleaseRp()

    @classmethod
    def from_pdu(cls, pdu: model.ReleaseRq | model.ReleaseRp) -> Self:
        """What the peer sent."""
        return cls.taken(result=None if isinstance(pdu, model.ReleaseRq) else "affirmative")


class A_ABORT(Primitive):
    """A-ABORT (PS3.8 7.3): `abort_source` 0 is the service-user, 2 the service-provider."""

    abort_source = parameter(one_of(*AbortSource), None)

    def to_pdu(self) -> model.Abort:
        """The A-ABORT PDU; the reason is not significant."""
        return model.Abort(required(self.abort_source, "abort_source"), 0)

    @classmethod
    def from_pdu(cls, pdu: model.Abort) -> Self:
        """What the peer sent."""
        return cls.taken(abort_source=pdu.source)


class A_P_ABORT(Primitive):
    """A-P-ABORT (PS3.8 7.4): `provider_reason` is that of PS3.8 Table 9-26."""

    provider_reason = parameter(one_of(*AbortReason), None)

    def to_pdu(self) -> model.Abort:
        """The A-ABORT PDU of the service-provider."""
        return model.Abort(AbortSource.SERVICE_PROVIDER, required(self.provider_reason, "provider_reason"))

    @classmethod
    def from_pdu(cls, pdu: model.Abort) -> Self:
        """What the peer sent."""
        return cls.taken(provider_reason=pdu.reason)


def _values(values: list[Sequence[Any]], name: str) -> list[Sequence[Any]]:
    if not isinstance(values, list):
        raise TypeError(f"{name!r} must be a list of [context ID, bytes], not {type(values).__name__!r}")
    for value in values:
        match value:
            case [int(), bytes() as octets]:
                if not octets:
                    raise ValueError(f"{name!r}: the bytes begin with the message control header (PS3.8 Annex E.2)")
            case _:
                raise TypeError(f"{name!r} must be a list of [context ID, bytes], not of {value!r}")
    return values


class P_DATA(Primitive):
    """P-DATA (PS3.8 7.6): presentation data values, each a context ID and a fragment after its header byte."""

    presentation_data_value_list = Parameter[list[Sequence[Any]], list[Sequence[Any]]](_values, list)

    def to_pdu(self) -> model.PDataTf:
        """The P-DATA-TF PDU."""
        return model.PDataTf(
            tuple(
                model.PresentationDataValue(context_id, octets[0], octets[1:])
                for context_id, octets in self.presentation_data_value_list
            )
        )

    @classmethod
    def from_pdu(cls, pdu: model.PDataTf) -> Self:
        """What the peer sent; the fragments are copied."""
        return cls.taken(
            presentation_data_value_list=[
                [item.presentation_context_id, bytes([item.message_control_header]) + bytes(item.fragment)]
                for item in pdu.presentation_data_value_items
            ]
        )

    def _shown(self, name: str) -> str:
        values = vars(self)[name]
        return "; ".join(
            f"context {number}, header {octets[0]:08b}, {counted(len(octets), 'byte')}" for number, octets in values
        )
