"""What two application entities negotiate, and how it is used."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer import AE, AsyncAE, _config, build_context, evt
from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer.acse.negotiation import answer_pdu, outcome
from dulcimer.ae.core.acceptance import Acceptance, supported
from dulcimer.errors import AssociationRejected, ContextNotAccepted
from dulcimer.pdu_primitives import (
    AsynchronousOperationsWindowNegotiation,
    SOPClassCommonExtendedNegotiation,
    SOPClassExtendedNegotiation,
    UserIdentityNegotiation,
)
from dulcimer.proposals.context_negotiation import negotiate_as_acceptor, negotiate_as_requestor
from dulcimer.proposals.presentation_context import PresentationContext
from dulcimer.sop_class import CTImageStorage, MRImageStorage, Verification
from dulcimer.wire.model import (
    ApplicationContext,
    AssociateRq,
    ScpScuRoleSelection,
    UserInformation,
)
from support.entities import Seen, ct, nothing_left, scp, scu, serving

PRIVATE = "1.2.826.0.1.3680043.9.9999.1"


@pytest.fixture(autouse=True)
def tidy() -> Iterator[None]:
    with nothing_left():
        yield


def window_of(invoked: int, performed: int) -> AsynchronousOperationsWindowNegotiation:
    item = AsynchronousOperationsWindowNegotiation()
    item.maximum_number_operations_invoked = invoked
    item.maximum_number_operations_performed = performed
    return item


def identity(**fields: Any) -> UserIdentityNegotiation:
    item = UserIdentityNegotiation()
    for name, value in {"user_identity_type": 1, "primary_field": b"me", **fields}.items():
        setattr(item, name, value)
    return item


class Turnstile:
    """An async C-STORE handler that returns only after `count` calls have begun, the last one first."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.inside: list[asyncio.Event] = []
        self.most = 0
        self.left: list[int] = []

    async def __call__(self, event: evt.Event) -> int:
        number = event.message_id
        gate = asyncio.Event()
        self.inside.append(gate)
        self.most = max(self.most, len(self.inside))
        if len(self.inside) == self.count:
            self.inside[-1].set()
        await gate.wait()
        self.inside.remove(gate)
        self.left.append(number)
        if self.inside:
            self.inside[-1].set()
        return number


@pytest.mark.parametrize(("proposed", "granted", "at_once"), [(8, 8, 8), (0, 8, 8), (8, None, 1), (8, 3, 3)])
def test_as_many_operations_are_outstanding_as_the_peer_grants(
    proposed: int, granted: int | None, at_once: int
) -> None:
    async def body() -> None:
        turnstile = Turnstile(at_once)
        acceptor, requestor = AsyncAE(), AsyncAE()
        acceptor.add_supported_context(CTImageStorage)
        requestor.add_requested_context(CTImageStorage)

        async def store(event: evt.Event) -> int:
            return await turnstile(event)

        handlers: list[Any] = [(evt.EVT_C_STORE, store)]
        if granted is not None:
            handlers.append((evt.EVT_ASYNC_OPS, lambda event: (granted, 1)))
        server = await acceptor.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
        assert server is not None
        async with (
            server,
            await requestor.associate(*server.server_address, ext_neg=[window_of(proposed, 1)]) as association,
        ):
            assert association.acceptor.asynchronous_operations == ((granted, 1) if granted else (1, 1))
            numbers = list(range(1, at_once * 3 + 1))
            async with asyncio.timeout(60):
                statuses = await asyncio.gather(*(association.send_c_store(ct(f"1.2.{n}"), msg_id=n) for n in numbers))
        assert [status.Status for status in statuses] == numbers
        assert turnstile.most == at_once
        assert sorted(turnstile.left) == numbers
        if at_once > 1:
            assert turnstile.left != numbers, "answered in the order of the requests"

    asyncio.run(body())


def test_window_is_never_wider_than_proposed() -> None:
    with serving(scp(), [(evt.EVT_ASYNC_OPS, lambda event: (100, 0))]) as address:
        with scu().associate(*address, ext_neg=[window_of(4, 2)]) as association:
            assert association.acceptor.asynchronous_operations == (4, 2)


@pytest.mark.parametrize("answer", [None, (1,), ("a", 1), (-1, 1)])
def test_window_that_makes_no_sense_is_synchronous(answer: Any) -> None:
    with serving(scp(), [(evt.EVT_ASYNC_OPS, lambda event: answer)]) as address:
        with scu().associate(*address, ext_neg=[window_of(4, 2)]) as association:
            assert association.acceptor.asynchronous_operations == (1, 1)


