"""Recipes followed with the operators, and written down while operators are applied."""

from __future__ import annotations

from dulcimer.fuzz.choices import Choices, RecordedChoices
from dulcimer.fuzz.findings.recipes import CookedPdu, PduRecipe, RecipeChange
from dulcimer.fuzz.operators.drawing import follow
from dulcimer.fuzz.operators.operator import Application, Operator
from dulcimer.fuzz.tree.any_pdus import tree_of_pdus
from dulcimer.fuzz.tree.nodes import Node
from dulcimer.fuzz.tree.paths import Path, path_named

MOST_BYTES = 1 << 17
"""Bytes that changes make of what one step sends, at most: a target that falls over longer ones is rare, and they cost
time. The same here and where cases are made, or a recipe gives other bytes."""


def cook(recipe: PduRecipe) -> CookedPdu | None:
    """The bytes that a recipe gives; None if a change cannot be made, or changes nothing."""
    changes = ((change.operator, change.node, change.choices) for change in recipe.changes)
    followed = follow(tree_of_pdus(recipe.base), changes, most=MOST_BYTES)
    return None if followed is None else CookedPdu(followed.tree.octets, (*recipe.earlier, *followed.texts))


def apply_recorded(
    tree: Node, operator: Operator, path: Path, choices: Choices
) -> tuple[Application, RecipeChange | None]:
    """Apply an operator, and the line of a recipe that does the same.

    There is no such line if the name of the node also names another one, as after a field was doubled.
    """
    recorded = RecordedChoices(choices)
    application = operator.apply(tree, path, recorded, most=MOST_BYTES)
    try:
        is_named = path_named(tree, application.node) == path
    except LookupError:
        is_named = False
    return application, RecipeChange(operator.name, application.node, recorded.data) if is_named else None
