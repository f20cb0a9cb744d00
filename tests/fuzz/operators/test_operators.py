"""Every operator at every node: it can be repeated, says what it does, stays in bounds, and changes something."""

from __future__ import annotations

import ast
from pathlib import Path as File

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dulcimer.fuzz.operators
import dulcimer.fuzz.tree
from dulcimer._generated.codes import UserIdentityType
from dulcimer.fuzz.choices import Choices, OctetChoices, RecordedChoices, SeededChoices
from dulcimer.fuzz.operators.catalogue import (
    BY_NAME,
    OPERATORS,
    all_pairs,
    applicable,
    apply_named,
    operators_for,
    places,
)
from dulcimer.fuzz.operators.havoc import havoc, splice, splice_with
from dulcimer.fuzz.operators.operator import MOST_BYTES, Application
from dulcimer.fuzz.tree.commands import command_tree
from dulcimer.fuzz.tree.data_sets import data_set_tree
from dulcimer.fuzz.tree.messages import message_of, p_data_tree
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import name_of, node_at, nodes_in, path_named, schema_name_of
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.wire.codec import encode
from support.tree_samples import SCHEMAS, bases, changed, command_sets, data_sets, request
from support.wire_strategies import any_bytes, legal_pdus

trees: st.SearchStrategy[Node] = st.one_of(
    st.sampled_from(bases()),
    legal_pdus().map(encode).map(tree_of),
    any_bytes().map(tree_of),
    any_bytes().map(lambda data: p_data_tree(data, explicit=True)),
    changed(command_sets()).map(command_tree),
    data_sets(explicit=True).map(lambda data: data_set_tree(data, explicit=True)),
    data_sets(explicit=False).map(lambda data: data_set_tree(data, explicit=False)),
    st.lists(any_bytes(), max_size=3).map(message_of),
)
sources: st.SearchStrategy[Choices] = st.builds(OctetChoices, st.binary(max_size=40)) | st.builds(
    SeededChoices, st.integers(0, 2**64)
)


def drawn(tree: Node, data: st.DataObject) -> tuple[tuple[int, ...], str]:
    """A node of the tree, and an operator that fits it."""
    path, node = data.draw(st.sampled_from([(path, node) for path, node in nodes_in(tree) if applicable(node)]))
    return path, data.draw(st.sampled_from(applicable(node))).name


def seen(application: Application) -> tuple[bytes, str, bool, str, str]:
    return application.octets, str(application), application.changed, application.schema_node, application.clause


@given(trees, st.data(), sources)
def test_application_is_decided_by_tree_path_and_choices(tree: Node, data: st.DataObject, source: Choices) -> None:
    path, name = drawn(tree, data)
    recorded = RecordedChoices(source)
    first = BY_NAME[name].apply(tree, path, recorded)
    assert seen(BY_NAME[name].apply(tree, path, OctetChoices(recorded.data))) == seen(first)


@given(trees, st.data(), sources)
def test_application_differs_or_says_that_it_does_not(tree: Node, data: st.DataObject, source: Choices) -> None:
    path, name = drawn(tree, data)
    before = tree.octets
    application = BY_NAME[name].apply(tree, path, source)
    assert tree.octets == before
    assert application.changed == (application.octets != before)
    assert ("unchanged" in str(application)) != application.changed
    assert str(application).isascii()
    assert application.clause.startswith("PS3.")
    assert len(application.octets) <= max(MOST_BYTES, len(before))


@given(trees, st.data(), sources, st.integers(0, 3000))
def test_application_stays_within_the_bytes_asked_for(
    tree: Node, data: st.DataObject, source: Choices, most: int
) -> None:
    path, name = drawn(tree, data)
    application = BY_NAME[name].apply(tree, path, source, most=most)
    assert len(application.octets) <= max(most, len(tree.octets))


@given(trees, st.data(), st.integers(0, 2**64))
def test_operators_work_on_what_operators_have_made_and_names_stay_their_own(
    tree: Node, data: st.DataObject, seed: int
) -> None:
    choices = SeededChoices(seed)
    for _ in range(4):
        if not any(places(tree)):
            break  # everything has been left out
        path, name = drawn(tree, data)
        tree = BY_NAME[name].apply(tree, path, choices, most=len(tree.octets) + 1_000).tree
    paths = [path for path, _ in nodes_in(tree)]
    for path in [choices.pick(paths) for _ in range(30)]:
        assert path_named(tree, name_of(tree, path)) == path


@pytest.mark.parametrize("name", list(BY_NAME))
def test_no_choices_are_choices_too(name: str) -> None:
    for tree in bases():
        for path, operator in places(tree):
            if operator.name == name:
                application = operator.apply(tree, path, OctetChoices(b""))
                assert application.changed == (application.octets != tree.octets)
                break


