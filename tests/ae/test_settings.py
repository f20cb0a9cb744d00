"""The settings of application entities, and the presentation contexts that they request and support."""

from __future__ import annotations

import math
import pydoc
from typing import Any

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

import dulcimer
from dulcimer import AE, Association, AsyncAE, StoragePresentationContexts, build_context
from dulcimer.ae.aio.association import AsyncAssociation
from dulcimer.sop_class import CTImageStorage, Verification
from support.entities import scp, scu, serving


@pytest.mark.parametrize("kind", [AE, AsyncAE])
def test_defaults_are_those_that_users_know(kind: Any) -> None:
    ae = kind()
    assert (ae.acse_timeout, ae.dimse_timeout, ae.network_timeout, ae.connection_timeout) == (30, 30, 60, None)
    assert (ae.maximum_associations, ae.network_timeout_response) == (10, "A-ABORT")
    assert (ae.require_called_aet, ae.require_calling_aet) == (False, [])
    assert (ae.requested_contexts, ae.supported_contexts, ae.active_associations) == ([], [], [])


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("ae_title", "", ValueError),
        ("ae_title", "   ", ValueError),
        ("ae_title", "A" * 17, ValueError),
        ("ae_title", "A\\B", ValueError),
        ("ae_title", 5, TypeError),
        ("ae_title", None, TypeError),
        ("acse_timeout", -1, ValueError),
        ("dimse_timeout", math.nan, ValueError),
        ("network_timeout", "60", TypeError),
        ("connection_timeout", True, TypeError),
        ("network_timeout_response", "abort", ValueError),
        ("maximum_associations", 0, ValueError),
        ("maximum_associations", "10", TypeError),
        ("maximum_pdu_size", -1, ValueError),
        ("maximum_pdu_size", 1 << 32, ValueError),
        ("require_called_aet", 1, TypeError),
        ("require_calling_aet", "ONE", TypeError),
        ("require_calling_aet", ["A" * 17], ValueError),
        ("implementation_class_uid", "", ValueError),
        ("implementation_class_uid", None, TypeError),
        ("implementation_version_name", "A" * 17, ValueError),
    ],
)
def test_value_that_makes_no_sense_is_refused_and_changes_nothing(name: str, value: Any, error: type) -> None:
    ae = AE()
    before = getattr(ae, name)
    with pytest.raises(error, match=name):
        setattr(ae, name, value)
    assert getattr(ae, name) == before


def test_endless_time_is_none() -> None:
    ae: Any = AE()
    ae.acse_timeout = math.inf
    assert ae.acse_timeout is None
    assert ae._upper_layer.artim_timeout == math.inf


