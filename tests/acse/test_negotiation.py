"""Presentation contexts and user information, proposed and answered."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.codes import ContextResult
from dulcimer.acse.negotiation import (
    AcceptedContext,
    Context,
    PeerInformation,
    answer_pdu,
    outcome,
    prefer,
    refusal,
    request_pdu,
    windows,
)
from dulcimer.wire.codec import decode, decode_lenient, encode
from dulcimer.wire.model import (
    AbstractSyntax,
    ApplicationContext,
    AssociateAc,
    AssociateRj,
    AssociateRq,
    AsynchronousOperationsWindow,
    MaximumLength,
    PresentationContextAc,
    PresentationContextRq,
    ScpScuRoleSelection,
    TransferSyntax,
    UnknownItem,
    UserInformation,
)

CLASSES = ["1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2.3"]
SYNTAXES = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.50"]
CONTEXTS = st.builds(
    Context,
    st.sampled_from(CLASSES),
    st.lists(st.sampled_from(SYNTAXES), min_size=1, max_size=3, unique=True).map(tuple),
)


def proposal(*contexts: Context) -> AssociateRq:
    return request_pdu(contexts, calling_ae_title="ME", called_ae_title="YOU")


def with_items(request: AssociateRq, *items: Any) -> AssociateRq:
    return replace(request, variable_items=items)


@given(st.lists(CONTEXTS, min_size=1, max_size=128), st.lists(CONTEXTS, max_size=3))
def test_both_ends_come_to_the_same_contexts(offered: list[Context], supported: list[Context]) -> None:
    request = decode(encode(proposal(*offered)))
    assert isinstance(request, AssociateRq)
    answer, accepted_there = answer_pdu(request, prefer(supported))
    accepted_here, refused = outcome(request, answer)
    assert accepted_here == tuple(
        replace(context, as_scu=context.as_scp, as_scp=context.as_scu) for context in accepted_there
    )
    assert len(accepted_here) + len(refused) == len(offered)
    orders = {context.abstract_syntax: context.transfer_syntaxes for context in supported}
    for context in accepted_here:
        proposed = offered[context.context_id // 2]
        assert context.abstract_syntax == proposed.abstract_syntax
        fits = [name for name in orders[context.abstract_syntax] if name in proposed.transfer_syntaxes]
        assert context.transfer_syntax == fits[0]
    for left_out in refused:
        known = left_out.abstract_syntax in orders
        assert left_out.result == (
            ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED if known else ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED
        )
        assert left_out.why


@pytest.mark.clause("PS3.7 D.3.3.4")
@pytest.mark.parametrize("proposed", [None, (0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("accepted", [None, (False, False), (True, False), (False, True), (True, True)])
def test_roles_are_those_that_both_ends_name(
    proposed: tuple[int, int] | None, accepted: tuple[bool, bool] | None
) -> None:
    items = [ScpScuRoleSelection("1.2", *proposed)] if proposed else []
    request = request_pdu([Context("1.2", ("1.2",))], calling_ae_title="ME", called_ae_title="YOU", user_items=items)
    supported = prefer([Context("1.2", ("1.2",))])
    answer, (there,) = answer_pdu(request, supported, choose_roles=lambda _uid, _roles: accepted)
    (here,), _ = outcome(request, answer)
    assert (here.as_scu, here.as_scp) == (there.as_scp, there.as_scu)
    if proposed is None or accepted is None:
        assert (here.as_scu, here.as_scp) == (True, False)
        assert answer.user_information.first(ScpScuRoleSelection) is None
    else:
        both = (bool(proposed[0]) and accepted[0], bool(proposed[1]) and accepted[1])
        assert (here.as_scu, here.as_scp) == both
        assert answer.user_information.first(ScpScuRoleSelection) == ScpScuRoleSelection("1.2", *map(int, both))


@pytest.mark.clause("PS3.7 D.3.3.3")
@pytest.mark.parametrize(("item", "window"), [(None, (1, 1)), ((0, 5), (0, 5)), ((8, 1), (8, 1))])
def test_window_is_one_operation_unless_the_answer_names_another(
    item: tuple[int, int] | None, window: tuple[int, int]
) -> None:
    items = (AsynchronousOperationsWindow(*item),) if item else ()
    answer, _ = answer_pdu(proposal(Context("1.2", ("1.2",))), prefer([]), user_items=items)
    assert windows(answer) == window


@pytest.mark.clause("PS3.8 9.3.2.2")
@pytest.mark.parametrize("count", [0, 129])
def test_1_to_128_contexts_fit(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 128"):
        proposal(*[Context("1.2", ("1.2",))] * count)


def test_context_needs_a_transfer_syntax() -> None:
    with pytest.raises(ValueError, match="no transfer syntax"):
        proposal(Context("1.2", ()))


@pytest.mark.clause("PS3.8 Table 9-17")
@given(st.binary(min_size=32, max_size=32))
def test_answer_echoes_bytes_11_to_74(reserved: bytes) -> None:
    request = replace(proposal(Context("1.2", ("1.2",))), calling_ae_title="  ME", reserved_43_74=reserved)
    answer, _ = answer_pdu(request, prefer([]))
    assert encode(answer)[10:74] == encode(request)[10:74]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"called_ae_title": "    "}, 7),
        ({"calling_ae_title": ""}, 3),
    ],
)
def test_ae_titles_of_spaces_are_not_accepted(change: dict[str, Any], reason: int | None) -> None:
    request = replace(proposal(Context("1.2", ("1.2",))), **change)
    assert refusal(request) == (AssociateRj(1, 1, reason) if reason else None)


@pytest.mark.clause("PS3.8 7.1.1.2")
@pytest.mark.parametrize(
    ("name", "accepted"),
    [("1.2.840.10008.3.1.1.1", True), ("1.2.840.10008.3.1.1.1\0", True), ("1.2.3", False), (None, False)],
)
def test_application_context_is_checked(name: str | None, accepted: bool) -> None:
    items = proposal(Context("1.2", ("1.2",))).variable_items[1:]
    request = with_items(
        proposal(Context("1.2", ("1.2",))), *([ApplicationContext(name)] if name is not None else []), *items
    )
    assert refusal(request) == (None if accepted else AssociateRj(1, 1, 2))


@pytest.mark.clause("PS3.8 9.3.2.2")
@pytest.mark.parametrize("ids", [[], [2], [0], [1, 1], [1, 3, 1]])
def test_context_ids_are_odd_and_each_of_one_context(ids: list[int]) -> None:
    items = [PresentationContextRq.of(context_id, "1.2", "1.2") for context_id in ids]
    request = with_items(proposal(Context("1.2", ("1.2",))), ApplicationContext("1.2.840.10008.3.1.1.1"), *items)
    assert refusal(request) == AssociateRj(1, 1, 1)


@pytest.mark.parametrize(
    ("sub_items", "result"),
    [
        ((TransferSyntax("1.2"),), 3),
        ((AbstractSyntax("1.2"), AbstractSyntax("1.2"), TransferSyntax("1.2")), 3),
        ((AbstractSyntax("1.2"),), 4),
        ((AbstractSyntax("1.2"), TransferSyntax("1.2.9")), 4),
        ((AbstractSyntax("1.2.9"), TransferSyntax("1.2")), 3),
        ((UnknownItem(0x77, b"x"), AbstractSyntax("1.2\0"), TransferSyntax("1.2\0")), 0),
    ],
)
def test_context_is_answered_by_its_sub_items(sub_items: tuple[Any, ...], result: int) -> None:
    item = PresentationContextRq(5, sub_items)
    request = with_items(proposal(Context("1.2", ("1.2",))), item)
    answer, accepted = answer_pdu(request, prefer([Context("1.2", ("1.2",))]))
    (reply,) = answer.presentation_contexts
    assert (reply.presentation_context_id, reply.result_reason) == (5, result)
    assert len(reply.sub_items) == 1
    assert accepted == ((AcceptedContext(5, "1.2", "1.2", as_scu=False, as_scp=True),) if result == 0 else ())


@pytest.mark.parametrize(
    "replies",
    [
        [],
        [PresentationContextAc.of(3, 0, "1.2")],
        [PresentationContextAc.of(1, 0, "1.2.9")],
        [PresentationContextAc(1, 0, ())],
        [PresentationContextAc.of(1, 200, "1.2")],
    ],
)
def test_unusable_answer_counts_as_refused(replies: list[PresentationContextAc]) -> None:
    answer = AssociateAc("", "", tuple(replies))
    accepted, refused = outcome(proposal(Context("1.2", ("1.2",))), answer)
    assert accepted == ()
    assert refused[0].result == next((r.result_reason for r in replies if r.presentation_context_id == 1), None)
    assert ("fault of the peer" in refused[0].why) == (refused[0].result != 200)


def test_peer_that_says_nothing_of_itself() -> None:
    assert PeerInformation.of(AssociateAc(" YOU ", "ME", ())) == PeerInformation("YOU", "", "", 0)
    peer = PeerInformation.of(proposal(Context("1.2", ("1.2",))))
    assert peer.ae_title == "ME"
    assert peer.implementation_version_name.startswith("DULCIMER_")
    assert len(peer.implementation_version_name) <= 16
    assert peer.maximum_length > 0


@pytest.mark.clause("PS3.8 F.1")
@given(
    st.lists(st.sampled_from(["1.2", "1.2.9", "", "\0", "1.x", "1.02", "9" * 65, "1..2"]), max_size=4),
    st.sampled_from(["", "\0", " ", "\0\0", "\0 "]),
    st.sampled_from(["1.2", "1.2.9", "1.5"]),
    st.booleans(),
)
def test_answer_to_padded_and_malformed_names_is_lawful(
    names: list[str], padding: str, supported: str, with_role: bool
) -> None:
    item = PresentationContextRq.of(1, "1.5" + padding, *(name + padding for name in names))
    roles = [ScpScuRoleSelection("1.5" + padding, 1, 1)] if with_role else []
    asked = with_items(proposal(Context("1.5", ("1.2",))), item)
    request = replace(asked, variable_items=(*asked.variable_items, UserInformation((MaximumLength(0), *roles))))
    answer, accepted = answer_pdu(
        request, prefer([Context("1.5", (supported,))]), choose_roles=lambda _uid, proposed: proposed
    )
    assert decode_lenient(encode(answer)).deviations == ()
    assert [one.transfer_syntax for one in accepted] == [supported] * (supported in names)
    if accepted and with_role:
        assert answer.user_information.all(ScpScuRoleSelection) == (ScpScuRoleSelection("1.5", 1, 1),)
