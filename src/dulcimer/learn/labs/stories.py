"""Labs that ask what happened: rejections, aborts, timers, lost connections, queries that find nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from dulcimer.fuzz.choices import Choices
from dulcimer.learn.labs import happenings as so
from dulcimer.learn.labs.asking import (
    abort_questions,
    cause_questions,
    closing_questions,
    collision_questions,
    context_questions,
    rejection_questions,
)
from dulcimer.learn.labs.kinds import Asking, LabForm, LabKind, LabTopic, Playing
from dulcimer.learn.labs.links import ScriptedLink
from dulcimer.learn.labs.messages import (
    CT,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    LEVEL,
    MR,
    PATIENT_ID,
    RELEASE_RP,
    RELEASE_RQ,
    STUDY_GET,
    VERIFICATION,
    abort,
    acceptance,
    identifier,
    rejection,
    request,
)
from dulcimer.learn.labs.questions import LabQuestion
from dulcimer.learn.labs.seen import SeenCapture
from dulcimer.learn.labs.staging import LabStage


def _contexts_refused(stage: LabStage) -> Sequence[ScriptedLink]:
    """Some of several presentation contexts are refused, each for its reason."""
    draw = stage.draw
    wanted = [(CT, (EXPLICIT, IMPLICIT)), (MR, (IMPLICIT, EXPLICIT)), (CT, (JPEG,)), (VERIFICATION, (IMPLICIT,))]
    ordered = [wanted.pop(draw.integer(0, len(wanted) - 1)) for _ in range(draw.integer(3, 4))]
    results: list[tuple[int, str]] = []
    for abstract, syntaxes in ordered:
        if syntaxes == (JPEG,):
            results.append((4, JPEG))
        elif abstract == VERIFICATION:
            results.append((0, IMPLICIT))
        else:
            results.append((draw.pick((0, 0, 1, 3)), draw.pick(syntaxes)))
    if not any(result for result, _ in results):
        results[0] = (3, results[0][1])
    return [so.accepted(request(ordered), acceptance(results), **stage.place).release()]


def _rejected(stage: LabStage) -> Sequence[ScriptedLink]:
    """An A-ASSOCIATE-RJ."""
    return [so.rejected(*stage.draw.pick(((1, 1, 7), (1, 1, 3), (1, 1, 2), (1, 2, 2))), **stage.place)]


def _rejected_for_now(stage: LabStage) -> Sequence[ScriptedLink]:
    """A transient rejection by the provider."""
    return [so.rejected(*stage.draw.pick(((2, 3, 1), (2, 3, 2))), **stage.place)]


def _aborted_by_user(stage: LabStage) -> Sequence[ScriptedLink]:
    """The user of one end aborts after a C-STORE."""
    link = so.accepted(request(so.STORE_CT), so.STORES_CT, **stage.place)
    so.store(link, so.FEW_PIXELS)
    (link.client if (by_client := stage.draw.chance(1, 2)) else link.server)(abort())
    return [link.fin(by_client=by_client).fin(by_client=not by_client)]


def _aborted_by_provider(stage: LabStage) -> Sequence[ScriptedLink]:
    """The provider of the acceptor aborts within a C-STORE."""
    reason = stage.draw.pick((0, 4, 5, 6))
    return so.aborted_after_store(reason=(2, reason), data=so.FEW_PIXELS, **stage.place)


def _collision(stage: LabStage) -> Sequence[ScriptedLink]:
    """Both ends ask for release at the same time."""
    link = so.echoed(so.accepted(**stage.place))
    first, second = (link.client, link.server) if stage.draw.chance(1, 2) else (link.server, link.client)
    first(RELEASE_RQ)
    second(RELEASE_RQ)
    return [link.client(RELEASE_RP).server(RELEASE_RP).fin().fin(by_client=False)]


def _nothing_said(stage: LabStage) -> Sequence[ScriptedLink]:
    """A client connects and says nothing: the ARTIM of the server expires in Sta2."""
    link = ScriptedLink(**stage.place).open().wait(stage.draw.pick((10, 15, 30, 60)))
    return [link.fin(by_client=False).fin()]


def _rejected_and_stays(stage: LabStage) -> Sequence[ScriptedLink]:
    """A rejected client does not close: the ARTIM of the server expires in Sta13."""
    link = ScriptedLink(**stage.place).associate(request(), rejection(1, 1, 7))
    return [link.wait(stage.draw.pick((10, 15, 30))).fin(by_client=False).fin()]


def _idle_abort(stage: LabStage) -> Sequence[ScriptedLink]:
    """An end that is tired of silence aborts."""
    return so.idle(stage.draw.pick((30, 60, 120)), by_client=stage.draw.chance(1, 2), **stage.place)


def _tls_to_plain(stage: LabStage) -> Sequence[ScriptedLink]:
    """A TLS client at a port without TLS."""
    hello = so.client_hello(stage.draw.octets(32))
    return [ScriptedLink(**stage.place).open().client(hello).server(abort(2, 1)).fin(by_client=False).fin()]


def _plain_to_tls(stage: LabStage) -> Sequence[ScriptedLink]:
    """A client without TLS at a port with TLS."""
    return [ScriptedLink(**stage.place).open().client(request()).server(so.ALERT).fin(by_client=False).fin()]


def _another_protocol(stage: LabStage) -> Sequence[ScriptedLink]:
    """The port is one of a web server."""
    page = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
    return [
        ScriptedLink(**{**stage.place, "port": 8042}).open().client(request()).server(page).fin(by_client=False).fin()
    ]


def _too_long(stage: LabStage) -> Sequence[ScriptedLink]:
    """P-DATA-TFs are longer than the acceptor takes."""
    answer = acceptance(((0, EXPLICIT),), maximum=4096)
    return so.aborted_after_store(answer=answer, fragment=6000, reason=(2, 6), data=so.FEW_PIXELS * 2, **stage.place)


def _role_refused(stage: LabStage) -> Sequence[ScriptedLink]:
    """C-GET, but the acceptor does not take the requestor as SCP."""
    asked = request(((STUDY_GET, (IMPLICIT,)), (CT, (EXPLICIT,))), roles=((CT, 0, 1),))
    return so.get(asked, acceptance(((0, IMPLICIT), (0, EXPLICIT))), **stage.place)


def _role_not_proposed(stage: LabStage) -> Sequence[ScriptedLink]:
    """C-GET without a role selection item."""
    asked = request(((STUDY_GET, (IMPLICIT,)), (CT, (EXPLICIT,))))
    return so.get(asked, acceptance(((0, IMPLICIT), (0, EXPLICIT))), **stage.place)


def _lost(stage: LabStage) -> Sequence[ScriptedLink]:
    """The connection is reset without an A-ABORT."""
    link = so.accepted(request(so.STORE_CT), so.STORES_CT, **stage.place)
    return [so.store(link, so.FEW_PIXELS).reset(by_client=False)]


def _no_level(stage: LabStage) -> Sequence[ScriptedLink]:
    """A C-FIND without Query/Retrieve Level."""
    return [so.find(identifier((PATIENT_ID, "1")), **stage.place)]


def _nothing_found(stage: LabStage) -> Sequence[ScriptedLink]:
    """A C-FIND that matches nothing."""
    return [so.find(identifier((LEVEL, "STUDY"), (PATIENT_ID, "1")), **stage.place)]


_CAUSES: Final = (
    "called-title-unknown",
    "compressed-refused",
    "connection-lost",
    "destination-not-configured",
    "find-no-match",
    "find-without-level",
    "idle-timeout",
    "limit-exceeded",
    "longer-than-maximum",
    "other-protocol",
    "plain-to-tls",
    "role-not-accepted",
    "role-not-proposed",
    "sop-class-refused",
    "tls-to-plain",
)
"""Causes that a student may choose from, by their ids in `spec/diagnosis/`."""


def _why(*, asks_fault: bool = True) -> Asking:
    """Asks for the cause, and whether a rule is broken."""

    def ask(seen: SeenCapture, draw: Choices) -> Iterator[LabQuestion]:
        return cause_questions(seen, draw, _CAUSES, asks_fault=asks_fault)

    return ask


def _story(id_: str, topic: LabTopic, title: str, play: Playing, ask: Asking) -> LabKind:
    return LabKind(id_, topic, LabForm.STORY, title, play, ask)


def _move(status: int, **values: Any) -> Playing:
    return lambda stage: so.move(status, **values, **stage.place)


STORIES: Final = (
    _story("contexts-refused", LabTopic.NEGOTIATION, "contexts are refused", _contexts_refused, context_questions),
    _story("rejected", LabTopic.NEGOTIATION, "a rejection", _rejected, rejection_questions),
    _story("rejected-for-now", LabTopic.NEGOTIATION, "a transient rejection", _rejected_for_now, rejection_questions),
    _story("role-refused", LabTopic.NEGOTIATION, "the SCP role is not accepted", _role_refused, _why()),
    _story("role-not-proposed", LabTopic.NEGOTIATION, "no role is proposed", _role_not_proposed, _why()),
    _story("collision", LabTopic.RELEASE, "a release collision", _collision, collision_questions),
    _story("abort-by-user", LabTopic.ABORTS, "a service-user aborts", _aborted_by_user, abort_questions),
    _story("abort-by-provider", LabTopic.ABORTS, "a service-provider aborts", _aborted_by_provider, abort_questions),
    _story("idle-abort", LabTopic.ABORTS, "an idle association is aborted", _idle_abort, abort_questions),
    _story("artim-sta2", LabTopic.ABORTS, "ARTIM expires in Sta2", _nothing_said, closing_questions),
    _story("artim-sta13", LabTopic.ABORTS, "ARTIM expires in Sta13", _rejected_and_stays, closing_questions),
    _story("tls-to-plain", LabTopic.CONNECTIONS, "TLS on a plain port", _tls_to_plain, _why(asks_fault=False)),
    _story("plain-to-tls", LabTopic.CONNECTIONS, "no TLS on a TLS port", _plain_to_tls, _why(asks_fault=False)),
    _story("another-protocol", LabTopic.CONNECTIONS, "a web server", _another_protocol, _why(asks_fault=False)),
    _story("connection-lost", LabTopic.CONNECTIONS, "the connection is reset", _lost, _why(asks_fault=False)),
    _story("too-long", LabTopic.MESSAGES, "P-DATA-TFs that are too long", _too_long, _why()),
    _story("find-without-level", LabTopic.MESSAGES, "a query without a level", _no_level, _why()),
    _story("find-nothing", LabTopic.MESSAGES, "a query without a match", _nothing_found, _why()),
    _story("move-unknown", LabTopic.MESSAGES, "C-MOVE to an unknown title", _move(0xA801), _why()),
)
