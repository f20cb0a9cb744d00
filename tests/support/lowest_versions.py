"""Prints the lowest version of each dependency that `pyproject.toml` allows, as pip takes it: `typer==0.29`.

The tests of `make lowest` run with these, since a bound that nobody tries is a promise that nobody keeps.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def lowest_versions(pyproject: Path = PYPROJECT) -> list[str]:
    """Raises ValueError for a dependency without a lower bound."""
    found = []
    for requirement in tomllib.loads(pyproject.read_text())["project"]["dependencies"]:
        bound = re.fullmatch(r"([A-Za-z0-9._-]+)>=([0-9.]+)", requirement)
        if bound is None:
            raise ValueError(f"{requirement!r} is not NAME>=VERSION: what is the lowest version that works?")
        found.append(f"{bound[1]}=={bound[2]}")
    return found


if __name__ == "__main__":
    print(*lowest_versions(), sep="\n")
