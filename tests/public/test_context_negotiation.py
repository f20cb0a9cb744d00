"""Negotiation of contexts and roles: the same as pynetdicom's, except where the standard says otherwise."""

from __future__ import annotations

from collections import Counter
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.uid import UID

from dulcimer import presentation
from dulcimer.presentation import (
    MediaStoragePresentationContexts,
    PresentationContext,
    build_context,
    negotiate_as_acceptor,
    negotiate_as_requestor,
    negotiate_unrestricted,
)
from dulcimer.proposals.context_negotiation import agreed_roles
from dulcimer.service_class import StorageServiceClass
from dulcimer.sop_class import CTImageStorage, ModalityWorklistInformationFind, Verification, uid_to_service_class
from dulcimer.wire import model
from support.wire_strategies import associate_rqs, wrong_pdus

CT, PRIVATE, UNKNOWN = str(CTImageStorage), "1.2.826.0.1.3680043.9.3811.9", "1.2.840.10008.99.1"
ABSTRACT = (CT, str(Verification), PRIVATE, UNKNOWN, "1.2.840.10008.5.1.4.38.1")
TRANSFER = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50", "1.2.3.4")

Proposal = tuple[int, str, list[str], tuple[bool | None, bool | None]]
flags = st.booleans()
pairs = st.tuples(flags, flags)
syntaxes = st.lists(st.sampled_from(TRANSFER), min_size=1, max_size=3, unique=True)
roles = st.none() | st.dictionaries(st.sampled_from(ABSTRACT), pairs)
odd = st.integers(0, 127).map(lambda number: 2 * number + 1)
proposals = st.lists(
    st.tuples(odd, st.sampled_from(ABSTRACT), syntaxes, pairs | st.just((None, None))),
    max_size=6,
    unique_by=lambda row: row[0],
)
supports = st.lists(
    st.tuples(st.sampled_from(ABSTRACT), syntaxes, st.tuples(st.sampled_from([None, True, False]), flags | st.none())),
    max_size=5,
    unique_by=lambda row: row[0],
)


def proposed(package: ModuleType, rows: list[Proposal], *, with_roles: bool = False) -> list[Any]:
    made = []
    for context_id, abstract, transfer, pair in rows:
        context = package.build_context(abstract, list(transfer))
        context.context_id = context_id
        if with_roles:
            context.scu_role, context.scp_role = pair
        made.append(context)
    return made


def supported(package: ModuleType, rows: list[Any]) -> list[Any]:
    made = []
    for abstract, transfer, pair in rows:
        context = package.build_context(abstract, list(transfer))
        context.scu_role, context.scp_role = pair
        made.append(context)
    return made


def rows_of(contexts: list[Any]) -> list[tuple[Any, ...]]:
    # If nothing at all is supported, pynetdicom leaves the roles at None and the order that of the request.
    return sorted(
        (cx.context_id, cx.abstract_syntax, cx.transfer_syntax, cx.result, bool(cx.as_scu), bool(cx.as_scp))
        for cx in contexts
    )


def replies_of(items: list[Any]) -> list[tuple[Any, ...]]:
    return [(item.sop_class_uid, item.scu_role, item.scp_role) for item in items]


@pytest.mark.peer("pynetdicom")
@given(proposals, supports, roles)
def test_acceptor_answers_as_pynetdicom_does(rows: list[Proposal], known: list[Any], asked: Any) -> None:
    import pynetdicom.presentation as theirs

    outcome = negotiate_as_acceptor(proposed(presentation, rows), supported(presentation, known), asked)
    expected = theirs.negotiate_as_acceptor(proposed(theirs, rows), supported(theirs, known), asked)
    assert rows_of(outcome[0]) == rows_of(expected[0])
    assert replies_of(outcome[1]) == replies_of(expected[1])


@pytest.mark.peer("pynetdicom")
@given(proposals, st.data(), roles)
def test_requestor_reads_answers_as_pynetdicom_does(rows: list[Proposal], data: st.DataObject, answered: Any) -> None:
    import pynetdicom.presentation as theirs

    if not rows:
        for package in (presentation, theirs):
            with pytest.raises(ValueError, match="context"):
                package.negotiate_as_requestor([], [])
        return
    answers = data.draw(
        st.lists(
            st.tuples(st.sampled_from([row[0] for row in rows]), st.integers(0, 4), st.sampled_from(TRANSFER)),
            unique_by=lambda answer: answer[0],
        )
    )

    def outcome(package: ModuleType) -> list[tuple[Any, ...]]:
        made = []
        for context_id, result, transfer in answers:
            context = package.PresentationContext()
            context.context_id, context.result, context.transfer_syntax = context_id, result, [transfer]
            made.append(context)
        return rows_of(package.negotiate_as_requestor(proposed(package, rows, with_roles=True), made, answered))

    offered = {row[0]: row[2] for row in rows}
    for ours, expected in zip(outcome(presentation), outcome(theirs), strict=True):
        if expected[3] == 0 and expected[2][0] not in offered[expected[0]]:
            # The acceptor chooses one of the transfer syntaxes proposed (PS3.8 9.3.3.2); a context that it accepts
            # with another one cannot be used, and pynetdicom does not notice.
            assert ours == (*expected[:3], 2, True, False)
        else:
            assert ours == expected


