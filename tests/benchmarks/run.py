"""``python tests/benchmarks/run.py``: dulcimer, pynetdicom and DCMTK side by side, in one run."""

from __future__ import annotations

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from benchmarks.main import main

    sys.exit(main())
