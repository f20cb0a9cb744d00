"""What led to a breach: the PDUs of both ends so far, and the fewest of them that already make it one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dulcimer.diagnosis.judging.verdicts import StoryStep
from dulcimer.fuzz.oracle.ends import LinkEnd

_FIRST, _LAST = 12, 20
"""Steps at the beginning and at the end that are kept; equal ones in a row are one."""


@dataclass(slots=True)
class WireHistory:
    """The steps of a connection, in the order in which they were captured; those in the middle are forgotten."""

    _first: list[StoryStep] = field(default_factory=list)
    _last: list[StoryStep] = field(default_factory=list)

    def add(self, sender: LinkEnd, text: str, frame: int, count: int = 1) -> None:
        """One more step, or `count` equal ones."""
        steps = self._last or self._first
        if steps and steps[-1].sender is sender and steps[-1].text == text:
            before = steps[-1]
            steps[-1] = StoryStep(sender, text, before.frame, before.count + count)
            return
        if len(self._first) < _FIRST:
            self._first.append(StoryStep(sender, text, frame, count))
            return
        self._last.append(StoryStep(sender, text, frame, count))
        if len(self._last) > 2 * _LAST:
            del self._last[:_LAST]

    @property
    def steps(self) -> tuple[StoryStep, ...]:
        """What is kept."""
        return (*self._first, *self._last[-_LAST:])


def landmarks(steps: Sequence[StoryStep], frame: int) -> tuple[StoryStep, ...]:
    """The last step, which was in this frame, and before it those that say where an association is.

    These are what begins and ends it, and of the data the step just before.
    """
    last = steps[-1]
    before = list(steps[:-1])
    if last.count > 1:
        before.append(StoryStep(last.sender, last.text, last.frame, last.count - 1))
    kept = [one for one in before[:-1] if not one.text.startswith("P-DATA-TF")] + before[-1:]
    return (*kept, StoryStep(last.sender, last.text, frame))
