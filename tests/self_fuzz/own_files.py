"""The readers of our own files: reproducers, corpora, imports of AFLNet, reports of `check`, baselines."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from dulcimer.conformance.judge import baseline
from dulcimer.conformance.judge.baseline import BaselineError
from dulcimer.conformance.report import document
from dulcimer.conformance.report.document import ReportError
from dulcimer.fuzz.campaign.making import make_case
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.corpus.aflnet import from_aflnet, raw_of, replay_of
from dulcimer.fuzz.corpus.directory import CorpusDirectory
from dulcimer.fuzz.findings.cooking import cook
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.reproducer import Reproducer, ReproducerFormatError
from dulcimer.fuzz.sequences.steps import FuzzSequence, SendBytes, SequenceFormatError
from dulcimer.fuzz.tree.cutting import is_whole
from self_fuzz.material import changed_json, disturbed, sequences
from self_fuzz.surface import Allowance, Surface, demand
from support.conformance.report_samples import one_of_each

_BASELINE = b"""# A comment
[[expected]]
case = "ul.fsm.acc.sta06.evt19.unknown-type"
rev = "1"
verdict = "FAILED"
observed = "A-ABORT*"
reason = "it is old"
sometimes = true
"""
_TARGET = FindingOracle.__members__


def make(choices: Choices) -> bytes:
    """A number for the kind of file, and the file, changed."""
    kind = choices.integer(0, len(_KINDS) - 1)
    return bytes((kind,)) + _KINDS[kind][0](choices)


def check(given: bytes) -> None:
    """Nothing but the documented errors; what was read is written and read again the same."""
    if given:
        _KINDS[given[0] % len(_KINDS)][1](given[1:])


def _make_reproducer(choices: Choices) -> bytes:
    base = choices.pick(sequences())
    case = make_case(base, choices, {})
    oracle = choices.pick(tuple(_TARGET.values()))
    finding = FuzzFinding(oracle, "it ended", choices.pick(tuple(Confidence)), "PS3.8 9.2", None, (), ("main",), 3, 4)
    recipes = case.recipes if any(case.recipes) else ()
    return changed_json(Reproducer(finding, case.sequence, recipes=recipes, before=(base,)).to_json(), choices)


def _reproducer(content: bytes) -> None:
    try:
        found = Reproducer.from_text(content.decode("utf-8", "replace"))
    except ReproducerFormatError as error:
        demand(str(error), "an error without words")
        return
    text = found.to_text()
    demand(Reproducer.from_text(text) == found, "a reproducer is another one when it is written")
    for recipe in found.recipes:
        if recipe is not None:
            cook(recipe)


def _make_sequence(choices: Choices) -> bytes:
    return changed_json(make_case(choices.pick(sequences()), choices, {}).sequence.to_json(), choices)


def _sequence(content: bytes) -> None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    try:
        found = FuzzSequence.from_json(value)
    except SequenceFormatError as error:
        demand(str(error), "an error without words")
    else:
        demand(FuzzSequence.from_json(json.loads(found.canonical)) == found, "a sequence is another one when written")
    folder = CorpusDirectory(_folder())
    path = folder.path / f"{'0' * 64}.json"
    path.write_bytes(content)
    demand(not list(folder.sequences()) and folder.damaged() == (path,), "a file of a corpus that has another name")


def _make_aflnet(choices: Choices) -> bytes:
    sequence = make_case(choices.pick(sequences()), choices, {}).sequence
    exported = raw_of(sequence) if choices.integer(0, 1) else replay_of(sequence)
    return disturbed(exported.data, choices, 1)


def _aflnet(content: bytes) -> None:
    found = from_aflnet(content)
    demand(all(found.lost), "an empty text about what is lost")
    for sequence in found.sequences:
        demand(len(sequence.sent) <= len(content), "more is imported than was there")
        # The formats have no mark: only with whole PDUs in it can the form of a file be told for sure.
        if all(is_whole(step.data) for step in sequence.steps if isinstance(step, SendBytes)):
            (again,) = from_aflnet(replay_of(sequence).data).sequences
            demand(again.sent == sequence.sent, "other bytes when exported and imported again")


def _make_report(choices: Choices) -> bytes:
    return changed_json(_report(), choices)


def _report_file(content: bytes) -> None:
    path = _folder() / "report.txt"
    path.write_bytes(content)
    try:
        document.read(document.load(path))
    except ReportError as error:
        demand(str(error), "an error without words")


def _make_journal(choices: Choices) -> bytes:
    lines = [changed_json(row, choices).replace(b"\n", b" ") for row in _journal()]
    return disturbed(b"\n".join(lines), choices, 3)


def _make_baseline(choices: Choices) -> bytes:
    return disturbed(_BASELINE, choices, 0)


def _baseline(content: bytes) -> None:
    path = _folder() / "baseline.txt"
    path.write_bytes(content)
    try:
        baseline.load(path)
    except BaselineError as error:
        demand(str(error), "an error without words")


@cache
def _report() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(one_of_each()))
    return found


@cache
def _journal() -> tuple[dict[str, Any], ...]:
    """The rows of a journal, which is another form of a report."""
    found = _report()
    head = {name: found[name] for name in ("schema", "tool", "catalogue", "peer")}
    return {**head, "kind": "journal", "planned": [row["id"] for row in found["cases"]]}, *found["cases"]


@cache
def _directory() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="self-fuzz-")


def _folder() -> Path:
    return Path(_directory().name)


_KINDS: tuple[tuple[Callable[[Choices], bytes], Callable[[bytes], None]], ...] = (
    (_make_reproducer, _reproducer),
    (_make_sequence, _sequence),
    (_make_aflnet, _aflnet),
    (_make_report, _report_file),
    (_make_journal, _report_file),
    (_make_baseline, _baseline),
)

SURFACE = Surface(
    "own-files",
    "the readers of reproducers, corpora, AFLNet's files, reports of check, baselines",
    make,
    check,
    Allowance(calls=600_000, calls_per_byte=600, memory=16 << 20, memory_per_byte=2000),
)
