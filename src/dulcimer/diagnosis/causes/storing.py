"""Why instances are not stored: the status of the answer (question 21), and syntaxes that were not proposed (8)."""

from __future__ import annotations

from collections.abc import Iterator

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.commands import CommandField
from dulcimer.acse.wording import name_of
from dulcimer.diagnosis.causes.contexts import STORAGE, is_compressed
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, end_of, names, point
from dulcimer.diagnosis.causes.operations import is_failure
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import AbortSeen, LogRemark, MessageSeen, ReleaseSeen


def store_cause(status: int) -> str:
    """The cause that a failure status of C-STORE stands for (PS3.4 B.2.3)."""
    if 0xA700 <= status <= 0xA7FF:
        return "store-out-of-resources"
    if 0xA900 <= status <= 0xA9FF or 0xC000 <= status <= 0xCFFF:
        return "store-not-understood"
    return "store-refused"


def failed_stores(one: SeenConnection) -> Iterator[CauseFinding]:
    """A cause for each failure status of C-STORE."""
    told: set[int] = set()
    for answer in one.all(MessageSeen):
        status = answer.status
        if answer.command_field != CommandField.C_STORE_RSP or status is None or not is_failure(status):
            continue
        if status not in told:
            told.add(status)
            comment = f"; its comment: {answer.comment}" if answer.comment else ""
            proof = point(f"C-STORE response with status {status:04X}H{comment}", answer)
            values = names(one, sender=end_of(answer.by_client), status=f"{status:04X}H")
            yield CauseFinding(store_cause(status), Sureness.LIKELY, (proof,), values, (one.number,))


def nothing_sent(one: SeenConnection) -> Iterator[CauseFinding]:
    """Storage was accepted, uncompressed as it was proposed, and then nothing was sent."""
    request, answer = one.request, one.acceptance
    ended = one.first(ReleaseSeen) or one.first(AbortSeen)
    if request is None or answer is None or not ended or not ended.by_client or one.first(LogRemark) is not None:
        return
    if one.first(MessageSeen) is not None or not (one.is_whole and one.has_beginning):
        return
    proposed = {syntax for context in one.contexts for syntax in context.syntaxes}
    if not proposed or any(map(is_compressed, proposed)):
        return
    if not all(each.abstract in STORAGE and each.result == ContextResult.ACCEPTANCE for each in one.contexts):
        return
    words = f"only {', '.join(map(name_of, sorted(proposed)))} proposed for storage, accepted, and nothing is sent"
    proof = point(words, request), point("the end, without a C-STORE", ended)
    yield CauseFinding("compressed-not-proposed", Sureness.POSSIBLE, proof, names(one), (one.number,), CauseWeight.HINT)
