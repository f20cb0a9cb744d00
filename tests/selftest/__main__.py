"""`make selftest`: does the suite notice every wrong cell of Table 9-10?"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from selftest.page import page
from selftest.report import as_json, summary
from selftest.run import chosen, run


def main(arguments: list[str] | None = None) -> int:
    """Run the self-test; 0 if every visible mutant is killed and the correct machine fails nothing, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m selftest",
        description="Check dulcimer's own acceptor and requestor with one cell of Table 9-10 wrong at a time. A mutant "
        "that can be seen from the network must get a worse verdict than the correct machine.",
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes that share the work (2)")
    parser.add_argument("--only", default="*", metavar="GLOB", help="mutants whose ID fits, such as 'Evt12-Sta6.*'")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the outcomes as JSON")
    parser.add_argument("--write-docs", type=Path, metavar="FILE", help="write the kill table as a page")
    options = parser.parse_args(arguments)
    if not chosen(options.only):
        parser.error(f"no mutant's ID fits {options.only!r}; they read like Evt12-Sta6.action.AA-8")
    if options.write_docs is not None and options.only != "*":
        parser.error("--write-docs needs all mutants, so it cannot be combined with --only")
    found = run(options.only, options.jobs, progress=_show)
    if options.json is not None:
        options.json.write_text(json.dumps(as_json(found), indent=1) + "\n", encoding="utf-8")
    if options.write_docs is not None:
        options.write_docs.write_text(page(found), encoding="utf-8")
    print(summary(found))
    return 1 if found.false_alarms or found.survivors or found.misjudged else 0


def _show(done: int, total: int, what: str) -> None:
    print(f"{done} of {total} {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
