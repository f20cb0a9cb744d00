"""A survey as JSON, and back. docs/guide/survey.md describes the format; `VERSION` changes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from dulcimer.diagnosis.survey.result import (
    AssociationNote,
    ClassResult,
    IdentityNote,
    RoleAnswer,
    SurveyedPeer,
    SurveyResult,
    SyntaxChoice,
)
from dulcimer.diagnosis.survey.scope import SurveyedClass
from dulcimer.errors import DulcimerError

KIND, VERSION = "dulcimer survey", 1
_VERDICTS = ("accepted", "presumed", "refused", "presumed_refused", "unknown")
"""What can be known of a transfer syntax, in the order of the fields of a `ClassResult`."""


class SurveyDocumentError(DulcimerError, ValueError):
    """A file that is not a survey, or one of another version; the message says which."""


def as_document(result: SurveyResult) -> dict[str, Any]:
    """The survey as JSON values."""
    window = result.window
    return {
        "kind": KIND,
        "version": VERSION,
        "tool": result.tool,
        "begun": result.begun,
        "seconds": round(result.seconds, 3),
        "peer": asdict(result.peer),
        "asynchronous_operations": None if window is None else {"invoked": window[0], "performed": window[1]},
        "choice_of_transfer_syntax": str(result.choice),
        "user_identities": [asdict(one) for one in result.identities],
        "notes": list(result.notes),
        "pairs": {"tried": result.tried, "presumed": result.presumed, "unknown": result.unknown},
        "associations": [{**asdict(one), "seconds": round(one.seconds, 4)} for one in result.associations],
        "transfer_syntaxes": result.transfer_syntaxes,
        "sop_classes": [_class_document(one, tuple(result.transfer_syntaxes)) for one in result.classes],
    }


def _class_document(one: ClassResult, asked: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "uid": one.sop_class.uid,
        "name": one.sop_class.name,
        "service": one.sop_class.service,
        "retired": one.sop_class.is_retired,
        "accepted": one.is_accepted,
    }
    if not one.is_accepted:
        return {**found, "result": one.refusal, "transfer_syntaxes": {} if one.refused == asked else _syntaxes(one)}
    roles = None if one.roles is None else asdict(one.roles)
    extended = None if one.extended is None else one.extended.hex()
    return {
        **found,
        "preferred": one.preferred,
        "roles": roles,
        "extended_negotiation": extended,
        "transfer_syntaxes": _syntaxes(one),
    }


def _syntaxes(one: ClassResult) -> dict[str, list[str]]:
    return {name: list(getattr(one, name)) for name in _VERDICTS if getattr(one, name)}


def read_document(found: object) -> SurveyResult:
    """The survey that JSON values describe. Raises SurveyDocumentError if they are something else."""
    if not isinstance(found, Mapping) or found.get("kind") != KIND:
        raise SurveyDocumentError(f'this is not a survey: its "kind" is not {KIND!r}; dulcimer survey --json makes one')
    if found.get("version") != VERSION:
        raise SurveyDocumentError(f"this survey has version {found.get('version')!r}, and {VERSION} can be read")
    try:
        return _result(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SurveyDocumentError(f"this survey is damaged: {type(error).__name__}: {error}") from error


def _result(found: Mapping[str, Any]) -> SurveyResult:
    window = found["asynchronous_operations"]
    asked = {str(uid): str(name) for uid, name in found["transfer_syntaxes"].items()}
    return SurveyResult(
        SurveyedPeer(**found["peer"]),
        tuple(_class_result(one, tuple(asked)) for one in found["sop_classes"]),
        asked,
        tuple(AssociationNote(**one) for one in found["associations"]),
        None if window is None else (int(window["invoked"]), int(window["performed"])),
        SyntaxChoice(found["choice_of_transfer_syntax"]),
        tuple(IdentityNote(**one) for one in found["user_identities"]),
        tuple(map(str, found["notes"])),
        str(found["begun"]),
        float(found["seconds"]),
        str(found["tool"]),
    )


def _class_result(one: Mapping[str, Any], asked: tuple[str, ...]) -> ClassResult:
    sop_class = SurveyedClass(str(one["uid"]), str(one["name"]), str(one["service"]), bool(one["retired"]))
    syntaxes = {str(name): _uids(uids) for name, uids in one["transfer_syntaxes"].items()}
    if not one["accepted"]:
        return replace(_with(sop_class, syntaxes or {"refused": asked}), refusal=one["result"])
    roles, extended = one["roles"], one["extended_negotiation"]
    return replace(
        _with(sop_class, syntaxes),
        preferred=str(one["preferred"]),
        roles=None if roles is None else RoleAnswer(**roles),
        extended=None if extended is None else bytes.fromhex(extended),
    )


def _with(sop_class: SurveyedClass, syntaxes: Mapping[str, tuple[str, ...]]) -> ClassResult:
    accepted, presumed, refused, presumed_refused, unknown = (syntaxes.get(name, ()) for name in _VERDICTS)
    return ClassResult(sop_class, accepted, presumed, refused, presumed_refused, unknown)


def _uids(found: Iterable[object]) -> tuple[str, ...]:
    return tuple(map(str, found))
