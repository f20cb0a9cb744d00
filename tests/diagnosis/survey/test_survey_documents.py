"""A survey as JSON, as Markdown, as a table, and compared with an earlier one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.services import TRANSFER_SYNTAXES
from dulcimer.cli.surveying.table import change_lines, table_lines
from dulcimer.diagnosis.survey.comparing import changes
from dulcimer.diagnosis.survey.document import SurveyDocumentError, as_document, read_document
from dulcimer.diagnosis.survey.result import (
    AssociationNote,
    ClassResult,
    IdentityNote,
    RoleAnswer,
    SurveyedPeer,
    SurveyResult,
    SyntaxChoice,
    SyntaxGroups,
)
from dulcimer.diagnosis.survey.scope import SurveyedClass, standard_classes
from dulcimer.diagnosis.survey.statement import markdown_statement

ALL = tuple(TRANSFER_SYNTAXES)
CLASSES = standard_classes()
FIND = next(one for one in CLASSES if one.name.startswith("Study Root") and one.name.endswith("FIND"))
PEER = SurveyedPeer("10.0.0.9", 104, "PACS", "DULCIMER", False, "1.2.3", "PACS_1", 16384)

texts = st.text(st.characters(codec="utf-8"), max_size=12)


@st.composite
def class_results(draw: st.DrawFn, sop_class: SurveyedClass) -> ClassResult:
    kinds = draw(st.lists(st.integers(0, 4), min_size=len(ALL), max_size=len(ALL)))
    parts = [tuple(uid for uid, kind in zip(ALL, kinds, strict=True) if kind == number) for number in range(5)]
    if not parts[0]:
        return ClassResult(sop_class, refused=ALL, refusal=draw(st.sampled_from([None, 1, 2, 3, 4])))
    roles = draw(st.none() | st.builds(RoleAnswer, st.booleans(), st.booleans(), st.booleans(), st.booleans()))
    extended = draw(st.none() | st.binary(max_size=6))
    accepted, presumed, refused, presumed_refused, unknown = parts
    return ClassResult(
        sop_class, accepted, presumed, refused, presumed_refused, unknown, accepted[0], roles=roles, extended=extended
    )


@st.composite
def results(draw: st.DrawFn) -> SurveyResult:
    classes = draw(st.lists(st.sampled_from(CLASSES), min_size=1, max_size=8, unique=True))
    return SurveyResult(
        replace(
            PEER, implementation_version_name=draw(texts), maximum_length=draw(st.none() | st.integers(0, 1 << 32))
        ),
        tuple(draw(class_results(one)) for one in classes),
        TRANSFER_SYNTAXES,
        (AssociationNote("SOP classes", 128, "3 accepted", 0.5),),
        draw(st.none() | st.tuples(st.integers(0, 65535), st.integers(0, 65535))),
        draw(st.sampled_from(SyntaxChoice)),
        draw(st.just(()) | st.just((IdentityNote("user name", "confirmed", True),))),
        draw(st.lists(texts, max_size=2).map(tuple)),
        "2026-01-01T00:00:00+00:00",
        1.5,
        "dulcimer",
    )


@settings(max_examples=40)
@given(results())
def test_a_survey_is_the_same_after_json(result: SurveyResult) -> None:
    assert read_document(json.loads(json.dumps(as_document(result)))) == result


@given(results())
def test_a_survey_has_no_changes_against_itself(result: SurveyResult) -> None:
    assert changes(result, result) == []


@settings(max_examples=40)
@given(results())
def test_every_line_of_the_table_fits_into_80_columns_and_is_printable(result: SurveyResult) -> None:
    for line in table_lines(result, with_refused=True):
        assert len(line) <= 80
        assert line.isprintable()


@settings(max_examples=40)
@given(results())
def test_every_row_of_the_statement_has_as_many_cells_as_its_head(result: SurveyResult) -> None:
    head = 0
    for line in markdown_statement(result).splitlines():
        bars = line.replace("\\|", "").count("|")
        if set(line) == {"|", "-"}:
            head = bars
        elif line.startswith("|") and head:
            assert bars == head
        else:
            head = 0


def test_what_has_changed_is_said_in_one_sentence_each() -> None:
    ct, mr, cr = CLASSES[8], CLASSES[12], CLASSES[1]
    before = SurveyResult(
        PEER,
        (
            ClassResult(ct, ALL[:2], refused=ALL[2:], roles=RoleAnswer(True, True, True, False)),
            ClassResult(mr, ALL[:1], refused=ALL[1:]),
            ClassResult(cr, refused=ALL, refusal=3),
            ClassResult(FIND, ALL[:1], refused=ALL[1:], extended=b"\1"),
        ),
        TRANSFER_SYNTAXES,
    )
    now = replace(
        before,
        peer=replace(PEER, maximum_length=0),
        window=(16, 1),
        classes=(
            ClassResult(ct, ALL[1:3], refused=(ALL[0], *ALL[3:]), roles=RoleAnswer(True, True, True, True)),
            ClassResult(mr, refused=ALL, refusal=3),
            ClassResult(cr, ALL[:1], refused=ALL[1:]),
            ClassResult(FIND, ALL[:1], refused=ALL[1:], extended=b"\1\0\1"),
        ),
    )
    name = ct.name
    assert [one.as_text() for one in changes(before, now)] == [
        "maximum length: 16,384 bytes before, now no limit",
        "asynchronous operations: not negotiated: one at a time before, now 16 invoked, 1 performed by the requestor",
        f"{name} in Implicit VR Little Endian: accepted before, now refused",
        f"{name} in Deflated Explicit VR Little Endian: refused before, now accepted",
        f"roles for {name}: SCU before, now SCU, SCP",
        f"{mr.name}: accepted before, now refused",
        f"{cr.name}: refused before, now accepted",
        f"extended negotiation of {FIND.name}: relational queries before, now relational queries, "
        "fuzzy semantic matching",
    ]
    assert list(change_lines([], "old.json")) == ["Nothing has changed since old.json."]


def test_what_is_not_known_is_no_change() -> None:
    before = SurveyResult(PEER, (ClassResult(CLASSES[8], ALL[:1], unknown=ALL[1:]),), TRANSFER_SYNTAXES)
    now = replace(before, classes=(ClassResult(CLASSES[8], ALL[:3], refused=ALL[3:]),))
    assert changes(before, now) == []


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "this is not a survey"),
        ({"kind": "dulcimer survey", "version": 99}, "version 99, and 1 can be read"),
        ({"kind": "dulcimer survey", "version": 1}, "this survey is damaged: KeyError"),
    ],
)
def test_what_is_no_survey_is_refused_with_its_reason(document: object, problem: str) -> None:
    with pytest.raises(SurveyDocumentError, match=problem):
        read_document(document)


def test_the_guide_names_every_key() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "guide" / "survey.md").read_text(encoding="utf-8")
    one = ClassResult(CLASSES[8], ALL[:1], ALL[1:2], ALL[2:3], ALL[3:4], ALL[4:], roles=RoleAnswer(True), extended=b"")
    associations, identities = (AssociationNote("", 1, ""),), (IdentityNote("", ""),)
    result = SurveyResult(PEER, (one,), TRANSFER_SYNTAXES, associations, (1, 1), SyntaxChoice.OWN, identities)
    document = as_document(result)
    keys = {*document, *document["peer"], *document["associations"][0], *document["user_identities"][0]}
    keys |= {*document["sop_classes"][0], *document["sop_classes"][0]["roles"], *document["pairs"]}
    keys |= {*document["sop_classes"][0]["transfer_syntaxes"], *document["asynchronous_operations"], "result"}
    assert {key for key in keys if f"`{key}`" not in guide} <= {"kind", "version"}


def test_sets_of_transfer_syntaxes_have_letters_the_most_frequent_first() -> None:
    classes = tuple(ClassResult(one, ALL[: 1 + number % 30]) for number, one in enumerate(CLASSES[:61]))
    letters = SyntaxGroups.of(SurveyResult(PEER, classes, TRANSFER_SYNTAXES)).letters
    assert letters[frozenset(ALL[:1])] == "A"
    assert list(letters.values())[25:] == ["Z", "AA", "AB", "AC", "AD"]
