"""What became of a C-MOVE or C-GET: destination, sub-operations, roles (questions 2, 3, 4 and 18)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.commands import CommandField
from dulcimer.diagnosis.causes.contexts import STORAGE
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint, names, point
from dulcimer.diagnosis.causes.operations import (
    MOVE_UNABLE,
    MOVE_UNKNOWN,
    SUB_OPERATIONS_FAILED,
    OperationSeen,
    is_failure,
    operations_of,
)
from dulcimer.diagnosis.causes.scene import Scene
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import (
    AbortSeen,
    ConnectFailure,
    MessageSeen,
    RejectionSeen,
    SeenFact,
)


def moves(scene: Scene, one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for C-MOVEs that did not do what was asked."""
    for operation in operations_of(one, CommandField.C_MOVE_RQ):
        yield from _move(scene, one, operation)


def _move(scene: Scene, one: SeenConnection, operation: OperationSeen) -> Iterator[CauseFinding]:
    final = operation.final
    values = names(one, destination=operation.request.destination)
    if final is None or final.status is None:
        return
    values["status"] = f"{final.status:04X}H"
    _, completed, failed, warning = final.counters
    proof = point(f"C-MOVE response with status {final.status:04X}H{_counted(final)}", final)
    if final.status == 0 and not (completed or failed or warning):
        if operation.matches == 0:
            sure = Sureness.LIKELY if completed is None else Sureness.CERTAIN
            yield CauseFinding("move-matched-nothing", sure, (proof,), values, (one.number,))
        return
    troubled = is_failure(final.status) or final.status == SUB_OPERATIONS_FAILED or bool(failed)
    if not troubled:
        yield from _elsewhere(scene, one, operation, proof, values)
        return
    found = list(_sub_association(scene, one, operation, proof, values))
    if found:
        yield from found
    elif final.status == MOVE_UNKNOWN:
        yield CauseFinding("destination-not-configured", Sureness.LIKELY, (proof,), values, (one.number,))
    elif final.status in (MOVE_UNABLE, SUB_OPERATIONS_FAILED) or failed:
        yield CauseFinding("move-suboperations-failed", Sureness.LIKELY, (proof,), values, (one.number,))
    elif 0xC000 <= final.status <= 0xCFFF:
        orthanc = one.acceptance is not None and one.acceptance.implementation.upper().startswith("ORTHANC")
        first, second = ("destination-perhaps-unknown", "move-unable-to-process")
        if not orthanc and final.status != 0xC000:
            first, second = second, first
        yield CauseFinding(first, Sureness.LIKELY, (proof,), values, (one.number,))
        part = CauseWeight.PART_OF_IT
        yield CauseFinding(second, Sureness.POSSIBLE, (proof,), values, (one.number,), part)
    else:
        yield CauseFinding("move-unable-to-process", Sureness.LIKELY, (proof,), values, (one.number,))


def _sub_association(
    scene: Scene, one: SeenConnection, operation: OperationSeen, proof: ProofPoint, values: dict[str, str]
) -> Iterator[CauseFinding]:
    """What happened on the association from the archive to the destination, if it was seen."""
    final = operation.final
    assert final is not None
    for other in scene.between(operation.request.place.t, final.place.t):
        if other.number == one.number or not _is_from(other, one, operation):
            continue
        numbers = (one.number, other.number)
        sure = Sureness.CERTAIN if _called_is(other, operation) else Sureness.LIKELY
        values = {**values, "host": other.server[0], "port": str(other.server[1])} if other.server[0] else values
        failure = other.first(ConnectFailure)
        rejection = other.first(RejectionSeen)
        if failure is not None:
            there = ProofPoint(f"the archive tries to connect to {_where(other)}: {failure.how}", failure.place)
            yield CauseFinding("destination-not-reached", Sureness.LIKELY, (proof, there), values, numbers)
        elif rejection is not None or (other.acceptance is None and other.first(AbortSeen)):
            seen: SeenFact | None = rejection or other.first(AbortSeen)
            assert seen is not None
            there = ProofPoint(f"the destination rejects the archive's association at {_where(other)}", seen.place)
            yield CauseFinding("move-rejected-by-destination", sure, (proof, there), values, numbers)
        else:
            yield from _on_it(other, proof, sure, values, numbers)


