"""What a survey has found out: values, for every form of output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from dulcimer.diagnosis.survey.scope import SurveyedClass


class SyntaxChoice(StrEnum):
    """How the peer chooses one of several transfer syntaxes that it supports."""

    OWN = "its own order"
    FIRST = "the first that is proposed"
    OTHER = "neither its own order nor the first that is proposed"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class RoleAnswer:
    """The answer to the proposal that the requestor be SCU and SCP of a SOP class (PS3.7 D.3.3.4).

    - `is_accepted`: the context was accepted with that proposal. `is_answered`: the peer answered it.
    - `scu`, `scp`: the roles that the requestor has then.
    """

    is_accepted: bool
    is_answered: bool = False
    scu: bool = True
    scp: bool = False


@dataclass(frozen=True, slots=True)
class ClassResult:
    """What the peer accepts of one SOP class: transfer syntaxes, in the order in which they are proposed.

    - `accepted`, `refused`: what was tried. `presumed`, `presumed_refused`: what follows from SOP classes that behave
      in the same way. `unknown`: the rest.
    - `preferred`: what the peer chose from all. `refusal`: the result of the first context that it refused.
    - `extended`: the field of the SOP Class Extended Negotiation in the answer, None if there was none.
    """

    sop_class: SurveyedClass
    accepted: tuple[str, ...] = ()
    presumed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    presumed_refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    preferred: str = ""
    refusal: int | None = None
    roles: RoleAnswer | None = None
    extended: bytes | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the peer accepts it in some transfer syntax."""
        return bool(self.accepted)

    @property
    def syntaxes(self) -> frozenset[str]:
        """The transfer syntaxes that it is accepted in, those that are presumed, too."""
        return frozenset((*self.accepted, *self.presumed))


@dataclass(frozen=True, slots=True)
class AssociationNote:
    """One association: what it was for, how many contexts it proposed, what came, and how many seconds that took."""

    purpose: str
    contexts: int
    outcome: str
    seconds: float = 0.0
    is_accepted: bool = True


@dataclass(frozen=True, slots=True)
class IdentityNote:
    """A kind of user identity that was proposed, and what the peer made of it."""

    kind: str
    outcome: str
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class SurveyedPeer:
    """Who was asked, as whom, and what the peer says about itself; `maximum_length` in bytes, 0 for no limit."""

    host: str
    port: int
    called: str
    calling: str
    tls: bool = False
    implementation_class_uid: str = ""
    implementation_version_name: str = ""
    maximum_length: int | None = None


@dataclass(frozen=True, slots=True)
class SurveyResult:
    """One survey.

    - `window`: operations that the requestor may invoke and perform side by side, 0 for any number; None if the peer
      does not negotiate it, which means 1 and 1 (PS3.7 D.3.3.3).
    - `transfer_syntaxes`: the names of all that were asked for. `begun`: ISO 8601. `tool`: who asked.
    - `notes`: what the peer did against the standard, and what the survey could not find out.
    """

    peer: SurveyedPeer
    classes: tuple[ClassResult, ...]
    transfer_syntaxes: dict[str, str]
    associations: tuple[AssociationNote, ...] = ()
    window: tuple[int, int] | None = None
    choice: SyntaxChoice = SyntaxChoice.UNKNOWN
    identities: tuple[IdentityNote, ...] = ()
    notes: tuple[str, ...] = ()
    begun: str = ""
    seconds: float = 0.0
    tool: str = ""

    @property
    def accepted(self) -> list[ClassResult]:
        """The SOP classes that are accepted."""
        return [one for one in self.classes if one.is_accepted]

    @property
    def tried(self) -> int:
        """Pairs of a SOP class and a transfer syntax that were tried."""
        return sum(len(one.accepted) + len(one.refused) for one in self.classes)

    @property
    def presumed(self) -> int:
        """Pairs that follow from others."""
        return sum(len(one.presumed) + len(one.presumed_refused) for one in self.classes)

    @property
    def unknown(self) -> int:
        """Pairs that are not known."""
        return sum(len(one.unknown) for one in self.classes)

    def ordered(self, syntaxes: Iterable[str]) -> list[str]:
        """Transfer syntaxes in the order in which they were proposed."""
        there = set(syntaxes)
        return [uid for uid in self.transfer_syntaxes if uid in there]


@dataclass
class SyntaxGroups:
    """The different sets of transfer syntaxes of a survey, the most frequent first, with letters: A, B, ... Z, AA."""

    letters: dict[frozenset[str], str] = field(default_factory=dict)

    @classmethod
    def of(cls, result: SurveyResult) -> SyntaxGroups:
        """The sets of the SOP classes that are accepted."""
        found = Counter(one.syntaxes for one in result.accepted)
        ordered = sorted(found, key=lambda one: (-found[one], result.ordered(one)))
        return cls({one: _letters(number) for number, one in enumerate(ordered)})


def _letters(number: int) -> str:
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
