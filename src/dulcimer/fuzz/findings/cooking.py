"""Recipes followed with the operators, and written down while operators are applied."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dulcimer.fuzz.choices import Choices, OctetChoices, RecordedChoices
from dulcimer.fuzz.corpus.streams import pdus_of
from dulcimer.fuzz.findings.recipes import CookedPdu, PduRecipe, RecipeChange, RecipeForm
from dulcimer.fuzz.operators.catalogue import apply_named
from dulcimer.fuzz.operators.operator import Application, Operator
from dulcimer.fuzz.tree.messages import message_of, p_data_tree
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, path_named
from dulcimer.fuzz.tree.reading import raw_tree, tree_of


def tree_for(base: bytes, form: RecipeForm) -> Node | None:
    """The tree of these bytes; None if it would not give them again."""
    tree = _FORMS[form](base)
    return tree if tree.octets == base else None


def cook(recipe: PduRecipe) -> CookedPdu | None:
    """The bytes that a recipe gives; None if a change cannot be made, or changes nothing."""
    tree = tree_for(recipe.base, recipe.form)
    if tree is None:
        return None
    operators = []
    for change in recipe.changes:
        application = apply_named(tree, change.operator, change.node, OctetChoices(change.choices))
        if application is None or not application.changed:
            return None
        operators.append(str(application))
        tree = application.tree
    return CookedPdu(tree.octets, tuple(operators))


def apply_recorded(
    tree: Node, operator: Operator, path: Path, choices: Choices
) -> tuple[Application, RecipeChange | None]:
    """Apply an operator, and the line of a recipe that does the same.

    There is no such line if the name of the node also names another one, as after a field was doubled.
    """
    recorded = RecordedChoices(choices)
    application = operator.apply(tree, path, recorded)
    try:
        is_named = path_named(tree, application.node) == path
    except LookupError:
        is_named = False
    return application, RecipeChange(operator.name, application.node, recorded.data) if is_named else None


def _message(base: bytes) -> Node:
    return message_of(pdus_of(base))


_FORMS: dict[RecipeForm, Callable[[bytes], Node]] = {
    RecipeForm.PDU: tree_of,
    RecipeForm.IMPLICIT_P_DATA: partial(p_data_tree, explicit=False),
    RecipeForm.EXPLICIT_P_DATA: partial(p_data_tree, explicit=True),
    RecipeForm.MESSAGE: _message,
    RecipeForm.OCTETS: raw_tree,
}
