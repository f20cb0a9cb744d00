"""A presentation context for users, mutable and checked (PS3.8 7.1.1.13, 9.3.2.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from pydicom.uid import UID

from dulcimer._generated.codes import ContextResult
from dulcimer._generated.services import LATER_NAMES, TRANSFER_SYNTAXES
from dulcimer.acse.negotiation import IMPLICIT_VR_LITTLE_ENDIAN
from dulcimer.logging_setup import LOGGER
from dulcimer.parameters import role
from dulcimer.values import UidLike, lenient_uid, set_uid
from dulcimer.wire.model import PresentationContextAc, PresentationContextRq

# Short, and compared by users' programs; `dulcimer decode` has the sentences of PS3.8 Table 9-18.
_STATUS: dict[int | None, str] = {
    None: "Pending",
    ContextResult.ACCEPTANCE: "Accepted",
    ContextResult.USER_REJECTION: "User Rejected",
    ContextResult.NO_REASON: "Provider Rejected",
    ContextResult.ABSTRACT_SYNTAX_NOT_SUPPORTED: "Abstract Syntax Not Supported",
    ContextResult.TRANSFER_SYNTAXES_NOT_SUPPORTED: "Transfer Syntax(es) Not Supported",
}
_ROLES = {
    (True, False): "SCU only",
    (True, True): "SCU and SCP",
    (False, True): "SCP only",
    (False, False): "(none)",
}


class PresentationContextTuple(NamedTuple):
    """An accepted presentation context."""

    context_id: int
    abstract_syntax: UID
    transfer_syntax: UID


class PresentationContext:
    """A presentation context, proposed or answered; equal to another one if all its values are equal.

    `result` is None until it is negotiated, then as in PS3.8 Table 9-18: 0 accepted, 1 to 4 not.
    """

    def __init__(self) -> None:
        self._context_id: int | None = None
        self._abstract_syntax: UID | None = None
        self._transfer_syntax: list[UID] = []
        self._scu_role: bool | None = None
        self._scp_role: bool | None = None
        self._as_scu: bool | None = None
        self._as_scp: bool | None = None
        self.result: int | None = None

    @property
    def context_id(self) -> int | None:
        """Presentation context ID, odd, 1 to 255; anything else raises ValueError."""
        return self._context_id

    @context_id.setter
    def context_id(self, value: int | None) -> None:
        if value is not None and not (1 <= value <= 255 and value & 1):
            raise ValueError(f"'context_id' must be odd and from 1 to 255 (PS3.8 9.3.2.2), not {value}")
        self._context_id = value

    @property
    def abstract_syntax(self) -> UID | None:
        """Abstract syntax, mostly a SOP class UID; set it as str, bytes or UID."""
        return self._abstract_syntax

    @abstract_syntax.setter
    def abstract_syntax(self, value: UidLike) -> None:
        self._abstract_syntax = set_uid(value, "abstract_syntax", allow_none=False)

    @property
    def transfer_syntax(self) -> list[UID]:
        """Transfer syntaxes, without duplicates; set them as a list of str, bytes or UID."""
        return self._transfer_syntax

    @transfer_syntax.setter
    def transfer_syntax(self, syntaxes: list[str] | list[bytes] | list[UID]) -> None:
        if not isinstance(syntaxes, list):
            raise TypeError("'transfer_syntax' must be a list")
        self._transfer_syntax = []
        for syntax in syntaxes:
            self.add_transfer_syntax(syntax)

    def add_transfer_syntax(self, syntax: UidLike) -> None:
        """Append a transfer syntax; None, "" and one that it already has change nothing.

        Raises TypeError for another type, ValueError for more than 64 characters.
        """
        uid = set_uid(syntax, "transfer_syntax")
        if not uid or uid in self._transfer_syntax:
            return
        if not (uid.is_private or uid in TRANSFER_SYNTAXES or uid.is_transfer_syntax):
            LOGGER.warning("%r has been added as a transfer syntax, but is not one", str(uid))
        self._transfer_syntax.append(uid)

    def remove_transfer_syntax(self, syntax: UidLike) -> None:
        """Remove a transfer syntax; one that it does not have changes nothing."""
        uid = set_uid(syntax, "transfer_syntax")
        self._transfer_syntax = [known for known in self._transfer_syntax if known != uid]

    @property
    def scu_role(self) -> bool | None:
        """Whether the requestor may be SCU: as requestor, proposed; as acceptor, allowed. None: not negotiated."""
        return self._scu_role

    @scu_role.setter
    def scu_role(self, value: bool | None) -> None:
        self._scu_role = role(value, "scu_role")

    @property
    def scp_role(self) -> bool | None:
        """Whether the requestor may be SCP: as requestor, proposed; as acceptor, allowed. None: not negotiated."""
        return self._scp_role

    @scp_role.setter
    def scp_role(self, value: bool | None) -> None:
        self._scp_role = role(value, "scp_role")

    @property
    def as_scu(self) -> bool | None:
        """Whether the local end may act as SCU; None before negotiation."""
        return self._as_scu

    @property
    def as_scp(self) -> bool | None:
        """Whether the local end may act as SCP; None before negotiation."""
        return self._as_scp

    def answered(self, result: int, transfer_syntaxes: list[UID], *, as_scu: bool, as_scp: bool) -> PresentationContext:
        """The context after negotiation, for the local end; values of a peer are not checked."""
        context = PresentationContext()
        context._context_id, context._abstract_syntax = self._context_id, self._abstract_syntax
        context._transfer_syntax = transfer_syntaxes
        context._as_scu, context._as_scp = as_scu, as_scp
        context.result = int(result)
        return context

    @property
    def as_tuple(self) -> PresentationContextTuple:
        """The accepted context with its transfer syntax; ValueError without an abstract or a transfer syntax.

        The ID is None before one is assigned.
        """
        if self.abstract_syntax is None or not self.transfer_syntax:
            raise ValueError("the presentation context has no abstract syntax, or no transfer syntax")
        return PresentationContextTuple(cast(int, self.context_id), self.abstract_syntax, self.transfer_syntax[0])

    @property
    def status(self) -> str:
        """The result in words, "Pending" before negotiation."""
        return _STATUS.get(self.result, "Unknown")

    def to_item(self) -> PresentationContextRq | PresentationContextAc:
        """The item of the A-ASSOCIATE-RQ, or of the -AC if there is a result.

        Raises ValueError if the ID or, for a request, one of the syntaxes is not set.
        """
        if self.context_id is None:
            raise ValueError("'context_id' must be set before it can be negotiated")
        if self.result is not None:
            # Not significant unless accepted, but there has to be one (PS3.8 9.3.3.2).
            syntax = self.transfer_syntax[0] if self.transfer_syntax else IMPLICIT_VR_LITTLE_ENDIAN
            return PresentationContextAc.of(self.context_id, self.result, syntax)
        if not self.abstract_syntax or not self.transfer_syntax:
            raise ValueError("a presentation context has an abstract syntax and transfer syntaxes (PS3.8 9.3.2.2)")
        return PresentationContextRq.of(self.context_id, self.abstract_syntax, *self.transfer_syntax)

    @classmethod
    def from_item(cls, item: PresentationContextRq | PresentationContextAc) -> PresentationContext:
        """What a peer proposed or answered, without checks."""
        context = cls()
        context._context_id = item.presentation_context_id
        if isinstance(item, PresentationContextRq):
            context._abstract_syntax = lenient_uid(item.abstract_syntax or "")
            names: Iterable[str] = item.transfer_syntaxes
        else:
            context.result = item.result_reason
            names = filter(None, [item.transfer_syntax])
        context._transfer_syntax = list(dict.fromkeys(map(lenient_uid, names)))
        return context

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if isinstance(other, PresentationContext) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.context_id, self.abstract_syntax, tuple(self.transfer_syntax), self.as_scu, self.as_scp))

    def __repr__(self) -> str:
        return _name(self.abstract_syntax or UID(""))

    def __str__(self) -> str:
        lines = [f"ID: {self.context_id}"] if self.context_id is not None else []
        if self.abstract_syntax is not None:
            lines.append(f"Abstract Syntax: {_name(self.abstract_syntax)}")
        lines.append("Transfer Syntax(es):")
        lines += [f"    ={_name(syntax)}" for syntax in self.transfer_syntax] or ["    (none)"]
        if self.result is not None:
            lines.append(f"Result: {self.status}")
        if self.as_scu is not None and self.as_scp is not None:
            lines.append(f"Role: {_ROLES[self.as_scu, self.as_scp]}")
        return "\n".join(lines)


def _name(uid: UID) -> str:
    return LATER_NAMES.get(uid) or uid.name
