"""What all forms of the report say in the same words. Texts of the target are not escaped here: each form does that."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from dulcimer.conformance.model.seen import pdu_name
from dulcimer.counting import counted
from dulcimer.fuzz.campaign.result import CUT_SHORT, CalibrationResult, CampaignEnd, CampaignResult
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.finding import FuzzFinding
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.playing import told
from dulcimer.fuzz.findings.scripts import name_of
from dulcimer.fuzz.findings.seen import SeenConversation, SeenKind, SeenLine
from dulcimer.fuzz.report.grouping import FindingGroup, shares
from dulcimer.fuzz.report.meanings import ORACLE_WORDS
from dulcimer.fuzz.sequences.steps import (
    AwaitReply,
    Chunks,
    Close,
    FuzzStep,
    HalfClose,
    Pause,
    RefuseConnection,
    Reset,
    SendBytes,
    cell_name,
)

_ENDS = {
    CampaignEnd.TIME: "its time was used up",
    CampaignEnd.CASES: "its number of cases was played",
    CampaignEnd.INTERRUPTED: "it was interrupted",
    CampaignEnd.BROKEN: "the target does not do what valid sequences ask for",
    CampaignEnd.LOST: "the target could not be reached, or started, any more",
}
_CONNECTION_ENDS = {
    EndKind.REFUSED: "no connection: the target refused it",
    EndKind.FIN: "the target closed the connection",
    EndKind.RST: "the target reset the connection",
    EndKind.RST_AFTER_SEND: "the target reset the connection after bytes that it may not have read",
    EndKind.CLOSED: "the tester closed the connection",
    EndKind.OPEN: "the target left the connection open",
    EndKind.FLOOD: "the target did not stop sending",
}
_EVENT_STEPS = {
    HalfClose: "close the sending direction (FIN)",
    Reset: "reset the connection (RST)",
    Close: "close the connection",
    RefuseConnection: "refuse the connection",
}
_SIZES_SHOWN = 8
_OF_TARGET = (SeenKind.PDU, SeenKind.BYTES, SeenKind.SILENCE, SeenKind.END)


def target_name(result: CampaignResult) -> str:
    """What was tested: its command, else where it was."""
    return result.target.command or target_address(result)


def target_address(result: CampaignResult) -> str:
    """Host and port; each target that was started by its command had one of its own."""
    return f"{result.host} port {result.port}" if result.port else f"{result.host}, a port of its own"


def role_words(result: CampaignResult) -> str:
    """The role of the target."""
    return "acceptor (a server)" if result.role == "acceptor" else "requestor (a client)"


def headline(result: CampaignResult, groups: tuple[FindingGroup, ...]) -> str:
    """The campaign in one line."""
    if result.end is CampaignEnd.BROKEN:
        return "was not fuzzed: valid sequences fail on it"
    if not groups:
        return f"no finding in {counted_cases(result.cases)}"
    kinds = [counted(count, _name(oracle), _name(oracle, plural=True)) for oracle, count in shares(groups)]
    return ", ".join(kinds)


def _name(oracle: str, *, plural: bool = False) -> str:
    words = next(words for known, words in ORACLE_WORDS.items() if known == oracle)
    return words.plural if plural else words.name


def broken_advice(result: CampaignResult) -> str:
    """What to do about a target that valid sequences fail on."""
    if result.role == "requestor":
        return "run the command by hand against dulcimer serve: it has to open an association, and end by itself"
    return "check titles, SOP classes and the address of the tester in the configuration of the target; then rerun"


def counted_cases(cases: int) -> str:
    """``1 case``, ``12,345 cases``."""
    return f"{cases:,} case{'' if cases == 1 else 's'}"


def rate_words(rate: float) -> str:
    """``1,234 cases/s``, ``0.5 cases/s``."""
    return f"{rate:,.0f} cases/s" if rate >= 10 else f"{rate:.1f} cases/s"


def end_words(result: CampaignResult) -> str:
    """Why the campaign ended."""
    why = next((text.removeprefix(CUT_SHORT) for text in result.not_tried if text.startswith(CUT_SHORT)), "")
    return f"{_ENDS[result.end]}: {why}" if why else _ENDS[result.end]


def duration(seconds: float) -> str:
    """``45 s``, ``12 min 30 s``, ``2 h 5 min``."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def sized(count: float) -> str:
    """A number of bytes: ``512 B``, ``1.5 KiB``, ``23 MiB``."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    return f"{count:.0f} {unit}" if unit == "B" or count >= 10 else f"{count:.1f} {unit}"


def calibration_words(calibration: CalibrationResult) -> str:
    """What came of the valid sequences."""
    if not calibration.played:
        return "no valid sequence was played"
    passed = f"{calibration.passed} of {counted(calibration.played, 'valid sequence')} passed on a fresh target"
    return f"{passed}; it answers in {_milliseconds(calibration.usual)}, {_milliseconds(calibration.slowest)} at most"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms"


# ---------------------------------------------------------------------- one finding


def file_of(found: FoundOnce) -> str:
    """The name of the file with its reproducer."""
    return f"{name_of(found.reproducer)}.json"


def replay_command(found: FoundOnce, directory: str = "") -> str:
    """The command that shows a finding again."""
    return f"dulcimer fuzz --replay {shlex.quote(str(PurePath(directory, file_of(found))))}"


def finding_title(finding: FuzzFinding) -> str:
    """A finding in one line: its kind, its cell and what is wrong."""
    where = f" in {cell_name(finding.cell)}" if finding.cell is not None else ""
    return f"{ORACLE_WORDS[finding.oracle].name}{where}: {finding.verdict}"


def confirmed(found: FoundOnce, repeats: int) -> str:
    """How a finding was confirmed."""
    finding = found.reproducer.finding
    if finding.tries:
        again = f"{finding.times} of {counted(finding.tries, 'replay')} showed it again"
    else:
        again = "it was not replayed"
    shown_by = len(found.shown_by)
    more = f"; {counted(shown_by, 'different sequence')} showed it" if shown_by > 1 else ""
    return again + more + (f"; seen {repeats:,} more time{'s'[: repeats != 1]}" if repeats else "")


def connections(found: FoundOnce) -> str:
    """How many connections a finding needs, if it is more than one; "" otherwise."""
    reproducer = found.reproducer
    count = len(reproducer.sequences)
    if count == 1 and reproducer.rounds == 1:
        return ""
    made = counted(count, "connection")
    return f"{made}, made {counted(reproducer.rounds, 'time')}" if reproducer.rounds > 1 else made


def step_words(step: FuzzStep) -> str:
    """What a step does."""
    match step:
        case SendBytes(data=data, label=label):
            return f"send {label or 'bytes'}, {counted(len(data), 'byte')}"
        case Chunks(data=data, label=label, sizes=sizes, seconds=seconds):
            pieces = [str(len(piece)) for piece in step.pieces()]
            shown = ", ".join(pieces[:_SIZES_SHOWN]) + (", ..." if len(pieces) > _SIZES_SHOWN else "")
            pause = f", {seconds:g} s apart" if seconds and sizes else ""
            size = counted(len(data), "byte")
            return f"send {label or 'bytes'}, {size} in {counted(len(pieces), 'piece')} of {shown or '0'}{pause}"
        case AwaitReply(kinds=kinds, seconds=seconds):
            longest = f", up to {seconds:g} s" if seconds else ""
            return f"wait for {' or '.join(kinds) or 'a reply'}{longest}"
        case Pause(seconds=seconds):
            return f"wait {seconds:g} s"
        case _:
            return _EVENT_STEPS[type(step)]


def seen_words(line: SeenLine) -> str:
    """A line of the record."""
    match line.kind:
        case SeenKind.SENT:
            return f"sent {counted(line.count, 'byte')} of step {line.step + 1}"
        case SeenKind.PDU:
            return told(line.data) if line.data else pdu_name(line.data)
        case SeenKind.BYTES:
            return f"{counted(len(line.data), 'byte')} that {'is' if len(line.data) == 1 else 'are'} not a whole PDU"
        case SeenKind.SILENCE:
            return "silence"
        case SeenKind.HALF_CLOSED:
            return "the tester closed its sending direction"
        case _:
            return _CONNECTION_ENDS[line.end] if line.end is not None else "the end of the connection"


def seen_of_target(seen: SeenConversation) -> str:
    """What came of the target on the last connection, and how that ended."""
    return "; ".join(seen_words(line) for line in seen.lines if line.kind in _OF_TARGET)


def outcome_words(pdus: Iterable[bytes], end: str) -> str:
    """The same for PDUs and the end of a connection, if there was one."""
    ends = [_CONNECTION_ENDS[EndKind(end)]] if end else []
    return "; ".join([*map(told, pdus), *ends]) or "nothing came"


def serves_words(serves: bool | None) -> str:
    """Whether the target served afterwards."""
    if serves is None:
        return ""
    return "it served others afterwards" if serves else "it did not serve others afterwards"


def changed_span(data: bytes, base: bytes) -> tuple[int, int]:
    """The part of `data` that differs from `base`, from its first byte to behind its last one."""
    start = next((at for at, (one, other) in enumerate(zip(data, base, strict=False)) if one != other), None)
    if start is None:
        start = min(len(data), len(base))
    after = 0
    while after < min(len(data), len(base)) - start and data[-1 - after] == base[-1 - after]:
        after += 1
    return start, len(data) - after


# ---------------------------------------------------------------------- the account


def account(result: CampaignResult) -> Iterator[str]:
    """What the campaign did, one sentence each; for a report without findings, too."""
    yield (
        f"{counted_cases(result.cases)} with {result.pdus:,} PDUs were played in {duration(result.seconds)}, "
        f"{result.rate:,.0f} in a second; the target was restarted {counted(result.restarts, 'time')}"
    )
    yield f"the campaign ended because {end_words(result)}"
    yield calibration_words(result.calibration)
