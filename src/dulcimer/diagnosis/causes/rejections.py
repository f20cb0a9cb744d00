"""Why an association was rejected: titles, limits, or no reason (questions 5, 6, 7 and 14)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dulcimer._generated.codes import (
    RejectReasonPresentation,
    RejectReasonUser,
    RejectSource,
    describe_rejection,
)
from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint, names, point
from dulcimer.diagnosis.causes.scene import Scene
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection, text_of
from dulcimer.diagnosis.evidence.facts import LogRemark, RejectionSeen, RequestSeen

_NOT_PERMITTED = "dcmtk.qrscp-not-permitted"


def rejections(scene: Scene, one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for a rejected association."""
    rejection = one.first(RejectionSeen)
    if rejection is None:
        return
    words = describe_rejection(rejection.result, rejection.source, rejection.reason)
    proof = point(f"A-ASSOCIATE-RJ: {words[:1].lower()}{words[1:].rstrip('.')}", rejection)
    if rejection.source == RejectSource.UL_SERVICE_USER and rejection.reason in (
        RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED,
        RejectReasonUser.CALLING_AE_TITLE_NOT_RECOGNIZED,
    ):
        yield from _titles(scene, one, rejection, proof)
        return
    if rejection.source == RejectSource.SERVICE_PROVIDER_PRESENTATION:
        if rejection.reason == RejectReasonPresentation.LOCAL_LIMIT_EXCEEDED:
            yield CauseFinding("limit-exceeded", Sureness.CERTAIN, (proof,), names(one), (one.number,))
            return
        if rejection.reason == RejectReasonPresentation.TEMPORARY_CONGESTION:
            yield CauseFinding("congestion", Sureness.CERTAIN, (proof,), names(one), (one.number,))
            return
    odd = list(odd_titles(one, Sureness.LIKELY, proof))
    yield from odd
    weight = CauseWeight.PART_OF_IT if odd else CauseWeight.FAILURE
    yield CauseFinding("rejected-without-reason", Sureness.LIKELY, (proof,), names(one), (one.number,), weight)


def odd_titles(one: SeenConnection, sure: Sureness, *proof: ProofPoint) -> Iterator[CauseFinding]:
    """Causes that lie in the bytes of the titles."""
    request = one.request
    if request is None:
        return
    for which, title in (("called", request.called), ("calling", request.calling)):
        if title and not title.strip(b" "):
            words = f"the {which} AE title is blank: {_shown(title)}"
            yield CauseFinding(
                "blank-title", sure, (ProofPoint(words, request.place), *proof), names(one), (one.number,)
            )
        elif any(byte < 0x20 or byte > 0x7E or byte == 0x5C for byte in title):
            words = f"the {which} AE title has characters that are not allowed: {_shown(title)}"
            yield CauseFinding(
                "title-with-control-characters",
                sure,
                (ProofPoint(words, request.place), *proof),
                names(one),
                (one.number,),
            )


def _titles(scene: Scene, one: SeenConnection, rejection: RejectionSeen, proof: ProofPoint) -> Iterator[CauseFinding]:
    odd = list(odd_titles(one, Sureness.LIKELY, proof))
    yield from odd
    weight = CauseWeight.PART_OF_IT if odd else CauseWeight.FAILURE
    is_called = rejection.reason == RejectReasonUser.CALLED_AE_TITLE_NOT_RECOGNIZED
    near = _written_otherwise(scene, one, is_called=is_called)
    if near is not None and not odd:
        yield CauseFinding("title-written-differently", Sureness.LIKELY, (proof, near), names(one), (one.number,))
        weight = CauseWeight.PART_OF_IT
    if not is_called:
        yield CauseFinding("calling-title-unknown", Sureness.CERTAIN, (proof,), names(one), (one.number,), weight)
        return
    yield from _called(scene, one, proof, weight)


def _called(scene: Scene, one: SeenConnection, proof: ProofPoint, weight: CauseWeight) -> Iterator[CauseFinding]:
    others = [other for other in scene.accepted_at(one.server) if other.number != one.number]
    values, numbers = names(one), (one.number,)
    same_called = [other for other in others if one.called and other.called == one.called]
    if same_called:
        seen = ProofPoint(f"{one.called} is accepted when {same_called[0].calling} calls it", same_called[0].began)
        sure = Sureness.CERTAIN if same_called[0].calling != one.calling else Sureness.POSSIBLE
        yield CauseFinding("calling-title-called-unknown", sure, (proof, seen), values, numbers, weight)
        return
    same_calling = [other for other in others if one.calling and other.calling == one.calling]
    remark = next((each for each in one.all(LogRemark) if each.line == _NOT_PERMITTED), None)
    if remark is not None:
        seen = point("the acceptor says that the titles do not go together in its configuration", remark)
        first = ("called-title-unknown", "calling-title-called-unknown")
        for number, cause in enumerate(first if same_calling else first[::-1]):
            part = CauseWeight(min(CauseWeight.PART_OF_IT, weight + number))
            yield CauseFinding(cause, Sureness.LIKELY, (proof, seen), values, numbers, part)
        return
    if any(each.line == "orthanc.called-title" for each in one.all(LogRemark)):
        yield CauseFinding("called-title-unknown", Sureness.CERTAIN, (proof,), values, numbers, weight)
        return
    if same_calling:
        seen = ProofPoint(f"{one.calling} is accepted when it calls {same_calling[0].called}", same_calling[0].began)
        yield CauseFinding("called-title-unknown", Sureness.LIKELY, (proof, seen), values, numbers, weight)
        return
    yield CauseFinding("called-title-unknown", Sureness.LIKELY, (proof,), values, numbers, weight)
    yield CauseFinding(
        "calling-title-called-unknown", Sureness.POSSIBLE, (proof,), values, numbers, CauseWeight.PART_OF_IT
    )


def _written_otherwise(scene: Scene, one: SeenConnection, *, is_called: bool) -> ProofPoint | None:
    """An accepted title that differs from the rejected one in capitals, blanks and signs only."""

    def title(request: RequestSeen | None) -> str:
        return text_of(request.called if is_called else request.calling) if request else ""

    mine = title(one.request)
    for other in scene.accepted_at(one.server):
        theirs = title(other.request)
        if mine and theirs and mine != theirs and _bare(mine) == _bare(theirs):
            return ProofPoint(f"{theirs} is accepted, {mine} is not", other.began)
    return None


def _bare(title: str) -> str:
    return re.sub(r"[^a-z0-9]", "", title.lower()).replace("0", "o").replace("1", "l").replace("i", "l")


def _shown(title: bytes) -> str:
    return title.hex(" ").upper()
