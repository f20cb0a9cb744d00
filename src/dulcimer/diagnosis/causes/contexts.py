"""Why a presentation context is not accepted (questions 1 and 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydicom.uid import UID, AllTransferSyntaxes

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.commands import CommandField
from dulcimer._generated.services import SERVICE_CLASSES
from dulcimer.acse.wording import name_of
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint, names
from dulcimer.diagnosis.causes.operations import COMMITMENT
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import AbortSeen, MessageSeen, SeenContext

IMPLICIT: Final = "1.2.840.10008.1.2"
STORAGE: Final = frozenset(each.uid for each in SERVICE_CLASSES["Storage"].sop_classes)


def refused_contexts(one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for contexts that were needed and are refused."""
    answer = one.acceptance
    if answer is None:
        return
    contexts = one.contexts
    by_class: dict[str, list[SeenContext]] = {}
    for context in contexts:
        by_class.setdefault(context.abstract, []).append(context)
    for context in contexts:
        if context.result == ContextResult.ACCEPTANCE and context.syntaxes and context.accepted not in context.syntaxes:
            words = f"context {context.number} is accepted with {name_of(context.accepted)}, which was not proposed"
            values = names(one, sop_class=name_of(context.abstract))
            proof = (ProofPoint(words, answer.place),)
            yield CauseFinding("context-answer-invalid", Sureness.CERTAIN, proof, values, (one.number,))
    nothing = not any(context.result == ContextResult.ACCEPTANCE for context in contexts)
    for abstract, group in by_class.items():
        refused = [context for context in group if context.result not in (None, ContextResult.ACCEPTANCE)]
        accepted = [context for context in group if context.result == ContextResult.ACCEPTANCE]
        if not refused or abstract == COMMITMENT:
            continue
        if accepted:
            yield from _some_refused(one, abstract, refused, accepted)
        elif nothing or _was_needed(one, abstract):
            yield from _all_refused(one, abstract, refused, is_failure=nothing)


def _was_needed(one: SeenConnection, abstract: str) -> bool:
    """Whether the association was for this class: nothing else of its kind was done on it."""
    requests = [message for message in one.all(MessageSeen) if message.status is None]
    if any(message.command_field == CommandField.C_GET_RQ for message in requests):
        return False
    if abstract in STORAGE:
        stored = any(message.command_field == CommandField.C_STORE_RQ for message in requests)
        many = sum(context.abstract in STORAGE for context in one.contexts) > 1
        return not stored and (not many or not requests)
    return not requests


def _all_refused(
    one: SeenConnection, abstract: str, refused: list[SeenContext], *, is_failure: bool
) -> Iterator[CauseFinding]:
    answer = one.acceptance
    assert answer is not None
    results = {context.result for context in refused}
    asked = tuple(syntax for context in refused for syntax in context.syntaxes)
    listed = ", ".join(f"{context.number}: {context.result}" for context in refused[:4])
    proof = (ProofPoint(f"results in the A-ASSOCIATE-AC, by context: {listed}", answer.place),)
    values = names(one, sop_class=name_of(abstract) if abstract else "")
    weight = CauseWeight.FAILURE if is_failure or one.first(AbortSeen) else CauseWeight.PART_OF_IT
    if results == {ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED}:
        packed = [syntax for syntax in asked if is_compressed(syntax)]
        if asked and len(packed) == len(asked):
            values["syntax"] = name_of(packed[0])
            yield CauseFinding("compressed-refused", Sureness.LIKELY, proof, values, (one.number,), weight)
            weight = CauseWeight.PART_OF_IT
        yield CauseFinding("transfer-syntaxes-refused", Sureness.LIKELY, proof, values, (one.number,), weight)
    elif ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED in results:
        sure = Sureness.CERTAIN if IMPLICIT in asked else Sureness.LIKELY
        yield CauseFinding("sop-class-refused", sure, proof, values, (one.number,), weight)
    else:
        yield CauseFinding("context-refused-by-user", Sureness.LIKELY, proof, values, (one.number,), weight)


def _some_refused(
    one: SeenConnection, abstract: str, refused: list[SeenContext], accepted: list[SeenContext]
) -> Iterator[CauseFinding]:
    """A class that is accepted uncompressed only, and is then not used."""
    answer = one.acceptance
    assert answer is not None
    packed = [syntax for context in refused for syntax in context.syntaxes if is_compressed(syntax)]
    got = {context.accepted for context in accepted}
    used = any(
        message.sop_class == abstract and message.command_field == CommandField.C_STORE_RQ
        for message in one.all(MessageSeen)
    )
    if not packed or used or any(map(is_compressed, got)) or abstract not in STORAGE:
        return
    if any(message.status is None for message in one.all(MessageSeen)) and len(one.contexts) > len(refused) + 1:
        return
    words = f"{name_of(packed[0])} is refused, {', '.join(map(name_of, sorted(got)))} is accepted, and nothing is sent"
    values = names(one, sop_class=name_of(abstract), syntax=name_of(packed[0]))
    yield CauseFinding("compressed-refused", Sureness.LIKELY, (ProofPoint(words, answer.place),), values, (one.number,))


def is_compressed(syntax: str) -> bool:
    """Whether pixels are compressed in this transfer syntax."""
    return syntax in AllTransferSyntaxes and UID(syntax).is_encapsulated
