"""Why no presentation context fits, as the error that users get."""

from __future__ import annotations

from collections.abc import Iterable

from dulcimer.acse.negotiation import RefusedContext
from dulcimer.acse.wording import named
from dulcimer.errors import ContextNotAccepted


def no_context(abstract_syntax: str, refused: Iterable[RefusedContext], *, has_other_role: bool) -> ContextNotAccepted:
    """The error for an abstract syntax of which this end is not SCU; `has_other_role` if it is SCP."""
    answer = next((context for context in refused if context.abstract_syntax == abstract_syntax), None)
    if has_other_role:
        kind, why = "role", "this end is not SCU of it: role selection was not agreed (PS3.7 D.3.3.4)"
    elif answer is None:
        kind, why = "not proposed", "it was not proposed: add it to the requested contexts"
    else:
        kind, why = "invalid answer" if answer.is_invalid_answer else "refused", answer.why
    return ContextNotAccepted(f"no presentation context was accepted for {named(abstract_syntax)}: {why}", why=kind)
