"""Why a C-FIND gives nothing (question 17)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dulcimer._generated.commands import CommandField
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, names, point
from dulcimer.diagnosis.causes.operations import QUERY_MODELS, WORKLIST, OperationSeen, is_failure, operations_of
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection

_LEVELS: Final = ("PATIENT", "STUDY", "SERIES", "IMAGE")
_UNIQUE: Final = {"PATIENT": 0x00100020, "STUDY": 0x0020000D, "SERIES": 0x0020000E, "IMAGE": 0x00080018}
"""Unique keys by level (PS3.4 C.6)."""
_SCHEDULED_STEPS: Final = 0x00400100


def queries(one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for C-FINDs without a match."""
    for operation in operations_of(one, CommandField.C_FIND_RQ):
        final = operation.final
        if final is None or final.status is None or operation.matches:
            continue
        failed = is_failure(final.status)
        if final.status != 0 and not failed:
            continue
        values = names(one, status=f"{final.status:04X}H")
        proof = point(f"the final C-FIND response has status {final.status:04X}H, and nothing came before it", final)
        found = _of_keys(operation)
        weight = CauseWeight.FAILURE
        if found is not None:
            cause, sure, words = found
            assert operation.keys is not None
            seen = point(words, operation.keys)
            yield CauseFinding(cause, sure, (seen, proof), values, (one.number,))
            weight = CauseWeight.PART_OF_IT
        if failed:
            yield CauseFinding("find-failed", Sureness.CERTAIN, (proof,), values, (one.number,), weight)
        elif found is None:
            yield CauseFinding("find-no-match", Sureness.LIKELY, (proof,), values, (one.number,), weight)


def _of_keys(operation: OperationSeen) -> tuple[str, Sureness, str] | None:
    """The cause that lies in the identifier, how sure, and what shows it."""
    keys, model = operation.keys, operation.request.sop_class
    if keys is None:
        return None
    name = QUERY_MODELS.get(model, "")
    is_query = bool(name)
    if is_query and _SCHEDULED_STEPS in keys.tags:
        return "find-wrong-model", Sureness.LIKELY, "keys of a worklist in a query of a Query/Retrieve model"
    if model == WORKLIST and keys.level is not None:
        return "find-wrong-model", Sureness.LIKELY, "a Query/Retrieve Level in a query of the worklist"
    if is_query and not keys.level:
        return "find-without-level", Sureness.CERTAIN, "the identifier has no Query/Retrieve Level (0008,0052)"
    level = (keys.level or "").upper()
    if is_query and (level not in _LEVELS or ("StudyRoot" in name and level == "PATIENT")):
        return "find-without-level", Sureness.LIKELY, f"the Query/Retrieve Level {level} is not one of this model"
    if not keys.is_plain and not keys.charset:
        return "find-charset", Sureness.LIKELY, "a key has characters outside ASCII, and there is no (0008,0005)"
    if keys.has_question_marks:
        return "find-charset", Sureness.POSSIBLE, "a key has question marks in a row, as a lost name would"
    if is_query and level in _LEVELS:
        first = 1 if "StudyRoot" in name else 0
        above = _LEVELS[first : _LEVELS.index(level)]
        missing = [each for each in above if _UNIQUE[each] not in keys.valued]
        if missing:
            words = f"the identifier has no unique key of the level {missing[0]}, which is above {level}"
            return "find-keys-of-wrong-level", Sureness.LIKELY, words
    return None
