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
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import about
from dulcimer.fuzz.judging.replaying import ReplayOutcome, minimise, replays
from dulcimer.fuzz.judging.session import TargetLostError
from dulcimer.fuzz.report.wording import outcome_words, seen_of_target

_SECONDS = 120.0
"""For making a finding smaller, about."""


def replay_finding(path: Path, place: TargetWords, tries: int, console: Console) -> NoReturn:
    """Show it `tries` times; the exit status says whether it came again."""
    reproducer = _read(path, "--replay")
    setup = place.setup_for(reproducer)
    _print_all(console, about(reproducer))
    if came := seen_of_target(reproducer.seen):
        _print(console, f"{'came':9} {came}")
    _print(console, f"{'now at':9} {_place(setup)}")
    times = played = 0
    with terminated_in_order(), target_of(setup, _other_target(setup)) as session:
        refuse_broken(setup, calibrate(session, setup.titles))
        try:
            for played, outcome in enumerate(replays(reproducer, session, tries), start=1):
                times += outcome.came_again
                word = "the same" if outcome.came_again else "NOT the same"
                _print(console, f"{played:4} {word}: {_seen_now(outcome)}")
        except TargetLostError as error:
            if not played:
                raise
            _print(console, f"The target was lost after {counted(played, 'try', 'tries')}: {error}")
    _print(console, f"It came again in {times} of {counted(played, 'try', 'tries')}.")
    if not times:
        _print_all(console, _why_not(reproducer, setup))
    raise typer.Exit(ExitStatus.PEER_FAILED if times else ExitStatus.DONE)


def _seen_now(outcome: ReplayOutcome) -> str:
    """What looks wrong, or else what came."""
    wrong = "; ".join(dict.fromkeys(each.verdict for each in outcome.suspicions))
    return wrong or f"nothing is wrong: {outcome_words(outcome.pdus, outcome.end)}"


def _place(setup: TargetSetup) -> str:
    """Where it is replayed."""
    where = setup.target.command or f"{setup.host} port {setup.port}"
    return where + ("" if setup.tls is None else ", with TLS")


def _other_target(setup: TargetSetup) -> str:
    other = "--requestor -- COMMAND" if setup.role == "requestor" else "--spawn COMMAND, or HOST and PORT"
    return f"; if the target is started in another way here, give it: {other}"


def _why_not(reproducer: Reproducer, setup: TargetSetup) -> tuple[str, ...]:
    """What may be the reason that it did not come again."""
    then, now = reproducer.target, setup.target
    lines = ["The target may be mended, or another one than that of the file."]
    if then.tls != now.tls:
        found, played = ("with", "without") if then.tls else ("without", "with")
        lines.append(f"It was found {found} TLS, and now played {played} it.")
    if not now.command and (reproducer.before or reproducer.rounds > 1):
        lines.append("It needs several connections: connections of others in between may hide it.")
    if not now.command and not reproducer.finding.oracle.is_seen_by_peers:
        lines.append("It shows in the process alone, which is watched only if --spawn starts the target.")
    if 0 < reproducer.finding.times < reproducer.finding.tries:
        lines.append("It did not come each time when it was found, either: more tries (--tries) may show it.")
    return tuple(lines)


def minimise_finding(path: Path, place: TargetWords, console: Console) -> NoReturn:
    """Write the smaller reproducer into the same file, if there is one."""
    reproducer = _read(path, "--minimise")
    make_writable("--minimise", path.absolute().parent, path)
    setup = place.setup_for(reproducer)
    with terminated_in_order(), target_of(setup, _other_target(setup)) as session:
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