def _elsewhere(
    scene: Scene, one: SeenConnection, operation: OperationSeen, proof: ProofPoint, values: dict[str, str]
) -> Iterator[CauseFinding]:
    """Where the instances went, if the destination is known to be at another address."""
    final, destination = operation.final, operation.request.destination
    assert final is not None
    for other in scene.between(operation.request.place.t, final.place.t):
        request = other.request
        if other.number == one.number or request is None or not other.server[0] or not _is_from(other, one, operation):
            continue
        if not any(message.command_field == CommandField.C_STORE_RQ for message in other.all(MessageSeen)):
            continue
        there = point(f"the archive stores them at {_where(other)}", request)
        numbers = (one.number, other.number)
        asked = one.request
        if asked is not None and destination and destination == one.calling:
            if one.client[0] not in ("", other.server[0]):
                known = point(f"{destination} is the requestor itself, at {one.client[0]}", asked)
                yield CauseFinding("sent-elsewhere", Sureness.LIKELY, (there, known, proof), values, numbers)
                return
        elif (seen := _seen_at(scene, other, destination)) is not None:
            yield CauseFinding("sent-elsewhere", Sureness.POSSIBLE, (there, seen, proof), values, numbers)
            return


def _seen_at(scene: Scene, other: SeenConnection, destination: str) -> ProofPoint | None:
    """An association that the destination accepts at another address, and none at this one."""
    called = [each for each in scene.evidence.conversations if each.called == destination and each.acceptance]
    if not destination or any(each.server == other.server and each.number != other.number for each in called):
        return None
    for each in called:
        answer = each.acceptance
        if answer is not None and each.server[0] and each.server != other.server:
            return point(f"{destination} accepts an association at {_where(each)}", answer)
    return None


def _on_it(
    other: SeenConnection, proof: ProofPoint, sure: Sureness, values: dict[str, str], numbers: tuple[int, ...]
) -> Iterator[CauseFinding]:
    answer = other.acceptance
    if answer is None:
        return
    contexts = [context for context in other.contexts if not context.abstract or context.abstract in STORAGE]
    if contexts and not any(context.result == ContextResult.ACCEPTANCE for context in contexts):
        there = ProofPoint("the destination refuses all storage contexts of the archive", answer.place)
        yield CauseFinding("move-contexts-refused", sure, (proof, there), values, numbers)
        return
    for message in other.all(MessageSeen):
        if message.command_field == CommandField.C_STORE_RSP and is_failure(message.status):
            there = point(f"C-STORE response of the destination with status {message.status:04X}H", message)
            yield CauseFinding("move-store-failed", sure, (proof, there), values, numbers)
            return


def _is_from(other: SeenConnection, one: SeenConnection, operation: OperationSeen) -> bool:
    """Whether a conversation may be that of the archive with the destination."""
    if other.server == one.server and one.server[0]:
        return False
    if other.client[0] and one.server[0] and other.client[0] != one.server[0]:
        return False
    if other.first(ConnectFailure) is not None:
        return bool(other.client[0] and one.server[0])
    if _called_is(other, operation):
        return True
    archive = one.called
    return bool(archive) and other.calling == archive


def _called_is(other: SeenConnection, operation: OperationSeen) -> bool:
    destination = operation.request.destination
    return bool(destination) and other.called == destination


def _where(other: SeenConnection) -> str:
    host, port = other.server
    return f"{host} port {port}" if host else "the destination"


def _counted(final: MessageSeen) -> str:
    labels = ("remaining", "completed", "failed", "warning")
    found = [f"{label} {count}" for label, count in zip(labels, final.counters, strict=True) if count is not None]
    return f", sub-operations: {', '.join(found)}" if found else ""


def gets(one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for C-GETs whose instances did not come."""
    request, answer = one.request, one.acceptance
    if request is None or answer is None:
        return
    for operation in operations_of(one, CommandField.C_GET_RQ):
        final = operation.final
        if final is None or final.status is None:
            continue
        failed = final.counters[2]
        if not (is_failure(final.status) or final.status == SUB_OPERATIONS_FAILED or failed):
            continue
        values, numbers = names(one, status=f"{final.status:04X}H"), (one.number,)
        proof = point(f"C-GET response with status {final.status:04X}H{_counted(final)}", final)
        stored = {context.abstract for context in request.contexts} & STORAGE
        asked = {sop_class for sop_class, _, scp in request.roles if scp} & stored
        granted = {sop_class for sop_class, _, scp in answer.roles if scp} & stored
        came = any(message.command_field == CommandField.C_STORE_RQ for message in one.all(MessageSeen))
        if stored and not asked and not came:
            seen = point("storage SOP classes are proposed without the role of SCP", request)
            yield CauseFinding("role-not-proposed", Sureness.CERTAIN, (seen, proof), values, numbers)
        elif asked and not granted and not came:
            seen = point("no 54H item gives the requestor the role of SCP", answer)
            yield CauseFinding("role-not-accepted", Sureness.CERTAIN, (seen, proof), values, numbers)
        else:
            yield CauseFinding("get-without-storage-context", Sureness.LIKELY, (proof,), values, numbers)