def test_requested_contexts_are_added_and_removed() -> None:
    ae = AE()
    ae.add_requested_context(Verification)
    ae.add_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    ae.add_requested_context(CTImageStorage, [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
    ae.remove_requested_context(CTImageStorage, ExplicitVRLittleEndian)
    assert [(cx.abstract_syntax, cx.transfer_syntax) for cx in ae.requested_contexts[1:]] == [
        (CTImageStorage, [ImplicitVRLittleEndian])
    ]
    ae.remove_requested_context(Verification)
    ae.remove_requested_context("1.2.3")
    assert [cx.abstract_syntax for cx in ae.requested_contexts] == [CTImageStorage]


def test_supported_contexts_are_one_for_each_abstract_syntax() -> None:
    ae = AE()
    ae.add_supported_context(CTImageStorage, ImplicitVRLittleEndian)
    ae.add_supported_context(CTImageStorage, ExplicitVRLittleEndian, scu_role=True, scp_role=False)
    ae.add_supported_context(Verification)
    assert [cx.abstract_syntax for cx in ae.supported_contexts] == [Verification, CTImageStorage]
    context = ae.supported_contexts[1]
    assert context.transfer_syntax == [ImplicitVRLittleEndian, ExplicitVRLittleEndian]
    assert (context.scu_role, context.scp_role) == (True, False)
    ae.remove_supported_context(CTImageStorage, [ImplicitVRLittleEndian])
    assert context.transfer_syntax == [ExplicitVRLittleEndian]
    ae.remove_supported_context(CTImageStorage)
    ae.remove_supported_context("1.2.3")
    assert [cx.abstract_syntax for cx in ae.supported_contexts] == [Verification]
    ae.supported_contexts = StoragePresentationContexts
    assert len(ae.supported_contexts) == len(StoragePresentationContexts)


def test_no_more_than_128_contexts_are_requested() -> None:
    ae = AE()
    ae.requested_contexts = [build_context(f"1.2.{number}") for number in range(128)]
    with pytest.raises(ValueError, match="128"):
        ae.add_requested_context("1.2.3")
    with pytest.raises(ValueError, match="129"):
        ae.requested_contexts = [build_context(f"1.2.{number}") for number in range(129)]
    with pytest.raises(ValueError, match="PresentationContext"):
        ae.requested_contexts = ["1.2.3"]  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(ValueError, match="PresentationContext"):
        ae.supported_contexts = ["1.2.3"]  # type: ignore[list-item]  # wrong on purpose
    with pytest.raises(TypeError, match="scu_role"):
        ae.add_supported_context("1.2.3", scu_role=1)  # type: ignore[arg-type]  # wrong on purpose


def test_misuse_raises_before_anything_is_begun() -> None:
    ae = AE()
    with pytest.raises(RuntimeError, match="no presentation context is requested"):
        ae.associate("127.0.0.1", 104)
    with pytest.raises(ValueError, match="no presentation context is supported"):
        ae.start_server(("127.0.0.1", 0))
    ae.add_requested_context(Verification)
    ae.add_supported_context(Verification, scu_role=True)
    for arguments, error in (
        ({"addr": 127, "port": 104}, TypeError),
        ({"addr": ("::1", 0), "port": 104}, TypeError),
        ({"addr": "127.0.0.1", "port": "104"}, TypeError),
        ({"addr": "127.0.0.1", "port": 104, "bind_address": ("", "0")}, TypeError),
        ({"addr": "127.0.0.1", "port": 104, "ae_title": "A" * 17}, ValueError),
    ):
        with pytest.raises(error):
            ae.associate(**arguments)
    with pytest.raises(ValueError, match="scu_role"):
        ae.start_server(("127.0.0.1", 0))
    ae.shutdown()
    assert ae.servers == []


def test_entity_describes_itself() -> None:
    ae = AE("ME")
    ae.add_requested_context(Verification)
    ae.require_calling_aet = ["ONE", "TWO"]
    ae.acse_timeout = None
    text = str(ae)
    for part in ("Entity ME", "Verification SOP Class", "acse timeout: none", "dimse timeout: 30 s", "ONE, TWO"):
        assert part in text


def test_public_names_are_where_users_look() -> None:
    assert dulcimer.AE is AE
    assert dulcimer.Association.__name__ == "Association"


# What help(AE) shows


@pytest.mark.parametrize("kind", [AE, AsyncAE, Association, AsyncAssociation])
def test_every_public_attribute_is_described(kind: type) -> None:
    for name in (name for name in dir(kind) if not name.startswith("_")):
        text = getattr(kind, name).__doc__ or ""
        assert len(text.strip()) > 10, name
        assert text.rstrip().endswith((".", ":")), name


def test_settings_say_what_they_are_in_which_unit_and_what_they_are_at_first() -> None:
    text = pydoc.plain(pydoc.render_doc(AE))
    assert "Seconds for each response to a DIMSE request, by default 30" in text
    assert "Longest P-DATA-TF that is received, in bytes" in text
    assert "PS3.8 D.1" in text


def test_entities_and_associations_have_no_public_methods_beyond_those_of_the_guide() -> None:
    assert {name for name in dir(AE) if callable(getattr(AE, name)) and not name.startswith("_")} == {
        "add_requested_context",
        "add_supported_context",
        "associate",
        "make_server",
        "remove_requested_context",
        "remove_supported_context",
        "shutdown",
        "start_server",
    }


def test_entity_in_words_counts_its_associations() -> None:
    ae = scp(maximum_associations=7)
    assert str(ae).endswith("Association(s): 0/7")
    with serving(ae) as address, scu().associate(*address):
        assert str(ae).endswith("Association(s): 1/7")
