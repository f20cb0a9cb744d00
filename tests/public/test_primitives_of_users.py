"""Primitives and negotiation items: values of users are checked, values of peers are not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from dulcimer import pdu_primitives
from dulcimer._generated.codes import UserIdentityType
from dulcimer.pdu_primitives import (
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
from dulcimer.presentation import build_context, build_role
from dulcimer.proposals.negotiation_items import UserInformationItem, from_user_data
from dulcimer.wire import codec, model
from support.wire_strategies import aborts, associate_acs, associate_rjs, associate_rqs, p_data_tfs, wrong_pdus

UID_NAMES = ("sop_class_uid", "service_class_uid", "implementation_class_uid", "application_context_name")
KINDS = [getattr(pdu_primitives, name) for name in pdu_primitives.__all__ if name != "ServiceParameter"]


@pytest.mark.parametrize(
    ("kind", "name", "value", "error"),
    [
        (MaximumLengthNotification, "maximum_length_received", -1, ValueError),
        (MaximumLengthNotification, "maximum_length_received", 2**32, ValueError),
        (MaximumLengthNotification, "maximum_length_received", "16382", TypeError),
        (ImplementationClassUIDNotification, "implementation_class_uid", 1, TypeError),
        (ImplementationClassUIDNotification, "implementation_class_uid", "1" * 65, ValueError),
        (ImplementationVersionNameNotification, "implementation_version_name", "x" * 17, ValueError),
        (ImplementationVersionNameNotification, "implementation_version_name", "a\\b", ValueError),
        (ImplementationVersionNameNotification, "implementation_version_name", b"PACS", TypeError),
        (AsynchronousOperationsWindowNegotiation, "maximum_number_operations_invoked", -1, ValueError),
        (AsynchronousOperationsWindowNegotiation, "maximum_number_operations_performed", 0x10000, ValueError),
        (AsynchronousOperationsWindowNegotiation, "maximum_number_operations_invoked", 1.0, TypeError),
        (SCP_SCU_RoleSelectionNegotiation, "scu_role", 1, TypeError),
        (SCP_SCU_RoleSelectionNegotiation, "sop_class_uid", 1.2, TypeError),
        (SOPClassExtendedNegotiation, "service_class_application_information", "01", TypeError),
        (SOPClassCommonExtendedNegotiation, "related_general_sop_class_identification", "1.2", TypeError),
        (SOPClassCommonExtendedNegotiation, "related_general_sop_class_identification", [1], TypeError),
        (SOPClassCommonExtendedNegotiation, "related_general_sop_class_identification", ["1" * 65], ValueError),
        (UserIdentityNegotiation, "user_identity_type", 6, ValueError),
        (UserIdentityNegotiation, "user_identity_type", "1", TypeError),
        (UserIdentityNegotiation, "primary_field", "name", TypeError),
        (UserIdentityNegotiation, "positive_response_requested", 1, TypeError),
        (UserIdentityNegotiation, "server_response", "ok", TypeError),
        (A_ASSOCIATE, "calling_ae_title", "  ", ValueError),
        (A_ASSOCIATE, "called_ae_title", "x" * 17, ValueError),
        (A_ASSOCIATE, "called_ae_title", None, TypeError),
        (A_ASSOCIATE, "called_presentation_address", "localhost", TypeError),
        (A_ASSOCIATE, "user_information", [1], TypeError),
        (A_ASSOCIATE, "presentation_context_definition_list", "1.2", TypeError),
        (A_ASSOCIATE, "result", 3, ValueError),
        (A_ASSOCIATE, "result_source", 0, ValueError),
        (A_ASSOCIATE, "diagnostic", 4, ValueError),
        (A_RELEASE, "result", "negative", ValueError),
        (A_ABORT, "abort_source", 1, ValueError),
        (A_P_ABORT, "provider_reason", 3, ValueError),
        (P_DATA, "presentation_data_value_list", (1, b"\3"), TypeError),
        (P_DATA, "presentation_data_value_list", [[1, "x"]], TypeError),
        (P_DATA, "presentation_data_value_list", [[1, b""]], ValueError),
    ],
)
def test_wrong_value_raises_and_leaves_the_object_as_it_was(
    kind: type[Any], name: str, value: object, error: type[Exception]
) -> None:
    made = kind()
    with pytest.raises(error):
        setattr(made, name, value)
    assert made == kind()


@pytest.mark.parametrize("kind", KINDS)
def test_objects_are_equal_if_their_kind_and_values_are(kind: type[Any]) -> None:
    assert kind() == kind()
    assert kind() != object()
    assert all(name in dir(kind()) for name in kind.parameters)
    assert str(kind()).startswith(kind.__name__)
    assert not any(value is vars(kind())[name] for name, value in vars(kind()).items() if isinstance(value, list))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.peer("pynetdicom")
def test_every_attribute_of_pynetdicom_is_there(kind: type[Any]) -> None:
    import pynetdicom.pdu_primitives as theirs

    made, other = kind(), getattr(theirs, kind.__name__)()
    names = {name for name in vars(type(other)) if isinstance(getattr(type(other), name), property)}
    assert [name for name in names if name not in dir(made)] == []
    for name in names & set(kind.parameters) - {"abort_source", "provider_reason", "maximum_length_received"}:
        # The application context name is that of DICOM (PS3.7 A.2.1); pynetdicom leaves it unset.
        assert getattr(made, name) == getattr(other, name) or name == "application_context_name", name


@pytest.mark.parametrize("name", UID_NAMES)
def test_uids_may_be_given_as_text_or_bytes(name: str) -> None:
    for kind in KINDS:
        if name in kind.parameters:
            made, other = kind(), kind()
            setattr(made, name, "1.2.840")
            setattr(other, name, b"1.2.840")
            assert made == other
            assert getattr(made, name).is_valid


@pytest.mark.parametrize("kind", [kind for kind in KINDS if hasattr(kind, "to_item")], ids=lambda kind: kind.__name__)
def test_what_is_missing_cannot_be_negotiated(kind: type[Any]) -> None:
    complete = {MaximumLengthNotification, AsynchronousOperationsWindowNegotiation}
    if kind in complete:
        assert kind().to_item()
    else:
        with pytest.raises(ValueError, match="must be"):
            kind().to_item()


@pytest.mark.clause("PS3.7 D.3.3.7.1")
def test_passcode_is_needed_with_a_user_name_that_has_one() -> None:
    identity = UserIdentityNegotiation()
    identity.user_identity_type, identity.primary_field = UserIdentityType.USERNAME_AND_PASSCODE, b"user"
    with pytest.raises(ValueError, match="secondary_field"):
        identity.to_item()
    identity.secondary_field = b"secret"
    assert identity.to_item() == model.UserIdentity(2, b"user", b"secret", 0)
    assert "secret" not in str(identity)


@pytest.mark.clause("PS3.7 D.3.3.4")
def test_a_role_must_be_proposed() -> None:
    assert build_role("1.2.3", scp_role=True).to_item() == model.ScpScuRoleSelection("1.2.3", 0, 1)
    with pytest.raises(ValueError, match=r"D\.3\.3\.4"):
        build_role("1.2.3").to_item()


def sendable(item: model.UserDataSubItem) -> bool:
    """A peer may send it, but the user of a primitive may not set it."""
    match item:
        case model.ScpScuRoleSelection(_, scu, scp):
            return bool(scu or scp)
        case model.UserIdentity(UserIdentityType.USERNAME_AND_PASSCODE, _, secondary):
            return bool(secondary)
        case model.SopClassCommonExtendedNegotiation(sub_item_version=version):
            return version == 0
    return not isinstance(item, model.UnknownItem)


@given(associate_rqs() | associate_acs())
def test_user_information_becomes_its_items_again(pdu: model.AssociateRq | model.AssociateAc) -> None:
    for item in filter(sendable, pdu.user_information.user_data):
        made: UserInformationItem | None = from_user_data(item)
        assert made is not None
        assert made.to_item() == item


@given(associate_rjs())
def test_rejection_becomes_its_pdu_again(pdu: model.AssociateRj) -> None:
    made = A_ASSOCIATE.from_pdu(pdu)
    assert made.to_pdu() == pdu
    assert "no value" not in made.result_str + made.source_str + made.reason_str


@given(p_data_tfs())
def test_data_become_their_pdu_again(pdu: model.PDataTf) -> None:
    made = P_DATA.from_pdu(pdu)
    assert made.to_pdu() == pdu
    checked = P_DATA()
    checked.presentation_data_value_list = made.presentation_data_value_list
    assert checked == made


@given(aborts())
def test_abort_becomes_its_pdu_again(pdu: model.Abort) -> None:
    if pdu.source == 0:
        assert A_ABORT.from_pdu(pdu).to_pdu() == model.Abort(0, 0)
    else:
        assert A_P_ABORT.from_pdu(pdu).to_pdu() == pdu


def test_release_becomes_its_pdu_again() -> None:
    assert [A_RELEASE.from_pdu(pdu).to_pdu() for pdu in (model.ReleaseRq(), model.ReleaseRp())] == [
        model.ReleaseRq(),
        model.ReleaseRp(),
    ]


@given(wrong_pdus())
def test_whatever_a_peer_sends_can_be_read(pdu: model.Pdu) -> None:
    match pdu:
        case model.AssociateRq() | model.AssociateAc() | model.AssociateRj():
            made: Any = A_ASSOCIATE.from_pdu(pdu)
            assert made.result_str + made.source_str + made.reason_str
        case model.PDataTf():
            made = P_DATA.from_pdu(pdu)
        case model.Abort():
            made = A_P_ABORT.from_pdu(pdu)
        case _:
            return
    assert str(made)


def test_request_is_made_of_what_the_user_set() -> None:
    request = A_ASSOCIATE()
    request.calling_ae_title, request.called_ae_title = "ME", "YOU"
    request.maximum_length_received = 0
    request.maximum_length_received = 16382
    request.implementation_class_uid = "1.2.3"
    context = build_context("1.2.840.10008.1.1", "1.2.840.10008.1.2")
    context.context_id = 1
    request.presentation_context_definition_list = [context]
    pdu = request.to_pdu()
    assert isinstance(pdu, model.AssociateRq)
    assert (pdu.calling_ae_title, pdu.called_ae_title, pdu.maximum_length) == ("ME", "YOU", 16382)
    assert codec.decode(codec.encode(pdu)) == pdu
    assert A_ASSOCIATE.from_pdu(pdu) == request
    assert request.responding_ae_title == "YOU"


def test_acceptance_has_the_answers() -> None:
    response = A_ASSOCIATE()
    with pytest.raises(ValueError, match="implementation_class_uid"):
        response.implementation_class_uid  # noqa: B018 - that it raises is the test
    context = build_context("1.2.840.10008.1.1", "1.2.840.10008.1.2")
    context.context_id = 1
    response.result = 0
    response.presentation_context_definition_results_list = [
        context.answered(0, context.transfer_syntax, as_scu=False, as_scp=True)
    ]
    pdu = response.to_pdu()
    assert isinstance(pdu, model.AssociateAc)
    assert [(item.result_reason, item.transfer_syntax) for item in pdu.presentation_contexts] == [
        (0, "1.2.840.10008.1.2")
    ]
    assert A_ASSOCIATE.from_pdu(pdu).result_str == "Accepted"


def test_rejection_without_its_reason_cannot_be_sent() -> None:
    response = A_ASSOCIATE()
    response.result = 1
    response.result_source = 1
    with pytest.raises(ValueError, match="diagnostic"):
        response.to_pdu()
    assert response.reason_str == "(no value available)"
