"""Presentation contexts as users build and read them."""

from __future__ import annotations

import copy
import logging

import pytest
from hypothesis import given
from pydicom.uid import UID

from dulcimer import presentation
from dulcimer.presentation import (
    ALL_TRANSFER_SYNTAXES,
    DEFAULT_TRANSFER_SYNTAXES,
    PresentationContext,
    StoragePresentationContexts,
    build_context,
    build_role,
)
from dulcimer.sop_class import CTImageStorage, Verification
from dulcimer.wire import model
from support.wire_strategies import contexts_ac, contexts_rq, wrong_pdus

LISTS = [name for name in presentation.__all__ if name.endswith("PresentationContexts")]
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


def context(context_id: int = 1, *syntaxes: str) -> PresentationContext:
    made = build_context(Verification, list(syntaxes or (IMPLICIT,)))
    made.context_id = context_id
    return made


@pytest.mark.peer("pynetdicom")
def test_lists_are_those_of_pynetdicom() -> None:
    import pynetdicom.presentation as theirs

    names = [name for name in vars(theirs) if name.endswith("PresentationContexts")]
    assert set(names) <= set(LISTS)
    for name in names:
        ours = [(cx.abstract_syntax, cx.transfer_syntax) for cx in getattr(presentation, name)]
        assert ours == [(cx.abstract_syntax, cx.transfer_syntax) for cx in getattr(theirs, name)], name


@pytest.mark.peer("pynetdicom")
def test_transfer_syntaxes_are_those_of_pynetdicom() -> None:
    import pynetdicom

    assert pynetdicom.ALL_TRANSFER_SYNTAXES == ALL_TRANSFER_SYNTAXES
    assert pynetdicom.DEFAULT_TRANSFER_SYNTAXES == DEFAULT_TRANSFER_SYNTAXES


@pytest.mark.parametrize("name", LISTS)
def test_list_has_each_sop_class_once_and_in_the_order_of_the_uids(name: str) -> None:
    uids = [str(cx.abstract_syntax) for cx in getattr(presentation, name)]
    assert uids == sorted(set(uids)) != []


@pytest.mark.clause("PS3.8 9.3.2.2")
def test_selected_storage_fits_into_one_association_with_room_for_others() -> None:
    assert len(StoragePresentationContexts) == 120
    assert CTImageStorage in {cx.abstract_syntax for cx in StoragePresentationContexts}
    assert len(presentation.AllStoragePresentationContexts) == 170


def test_context_is_shown_as_users_know_it() -> None:
    made = build_context(Verification)
    assert str(made) == (
        "Abstract Syntax: Verification SOP Class\n"
        "Transfer Syntax(es):\n"
        "    =Implicit VR Little Endian\n"
        "    =Explicit VR Little Endian\n"
        "    =Deflated Explicit VR Little Endian\n"
        "    =Explicit VR Big Endian"
    )
    assert repr(made) == "Verification SOP Class"
    answered = made.answered(0, made.transfer_syntax[:1], as_scu=True, as_scp=False)
    assert str(answered).splitlines()[-2:] == ["Result: Accepted", "Role: SCU only"]
    assert str(PresentationContext()) == "Transfer Syntax(es):\n    (none)"
    assert repr(PresentationContext()) == ""


def test_names_newer_than_pydicom_are_shown() -> None:
    shown = str(build_context("1.2.840.10008.5.1.4.1.1.66.7", "1.2.840.10008.1.2.4.110"))
    assert "Abstract Syntax: Label Map Segmentation Storage" in shown
    assert "=JPEG XL Lossless" in shown


@pytest.mark.peer("pynetdicom")
@pytest.mark.parametrize("result", [None, 0, 1, 2, 3, 4, 9])
@pytest.mark.parametrize("roles", [(None, None), (True, False), (False, True), (True, True), (False, False)])
def test_context_is_shown_as_pynetdicom_shows_it(result: int | None, roles: tuple[bool | None, bool | None]) -> None:
    import pynetdicom

    ours, theirs = (
        package.build_context("1.2.840.10008.1.1", ["1.2.840.10008.1.2.4.50", "1.2.3"])
        for package in (presentation, pynetdicom)
    )
    for made in (ours, theirs):
        made.context_id, made.result = 5, result
        made._as_scu, made._as_scp = roles
    assert (str(ours), repr(ours), ours.status) == (str(theirs), repr(theirs), theirs.status)


