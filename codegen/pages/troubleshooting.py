"""Writes `docs/guide/troubleshooting.md`: what people who run DICOM networks ask, and what the causes are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from codegen.pages.markdown import anchor, page, table
from codegen.spec import Spec
from codegen.spec.diagnosis import Diagnoses, DiagnosticQuestion, LoggingStack, PossibleCause, load_diagnoses

SOURCE = "spec/diagnosis/"

_INTRODUCTION = """
Twenty questions, the most frequent first. `dulcimer diagnose` answers them from a capture, a trace or a log, and live:

```console
$ dulcimer diagnose capture.pcapng
$ dulcimer diagnose orthanc.log
$ dulcimer diagnose pacs.example.org 104 -aet WORKSTATION -aec PACS
```

It names a cause, shows the proof, says what to change at each end, and how sure it is: *certain* only if what is there
can have no other cause. This page is made from the same data. *Requestor* is the end that opens the association,
*acceptor* the one that listens.
"""
_CAPTURES = """
In a clone of the project, `PYTHONPATH=src:tests python -m support.diagnosis.twenty_questions FOLDER` writes a capture
of each question, to try it on; the addresses in them are made up.
"""
_LOGS = "## What makes such logs"


def generate(spec: Spec) -> str:
    """The text of the page; raises SpecError."""
    found = load_diagnoses(spec.root)
    questions = (part for question in found.questions for part in _question(question, found))
    contents = "\n".join(
        f"{question.number}. [{question.text}](#{anchor(_heading(question))})" for question in found.questions
    )
    return page("Troubleshooting", SOURCE, _INTRODUCTION, contents, _CAPTURES, *questions, _LOGS, _stacks(found.stacks))


def capture_name(question: DiagnosticQuestion) -> str:
    """The file with a capture of a question."""
    return f"{question.number:02}-{question.id}.pcapng"


def _heading(question: DiagnosticQuestion) -> str:
    return f"{question.number}. {question.text}"


def _question(question: DiagnosticQuestion, found: Diagnoses) -> Iterator[str]:
    yield f"## {_heading(question)}"
    yield f"Capture: `{capture_name(question)}`."
    for cause in question.causes:
        yield from _cause(cause, found.stacks)


def _cause(cause: PossibleCause, stacks: Mapping[str, LoggingStack]) -> Iterator[str]:
    # Imported late: it reads the rows that were written just before.
    from dulcimer.diagnosis.causes.wording import command_line, sentence

    yield f"### {sentence(cause.cause, {}).removesuffix('.')}"
    rows = (
        ("On the wire", cause.sign),
        ("Proof", cause.proof),
        ("At the requestor", cause.requestor),
        ("At the acceptor", cause.acceptor),
        ("Elsewhere", cause.elsewhere),
        ("To settle it", cause.settle),
        ("Clause", cause.clause),
        ("Next", f"`{command_line(cause.next, {})}`"),
    )
    yield "\n".join(f"- **{label}**: {text}" for label, text in rows if text)
    lines = [_line(name, stacks) for name in cause.seen]
    if lines:
        yield table(("log of", "says"), lines)


def _line(name: str, stacks: Mapping[str, LoggingStack]) -> tuple[str, str]:
    stack, _, identifier = name.partition(".")
    example = next(line.example for line in stacks[stack].lines if line.id == identifier)
    return stacks[stack].name, f"`{example.strip()}`"


def _stacks(stacks: Mapping[str, LoggingStack]) -> str:
    rows = ((stack.name, stack.how, stack.origin) for stack in stacks.values())
    return table(("software", "log with", "lines on this page"), rows)
