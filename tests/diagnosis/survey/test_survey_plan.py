"""The plan of a survey against acceptors in memory: nothing is said to be tried that is not so."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.services import DEFAULT_TRANSFER_SYNTAXES, TRANSFER_SYNTAXES
from dulcimer.acse.negotiation import IMPLICIT_VR_LITTLE_ENDIAN
from dulcimer.diagnosis.survey.result import ClassResult, SyntaxChoice
from dulcimer.diagnosis.survey.scope import SurveyedClass, SurveyScope, standard_classes, survey_scope
from support.diagnosis.surveyed import MemoryAcceptor, by_own_order, by_the_first_only, by_their_order, surveyed

ALL = tuple(TRANSFER_SYNTAXES)
CLASSES = tuple(one.uid for one in standard_classes())
SCOPE = survey_scope()
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG, JPEG_2000 = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.91"
PRIVATE_CLASS, PRIVATE_SYNTAX = "1.2.3.4.5", "1.2.3.4.6"

profiles = st.lists(st.sampled_from(ALL), min_size=1, max_size=len(ALL), unique=True)


@st.composite
def configurations(draw: st.DrawFn, groups: int = 4) -> dict[str, list[str]]:
    """Some SOP classes, each in the transfer syntaxes of one of a few groups."""
    kinds = draw(st.lists(profiles, min_size=1, max_size=groups))
    chosen = draw(st.lists(st.sampled_from(CLASSES), unique=True, max_size=150))
    return {uid: kinds[draw(st.integers(0, len(kinds) - 1))] for uid in chosen}


def assert_true(found: Mapping[str, ClassResult], supported: Mapping[str, list[str]]) -> None:
    """What is said to be tried is as it is configured, and every pair is spoken of once."""
    for uid, one in found.items():
        there = set(supported.get(uid, ()))
        assert set(one.accepted) <= there
        assert not set(one.refused) & there
        spoken = [*one.accepted, *one.presumed, *one.refused, *one.presumed_refused, *one.unknown]
        assert sorted(spoken) == sorted(SCOPE.transfer_syntaxes)
        assert one.is_accepted == bool(there)


@settings(max_examples=40)
@given(configurations(), st.sampled_from([by_own_order, by_their_order]))
def test_what_was_tried_is_true_and_nothing_is_left_out(supported: dict[str, list[str]], choose: object) -> None:
    acceptor = MemoryAcceptor(supported, choose)  # type: ignore[arg-type]  # one of the two functions
    _, found = surveyed(acceptor, SCOPE)
    assert_true(found, supported)
    assert len(acceptor.asked) <= 8


@settings(max_examples=30)
@given(profiles, st.lists(st.sampled_from(CLASSES), unique=True, min_size=1, max_size=170))
def test_a_server_with_one_set_of_transfer_syntaxes_is_known_exactly(syntaxes: list[str], classes: list[str]) -> None:
    supported = dict.fromkeys(classes, syntaxes)
    _, found = surveyed(MemoryAcceptor(supported), SCOPE)
    assert {uid: one.syntaxes for uid, one in found.items() if one.is_accepted} == {
        uid: frozenset(syntaxes) for uid in classes
    }
    assert not any(one.unknown for one in found.values())


def test_a_server_of_uncompressed_storage_is_tried_completely_in_eight_associations() -> None:
    supported = dict.fromkeys([one.uid for one in standard_classes() if one.service == "Storage"], ALL[:2])
    acceptor = MemoryAcceptor(supported)
    _, found = surveyed(acceptor, SCOPE)
    assert len(acceptor.asked) <= 8
    assert not any(one.presumed or one.presumed_refused or one.unknown for one in found.values())


@settings(max_examples=25)
@given(st.data())
def test_thorough_tries_every_pair(data: st.DataObject) -> None:
    scope = SurveyScope(tuple(SurveyedClass(f"1.2.{number}", "", "Storage") for number in range(9)), TRANSFER_SYNTAXES)
    supported = {
        one.uid: chosen
        for one in scope.sop_classes
        if (chosen := data.draw(st.lists(st.sampled_from(ALL), unique=True)))
    }
    acceptor = MemoryAcceptor(supported, data.draw(st.sampled_from([by_own_order, by_the_first_only])))
    _, found = surveyed(acceptor, scope, is_thorough=True)
    assert {uid: set(one.accepted) for uid, one in found.items() if one.accepted} == {
        uid: set(chosen) for uid, chosen in supported.items()
    }
    assert not any(one.presumed or one.presumed_refused or one.unknown for one in found.values())
    alone = {
        (one.sop_class, one.syntaxes[0]) for each in acceptor.asked for one in each.questions if len(one.syntaxes) == 1
    }
    assert len(alone) == scope.pairs


def test_a_class_that_differs_from_its_group_is_found_out() -> None:
    storage = [one.uid for one in standard_classes() if one.service == "Storage"][:60]
    supported = {**dict.fromkeys(storage, ALL[:3]), storage[37]: [*ALL[:3], JPEG], storage[38]: list(ALL[:2])}
    _, found = surveyed(MemoryAcceptor(supported), SCOPE)
    assert found[storage[37]].syntaxes == {*ALL[:3], JPEG}
    assert found[storage[38]].syntaxes == {*ALL[:2]}


def test_a_peer_that_looks_at_the_first_transfer_syntax_only_is_found_out() -> None:
    scope = SurveyScope(SCOPE.sop_classes[:3], TRANSFER_SYNTAXES)
    supported = dict.fromkeys(CLASSES[:3], (IMPLICIT_VR_LITTLE_ENDIAN, JPEG_2000))
    plan, found = surveyed(MemoryAcceptor(supported, by_the_first_only), scope)
    assert {one.syntaxes for one in found.values()} == {frozenset((IMPLICIT_VR_LITTLE_ENDIAN, JPEG_2000))}
    assert [note for note in plan.notes if "lists of transfer syntaxes" in note]


@pytest.mark.parametrize(
    ("choose", "choice"),
    [(by_own_order, SyntaxChoice.OWN), (by_their_order, SyntaxChoice.FIRST)],
)
def test_how_the_peer_chooses_is_found_out(choose: object, choice: SyntaxChoice) -> None:
    supported = dict.fromkeys(CLASSES[:20], (EXPLICIT, IMPLICIT_VR_LITTLE_ENDIAN))
    plan, _ = surveyed(MemoryAcceptor(supported, choose), SCOPE)  # type: ignore[arg-type]  # one of the functions
    assert plan.choice() is choice


def test_a_peer_that_bears_few_contexts_is_asked_for_few() -> None:
    supported = dict.fromkeys(CLASSES[:5], DEFAULT_TRANSFER_SYNTAXES)
    acceptor = MemoryAcceptor(supported, most_contexts=20)
    plan, found = surveyed(acceptor, SCOPE, most=60)
    assert {uid for uid, one in found.items() if one.is_accepted} == {*CLASSES[:5]}
    assert [note for note in plan.notes if "128 presentation contexts" in note]


def test_a_peer_that_bears_few_names_is_asked_with_many_contexts_of_few() -> None:
    supported = dict.fromkeys(CLASSES[:100], DEFAULT_TRANSFER_SYNTAXES)
    acceptor = MemoryAcceptor(supported, most_names=2000)
    plan, found = surveyed(acceptor, SCOPE, most=30)
    assert {uid for uid, one in found.items() if one.syntaxes == {*DEFAULT_TRANSFER_SYNTAXES}} == {*CLASSES[:100]}
    assert len(plan.notes) == 1
    assert max(len(one.questions) for one in acceptor.asked[1:]) == 128
    assert not any(one.presumed or one.unknown for one in found.values())


def test_a_peer_that_bears_no_items_is_still_surveyed() -> None:
    supported = dict.fromkeys(CLASSES[:5], DEFAULT_TRANSFER_SYNTAXES)
    plan, found = surveyed(MemoryAcceptor(supported, hates_items=True), SCOPE, most=12)
    assert {uid for uid, one in found.items() if one.syntaxes == {*DEFAULT_TRANSFER_SYNTAXES}} == {*CLASSES[:5]}
    assert len([note for note in plan.notes if "association that proposes" in note]) == 3


def test_roles_are_those_that_the_peer_answers() -> None:
    _, found = surveyed(MemoryAcceptor({CLASSES[0]: ALL}), SCOPE)
    roles = found[CLASSES[0]].roles
    assert roles is not None
    assert (roles.is_accepted, roles.is_answered, roles.scu, roles.scp) == (True, True, True, False)


def test_private_names_are_asked_for_as_those_of_the_standard() -> None:
    scope = survey_scope([PRIVATE_CLASS], [PRIVATE_SYNTAX])
    _, found = surveyed(MemoryAcceptor({PRIVATE_CLASS: [PRIVATE_SYNTAX], CLASSES[0]: [PRIVATE_SYNTAX]}), scope)
    assert found[PRIVATE_CLASS].accepted == (PRIVATE_SYNTAX,)
    assert found[CLASSES[0]].accepted == (PRIVATE_SYNTAX,)


def test_nothing_that_is_accepted_is_reported_as_nothing() -> None:
    _, found = surveyed(MemoryAcceptor({}), SCOPE)
    assert not any(one.is_accepted for one in found.values())
