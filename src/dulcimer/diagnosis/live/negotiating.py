"""The steps about presentation contexts and roles: does the server accept what is needed, and if not, what else?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.services import DEFAULT_TRANSFER_SYNTAXES, SELECTED_STORAGE, TRANSFER_SYNTAXES
from dulcimer.acse.negotiation import Context, RefusedContext, reason_of, roles_in
from dulcimer.acse.wording import name_of
from dulcimer.counting import counted
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.live.notes import LadderNotes
from dulcimer.diagnosis.live.outcomes import LadderCrossedError, LiveCause
from dulcimer.diagnosis.live.target import DiagnosedTarget
from dulcimer.errors import AssociationError, TransportError
from dulcimer.wire.model import ScpScuRoleSelection

PLAIN = DEFAULT_TRANSFER_SYNTAXES[:2]
"""Implicit and Explicit VR Little Endian."""
_CLAUSE = "PS3.8 9.3.3.2"
_MOST_NAMED = 3
_MOST_STORAGE = 120


@dataclass(frozen=True, slots=True)
class NeededPair:
    """A SOP class, and the transfer syntaxes of which it is needed in one."""

    sop_class: str
    syntaxes: tuple[str, ...] = PLAIN

    @property
    def named(self) -> str:
        """The transfer syntaxes in words."""
        return " or ".join(map(name_of, self.syntaxes))


class NegotiatingSteps:
    """One context at a time; raises LadderCrossedError at the first that is refused."""

    def __init__(self, target: DiagnosedTarget, notes: LadderNotes) -> None:
        self._target = target
        self._notes = notes

    async def contexts(self, pairs: Sequence[NeededPair]) -> None:
        """Every pair in a context of its own."""
        for pair in dict.fromkeys(pairs):
            tried = f"{name_of(pair.sop_class)} in {pair.named}"
            with self._notes.step("context", tried, _CLAUSE) as step:
                refused = await self._asked([Context(pair.sop_class, pair.syntaxes)])
                if not refused:
                    step.came = "accepted"
                    continue
                step.came = _words(refused[0])
                raise LadderCrossedError(*await self._why(pair, refused[0]))

    async def _asked(self, contexts: Sequence[Context]) -> tuple[RefusedContext, ...]:
        """The contexts that are refused."""
        association = await self._target.associate(contexts)
        refused = association.rejected_contexts
        await association.release()
        return refused

    async def _why(self, pair: NeededPair, refused: RefusedContext) -> list[LiveCause]:
        """What the refusal means, from what the server accepts of the SOP class otherwise."""
        notes = self._notes
        names = {"sop_class": name_of(pair.sop_class), "syntax": pair.named}
        proof = f"the A-ASSOCIATE-AC: {_words(refused)}"
        if refused.is_invalid_answer:
            return [notes.cause("context-answer-invalid", Sureness.CERTAIN, proof, **names)]
        others = await self._others(pair.sop_class)
        if others is None:
            return [notes.cause("context-refused-by-user", Sureness.POSSIBLE, proof, **names)]
        if others:
            listed = ", ".join(map(name_of, others[:_MOST_NAMED]))
            more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
            also = f"accepted on a second association, one context each: {listed}{more}"
            is_packed = not set(pair.syntaxes) & set(DEFAULT_TRANSFER_SYNTAXES)
            cause = "compressed-refused" if is_packed else "transfer-syntaxes-refused"
            return [notes.cause(cause, Sureness.CERTAIN, proof, also, **names)]
        also = f"refused in each of {len(TRANSFER_SYNTAXES)} transfer syntaxes, Implicit VR Little Endian among them"
        if refused.result == ContextResult.USER_REJECTION or refused.result == ContextResult.NO_REASON:
            return [
                notes.cause("context-refused-by-user", Sureness.LIKELY, proof, also, **names),
                notes.cause("sop-class-refused", Sureness.POSSIBLE, **names),
            ]
        return [notes.cause("sop-class-refused", Sureness.CERTAIN, proof, also, **names)]

    async def _others(self, sop_class: str) -> list[str] | None:
        """The transfer syntaxes that the server accepts the SOP class in; None if it does not tell."""
        contexts = [Context(sop_class, (syntax,)) for syntax in TRANSFER_SYNTAXES]
        try:
            association = await self._target.associate(contexts)
            accepted = [one.transfer_syntax for one in association.accepted_contexts]
            await association.release()
        except (AssociationError, TransportError):
            return None
        return accepted

    async def roles(self, model: str) -> None:
        """For C-GET: is the requestor accepted as SCP of storage SOP classes? (PS3.7 D.3.3.4)"""
        classes = SELECTED_STORAGE[:_MOST_STORAGE]
        contexts = [Context(uid, PLAIN) for uid in (model, *classes)]
        tried = f"be SCP of {len(classes)} storage SOP classes"
        with self._notes.step("roles", tried, "PS3.7 D.3.3.4") as step:
            association = await self._target.associate(contexts, [ScpScuRoleSelection(uid, 0, 1) for uid in classes])
            answered = roles_in(association.answer)
            storage = [one for one in association.accepted_contexts if one.abstract_syntax != model]
            usable = [one for one in storage if one.as_scp]
            await association.release()
            if usable:
                step.came = f"accepted for {counted(len(usable), 'SOP class', 'SOP classes')}"
                return
            if not storage:
                step.came = "no storage SOP class is accepted with this role"
                proof = f"of {len(classes)} storage contexts, each with SCP role, none is accepted"
                raise LadderCrossedError(
                    self._notes.cause("role-not-accepted", Sureness.LIKELY, proof),
                    self._notes.cause("get-without-storage-context", Sureness.POSSIBLE, proof),
                )
            what = f"{counted(len(answered), 'role')} answered" if answered else "no role is answered"
            step.came = f"refused: {what}"
            proof = f"{counted(len(storage), 'storage context')} accepted, and in the A-ASSOCIATE-AC {what} with SCP"
            raise LadderCrossedError(self._notes.cause("role-not-accepted", Sureness.CERTAIN, proof))


def _words(refused: RefusedContext) -> str:
    if refused.result is None:
        return "the answer leaves the context out"
    if refused.result == ContextResult.ACCEPTANCE:
        return f"accepted with {refused.answered or 'no transfer syntax'}, which was not proposed"
    return reason_of(refused.result)
