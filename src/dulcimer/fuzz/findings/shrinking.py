"""Sequences made as small as they can be, for as long as they still show what was found.

Steps are left out first, then operators are taken back and their choices made simpler, then bytes are left out. Each
try asks whether the smaller sequence still shows it, which the caller knows. The order of the tries follows from the
sequence alone, so the same answers give the same result.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from dulcimer._generated.headers import PDU_HEADER
from dulcimer.errors import DecodeError
from dulcimer.fuzz.corpus.streams import pdus_of, sent
from dulcimer.fuzz.findings.ddmin import minimised
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange, RecipeCook
from dulcimer.fuzz.sequences.steps import AwaitReply, Chunks, FuzzSequence, FuzzStep, Pause, SendBytes
from dulcimer.fuzz.tree.cutting import is_whole
from dulcimer.wire.codec import decode

_SHORT_PAUSES = (0.0, 0.1, 1.0)
"""Seconds that a pause is shortened to."""

_MOST_CHOICES = 32
"""Bytes at the beginning of the choices of a change that are made lower."""
_FOLLOWED_FOR_A_TRY = 4
"""Times that a recipe is followed, at most, for each try: many give what was tried before, or nothing."""
_LEFT_OUT = "bytes left out: "
_IS_NOTE = re.compile(rf"{_LEFT_OUT}[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ShrunkSequence:
    """What is left of a sequence, with a recipe or None for each step.

    `tries`: how often the caller was asked. `is_minimal`: no single step, operator or byte can be left out; False if
    the tries were used up first. `shows`: False if not even the whole sequence did.
    """

    sequence: FuzzSequence
    recipes: tuple[PduRecipe | None, ...]
    tries: int
    is_minimal: bool
    shows: bool = True


def shrink(
    sequence: FuzzSequence,
    still_fails: Callable[[FuzzSequence], bool],
    *,
    recipes: Sequence[PduRecipe | None] = (),
    cook: RecipeCook | None = None,
    most_tries: int = 1000,
) -> ShrunkSequence:
    """The sequence without what `still_fails` does not need; it is asked at most `most_tries` times.

    `recipes`: how the bytes of each step were made, one for each step, or none at all. Operators are taken back in
    steps with a recipe, with the help of `cook`. PDUs that follow the standard keep their bytes, unless operators were
    applied to them.
    """
    parts = tuple(
        _Part(step, recipe)
        for step, recipe in zip(sequence.steps, recipes or [None] * len(sequence.steps), strict=True)
    )
    shrinker = _Shrinker(sequence, parts, still_fails, cook, most_tries)
    return shrinker.run()


def shrink_history(
    history: Iterable[FuzzSequence],
    still_fails: Callable[[tuple[FuzzSequence, ...]], bool],
    most_tries: int = 200,
) -> tuple[FuzzSequence, ...]:
    """The sequences that must be played before the last one, in their order; all if there are too few tries."""
    whole = best = tuple(history)
    tries = 0

    def holds(rest: tuple[FuzzSequence, ...]) -> bool:
        nonlocal best, tries
        tries += 1
        if tries > most_tries:
            raise _TriesUsedUpError
        if not still_fails(rest):
            return False
        best = rest
        return True

    try:
        return minimised(whole, holds)
    except _TriesUsedUpError:
        return best


class _TriesUsedUpError(Exception):
    """There are no more tries."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A step with its recipe. `left_out`: bytes that were taken from its data; there is no recipe then."""

    step: FuzzStep
    recipe: PduRecipe | None = None
    left_out: int = 0

    @property
    def result(self) -> FuzzStep:
        """The step with a note of the bytes that were left out, together with those of an earlier note."""
        if not self.left_out or not isinstance(self.step, SendBytes | Chunks):
            return self.step
        earlier = [int(text.removeprefix(_LEFT_OUT)) for text in self.step.operators if _IS_NOTE.fullmatch(text)]
        others = (text for text in self.step.operators if not _IS_NOTE.fullmatch(text))
        return replace(self.step, operators=(*others, f"{_LEFT_OUT}{self.left_out + sum(earlier)}"))


_Parts: TypeAlias = tuple[_Part, ...]


