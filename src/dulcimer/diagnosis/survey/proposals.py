"""What the survey asks for on one association, and what came back."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.errors import DulcimerError
from dulcimer.wire.model import AssociateAc, UserDataSubItem


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """One presentation context to propose: a SOP class in some transfer syntaxes, the first one first."""

    sop_class: str
    syntaxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SurveyProposal:
    """One association to request: at most 128 contexts, in this order, and items of the user information.

    `purpose`: what it is to find out, in a few words.
    """

    purpose: str
    questions: tuple[SurveyQuestion, ...]
    items: tuple[UserDataSubItem, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextAnswer:
    """The answer to one context: its result, None if it breaks the standard, and the transfer syntax chosen."""

    result: int | None
    syntax: str = ""


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """What the peer answered: `contexts` in the order of the questions; or the `error` if there was no association."""

    contexts: tuple[ContextAnswer, ...] = ()
    pdu: AssociateAc | None = None
    error: DulcimerError | None = None