def test_contexts_are_equal_if_all_that_they_say_is() -> None:
    assert context() == context()
    assert hash(context()) == hash(context())
    assert context() != context(3)
    assert context(1, IMPLICIT, EXPLICIT) != context(1, EXPLICIT, IMPLICIT)
    other = context()
    other.scu_role = True
    assert other != context()
    assert context() != "Verification SOP Class"
    assert copy.deepcopy(other) == other


def test_transfer_syntaxes_are_kept_once_and_in_order() -> None:
    made = context(1, EXPLICIT, IMPLICIT, EXPLICIT)
    made.add_transfer_syntax(b"1.2.840.10008.1.2.2")
    for ignored in (None, "", IMPLICIT):
        made.add_transfer_syntax(ignored)
    assert made.transfer_syntax == [EXPLICIT, IMPLICIT, "1.2.840.10008.1.2.2"]
    assert all(isinstance(uid, UID) for uid in made.transfer_syntax)
    made.remove_transfer_syntax(IMPLICIT)
    made.remove_transfer_syntax("1.2.3")
    assert made.transfer_syntax == [EXPLICIT, "1.2.840.10008.1.2.2"]


def test_default_transfer_syntaxes_are_not_changed_through_a_context() -> None:
    build_context(Verification).transfer_syntax.clear()
    assert len(DEFAULT_TRANSFER_SYNTAXES) == 4


def test_a_uid_that_is_no_transfer_syntax_is_added_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "dulcimer"):
        assert build_context(Verification, str(Verification)).transfer_syntax == [Verification]
    assert "1.2.840.10008.1.1" in caplog.text


@pytest.mark.parametrize("context_id", [0, 2, 254, 256, -1])
def test_context_id_is_odd_and_fits_into_a_byte(context_id: int) -> None:
    with pytest.raises(ValueError, match="must be odd"):
        context(context_id)


def test_wrong_types_and_values_raise() -> None:
    made = PresentationContext()
    with pytest.raises(TypeError):
        made.abstract_syntax = 1  # type: ignore[assignment]  # wrong on purpose
    with pytest.raises(TypeError):
        made.abstract_syntax = None
    with pytest.raises(ValueError, match="64 characters"):
        made.abstract_syntax = "1" * 65
    with pytest.raises(TypeError):
        made.transfer_syntax = IMPLICIT  # type: ignore[assignment]  # wrong on purpose
    with pytest.raises(TypeError):
        made.add_transfer_syntax(1)  # type: ignore[arg-type]  # wrong on purpose
    for name in ("scu_role", "scp_role"):
        with pytest.raises(TypeError):
            setattr(made, name, 1)
    with pytest.raises(ValueError, match="no abstract syntax"):
        made.as_tuple  # noqa: B018 - that it raises is the test
    assert made == PresentationContext()


def test_accepted_context_is_a_tuple_of_its_id_and_syntaxes() -> None:
    assert context(7).as_tuple == (7, "1.2.840.10008.1.1", IMPLICIT)
    assert context(7).as_tuple.transfer_syntax.is_implicit_VR


def test_role_is_built_as_proposed() -> None:
    role = build_role(CTImageStorage, scp_role=True)
    assert (role.sop_class_uid, role.scu_role, role.scp_role) == (CTImageStorage, False, True)


@given(contexts_rq())
def test_proposed_context_becomes_its_item_again(items: list[model.PresentationContextRq]) -> None:
    for item in items:
        unique = model.PresentationContextRq.of(
            item.presentation_context_id, item.abstract_syntax or "", *dict.fromkeys(item.transfer_syntaxes)
        )
        assert PresentationContext.from_item(item).to_item() == unique


@given(contexts_ac())
def test_answered_context_becomes_its_item_again(items: list[model.PresentationContextAc]) -> None:
    for item in items:
        if item.result_reason == 0:
            assert PresentationContext.from_item(item).to_item() == item


@given(wrong_pdus())
def test_whatever_a_peer_proposes_can_be_read(pdu: model.Pdu) -> None:
    for item in getattr(pdu, "presentation_contexts", ()):
        made = PresentationContext.from_item(item)
        assert made.context_id == item.presentation_context_id
        assert str(made)


def test_what_is_missing_cannot_be_sent() -> None:
    made = PresentationContext()
    with pytest.raises(ValueError, match="context_id"):
        made.to_item()
    made.context_id = 1
    with pytest.raises(ValueError, match=r"9\.3\.2\.2"):
        made.to_item()