def _size(parts: _Parts) -> tuple[int, int, int, float, int, bytes]:
    """What has to get smaller, the most important first."""
    sending = [part.step for part in parts if isinstance(part.step, SendBytes | Chunks)]
    changes = [change for part in parts if part.recipe for change in part.recipe.changes]
    return (
        len(parts),
        sum(len(step.operators) for step in sending),
        sum(len(step.data) for step in sending),
        sum(map(_waiting, (part.step for part in parts))),
        sum(len(change.choices) for change in changes),
        b"".join(change.choices for change in changes),
    )


def _waiting(step: FuzzStep) -> float:
    """Seconds of a pause; for bytes in pieces, the pieces count, too."""
    match step:
        case Pause(seconds=seconds):
            return seconds
        case Chunks(sizes=sizes, seconds=seconds):
            return 1 + len(sizes) + seconds
        case _:
            return 0


class _Shrinker:
    """The smallest parts so far, and what was tried."""

    def __init__(
        self,
        sequence: FuzzSequence,
        parts: _Parts,
        still_fails: Callable[[FuzzSequence], bool],
        cook: RecipeCook | None,
        most_tries: int,
    ) -> None:
        self._sequence = sequence
        self._best = parts
        self._still_fails = still_fails
        self._cook = cook
        self._most_tries = most_tries
        self._tries = 0
        self._followed = 0
        self._refuted: set[str] = set()

    def run(self) -> ShrunkSequence:
        """All phases, again and again, until none finds anything."""
        try:
            if not self._asks(self._whole(self._best)):
                return self._result(is_minimal=False, shows=False)
            while True:
                before = self._best
                minimised(self._best, self._accepts)
                self._take_operators_back()
                self._simplify_choices()
                self._simplify_waits()
                self._leave_bytes_out()
                if self._best == before:
                    return self._result(is_minimal=True)
        except _TriesUsedUpError:
            return self._result(is_minimal=False)

    def _result(self, *, is_minimal: bool, shows: bool = True) -> ShrunkSequence:
        recipes = tuple(part.recipe for part in self._best)
        return ShrunkSequence(self._whole(self._best), recipes, self._tries, is_minimal, shows)

    def _whole(self, parts: _Parts) -> FuzzSequence:
        return replace(self._sequence, steps=tuple(part.result for part in parts))

    def _asks(self, sequence: FuzzSequence) -> bool:
        """Ask the caller, unless it has said no before."""
        digest = sequence.digest
        if digest in self._refuted:
            return False
        if self._tries >= self._most_tries:
            raise _TriesUsedUpError
        self._tries += 1
        if self._still_fails(sequence):
            return True
        self._refuted.add(digest)
        return False

    def _accepts(self, parts: _Parts) -> bool:
        """Whether these parts are smaller than the best so far and still show it; then they are the best."""
        if _size(parts) >= _size(self._best):
            return False
        sequence = self._whole(parts)
        if sequence != self._whole(self._best) and not self._asks(sequence):
            return False
        self._best = parts
        return True

    def _with(self, index: int, part: _Part) -> _Parts:
        return (*self._best[:index], part, *self._best[index + 1 :])

    def _take_operators_back(self) -> None:
        """Leave out as many changes as can be, wherever they are."""
        parts = self._best
        changes = tuple(
            (index, number)
            for index, part in enumerate(parts)
            if part.recipe is not None
            for number in range(len(part.recipe.changes))
        )

        def holds(kept: tuple[tuple[int, int], ...]) -> bool:
            remade = [
                self._cooked(part, [part.recipe.changes[number] for at, number in kept if at == index])
                if part.recipe is not None
                else part
                for index, part in enumerate(parts)
            ]
            return all(remade) and self._accepts(tuple(filter(None, remade)))

        if self._cook is not None and changes:
            minimised(changes, holds)

    def _cooked(self, part: _Part, changes: Sequence[RecipeChange]) -> _Part | None:
        """The part with these changes of its recipe; None if they cannot be made."""
        assert part.recipe is not None
        assert isinstance(part.step, SendBytes | Chunks)
        recipe = replace(part.recipe, changes=tuple(changes))
        if recipe == part.recipe:
            return part
        if self._cook is None:
            return None
        if self._followed >= _FOLLOWED_FOR_A_TRY * self._most_tries:
            raise _TriesUsedUpError
        self._followed += 1
        made = self._cook(recipe)
        if made is None:
            return None
        return _Part(replace(part.step, data=made.data, operators=made.operators), recipe)

    def _simplify_choices(self) -> None:
        """Make the choices of each change shorter, then lower."""
        for index in range(len(self._best)):
            recipe = self._best[index].recipe
            for number in range(len(recipe.changes) if recipe is not None and self._cook is not None else 0):
                self._simplify(index, number)

    def _simplify(self, index: int, number: int) -> None:
        def tried(choices: bytes) -> bool:
            part = self._best[index]
            assert part.recipe is not None
            changes = list(part.recipe.changes)
            changes[number] = replace(changes[number], choices=choices)
            # What comes after a change may have nothing to do once that is smaller.
            remade = self._cooked(part, changes) or self._cooked(part, changes[: number + 1])
            return remade is not None and self._accepts(self._with(index, remade))

        def now() -> bytes:
            recipe = self._best[index].recipe
            assert recipe is not None
            return recipe.changes[number].choices

        for keep in (0, len(now()) // 2, len(now()) - 1):
            tried(now()[: max(keep, 0)])
        for at in range(min(len(now()), _MOST_CHOICES)):
            for lower in (0, now()[at] // 2, now()[at] - 1) if at < len(now()) else ():
                choices = now()
                if at < len(choices) and 0 <= lower < choices[at]:
                    tried(choices[:at] + bytes([lower]) + choices[at + 1 :])

    def _simplify_waits(self) -> None:
        """Send at once what was sent in pieces, or in fewer pieces; shorten pauses."""
        for index in range(len(self._best)):
            part = self._best[index]
            for step in _simpler(part.step):
                if self._accepts(self._with(index, replace(part, step=step))):
                    break

    def _leave_bytes_out(self) -> None:
        """Leave out whole PDUs, then bytes of those that do not follow the standard anyway."""
        for index in range(len(self._best)):
            self._leave_out_pdus(index)
            if _is_wrong(self._best[index]):
                self._leave_out_of_body(index)
                self._leave_out_octets(index)

    def _leave_out_pdus(self, index: int) -> None:
        data = _data(self._best[index])
        pdus = tuple(pdus_of(data))
        if len(pdus) > 1:
            minimised(pdus, lambda rest: self._tries_data(index, b"".join(rest)))

    def _leave_out_of_body(self, index: int) -> None:
        """Leave out bytes after the header of a PDU, whose length stays right."""
        data = _data(self._best[index])
        if is_whole(data):
            kind, body = data[:2], data[PDU_HEADER.size :]
            minimised(body, lambda rest: self._tries_data(index, kind + len(rest).to_bytes(4, "big") + rest))

    def _leave_out_octets(self, index: int) -> None:
        data = _data(self._best[index])
        if data:
            minimised(data, lambda rest: self._tries_data(index, rest))

    def _tries_data(self, index: int, data: bytes) -> bool:
        part = self._best[index]
        assert isinstance(part.step, SendBytes | Chunks)
        before = part.step.data
        label = part.step.label if data[:1] == before[:1] else sent(data).label
        left_out = part.left_out + len(before) - len(data)
        return self._accepts(self._with(index, _Part(replace(part.step, data=data, label=label), None, left_out)))


def _is_wrong(part: _Part) -> bool:
    """Whether bytes were changed, or do not follow the standard."""
    if not isinstance(part.step, SendBytes | Chunks):
        return False
    return bool(part.step.operators) or not all(map(_follows_the_standard, pdus_of(part.step.data)))


def _follows_the_standard(pdu: bytes) -> bool:
    try:
        decode(pdu)
    except DecodeError:
        return False
    return True


def _data(part: _Part) -> bytes:
    return part.step.data if isinstance(part.step, SendBytes | Chunks) else b""


def _simpler(step: FuzzStep) -> Iterator[FuzzStep]:
    """Simpler forms of a step, the simplest first."""
    match step:
        case Chunks():
            yield SendBytes(step.data, step.label, step.operators)
            for size in step.sizes:
                yield replace(step, sizes=(size,), seconds=0.0)
            yield from (replace(step, seconds=seconds) for seconds in _SHORT_PAUSES)
        case Pause():
            yield from map(Pause, _SHORT_PAUSES)
        case AwaitReply(kinds=kinds, seconds=seconds) if seconds:
            yield AwaitReply(kinds)
        case _:
            return
