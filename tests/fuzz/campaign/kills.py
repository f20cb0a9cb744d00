"""Kills the coordinator of a campaign 20 times, and says whether its database stands it.

``PYTHONPATH=tests python tests/fuzz/campaign/kills.py --workers 2 --seed 5``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from support.killed_campaigns import SEED, kill_and_resume


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--batches", type=int, default=150)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        problems = kill_and_resume(Path(folder), options.kills, options.batches, options.workers, options.seed)
    print(*problems or ["Nothing is wrong."], sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
