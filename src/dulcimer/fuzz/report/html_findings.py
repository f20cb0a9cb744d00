"""The findings in the page: each group with what it means, how sure it is, and how to see it again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.clauses import cell_in_words, clause_in_html
from dulcimer.counting import counted
from dulcimer.escaping import escaped
from dulcimer.fuzz.campaign.result import CampaignResult
from dulcimer.fuzz.findings.capture_export import capture_of
from dulcimer.fuzz.findings.finding import FuzzFinding
from dulcimer.fuzz.findings.found import FoundOnce
from dulcimer.fuzz.findings.recipes import PduRecipe
from dulcimer.fuzz.findings.reproducer import Reproducer
from dulcimer.fuzz.findings.scripts import name_of, script
from dulcimer.fuzz.findings.seen import SeenKind
from dulcimer.fuzz.report.grouping import FindingGroup
from dulcimer.fuzz.report.html_parts import code, download, facts, hexadecimal, safe
from dulcimer.fuzz.report.meanings import ORACLE_WORDS, how_sure
from dulcimer.fuzz.report.wording import (
    changed_span,
    confirmed,
    connections,
    file_of,
    replay_command,
    seen_words,
    serves_words,
    step_words,
)
from dulcimer.fuzz.sequences.steps import Chunks, FuzzSequence, FuzzStep, SendBytes, cell_name

_OPEN = 1
"""Groups that are open at once."""
_OPERATORS_SHOWN = 3
_FROM_TARGET = (SeenKind.PDU, SeenKind.BYTES)


def finding_colour(finding: FuzzFinding) -> str:
    """The class with the colour of a finding."""
    return looks.css_class(Verdict.FAILED if finding.is_fact else Verdict.NON_STRICT)


def finding_anchor(found: FoundOnce) -> str:
    """The place of a finding in the page."""
    return f"finding-{name_of(found.reproducer)}"


def finding_list(groups: Sequence[FindingGroup], result: CampaignResult) -> Iterator[str]:
    """The section with all groups."""
    number = sum(len(group.members) for group in groups)
    of_groups = f" in {counted(len(groups), 'group')}" if number != len(groups) else ""
    yield f"<section class=findings><h2>Findings <small>{counted(number, 'finding')}{of_groups}</small></h2>"
    for position, group in enumerate(groups):
        yield from _group(group, result, is_open=position < _OPEN)
    yield "</section>"


def _group(group: FindingGroup, result: CampaignResult, *, is_open: bool) -> Iterator[str]:
    finding, words = group.finding, ORACLE_WORDS[group.finding.oracle]
    first = group.members[0]
    cell = "" if finding.cell is None else f" <code>{cell_name(finding.cell)}</code>"
    ways = f" <span class=ways>{len(group.members)} ways</span>" if len(group.members) > 1 else ""
    yield (
        f'<details class="finding {finding_colour(finding)}" id="{finding_anchor(first)}"'
        f"{' open' if is_open else ''}><summary><span class=badge>{finding.sureness}</span> "
        f"<b>{words.name}</b>{cell}{ways}<span class=verdict>{safe(finding.verdict)}</span></summary><div class=body>"
    )
    yield from facts(
        [
            ("What it means", safe(words.meaning)),
            ("How sure", safe(how_sure(finding))),
            ("Clause", clause_in_html(escaped(finding.clause)) if finding.clause else ""),
            ("Cell", safe(cell_in_words(finding.cell)) if finding.cell is not None else ""),
            ("What to do", safe(words.advice)),
        ]
    )
    if len(group.members) == 1:
        yield from _member(first, result)
    else:
        yield f"<h3>The ways that lead to it <small>{len(group.members)}</small></h3>"
        for number, member in enumerate(group.members):
            identifier = "" if not number else f' id="{finding_anchor(member)}"'
            yield f"<details class=way{identifier}{'' if number else ' open'}><summary>{_way(member)}</summary>"
            yield from _member(member, result)
            yield "</details>"
    yield "</div></details>"


def _way(found: FoundOnce) -> str:
    """What was changed, or what is sent if nothing was; and the innermost frame."""
    reproducer = found.reproducer
    operators = reproducer.finding.operators
    if operators:
        more = f" and {len(operators) - _OPERATORS_SHOWN} more" if len(operators) > _OPERATORS_SHOWN else ""
        text = ", ".join(map(code, operators[:_OPERATORS_SHOWN])) + more
    else:
        text = safe(", then ".join(map(step_words, reproducer.sequence.steps)) or "the connection alone")
    frames = reproducer.finding.frames
    return text + (f" in {code(frames[0])}" if frames else "")


def _member(found: FoundOnce, result: CampaignResult) -> Iterator[str]:
    """One finding: how it was confirmed, what was sent and seen, and how to see it again."""
    reproducer = found.reproducer
    finding = reproducer.finding
    yield from facts(
        [
            ("Confirmed", safe(confirmed(found, result.repeats.get(found.key, 0)))),
            ("Changed", _changes(reproducer)),
            ("Expected", safe(" or ".join(reproducer.expected))),
            ("It takes", safe(connections(found))),
        ]
    )
    yield "<div class=exchange><div>"
    yield from _steps(reproducer)
    yield "</div><div>"
    yield from _seen(reproducer)
    yield from _frames(finding.frames)
    yield "</div></div>"
    yield from _again(found)


def _changes(reproducer: Reproducer) -> str:
    """What was changed, as far as the steps do not say it."""
    operators = reproducer.finding.operators
    if not operators:
        return "nothing in the bytes: the order of what is sent shows it"
    steps = reproducer.sequence.steps
    told = {operator for step in steps if isinstance(step, SendBytes | Chunks) for operator in step.operators}
    return "<br>".join(code(operator) for operator in operators if operator not in told)


def _steps(reproducer: Reproducer) -> Iterator[str]:
    for number, before in enumerate(reproducer.before, 1):
        yield f"<details class=further><summary>Connection {number}, before the last one</summary>"
        yield from _sequence(before, ())
        yield "</details>"
    yield f"<h3>What is done{' in the last connection' if reproducer.before else ''}</h3>"
    yield from _sequence(reproducer.sequence, reproducer.recipes)


def _sequence(sequence: FuzzSequence, recipes: Sequence[PduRecipe | None]) -> Iterator[str]:
    yield "<ol class=steps>"
    for number, step in enumerate(sequence.steps):
        yield f"<li>{safe(step_words(step))}"
        if isinstance(step, SendBytes | Chunks):
            yield from (f"<br><span class=change>{code(operator)}</span>" for operator in step.operators)
            yield from hexadecimal(step.data, _changed(step, recipes[number] if recipes else None))
        yield "</li>"
    yield "</ol>"


def _changed(step: FuzzStep, recipe: PduRecipe | None) -> tuple[int, int]:
    if recipe is None or not isinstance(step, SendBytes | Chunks):
        return 0, 0
    return changed_span(step.data, recipe.base)


def _seen(reproducer: Reproducer) -> Iterator[str]:
    seen = reproducer.seen
    yield "<h3>What was seen</h3>"
    if not seen.lines:
        yield "<p>No record of the connection is kept.</p>"
        return
    yield "<ol class=seen-lines>"
    for line in seen.lines:
        side = "of-target" if line.kind in _FROM_TARGET or line.end is not None else "of-tester"
        yield f"<li class={side}><span class=time>{line.at:.3f} s</span> <span>{safe(seen_words(line))}</span>"
        if line.data:
            yield from hexadecimal(line.data)
        yield "</li>"
    yield "</ol>"
    serves = serves_words(seen.serves)
    yield f"<p class=serves>{safe(serves[:1].upper() + serves[1:])}.</p>" if serves else ""


def _frames(frames: Sequence[str]) -> Iterator[str]:
    if frames:
        yield "<h3>Frames, the innermost first</h3><ol class=frames>"
        yield from (f"<li>{code(frame)}</li>" for frame in frames)
        yield "</ol>"


def _again(found: FoundOnce) -> Iterator[str]:
    reproducer, name = found.reproducer, name_of(found.reproducer)
    files = [
        download(
            "reproducer (JSON)",
            file_of(found),
            "application/json",
            reproducer.to_text().encode(errors="backslashreplace"),
        ),
        download(
            "script (Python alone)", f"{name}.py", "text/x-python", script(reproducer).encode(errors="backslashreplace")
        ),
        download("capture (Wireshark)", f"{name}.pcapng", "application/octet-stream", capture_of(reproducer)),
    ]
    yield "<div class=replay><h4>See it again</h4>"
    yield f"<p><code class=command>{safe(replay_command(found))}</code></p>"
    yield f"<p class=downloads>{' '.join(files)}</p></div>"