def test_identity_is_not_needed_and_not_asked_for_by_default() -> None:
    with serving(scp()) as address, scu().associate(*address, ext_neg=[identity()]) as association:
        assert association.acceptor.user_identity is None


@pytest.mark.parametrize("kind", [1, 2])
def test_user_name_is_confirmed_by_a_response_of_no_bytes(kind: int) -> None:
    item = identity(user_identity_type=kind, positive_response_requested=True, secondary_field=b"pw")
    with serving(scp(), [(evt.EVT_USER_ID, lambda event: (True, None))]) as address:
        with scu().associate(*address, ext_neg=[item]) as association:
            answer = association.acceptor.user_identity
            assert answer is not None
            assert answer.server_response == b""


@pytest.mark.clause("PS3.7 D.3.3.7.3")
@pytest.mark.parametrize("handler", [lambda event: (False, None), lambda event: 1 / 0])
def test_identity_that_is_not_accepted_rejects(handler: Any) -> None:
    with serving(scp(), [(evt.EVT_USER_ID, handler)]) as address:
        association = scu().associate(*address, ext_neg=[identity()])
        assert association.is_rejected
        error = association.error
        assert isinstance(error, AssociationRejected)
        assert (error.result, error.source, error.reason) == (1, 2, 1)


def test_extended_and_common_extended_negotiation() -> None:
    seen: list[Any] = []

    def extended(event: evt.Event) -> Any:
        seen.append(event.app_info)
        return {uid: value + b"!" for uid, value in event.app_info.items()}

    def common(event: evt.Event) -> Any:
        seen.append({uid: item.service_class_uid for uid, item in event.items.items()})
        return event.items

    def store(event: evt.Event) -> int:
        seen.append(event.assoc.acceptor.accepted_common_extended)
        return 0x0000

    first = SOPClassExtendedNegotiation()
    first.sop_class_uid = CTImageStorage
    first.service_class_application_information = b"\x01\x02"
    second = SOPClassCommonExtendedNegotiation()
    second.sop_class_uid = PRIVATE
    second.service_class_uid = "1.2.840.10008.4.2"
    second.related_general_sop_class_identification = [CTImageStorage]
    handlers = [(evt.EVT_SOP_EXTENDED, extended), (evt.EVT_SOP_COMMON, common), (evt.EVT_C_STORE, store)]
    with serving(scp(CTImageStorage), handlers) as address:
        with scu(CTImageStorage).associate(*address, ext_neg=[first, second]) as association:
            assert association.acceptor.sop_class_extended == {CTImageStorage: b"\x01\x02!"}
            assert association.send_c_store(ct()).Status == 0x0000
    assert seen == [
        {CTImageStorage: b"\x01\x02"},
        {PRIVATE: "1.2.840.10008.4.2"},
        {PRIVATE: ("1.2.840.10008.4.2", [CTImageStorage])},
    ]


@pytest.mark.parametrize(
    ("settings", "titles", "reason"),
    [
        ({"require_called_aet": True}, ("SCU", "OTHER"), 7),
        ({"require_calling_aet": ["ME", "YOU"]}, ("SCU", "SCP"), 3),
        ({"require_called_aet": True, "require_calling_aet": ["SCU "]}, ("SCU", "SCP"), None),
    ],
)
def test_titles_are_required_as_the_settings_say(
    settings: dict[str, Any], titles: tuple[str, str], reason: int | None
) -> None:
    with serving(scp(**settings)) as address:
        requestor = scu(ae_title=titles[0])
        association = requestor.associate(*address, ae_title=titles[1])
        assert association.is_rejected is (reason is not None)
        if reason is not None:
            assert isinstance(association.error, AssociationRejected)
            assert association.error.reason == reason
        association.release()


def test_limit_counts_the_associations_of_all_servers() -> None:
    acceptor = scp(maximum_associations=1)
    with serving(acceptor) as first, serving(acceptor) as second:
        with scu().associate(*first):
            assert len(acceptor.active_associations) == 1
            error = scu().associate(*second).error
            assert isinstance(error, AssociationRejected)
            assert (error.result, error.source, error.reason) == (2, 3, 2)


def test_association_without_any_accepted_context_is_aborted_and_says_why() -> None:
    with serving(scp()) as address:
        requestor = AE()
        requestor.add_requested_context(CTImageStorage)
        association = requestor.associate(*address)
        assert association.is_aborted
        assert isinstance(association.error, ContextNotAccepted)
        assert "abstract syntax" in str(association.error)
        assert [context.result for context in association.rejected_contexts] == [3]


