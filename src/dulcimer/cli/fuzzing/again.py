"""One finding from its file: shown again, or made smaller."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from dulcimer.cli.failures.exit_statuses import ExitStatus
from dulcimer.cli.fuzzing.reaching import refuse_broken, target_of
from dulcimer.cli.fuzzing.signals import terminated_in_order
from dulcimer.cli.fuzzing.target import TargetWords
from dulcimer.cli.options.writable import make_writable
from dulcimer.counting import counted
from dulcimer.errors import DulcimerError
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.calibrating import calibrate
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import about
from dulcimer.fuzz.judging.replaying import minimise, replays

_SECONDS = 120.0
"""For making a finding smaller, about."""


def replay_finding(path: Path, place: TargetWords, tries: int, console: Console) -> NoReturn:
    """Show it `tries` times; the exit status says whether it came again."""
    reproducer = _read(path, "--replay")
    setup = place.setup_for(reproducer)
    _print_all(console, about(reproducer))
    times = 0
    with terminated_in_order(), target_of(setup) as session:
        refuse_broken(setup, calibrate(session, setup.titles))
        for number, outcome in enumerate(replays(reproducer, session, tries), start=1):
            times += outcome.came_again
            seen = "; ".join(dict.fromkeys(each.verdict for each in outcome.suspicions)) or "nothing is wrong"
            word = "the same" if outcome.came_again else "NOT the same"
            _print(console, f"{number:4} {word}: {seen}")
    _print(console, f"It came again in {times} of {counted(tries, 'try', 'tries')}.")
    raise typer.Exit(ExitStatus.PEER_FAILED if times else ExitStatus.DONE)


def minimise_finding(path: Path, place: TargetWords, console: Console) -> NoReturn:
    """Write the smaller reproducer into the same file, if there is one."""
    reproducer = _read(path, "--minimise")
    make_writable("--minimise", path.absolute().parent, path)
    setup = place.setup_for(reproducer)
    with terminated_in_order(), target_of(setup) as session:
        refuse_broken(setup, calibrate(session, setup.titles))
        found = minimise(reproducer, session, seconds=_SECONDS)
    if found is None:
        _print(console, "The finding did not come again, so nothing was changed.")
        raise typer.Exit(ExitStatus.DONE)
    before, after = _size(reproducer), _size(found)
    if after >= before:
        _print(console, "It is as small as it can be made: the file is unchanged.")
        raise typer.Exit(ExitStatus.PEER_FAILED)
    path.write_text(found.to_text(), encoding="utf-8")
    steps, data = counted(before[0], "step"), counted(before[1], "byte")
    _print(console, f"{steps} and {data} became {counted(after[0], 'step')} and {counted(after[1], 'byte')}: {path}")
    raise typer.Exit(ExitStatus.PEER_FAILED)


def _size(reproducer: Reproducer) -> tuple[int, int]:
    sequences = (*reproducer.before, reproducer.sequence)
    return sum(len(each.steps) for each in sequences), sum(len(each.sent) for each in sequences)


def _read(path: Path, option: str) -> Reproducer:
    try:
        return Reproducer.from_text(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise typer.BadParameter(f"{path} cannot be read: {error.strerror}", param_hint=f"'{option}'") from error
    except (UnicodeDecodeError, DulcimerError) as error:
        why = f"{path} is not a reproducer, as --findings writes them for each finding: {error}"
        raise typer.BadParameter(why, param_hint=f"'{option}'") from error


def _print_all(console: Console, lines: tuple[str, ...]) -> None:
    for line in lines:
        _print(console, line)


def _print(console: Console, line: str) -> None:
    console.print(escaped(line), highlight=False, markup=False, soft_wrap=True)
