"""The plan of a run of `dulcimer check`: the chosen cases of the catalogue, with the policy of the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dulcimer.cli.checking.kinds import PeerKind
from dulcimer.cli.checking.selection import SelectionOptions
from dulcimer.cli.checking.verdicts import VerdictOptions
from dulcimer.conformance.judge.policy import VerdictPolicy
from dulcimer.conformance.model.case import Case
from dulcimer.conformance.report.contents import catalogue_digest


@dataclass(frozen=True, slots=True)
class Plan:
    """The cases `chosen` from those of this kind of peer, its `rules`, and the `further` cases of --thorough.

    `digest` identifies the catalogue in reports.
    """

    kind: PeerKind
    everything: tuple[Case, ...]
    rules: Sequence[Case]
    further: tuple[Case, ...]
    policy: VerdictPolicy
    chosen: tuple[Case, ...]
    digest: str

    @classmethod
    def of(cls, kind: PeerKind, selection: SelectionOptions, verdicts: VerdictOptions) -> Plan:
        """The plan that the options make; a usage error if no case fits them."""
        catalogue, rules = kind.catalogue()
        further = kind.further(catalogue, wanted=selection.thorough)
        everything = (*catalogue, *rules)
        policy = verdicts.policy_for((*everything, *further))
        chosen = tuple(map(policy.regraded, selection.chosen_of(everything, further)))
        goes_on = {case.id for case in further}
        with_further = any(case.id in goes_on for case in chosen)
        digest = catalogue_digest((*everything, *further) if with_further else everything)
        return cls(kind, everything, rules, further, policy, chosen, digest)

    @property
    def every_case(self) -> tuple[Case, ...]:
        """All cases, chosen or not."""
        return (*self.everything, *self.further)

    @property
    def to_run(self) -> list[Case]:
        """The chosen cases that are run: rules only watch."""
        watching = {rule.id for rule in self.rules}
        return [case for case in self.chosen if case.id not in watching]

    def not_looked_at(self, case: str) -> bool:
        """Whether this id is that of an extended case, and no extended case was chosen."""
        goes_on = {one.id for one in self.further}
        return case in goes_on and not any(one.id in goes_on for one in self.chosen)
