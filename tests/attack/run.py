"""``python tests/attack/run.py [FAMILY...]``: attack a real ``dulcimer serve`` and print the effect on others.

``--save FILE`` keeps the figures, ``--before FILE`` prints those of an earlier run beside them, ``--only TEXT`` runs
the attacks whose names contain the text, ``--dulcimer FILE`` is the command of another version. Exit status 1 if one
exceeds the goals.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from attack.harness import Attack, Figures, load, measure, save, table
from support.peers.processes import DULCIMER

FAMILIES = tuple(sorted(path.stem for path in Path(__file__).parent.glob("*_attacks.py")))


def main() -> int:
    """Attack."""
    parser = argparse.ArgumentParser(prog="tests/attack/run.py", description=__doc__)
    parser.add_argument("families", nargs="*", metavar="FAMILY", help=f"of {', '.join(FAMILIES)} (default: all)")
    parser.add_argument("--save", type=Path, metavar="FILE")
    parser.add_argument("--before", type=Path, metavar="FILE")
    parser.add_argument("--only", default="", metavar="TEXT")
    parser.add_argument("--dulcimer", type=Path, default=DULCIMER, metavar="FILE")
    arguments = parser.parse_args()
    rows: list[Figures] = []
    for family in arguments.families or FAMILIES:
        attacks: list[Attack] = import_module(f"attack.{family}").ATTACKS
        for attack in attacks:
            if arguments.only not in attack.name:
                continue
            rows.append(measure(attack, arguments.dulcimer))
            print(rows[-1], file=sys.stderr, flush=True)
            if arguments.save is not None:
                save(rows, arguments.save)
    print(table(rows, load(arguments.before) if arguments.before is not None else {}))
    return int(not all(row.is_within_the_goals for row in rows))


if __name__ == "__main__":
    sys.exit(main())
