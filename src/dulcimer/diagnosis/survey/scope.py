"""What is asked: the SOP classes and transfer syntaxes of the standard, and private ones that the user names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dulcimer._generated.services import DEFAULT_TRANSFER_SYNTAXES, SERVICE_CLASSES, TRANSFER_SYNTAXES

PRIVATE = "Private"
"""The service of SOP classes that the standard does not know."""


@dataclass(frozen=True, slots=True)
class SurveyedClass:
    """A SOP class that is asked for: `service` is the name of its service class (PS3.4)."""

    uid: str
    name: str
    service: str
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class SurveyScope:
    """All that is asked for. `transfer_syntaxes`: names by UID, in the order in which they are proposed."""

    sop_classes: tuple[SurveyedClass, ...]
    transfer_syntaxes: dict[str, str]

    @property
    def pairs(self) -> int:
        """How many pairs of a SOP class and a transfer syntax there are."""
        return len(self.sop_classes) * len(self.transfer_syntaxes)

    @property
    def compressed(self) -> frozenset[str]:
        """The transfer syntaxes that are seldom accepted: all that are not among the usual uncompressed ones."""
        return frozenset(self.transfer_syntaxes) - frozenset(DEFAULT_TRANSFER_SYNTAXES)


def standard_classes() -> tuple[SurveyedClass, ...]:
    """The SOP classes of every service class of PS3.4, those that are retired, too."""
    return tuple(
        SurveyedClass(one.uid, one.name, service.name, one in service.retired)
        for service in SERVICE_CLASSES.values()
        for one in (*service.sop_classes, *service.retired)
    )


def survey_scope(sop_classes: Iterable[str] = (), transfer_syntaxes: Iterable[str] = ()) -> SurveyScope:
    """All of the standard, and these UIDs besides."""
    classes = standard_classes()
    known = {one.uid for one in classes}
    more = tuple(SurveyedClass(uid, uid, PRIVATE) for uid in dict.fromkeys(sop_classes) if uid not in known)
    names = {**TRANSFER_SYNTAXES, **{uid: uid for uid in transfer_syntaxes if uid not in TRANSFER_SYNTAXES}}
    return SurveyScope((*classes, *more), names)
