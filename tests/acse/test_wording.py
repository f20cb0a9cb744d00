"""Negotiation in words."""

from __future__ import annotations

import dataclasses

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer.acse import wording
from dulcimer.acse.negotiation import Context, Implementation, answer_pdu, outcome, prefer, request_pdu
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRq,
    AsynchronousOperationsWindow,
    PresentationContextAc,
    ScpScuRoleSelection,
    SopClassExtendedNegotiation,
    UserIdentity,
    UserIdentityResponse,
)

CT, MR, FIND = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.2.2.1"
EXPLICIT, IMPLICIT, JPEG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.50"


def request(*contexts: Context) -> AssociateRq:
    return request_pdu(
        contexts,
        calling_ae_title="MODALITY",
        called_ae_title="PACS\x1b",
        maximum_length=16384,
        implementation=Implementation("1.2.3", "TEST"),
        user_items=[
            ScpScuRoleSelection(CT, 1, 1),
            ScpScuRoleSelection(MR, 0, 1),
            SopClassExtendedNegotiation(FIND, b"\1\0"),
            AsynchronousOperationsWindow(0, 4),
            UserIdentity(2, b"alice", b"opensesame", 1),
        ],
    )


def test_proposal_names_titles_contexts_roles_and_items_but_no_user() -> None:
    lines = list(wording.proposal(request(Context(CT, (EXPLICIT, JPEG)), Context("1.2.3.4", (IMPLICIT,)))))
    assert lines == [
        r"MODALITY calls PACS\x1b; maximum length 16384 bytes; implementation 1.2.3 TEST",
        f"context 1: CT Image Storage ({CT}) in Explicit VR Little Endian, JPEG Baseline (Process 1)",
        "context 3: 1.2.3.4 in Implicit VR Little Endian",
        "roles of CT Image Storage: SCU and SCP",
        "roles of MR Image Storage: SCP",
        "extended negotiation of Study Root Query/Retrieve Information Model - FIND: 01 00",
        "operations side by side: any number invoked by the requestor, 4 performed",
        "user identity: user name and passcode in UTF-8, to be confirmed",
    ]


def test_answer_says_what_became_of_each_context_and_role() -> None:
    asked = request(Context(CT, (EXPLICIT,)), Context(MR, (JPEG,)), Context(FIND, (IMPLICIT,)))
    answer, _ = answer_pdu(
        asked,
        prefer([Context(CT, (EXPLICIT,)), Context(MR, (IMPLICIT,))]),
        maximum_length=0,
        choose_roles=lambda uid, _: (True, False) if uid == CT else None,
        implementation=Implementation("1.2.4", None),
        user_items=[AsynchronousOperationsWindow(2, 2), UserIdentityResponse(b"")],
    )
    assert list(wording.answer(asked, answer)) == [
        "1 of 3 presentation contexts accepted; maximum length no limit; implementation 1.2.4",
        "context 1: accepted in Explicit VR Little Endian: CT Image Storage",
        "context 3: not accepted, rejected by the service-provider, none of the transfer syntaxes is supported "
        f"(result 4): MR Image Storage ({MR})",
        "context 5: not accepted, rejected by the service-provider, abstract syntax not supported (result 3): "
        f"Study Root Query/Retrieve Information Model - FIND ({FIND})",
        "roles of CT Image Storage: SCU and SCP proposed, SCU accepted",
        "roles of MR Image Storage: SCP proposed and not answered, so that the requestor is SCU only (PS3.7 D.3.3.4)",
        "operations side by side: 2 invoked by the requestor, 2 performed",
        "user identity: confirmed",
    ]


def strange_answer(*items: PresentationContextAc) -> AssociateAc:
    asked = request(Context(CT, (EXPLICIT,)), Context(MR, (EXPLICIT,)), Context(FIND, (EXPLICIT,)))
    answer, _ = answer_pdu(asked, prefer([]))
    first, *_, last = answer.variable_items
    return dataclasses.replace(answer, variable_items=(first, *items, last))


def test_answer_that_breaks_the_standard_is_called_a_fault_of_the_peer() -> None:
    asked = request(Context(CT, (EXPLICIT,)), Context(MR, (EXPLICIT,)), Context(FIND, (EXPLICIT,)))
    answer = strange_answer(
        PresentationContextAc.of(1, 0, "unknown"), PresentationContextAc(3, 0, ()), PresentationContextAc.of(7, 0, JPEG)
    )
    accepted, refused = outcome(asked, answer)
    assert not accepted
    ct, mr, find = (context.why for context in refused)
    assert "accepted it with 'unknown', which was not proposed: a fault of the peer" in ct
    assert "accepted it with no transfer syntax, which was not proposed: a fault of the peer" in mr
    assert "leaves it out, a fault of the peer" in find
    assert all("refused" not in why for why in (ct, mr, find))
    lines = list(wording.answer(asked, answer))
    assert any(
        "context 1: not accepted, answered with 'unknown', a transfer syntax that was not" in line for line in lines
    )
    assert any(line.startswith("context 5: not accepted, left out of the answer") for line in lines)


def test_reasons_name_each_reason_once_with_its_classes() -> None:
    asked = request(*(Context(f"1.2.{number}", (EXPLICIT,)) for number in range(6)))
    answer, _ = answer_pdu(asked, prefer([]))
    text = wording.reasons(outcome(asked, answer)[1])
    assert text.startswith("1.2.0, 1.2.1, 1.2.2 and 3 more: the peer refused it: ")
    assert text.count("abstract syntax not supported") == 1
    assert "the peer" not in wording.reasons(outcome(asked, answer)[1], ours=True)


def test_peer_that_says_nothing_of_itself_is_logged_as_such() -> None:
    asked = AssociateRq("B", "A", (request(Context(CT, (EXPLICIT,))).variable_items[0],))
    assert asked.application_context == APPLICATION_CONTEXT_NAME
    assert list(wording.proposal(asked)) == [
        "A calls B; maximum length not said; implementation no implementation class UID"
    ]
