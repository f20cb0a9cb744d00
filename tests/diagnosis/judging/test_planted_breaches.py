"""One wrong cell of Table 9-10, or one broken rule, in each of a hundred associations: named, and not in the twin."""

from __future__ import annotations

from dulcimer.learn.labs.breaches import PlantedBreach, broken_rules, wrong_cells
from support.captures.judged_captures import verdict

_LEAST = 100
_NAMED = 0.95


def _is_named(planted: PlantedBreach) -> bool:
    """At the end that did it, and with the rule that was broken; what is tolerated is named, too."""
    (end,) = (one for one in verdict(planted.turns).ends if one.end is planted.end)
    return any(one.rule.startswith(planted.rule) for one in end.breaches)


def test_of_a_hundred_breaches_nearly_all_are_named_and_nothing_is_in_their_twins() -> None:
    planted = [*wrong_cells(), *broken_rules()]
    assert len(planted) >= _LEAST
    missed = [one.name for one in planted if not _is_named(one)]
    false = []
    for one in planted:
        (end,) = (found for found in verdict(one.twin).ends if found.end is one.end)
        false += [(one.name, breach.rule, breach.observed) for breach in end.breaches]
    assert false == []
    assert len(missed) <= (1 - _NAMED) * len(planted), missed