def test_unrestricted_storage_takes_private_classes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_config, "UNRESTRICTED_STORAGE_SERVICE", True)
    requestor = AE()
    requestor.requested_contexts = [build_context(uid) for uid in (PRIVATE, MRImageStorage, Verification)]
    with serving(AE(), [(evt.EVT_C_STORE, lambda event: 0x0000)]) as address:
        with requestor.associate(*address) as association:
            assert [str(cx.abstract_syntax) for cx in association.accepted_contexts] == [PRIVATE, MRImageStorage]
            data_set = ct()
            data_set.SOPClassUID = PRIVATE
            assert association.send_c_store(data_set).Status == 0x0000


def test_what_an_end_says_of_itself_reaches_the_other() -> None:
    seen = Seen()
    acceptor = scp(implementation_version_name="ACCEPTOR 1", maximum_pdu_size=4096)
    requestor = scu(implementation_class_uid="1.2.3.4", implementation_version_name=None)
    requestor.requested_contexts[0].context_id = 77
    with serving(acceptor, [(evt.EVT_ESTABLISHED, seen)]) as address:
        with requestor.associate(*address, max_pdu=0) as association:
            assert association.acceptor.implementation_version_name == "ACCEPTOR 1"
            assert association.remote["pdv_size"] == 4096
            assert association.remote["port"] == address[1]
            assert [context.context_id for context in association.accepted_contexts] == [77]
            seen.until("EVT_ESTABLISHED")
            peer = seen.events[0].assoc
            assert peer.requestor.implementation_class_uid == "1.2.3.4"
            assert peer.requestor.implementation_version_name is None
            assert peer.requestor.maximum_length == 0
            assert peer.requestor.port == association.requestor.port
            assert peer.requestor.primitive is not None
            assert peer.requestor.primitive.calling_ae_title.strip() == "SCU"


def roles(draw: st.DrawFn) -> tuple[bool | None, bool | None]:
    return draw(st.sampled_from([(None, None), (True, True), (True, False), (False, True), (False, False)]))


@st.composite
def proposals(draw: Any) -> tuple[list[PresentationContext], list[PresentationContext], dict[str, Any]]:
    uids = ["1.2.1", "1.2.2", "1.2.3"]
    syntaxes = st.lists(st.sampled_from(["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]), min_size=1, unique=True)
    asked = [build_context(uid, draw(syntaxes)) for uid in draw(st.lists(st.sampled_from(uids), min_size=1))]
    for index, context in enumerate(asked):
        context.context_id = 2 * index + 1
    known = [build_context(uid, draw(syntaxes)) for uid in draw(st.lists(st.sampled_from(uids), unique=True))]
    for context in known:
        context.scu_role, context.scp_role = roles(draw)
    pairs = st.sampled_from([(True, True), (True, False), (False, True)])
    return asked, known, draw(st.dictionaries(st.sampled_from(uids), pairs))


@given(proposals())
def test_entities_negotiate_as_the_public_functions_say(case: Any) -> None:
    asked, known, proposed = case
    for context in asked:
        context.scu_role, context.scp_role = proposed.get(str(context.abstract_syntax), (None, None))
    items = tuple(ScpScuRoleSelection(uid, int(scu), int(scp)) for uid, (scu, scp) in proposed.items())
    request = AssociateRq(
        "A",
        "B",
        (
            ApplicationContext(APPLICATION_CONTEXT_NAME),
            *(context.to_item() for context in asked),
            UserInformation(items),
        ),
    )
    acceptance = Acceptance(lambda: None, *supported(known))  # type: ignore[arg-type,return-value]  # nobody calls it here
    answer, accepted = answer_pdu(
        request,
        acceptance._chooser(request, False),
        choose_roles=acceptance._role_chooser(request, False),
    )
    contexts, replies = negotiate_as_acceptor(asked, known, proposed)
    assert [(item.presentation_context_id, item.result_reason) for item in answer.presentation_contexts] == [
        (context.context_id, context.result) for context in contexts
    ]
    expected = [context for context in contexts if context.result == 0]
    assert [(item.transfer_syntax, item.as_scu, item.as_scp) for item in accepted] == [
        (context.transfer_syntax[0], context.as_scu, context.as_scp) for context in expected
    ]
    answered = answer.user_information.all(ScpScuRoleSelection)
    assert {(item.sop_class_uid, bool(item.scu_role), bool(item.scp_role)) for item in answered} == {
        (str(reply.sop_class_uid), reply.scu_role, reply.scp_role) for reply in replies
    }
    told = {str(reply.sop_class_uid): (reply.scu_role, reply.scp_role) for reply in replies}
    mine = [context for context in negotiate_as_requestor(asked, contexts, told) if context.result == 0]
    assert [(item.context_id, item.as_scu, item.as_scp) for item in outcome(request, answer)[0]] == [
        (context.context_id, context.as_scu, context.as_scp) for context in mine
    ]
