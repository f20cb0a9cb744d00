"""The recorded figures of work. `PYTHONPATH=tests python -m support.counted.recorded` renews those of this Python.

With `--show` it prints the figures as JSON and keeps the recorded ones.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TypeAlias

Figures: TypeAlias = dict[str, dict[str, int | list[int]]]
"""By operation and by what is counted: a number, or the least and the most of it."""

FILE = Path(__file__).with_name("recorded.json")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
RENEW = "PYTHONPATH=tests .venv/bin/python -m support.counted.recorded"


def recorded() -> Figures | None:
    """The figures of this version of Python; None if there are none."""
    known: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return known.get(PYTHON)


def record(figures: Figures) -> None:
    """Write the figures of this version of Python."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    known[PYTHON] = figures
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    from support.counted.work_of import figures

    if "--show" in sys.argv[1:]:
        print(json.dumps(figures()))
    else:
        record(figures())
