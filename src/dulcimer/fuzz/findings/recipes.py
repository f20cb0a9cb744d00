"""How bytes were made: what they were, and what was changed in them, so that a change can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class RecipeForm(StrEnum):
    """How bytes become the tree in which operators change nodes."""

    PDU = "pdu"
    IMPLICIT_P_DATA = "p-data-implicit"
    """A P-DATA-TF with the elements of its command sets and data sets, in Implicit VR Little Endian."""
    EXPLICIT_P_DATA = "p-data-explicit"
    """The same in Explicit VR Little Endian."""
    MESSAGE = "message"
    """All P-DATA-TFs of one message, each with one fragment."""
    OCTETS = "octets"
    """One leaf."""


@dataclass(frozen=True, slots=True)
class RecipeChange:
    """One application of an operator: its name, the name of the node, and the bytes that its choices are drawn from."""

    operator: str
    node: str
    choices: bytes = b""


@dataclass(frozen=True, slots=True)
class PduRecipe:
    """The bytes before any change, and the changes in their order."""

    base: bytes
    changes: tuple[RecipeChange, ...] = ()
    form: RecipeForm = RecipeForm.PDU


@dataclass(frozen=True, slots=True)
class CookedPdu:
    """The bytes that a recipe gives, and its changes as symbolic paths."""

    data: bytes
    operators: tuple[str, ...] = ()


RecipeCook: TypeAlias = Callable[[PduRecipe], CookedPdu | None]
"""Follows a recipe; None if a change cannot be made, since a change before it is missing."""
