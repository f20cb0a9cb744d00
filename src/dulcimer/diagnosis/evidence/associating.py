"""Association requests and acceptances as facts."""

from __future__ import annotations

from dulcimer.diagnosis.evidence.facts import AcceptanceSeen, RequestSeen, SeenContext, SeenPlace
from dulcimer.wire.model import (
    AssociateAc,
    AssociateRq,
    AsynchronousOperationsWindow,
    ImplementationVersionName,
    ScpScuRoleSelection,
)

_TITLES = slice(10, 26), slice(26, 42)
"""Bytes of the called and the calling AE title in the PDU (PS3.8 Table 9-11)."""


def request_of(pdu: AssociateRq, data: bytes, place: SeenPlace) -> RequestSeen:
    """The fact of an A-ASSOCIATE-RQ, from it and its bytes."""
    return RequestSeen(
        place=place,
        called=data[_TITLES[0]],
        calling=data[_TITLES[1]],
        contexts=tuple(
            SeenContext(one.presentation_context_id, one.abstract_syntax or "", one.transfer_syntaxes)
            for one in pdu.presentation_contexts
        ),
        roles=_roles(pdu),
        maximum_length=pdu.maximum_length,
        has_window=_has_window(pdu),
        implementation=_implementation(pdu),
    )


def acceptance_of(pdu: AssociateAc, place: SeenPlace, request: RequestSeen | None) -> AcceptanceSeen:
    """The fact of an A-ASSOCIATE-AC."""
    asked = {one.number: one for one in request.contexts} if request else {}
    contexts = []
    for one in pdu.presentation_contexts:
        known = asked.get(one.presentation_context_id)
        number, result = one.presentation_context_id, int(one.result_reason)
        accepted = one.transfer_syntax or "" if result == 0 else ""
        contexts.append(
            SeenContext(number, known.abstract if known else "", known.syntaxes if known else (), result, accepted)
        )
    return AcceptanceSeen(
        place=place,
        contexts=tuple(contexts),
        roles=_roles(pdu),
        maximum_length=pdu.maximum_length,
        has_window=_has_window(pdu),
        implementation=_implementation(pdu),
    )


def _roles(pdu: AssociateRq | AssociateAc) -> tuple[tuple[str, bool, bool], ...]:
    found = pdu.user_information.all(ScpScuRoleSelection)
    return tuple((one.sop_class_uid, one.scu_role == 1, one.scp_role == 1) for one in found)


def _has_window(pdu: AssociateRq | AssociateAc) -> bool:
    return pdu.user_information.first(AsynchronousOperationsWindow) is not None


def _implementation(pdu: AssociateRq | AssociateAc) -> str:
    found = pdu.user_information.first(ImplementationVersionName)
    return found.implementation_version_name.strip() if found else ""
