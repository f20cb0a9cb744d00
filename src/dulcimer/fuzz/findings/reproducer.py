"""A finding as a file: all that is needed to see it again. The schema of the file is `reproducer.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from dulcimer import __version__
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.errors import DulcimerError
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.json_schema import SchemaMismatchError, check
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange
from dulcimer.fuzz.findings.seen import SeenConversation
from dulcimer.fuzz.sequences.steps import FuzzSequence, SequenceFormatError, cell_name, cell_of

VERSION = 1
"""Of the form of the file."""
_KIND = "dulcimer-reproducer"
_USUAL = Titles()


class ReproducerFormatError(DulcimerError, ValueError):
    """A file is not a reproducer of this version; the message says why."""


@dataclass(frozen=True, slots=True)
class FuzzTarget:
    """The target as it was tested: the command that started it, if it was started, and its version as it says.

    `titles`: ours, and the one that it was called by.
    """

    command: str = ""
    version: str = ""
    tls: bool = False
    titles: Titles = _USUAL

    def to_json(self) -> dict[str, Any]:
        """A value for `json.dump`."""
        return {
            "command": self.command,
            "version": self.version,
            "tls": self.tls,
            "calling": self.titles.calling,
            "called": self.titles.called,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> FuzzTarget:
        """What `to_json` has made; titles that are missing are the usual ones. Raises KeyError."""
        titles = Titles(value.get("calling", _USUAL.calling), value.get("called", _USUAL.called))
        return cls(value["command"], value["version"], value["tls"], titles)


_NOTHING_SEEN = SeenConversation()
_UNKNOWN_TARGET = FuzzTarget()


@dataclass(frozen=True, slots=True)
class Reproducer:
    """A finding with the connections that show it.

    The sequences `before`, then `sequence`, are played `rounds` times; `seen` is the record of the last one, and
    `expected` says what the standard would have explained. `recipes` has one entry for each step of `sequence`, or
    none. `seed` and `batch` are those of the campaign.
    """

    finding: FuzzFinding
    sequence: FuzzSequence
    seen: SeenConversation = _NOTHING_SEEN
    expected: tuple[str, ...] = ()
    before: tuple[FuzzSequence, ...] = ()
    rounds: int = 1
    recipes: tuple[PduRecipe | None, ...] = ()
    target: FuzzTarget = _UNKNOWN_TARGET
    seed: int | None = None
    batch: int | None = None
    tool: str = f"dulcimer {__version__}"

    @property
    def sequences(self) -> tuple[FuzzSequence, ...]:
        """What is played in one round, the one that shows the finding last."""
        return (*self.before, self.sequence)

    def to_json(self) -> dict[str, Any]:
        """A value for `json.dump`, which follows the schema."""
        return {
            "kind": _KIND,
            "version": VERSION,
            "tool": self.tool,
            "target": self.target.to_json(),
            "campaign": {"seed": self.seed, "batch": self.batch},
            "finding": _finding_to_json(self.finding),
            "expected": list(self.expected),
            "seen": self.seen.to_json(),
            "rounds": self.rounds,
            "before": [sequence.to_json() for sequence in self.before],
            "sequence": self.sequence.to_json(),
            "recipes": [None if recipe is None else _recipe_to_json(recipe) for recipe in self.recipes],
        }

    @classmethod
    def from_json(cls, value: object) -> Reproducer:
        """The reproducer in a value that `json.load` has given. Raises ReproducerFormatError."""
        try:
            check(value, schema())
            assert isinstance(value, dict)
            return _from_json(value)
        except (SchemaMismatchError, SequenceFormatError, ValueError) as error:
            raise ReproducerFormatError(f"not a reproducer of version {VERSION}: {error}") from error

    def to_text(self) -> str:
        """The text of the file."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Reproducer:
        """The reproducer in the text of a file. Raises ReproducerFormatError."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ReproducerFormatError(f"not JSON: {error}") from error
        return cls.from_json(value)


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    text = resources.files(__package__).joinpath("reproducer.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _finding_to_json(finding: FuzzFinding) -> dict[str, Any]:
    return {
        "oracle": str(finding.oracle),
        "verdict": finding.verdict,
        "confidence": str(finding.confidence),
        "clause": finding.clause,
        "cell": None if finding.cell is None else cell_name(finding.cell),
        "operators": list(finding.operators),
        "frames": list(finding.frames),
        "times": finding.times,
        "tries": finding.tries,
    }


def _recipe_to_json(recipe: PduRecipe) -> dict[str, Any]:
    return {
        "base": recipe.base.hex(),
        "changes": [
            {"operator": change.operator, "node": change.node, "choices": change.choices.hex()}
            for change in recipe.changes
        ],
        "earlier": list(recipe.earlier),
    }


def _from_json(value: dict[str, Any]) -> Reproducer:
    finding, campaign = value["finding"], value["campaign"]
    sequence = FuzzSequence.from_json(value["sequence"])
    recipes = tuple(None if one is None else _recipe(one) for one in value["recipes"])
    if recipes and len(recipes) != len(sequence.steps):
        raise ValueError(f"$.recipes has {len(recipes)} entries for {len(sequence.steps)} steps")
    return Reproducer(
        FuzzFinding(
            FindingOracle(finding["oracle"]),
            finding["verdict"],
            Confidence(finding["confidence"]),
            finding["clause"],
            None if finding["cell"] is None else cell_of(finding["cell"]),
            tuple(finding["operators"]),
            tuple(finding["frames"]),
            int(finding["times"]),
            int(finding["tries"]),
        ),
        sequence,
        SeenConversation.from_json(value["seen"]),
        tuple(value["expected"]),
        tuple(map(FuzzSequence.from_json, value["before"])),
        int(value["rounds"]),
        recipes,
        FuzzTarget.from_json(value["target"]),
        _whole(campaign["seed"]),
        _whole(campaign["batch"]),
        value["tool"],
    )


def _recipe(value: dict[str, Any]) -> PduRecipe:
    changes = (
        RecipeChange(change["operator"], change["node"], bytes.fromhex(change["choices"]))
        for change in value["changes"]
    )
    return PduRecipe(bytes.fromhex(value["base"]), tuple(changes), tuple(value["earlier"]))


def _whole(value: float | None) -> int | None:
    """A number that may be written as 1.0 in JSON."""
    return None if value is None else int(value)
