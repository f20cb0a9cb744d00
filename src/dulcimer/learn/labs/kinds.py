"""What a kind of lab is: what happens, what it is about, and which questions are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from dulcimer.fuzz.choices import Choices
from dulcimer.learn.labs.asking import breach_questions
from dulcimer.learn.labs.links import ScriptedLink
from dulcimer.learn.labs.questions import LabQuestion
from dulcimer.learn.labs.seen import SeenCapture
from dulcimer.learn.labs.staging import LabStage

Playing: TypeAlias = Callable[[LabStage], Sequence[ScriptedLink]]
Asking: TypeAlias = Callable[[SeenCapture, Choices], Iterator[LabQuestion]]


class LabTopic(StrEnum):
    """What a lab is about: the lesson that it belongs to."""

    BYTES = "bytes"
    NEGOTIATION = "negotiation"
    MESSAGES = "messages"
    STATES = "states"
    RELEASE = "release"
    ABORTS = "aborts"
    CONNECTIONS = "connections"


class LabForm(StrEnum):
    """A rule is broken; none is; or something happened that is to be explained."""

    FAULT = "fault"
    CLEAN = "clean"
    STORY = "story"


TASKS: Final = {
    LabForm.FAULT: "Somebody says that one end does not follow the standard. Is that so?",
    LabForm.CLEAN: "Somebody says that one end does not follow the standard. Is that so?",
    LabForm.STORY: "Somebody asks what happened here.",
}
"""What a student is told: the same of a fault and of a clean capture."""


@dataclass(frozen=True, slots=True)
class LabKind:
    """A kind of lab; `title` says what happens in it, and is for the teacher only."""

    id: str
    topic: LabTopic
    form: LabForm
    title: str
    play: Playing
    ask: Asking = breach_questions
