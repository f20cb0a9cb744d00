"""The troubleshooting page: all questions and causes, with the captures that it names."""

from __future__ import annotations

import re
from pathlib import Path

from codegen.pages.markdown import anchor
from dulcimer._generated.diagnosis import QUESTIONS
from dulcimer.diagnosis.causes.engine import causes_of
from dulcimer.diagnosis.sources import SourceKind, evidence_of_file, kind_of
from support.diagnosis.twenty_questions import TWENTY, write_all
from support.project_copies import ROOT

PAGE = (ROOT / "docs" / "guide" / "troubleshooting.md").read_text(encoding="utf-8")


def test_every_question_and_cause_has_a_place_that_its_link_leads_to() -> None:
    headings = [line.lstrip("# ") for line in PAGE.splitlines() if line.startswith("#")]
    anchors = {anchor(heading) for heading in headings}
    assert len(headings) == 2 + len(QUESTIONS) + sum(len(question.causes) for question in QUESTIONS)
    assert set(re.findall(r"\]\(#(.*?)\)", PAGE)) <= anchors
    for question in QUESTIONS:
        for cause in question.causes:
            assert cause.proof in PAGE and cause.clause in PAGE


def test_nothing_in_braces_is_left() -> None:
    assert not re.search(r"\{\w+\}", PAGE)


def test_captures_that_the_page_names_show_the_causes(tmp_path: Path) -> None:
    written = {path.name: path for path in write_all(tmp_path)}
    named = re.findall(r"Capture: `(.*?)`", PAGE)
    assert len(named) == len(QUESTIONS)
    for number, name in enumerate(named, 1):
        assert kind_of(written[name]) is SourceKind.CAPTURE
        assert causes_of(evidence_of_file(written[name], SourceKind.CAPTURE)).findings[0].id == TWENTY[number][0]