def test_every_pair_of_a_node_and_an_operator_changes_some_base() -> None:
    wanted = frozenset[tuple[str, str]]().union(*map(all_pairs, SCHEMAS))
    assert len(wanted) > 12_000
    changed_pairs: set[tuple[str, str]] = set()
    for seed in range(4):
        for base in bases():
            for path, operator in places(base):
                pair = schema_name_of(base, path), operator.name
                if pair in wanted and pair not in changed_pairs:
                    application = operator.apply(base, path, SeededChoices(seed))
                    assert (application.schema_node, application.operator) == pair
                    if application.changed:
                        changed_pairs.add(pair)
    assert wanted - changed_pairs == set()


def test_operators_have_names_of_their_own_and_each_fits_some_node() -> None:
    assert len(BY_NAME) == len(OPERATORS)
    used = {name for schema in SCHEMAS for _, name in all_pairs(schema)}
    assert used == set(BY_NAME)


def test_node_that_is_gone_or_of_another_kind_is_left_alone() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    for path in ((99,), (0, 0), ()):
        application = BY_NAME["length-zero"].apply(tree, path, OctetChoices(b""))
        assert not application.changed
        assert application.tree is tree
    name = "A-ASSOCIATE-RQ/user_information[0]/item_length"
    assert apply_named(tree, "length-nothing", name, OctetChoices(b"")) is None
    assert apply_named(tree, "length-zero", name.replace("[0]", "[1]"), OctetChoices(b"")) is None
    applied = apply_named(tree, "length-zero", name, OctetChoices(b""))
    assert applied is not None
    assert applied.changed


@given(st.binary(max_size=60), sources)
def test_havoc_and_splice_are_decided_by_bytes_and_choices(data: bytes, source: Choices) -> None:
    recorded = RecordedChoices(source)
    made = havoc(data, recorded)
    assert made
    assert havoc(data, OctetChoices(recorded.data)) == made


@given(st.binary(max_size=60), st.binary(max_size=60), sources)
def test_splice_has_a_beginning_of_one_and_an_end_of_the_other(first: bytes, second: bytes, source: Choices) -> None:
    made = splice(first, second, source)
    assert any(first.startswith(made[:at]) and second.endswith(made[at:]) for at in range(len(made) + 1))


def test_splice_takes_bytes_that_are_given() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    operator = splice_with([b"XYZ"])
    found = {operator.apply(tree, (), SeededChoices(seed)).octets[-1:] for seed in range(20)}
    assert b"Z" in found


def test_nothing_random_comes_from_elsewhere() -> None:
    rooms = [File(room.__path__[0]) for room in (dulcimer.fuzz.operators, dulcimer.fuzz.tree)]
    for path in [path for room in rooms for path in room.rglob("*.py")]:
        names = {
            alias.name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
        }
        assert not names & {"random", "secrets", "uuid"}, path


@pytest.mark.parametrize(
    ("operator", "node", "choices", "text"),
    [
        (
            "length-minus-one",
            "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length",
            b"",
            "4 -> 3",
        ),
        (
            "length-plus-two",
            "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length",
            b"\2",
            "4 -> 6 (2 of 2 lengths around it follow)",
        ),
        ("type-unknown", "A-ASSOCIATE-RQ/application_context[0]/item_type", b"", "10H -> 00H"),
        (
            "string-format",
            "A-ASSOCIATE-RQ/application_context[0]/application_context_name",
            b"",
            "'1.2.840.10008.3.1.1.1' -> '%n%n%n%n'",
        ),
        ("element-left-out", "A-ASSOCIATE-RQ/presentation_context_rq[1]", b"", "left out"),
        ("element-doubled", "A-ASSOCIATE-RQ/presentation_context_rq[1]", b"\2", "9 times"),
        ("list-empty", "A-ASSOCIATE-RQ/variable_items", b"", "5 -> 0 elements"),
        ("list-128", "A-ASSOCIATE-RQ/variable_items", b"", "5 -> 128 elements"),
        (
            "element-left-out",
            "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]",
            b"\2\1",
            "left out (1 of 2 lengths around it repaired)",
        ),
    ],
)
def test_application_says_where_and_what(operator: str, node: str, choices: bytes, text: str) -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    applied = apply_named(tree, operator, node, OctetChoices(choices))
    assert str(applied) == f"{node}: {text}"


def test_every_field_of_text_gets_every_kind_of_string() -> None:
    tree = tree_of(request(UserIdentityType.USERNAME))
    fields = (
        "called_ae_title",
        "application_context[0]/application_context_name",
        "user_information[0]/implementation_version_name[0]/implementation_version_name",
        "user_information[0]/implementation_class_uid[0]/implementation_class_uid",
        "presentation_context_rq[0]/abstract_syntax[0]/abstract_syntax_name",
        "user_information[0]/user_identity[0]/primary_field",
    )
    kinds = {operator.name for operator in OPERATORS if operator.name.startswith("string-")}
    for name in fields:
        node = node_at(tree, path_named(tree, f"A-ASSOCIATE-RQ/{name}"))
        assert kinds <= {operator.name for operator in operators_for(node.shape)}
