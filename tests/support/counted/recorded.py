"""The recorded figures of work. `PYTHONPATH=tests python -m support.counted.recorded` renews those of this Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("recorded.json")
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
RENEW = "PYTHONPATH=tests .venv/bin/python -m support.counted.recorded"


def recorded() -> dict[str, dict[str, int]] | None:
    """The figures of this version of Python; None if there are none."""
    known: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return known.get(PYTHON)


def record(figures: dict[str, dict[str, int]]) -> None:
    """Write the figures of this version of Python."""
    known = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    known[PYTHON] = figures
    FILE.write_text(json.dumps(dict(sorted(known.items())), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    from support.counted.work_of import figures

    record(figures())
