"""`python -m codegen` writes the generated files; `--check` only says which of them are stale."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from codegen.spec import SpecError
from codegen.targets import TARGETS, stale, write

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done or fresh, 1 stale or the specification is in error, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the project (default: this one)")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    try:
        if options.check:
            return _check(root)
        for target in write(root):
            print(f"wrote {target.path}")
    except SpecError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _check(root: Path) -> int:
    found = stale(root)
    for target in found:
        print(f"{target.path} is stale: run `python -m codegen` and commit it", file=sys.stderr)
    if not found:
        print(f"{len(TARGETS)} generated files are fresh")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
