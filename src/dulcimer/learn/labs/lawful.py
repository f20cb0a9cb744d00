"""Labs without a fault: what is lawful, though it may not look so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dulcimer.learn.labs import happenings as so
from dulcimer.learn.labs.kinds import LabForm, LabKind, LabTopic
from dulcimer.learn.labs.links import ScriptedLink
from dulcimer.learn.labs.messages import (
    CT,
    EXPLICIT,
    IMPLICIT,
    JPEG,
    MR,
    RELEASE_RP,
    RELEASE_RQ,
    abort,
    acceptance,
    request,
)
from dulcimer.learn.labs.staging import LabStage


def _late_data(stage: LabStage) -> Sequence[ScriptedLink]:
    """The acceptor answers a request after the release was requested: AR-6 of Table 9-10."""
    link = so.accepted(**stage.place).client(*so.ECHO_RQ, RELEASE_RQ).server(*so.ECHO_RSP, RELEASE_RP)
    return [link.fin().fin(by_client=False)]


def _released_by_the_server(stage: LabStage) -> Sequence[ScriptedLink]:
    """Either end may request the release (PS3.8 7.2)."""
    link = so.echoed(so.accepted(**stage.place)).server(RELEASE_RQ).client(RELEASE_RP)
    return [link.fin(by_client=False).fin()]


def _abort_meets_release(stage: LabStage) -> Sequence[ScriptedLink]:
    """An A-ABORT and an A-RELEASE-RQ cross; who receives the A-ABORT closes the connection (AA-3)."""
    link = so.echoed(so.accepted(**stage.place))
    return [link.client(RELEASE_RQ).server(abort()).fin().fin(by_client=False)]


def _many_fragments(stage: LabStage) -> Sequence[ScriptedLink]:
    """A data set in many fragments of one even length."""
    size = 2 * stage.draw.integer(150, 400)
    link = so.accepted(request(so.STORE_CT), so.STORES_CT, **stage.place)
    return [so.store(link, so.FEW_PIXELS, fragment=size).release()]


def _refused_but_unused(stage: LabStage) -> Sequence[ScriptedLink]:
    """Contexts are refused, and the one that is accepted is used."""
    asked = request((*so.STORE_CT, (MR, (IMPLICIT,)), (CT, (JPEG,))))
    link = so.accepted(asked, acceptance(((0, EXPLICIT), (3, IMPLICIT), (4, JPEG))), **stage.place)
    return [so.store(link, so.FEW_PIXELS).release()]


def _a_pause(stage: LabStage) -> Sequence[ScriptedLink]:
    """Silence within an established association: no timer of PS3.8 runs in Sta6."""
    link = so.echoed(so.accepted(**stage.place).wait(stage.draw.integer(15, 40)))
    return [link.release()]


CLEAN_KINDS: Final = (
    LabKind("clean.late-data", LabTopic.RELEASE, LabForm.CLEAN, "lawful: data after the A-RELEASE-RQ", _late_data),
    LabKind(
        "clean.released-by-server",
        LabTopic.RELEASE,
        LabForm.CLEAN,
        "lawful: the server releases",
        _released_by_the_server,
    ),
    LabKind(
        "clean.abort-meets-release",
        LabTopic.ABORTS,
        LabForm.CLEAN,
        "lawful: A-ABORT and A-RELEASE-RQ cross",
        _abort_meets_release,
    ),
    LabKind("clean.fragments", LabTopic.MESSAGES, LabForm.CLEAN, "lawful: many fragments", _many_fragments),
    LabKind(
        "clean.refused-unused",
        LabTopic.NEGOTIATION,
        LabForm.CLEAN,
        "lawful: refused contexts are not used",
        _refused_but_unused,
    ),
    LabKind("clean.pause", LabTopic.STATES, LabForm.CLEAN, "lawful: a long pause", _a_pause),
    LabKind(
        "clean.echo",
        LabTopic.BYTES,
        LabForm.CLEAN,
        "lawful: a C-ECHO",
        lambda stage: [so.echo(so.accepted(**stage.place))],
    ),
)
