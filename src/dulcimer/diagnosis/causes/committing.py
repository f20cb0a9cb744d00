"""Where the report of a storage commitment gets lost (question 16)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.commands import CommandField
from dulcimer.diagnosis.causes.findings import CauseFinding, ProofPoint, names, point
from dulcimer.diagnosis.causes.operations import COMMITMENT, is_failure, operations_of
from dulcimer.diagnosis.causes.scene import Scene
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import AbortSeen, ConnectFailure, MessageSeen, RejectionSeen, SeenFact


def commitments(scene: Scene, one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for requests of commitment without a report."""
    for operation in operations_of(one, CommandField.N_ACTION_RQ):
        final = operation.final
        if operation.request.sop_class != COMMITMENT or final is None:
            continue
        values, numbers = names(one), (one.number,)
        proof = point(f"N-ACTION response with status {final.status or 0:04X}H", final)
        if is_failure(final.status):
            yield CauseFinding("commitment-not-supported", Sureness.LIKELY, (proof,), values, numbers)
            continue
        if _reported(scene, one):
            continue
        found = list(_report(scene, one, proof, values))
        yield from found
        if not found:
            yield CauseFinding("commitment-not-reported", Sureness.LIKELY, (proof,), values, numbers)
    answer = one.acceptance
    refused = [
        context
        for context in one.contexts
        if context.abstract == COMMITMENT and context.result not in (None, ContextResult.ACCEPTANCE)
    ]
    accepted = any(context.result == ContextResult.ACCEPTANCE for context in one.contexts)
    if answer is not None and refused and not accepted and not _is_report(one):
        proof = ProofPoint("the context of Storage Commitment is refused", answer.place)
        yield CauseFinding("commitment-not-supported", Sureness.CERTAIN, (proof,), names(one), (one.number,))


def _reported(scene: Scene, one: SeenConnection) -> bool:
    """Whether any report came, on this association or from the archive."""
    return any(
        message.command_field == CommandField.N_EVENT_REPORT_RQ
        for other in scene.evidence.conversations
        if other.number == one.number or _goes_back(one, other)
        for message in other.all(MessageSeen)
    )


def _goes_back(one: SeenConnection, other: SeenConnection) -> bool:
    """Whether `other` may be a connection from the acceptor of `one` to its requestor."""
    if one.server[0] and other.client[0]:
        return other.client[0] == one.server[0] and other.server[0] == one.client[0] and other.server != one.server
    return bool(one.called) and other.calling == one.called and other.called == one.calling


def _report(scene: Scene, one: SeenConnection, proof: ProofPoint, values: dict[str, str]) -> Iterator[CauseFinding]:
    for other in scene.between(one.began.t, None):
        if other.number == one.number or not _goes_back(one, other):
            continue
        numbers = (one.number, other.number)
        certain = other.called == one.calling and bool(one.calling)
        sure = Sureness.CERTAIN if certain else Sureness.LIKELY
        failure, rejection = other.first(ConnectFailure), other.first(RejectionSeen)
        answer = other.acceptance
        if failure is not None:
            words = f"the archive tries to connect to {other.server[0]} port {other.server[1]}: {failure.how}"
            there = point(words, failure)
            yield CauseFinding("commitment-report-unreachable", Sureness.LIKELY, (proof, there), values, numbers)
        elif rejection is not None or (answer is None and other.first(AbortSeen) is not None):
            seen: SeenFact | None = rejection or other.first(AbortSeen)
            assert seen is not None
            there = point("the device rejects the association of the archive", seen)
            yield CauseFinding("commitment-report-rejected", sure, (proof, there), values, numbers)
        elif answer is not None and _lacks_role(other):
            there = point("the context or the role of SCP for Storage Commitment is not accepted", answer)
            yield CauseFinding("commitment-role-refused", sure, (proof, there), values, numbers)


def _is_report(one: SeenConnection) -> bool:
    """Whether the requestor of a conversation wants to report: it proposes the role of SCP."""
    request = one.request
    return request is not None and any(sop_class == COMMITMENT and scp for sop_class, _, scp in request.roles)


def _lacks_role(other: SeenConnection) -> bool:
    answer = other.acceptance
    contexts = [context for context in other.contexts if context.abstract == COMMITMENT]
    if answer is None or not contexts:
        return False
    accepted = any(context.result == ContextResult.ACCEPTANCE for context in contexts)
    granted = any(sop_class == COMMITMENT and scp for sop_class, _, scp in answer.roles)
    return not accepted or (_is_report(other) and not granted)
