"""Questions: one answer is right, and the specification says so."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.learn.play.primitives import planted_bytes
from dulcimer.learn.quiz.cells import next_action, next_state
from dulcimer.learn.quiz.fields import FAULTS, dump, spot_the_bytes, spot_the_violation
from dulcimer.learn.quiz.forms import as_gift, as_markdown
from dulcimer.learn.quiz.maker import KINDS, questions
from dulcimer.learn.quiz.order import spot_the_order
from dulcimer.learn.quiz.question import QuizQuestion
from dulcimer.trace.records import ACCEPTOR, REQUESTOR
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.fieldmap import field_map

CHANCES = st.integers(0, 100_000).map(random.Random)
BYTES = re.compile(r"(?:[0-9a-f]{2} ?)+(?=\s\s|$)")


def bytes_of(question: QuizQuestion) -> bytes:
    return b"".join(bytes.fromhex(line[6:53]) for line in question.lines)


def cell_of(question: QuizQuestion) -> tuple[Events, States]:
    state, event = question.look.split()
    return Events.from_label(event), States.from_label(state)


@settings(deadline=None)
@given(st.sampled_from(KINDS), CHANCES)
def test_answers_differ_and_one_of_them_is_right(make: type, chance: random.Random) -> None:
    question: QuizQuestion = make(chance)
    assert 3 <= len(set(question.options)) == len(question.options) <= 4
    assert 0 <= question.right < len(question.options)
    assert question.clause.startswith("PS3.")


@given(CHANCES)
def test_right_action_is_that_of_the_cell(chance: random.Random) -> None:
    question = next_action(chance)
    labels = [option.partition(":")[0] for option in question.options]
    assert labels[question.right] == TABLE.get(cell_of(question), "none")


@given(CHANCES)
def test_right_state_is_one_to_which_the_action_leads_and_the_others_are_not(chance: random.Random) -> None:
    question = next_state(chance)
    outcomes = ACTIONS[TABLE[cell_of(question)]].outcomes
    reached = {
        one.next_state.label
        for one in outcomes
        if one.guard != "is_requestor" or one.negated == question.text.startswith("The acceptor")
    }
    assert reached & set(question.options) == {question.options[question.right]}


@given(CHANCES)
def test_only_the_right_field_is_at_these_bytes(chance: random.Random) -> None:
    question = spot_the_bytes(chance)
    offset = int(re.findall(r"offset (\d+)", question.text)[0])
    (field,) = [one for one in field_map(bytes_of(question)) if one.offset == offset and one.size]
    assert question.options[question.right].startswith(field.name.replace("_", " "))


@given(CHANCES)
def test_only_the_right_field_violates_the_standard(chance: random.Random) -> None:
    question = spot_the_violation(chance)
    (field,) = [one for one in field_map(bytes_of(question)) if one.problem]
    assert question.options[question.right].startswith(field.name.replace("_", " "))
    assert field.problem and field.problem in question.why


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.pdu.label} {fault.path}")
def test_planted_value_is_the_only_problem_of_its_pdu(fault: tuple[object, str, int | str]) -> None:
    kind, path, value = fault
    end = ACCEPTOR if "AC" in str(kind) or "RJ" in str(kind) else REQUESTOR
    data = encode(decode(planted_bytes(kind.label, end)), overrides={path: value})  # type: ignore[attr-defined]  # a member of PduType
    assert [one.path for one in field_map(data) if one.problem] == [path]


@settings(deadline=None, max_examples=40)
@given(CHANCES)
def test_pdu_out_of_order_is_answered_by_an_abort(chance: random.Random) -> None:
    question = spot_the_order(chance)
    assert TABLE[cell_of(question)] in ("AA-1", "AA-7", "AA-8")
    number = int(re.findall(r"number (\d+)", question.options[question.right])[0])
    assert question.lines[number - 1].split()[0] == str(number)


def test_same_seed_gives_the_same_questions_and_another_seed_others() -> None:
    first, again, other = (list(questions(seed, 12)) for seed in (7, 7, 8))
    assert first == again != other
    assert len({(one.text, one.lines) for one in first}) == 12


def test_page_has_every_question_and_its_answer_with_the_clause() -> None:
    made = list(questions(3, 6))
    text = "\n".join(as_markdown(made, 3))
    asked, _, answers = text.partition("# Answers")
    assert asked.count("\n## ") == 6
    for number, one in enumerate(made, 1):
        assert f"\n{number}. **{one.letter})**" in answers
        assert one.clause in answers


def read_gift(text: str) -> list[tuple[str, list[tuple[bool, str]]]]:
    """A reader of GIFT, written from its description: names, and answers of which some are right."""
    found = []
    for block in re.split(r"\n\n", text.strip())[1:]:
        name = re.match(r"::((?:\\.|[^:\\])*)::", block)
        assert name
        inside = re.search(r"(?<!\\)\{(.*)(?<!\\)\}", block, re.DOTALL)
        assert inside
        body = inside[1].partition("####")[0]
        answers = re.findall(r"^(?<!\\)([=~])((?:\\.|[^\\=~#{}])*)", body, re.MULTILINE)
        found.append((name[1], [(mark == "=", re.sub(r"\\(.)", r"\1", answer).strip()) for mark, answer in answers]))
    return found


def test_gift_is_read_as_the_same_questions() -> None:
    from html import unescape

    made = list(questions(5, 12))
    found = read_gift("\n".join(as_gift(made, 5)))
    assert len(found) == 12
    for (_, answers), one in zip(found, made, strict=True):
        assert [unescape(answer) for _, answer in answers] == list(one.options)
        assert [right for right, _ in answers] == [place == one.right for place in range(len(one.options))]


def test_dump_has_sixteen_bytes_on_a_line() -> None:
    assert dump(bytes(range(0x30, 0x50)))[1].startswith("  16  40 41 42")
