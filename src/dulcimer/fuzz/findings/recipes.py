"""How bytes were made: what they were, and what was changed in them, so that a change can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class RecipeChange:
    """One application of an operator: its name, the name of the node, and the bytes that its choices are drawn from."""

    operator: str
    node: str
    choices: bytes = b""


@dataclass(frozen=True, slots=True)
class PduRecipe:
    """The bytes of a PDU, or of several that are sent at once, and the changes in their order.

    `earlier`: what had been changed in those bytes already, as symbolic paths, when they came from a corpus.
    """

    base: bytes
    changes: tuple[RecipeChange, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CookedPdu:
    """The bytes that a recipe gives, and its changes as symbolic paths."""

    data: bytes
    operators: tuple[str, ...] = ()


RecipeCook: TypeAlias = Callable[[PduRecipe], CookedPdu | None]
"""Follows a recipe; None if a change cannot be made, since a change before it is missing."""