@pytest.mark.peer("pynetdicom")
@given(proposals, supports, roles)
def test_unrestricted_acceptor_answers_as_pynetdicom_does(rows: list[Proposal], known: list[Any], asked: Any) -> None:
    import pynetdicom.presentation as theirs

    outcome = negotiate_unrestricted(proposed(presentation, rows), supported(presentation, known), asked)
    expected = theirs.negotiate_unrestricted(proposed(theirs, rows), supported(theirs, known), asked)
    storage = {CT, PRIVATE, UNKNOWN}
    for ours, its in zip(rows_of(outcome[0]), rows_of(expected[0]), strict=True):
        if its[1] in storage and its[1] not in (asked or {}):
            # Without role selection the acceptor is SCP only (PS3.7 D.3.3.4); pynetdicom makes it both.
            assert ours == (*its[:4], False, True)
        elif its[1] in storage and asked[its[1]] == (False, False):
            # Neither role proposed, so none is left to either end: pynetdicom accepts the context without roles.
            assert ours == (*its[:3], 1, False, False)
        else:
            assert ours == its
    # pynetdicom drops the role selection replies for what is not storage, so that the requestor falls back to the
    # default roles (PS3.7 D.3.3.4); the others are the same, unless the reply would say that there is no role.
    of_storage = [reply for reply in replies_of(outcome[1]) if reply[0] in storage]
    assert of_storage == [reply for reply in replies_of(expected[1]) if any(reply[1:])]
    of_others = [reply for reply in replies_of(outcome[1]) if reply[0] not in storage]
    others = [row for row in rows if row[1] not in storage]
    normal = negotiate_as_acceptor(proposed(presentation, others), supported(presentation, known), asked)
    assert of_others == replies_of(normal[1])


@pytest.mark.clause("PS3.7 D.3.3.4")
@pytest.mark.parametrize(
    ("asked", "allowed", "requestor"),
    [
        (None, (True, True), (True, False)),
        ((True, True), (None, True), (True, False)),
        ((True, True), (True, True), (True, True)),
        ((True, True), (False, True), (False, True)),
        ((True, False), (True, True), (True, False)),
        ((False, True), (True, False), (False, False)),
        ((False, True), None, (True, False)),
        ((True, None), (True, True), (True, False)),
    ],
)
def test_roles_are_those_proposed_and_accepted_or_the_default_ones(
    asked: Any, allowed: Any, requestor: tuple[bool, bool]
) -> None:
    assert agreed_roles(asked, allowed) == requestor


def test_acceptors_order_of_transfer_syntaxes_decides() -> None:
    proposal = build_context(CT, list(TRANSFER[:3]))
    proposal.context_id = 9
    answers, replies = negotiate_as_acceptor([proposal], [build_context(CT, list(reversed(TRANSFER)))])
    assert [(cx.context_id, cx.result, cx.transfer_syntax) for cx in answers] == [(9, 0, [TRANSFER[2]])]
    assert replies == []
    assert answers[0].status == "Accepted"


def test_neither_a_query_nor_a_media_directory_is_taken_for_storage() -> None:
    proposal = build_context(ModalityWorklistInformationFind)
    proposal.context_id = 1
    assert negotiate_unrestricted([proposal], [])[0][0].status == "Abstract Syntax Not Supported"
    assert uid_to_service_class(CT) is StorageServiceClass
    directory = MediaStoragePresentationContexts[0].answered(2, [UID(TRANSFER[0])], as_scu=False, as_scp=False)
    assert negotiate_unrestricted([directory], [])[0][0].status == "Abstract Syntax Not Supported"
    storage = build_context(CT)
    storage.context_id = 3
    assert negotiate_unrestricted([storage], [])[0][0].status == "Accepted"


@given(associate_rqs() | wrong_pdus())
def test_whatever_a_peer_proposes_is_answered(pdu: model.Pdu) -> None:
    if not isinstance(pdu, model.AssociateRq):
        return
    rows = [PresentationContext.from_item(item) for item in pdu.presentation_contexts]
    asked: dict[str, tuple[bool | None, bool | None]] = {
        cx.abstract_syntax: (True, True) for cx in rows if cx.abstract_syntax is not None
    }
    both = [build_context(str(cx.abstract_syntax), list(cx.transfer_syntax)) for cx in rows if _fits(cx)]
    for context in both:
        context.scu_role = context.scp_role = True
    for negotiate in (negotiate_as_acceptor, negotiate_unrestricted):
        answers, replies = negotiate(rows, both, asked)
        assert Counter(cx.context_id for cx in answers) == Counter(cx.context_id for cx in rows)
        assert all(isinstance(cx.to_item(), model.PresentationContextAc) for cx in answers)
        assert all(reply.to_item() for reply in replies)
    if rows:
        assert len(negotiate_as_requestor(rows, answers)) == len(rows)


def _fits(context: PresentationContext) -> bool:
    names = [context.abstract_syntax or "", *context.transfer_syntax]
    return all(0 < len(name) <= 64 for name in names) and bool(context.transfer_syntax)
