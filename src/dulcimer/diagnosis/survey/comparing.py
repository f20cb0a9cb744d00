"""What is different between two surveys, in words, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dulcimer.counting import counted
from dulcimer.diagnosis.survey.items import extended_words
from dulcimer.diagnosis.survey.result import ClassResult, RoleAnswer, SurveyResult


@dataclass(frozen=True, slots=True)
class SurveyChange:
    """One difference: what it is `about`, and what was `before` and is `now`; "" for nothing."""

    about: str
    before: str
    now: str

    def as_text(self) -> str:
        """One sentence."""
        if not self.before:
            return f"{self.about}: now {self.now}"
        return f"{self.about}: {self.before} before, now {self.now or 'nothing'}"


def changes(before: SurveyResult, now: SurveyResult) -> list[SurveyChange]:
    """All differences, those of the peer as a whole first. What only one of them has asked for is left out."""
    found = [change for change in _of_peer(before, now) if change.before != change.now]
    earlier = {one.sop_class.uid: one for one in before.classes}
    common = frozenset(before.transfer_syntaxes) & frozenset(now.transfer_syntaxes)
    for one in now.classes:
        if (was := earlier.get(one.sop_class.uid)) is not None:
            found += _of_class(was, one, common, now)
    return found


def _of_peer(before: SurveyResult, now: SurveyResult) -> Iterator[SurveyChange]:
    old, new = before.peer, now.peer
    yield SurveyChange("implementation class UID", old.implementation_class_uid, new.implementation_class_uid)
    yield SurveyChange("implementation version name", old.implementation_version_name, new.implementation_version_name)
    yield SurveyChange("maximum length", length_words(old.maximum_length), length_words(new.maximum_length))
    yield SurveyChange("asynchronous operations", window_words(before.window), window_words(now.window))
    if before.choice != now.choice:
        yield SurveyChange("choice of a transfer syntax", str(before.choice), str(now.choice))
    kinds = {one.kind: one.outcome for one in before.identities}
    for one in now.identities:
        if one.kind in kinds:
            yield SurveyChange(f"user identity, {one.kind}", kinds[one.kind], one.outcome)


def _of_class(was: ClassResult, one: ClassResult, common: frozenset[str], now: SurveyResult) -> Iterator[SurveyChange]:
    name = one.sop_class.name
    if was.is_accepted != one.is_accepted:
        words = {True: "accepted", False: "refused"}
        yield SurveyChange(name, words[was.is_accepted], words[one.is_accepted])
        return
    if not one.is_accepted:
        return
    sure = common - frozenset(was.unknown) - frozenset(one.unknown)
    for uid in now.ordered((was.syntaxes ^ one.syntaxes) & sure):
        words = {True: "accepted", False: "refused"}
        about = f"{name} in {now.transfer_syntaxes[uid]}"
        yield SurveyChange(about, words[uid in was.syntaxes], words[uid in one.syntaxes])
    if was.roles is not None and one.roles is not None and was.roles != one.roles:
        yield SurveyChange(f"roles for {name}", role_words(was.roles), role_words(one.roles))
    if was.extended != one.extended:
        yield SurveyChange(f"extended negotiation of {name}", _extended(was), _extended(one))


def length_words(length: int | None) -> str:
    """A maximum length."""
    return "not said" if length is None else f"{length:,} bytes" if length else "no limit"


def window_words(window: tuple[int, int] | None) -> str:
    """How many operations a requestor may have under way."""
    if window is None:
        return "not negotiated: one at a time"
    invoked, performed = ("any number of" if not number else str(number) for number in window)
    return f"{invoked} invoked, {performed} performed by the requestor"


def role_words(roles: RoleAnswer | None) -> str:
    """The roles that a requestor can have."""
    if roles is None:
        return "not asked"
    if not roles.is_accepted:
        return "refused if both roles are proposed"
    if not roles.is_answered:
        return "SCU (roles are not answered)"
    return {(True, True): "SCU, SCP", (True, False): "SCU", (False, True): "SCP"}.get((roles.scu, roles.scp), "none")


def _extended(one: ClassResult) -> str:
    if one.extended is None:
        return "not answered"
    words = extended_words(one.sop_class.uid, one.sop_class.service, one.extended)
    return ", ".join(words) or f"{counted(len(one.extended), 'byte')}: {one.extended.hex(' ')}"
