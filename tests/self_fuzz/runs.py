"""Executions one after the other: what fails, told apart by where, and small reproducers of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from time import monotonic

from dulcimer.fuzz.choices import OctetChoices, RecordedChoices, SeededChoices
from dulcimer.fuzz.findings.ddmin import minimised
from self_fuzz.bounds import HANG, ended_if_endless, within
from self_fuzz.surface import OverBudgetError, Surface, WrongError

MEASURED_EVERY = 4
"""One of so many executions is measured: counting costs more than the execution itself."""
_LONGEST_TEXT = 120
_TRIES = 400
"""Executions that making a reproducer smaller may take."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An execution that failed: `key` tells failures apart, `trace` is for readers.

    `given` is the input, empty if it could not be made; `choices` are the bytes it was made from.
    """

    surface: str
    key: str
    trace: str
    given: bytes
    choices: bytes = b""
    seed: int = 0
    number: int = 0


@dataclass(slots=True)
class Tally:
    """What came of some executions; the first failure of each kind."""

    executions: int = 0
    seconds: float = 0.0
    failures: dict[str, Failure] = field(default_factory=dict)

    def add(self, failure: Failure) -> None:
        """Keep it unless one like it is there."""
        self.failures.setdefault(failure.key, failure)


def made(surface: Surface, seed: int, number: int) -> tuple[bytes, bytes]:
    """The input of an execution, and the bytes of its choices."""
    choices = RecordedChoices(SeededChoices(f"{surface.name} {seed} {number}".encode()))
    return surface.make(choices), choices.data


def execute(surface: Surface, given: bytes, *, measured: bool, seconds: float = HANG) -> Failure | None:
    """Check one input; None if nothing is wrong. `measured`: work and memory count, too."""
    return _caught(surface, given, lambda: surface.check(given), measured=measured, seconds=seconds)


def from_octets(surface: Surface, data: bytes) -> Failure | None:
    """Make an input from the bytes of an engine, and check it."""
    given = surface.make(OctetChoices(data))
    return execute(surface, given, measured=False)


def explore(
    surface: Surface,
    seed: int,
    numbers: Iterable[int],
    seconds: float = float("inf"),
    begun: Callable[[int], None] = lambda _: None,
) -> Tally:
    """Executions of these numbers, at least one, for so many seconds; `begun` is called before each."""
    warm_up(surface)
    tally, start = Tally(), monotonic()
    for number in numbers:
        begun(number)
        failure = one(surface, seed, number)
        tally.executions += 1
        if failure is not None:
            tally.add(failure)
        if monotonic() - start >= seconds:
            break
    tally.seconds = monotonic() - start
    return tally


def one(surface: Surface, seed: int, number: int, *, seconds: float = HANG) -> Failure | None:
    """The execution of this number."""
    given = choices = b""

    def run() -> None:
        nonlocal given, choices
        given, choices = made(surface, seed, number)

    failure = _caught(surface, b"", run, measured=False)
    failure = failure or execute(surface, given, measured=number % MEASURED_EVERY == 0, seconds=seconds)
    if failure is None:
        return None
    return Failure(surface.name, failure.key, failure.trace, given, choices, seed, number)


def warm_up(surface: Surface) -> None:
    """Import what is imported late, and fill caches: that is not the work of one input."""
    given, _ = made(surface, 0, 0)
    execute(surface, given, measured=False)


def smaller(surface: Surface, failure: Failure) -> Failure:
    """The same failure with fewer bytes of input, if that is found in a bounded number of tries."""
    tries = _TRIES
    measured = failure.key.endswith(("work", "memory"))

    def holds(given: bytes) -> bool:
        nonlocal tries
        tries -= 1
        if tries < 0:
            return False
        found = execute(surface, given, measured=measured, seconds=HANG / 10)
        return found is not None and found.key == failure.key

    if not failure.given or failure.key.endswith("endless") or not holds(failure.given):
        return failure
    given = minimised(failure.given, holds)
    found = execute(surface, given, measured=measured)
    trace = found.trace if found is not None else failure.trace
    return Failure(surface.name, failure.key, trace, given, failure.choices, failure.seed, failure.number)


def _caught(
    surface: Surface, given: bytes, run: Callable[[], None], *, measured: bool, seconds: float = HANG
) -> Failure | None:
    bounds: AbstractContextManager[None] = within(surface.allowance, len(given)) if measured else nullcontext()
    try:
        with ended_if_endless(seconds), bounds:
            run()
    except OverBudgetError as error:
        kind = str(error).partition(":")[0]
        return Failure(surface.name, f"{surface.name}: {kind}", f"{_where(error)}: {error}", given)
    except WrongError as error:
        return Failure(surface.name, f"{surface.name}: wrong in {_where(error)}", _told(error), given)
    except Exception as error:  # whatever a surface lets through
        key = f"{surface.name}: {type(error).__name__} in {_where(error)}"
        return Failure(surface.name, key, _told(error), given)
    return None


def _where(error: BaseException) -> str:
    """The function of the package, or of the surface, that is nearest to the error."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "dulcimer" in frame.filename or "self_fuzz" in frame.filename]
    own = [frame for frame in own if frame.name not in ("demand", "count", "end")]
    if not own:
        return "nowhere"
    return f"{own[-1].filename.rpartition('/')[2]}:{own[-1].name}"


def _told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-4000:]
