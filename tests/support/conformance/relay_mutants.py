"""Every relay mutant against the whole catalogue, as `dulcimer check` runs it: is each found, and nothing legal failed?

``PYTHONPATH=tests python -m support.conformance.relay_mutants`` runs the check some eighty times;
names of mutants choose some of them. Exit status: 0 all as it must be, 1 otherwise.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterable

from dulcimer.conformance.catalogue.acceptor import acceptor_cases
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.play.target import Target
from dulcimer.conformance.run.acceptor import Runner
from dulcimer.conformance.run.record import AcceptorSettings, Run
from dulcimer.conformance.stimuli.messages import Titles
from support.conformance.mutants import DEVIATIONS, VARIATIONS
from support.conformance.relay import ARTIM, Mutation, relayed

TITLES = Titles()
CASES = acceptor_cases(TITLES)


async def check(mutation: Mutation, *, storage: bool) -> Run:
    """All cases against a relay."""
    async with relayed(mutation, storage=storage) as port:
        return await Runner(Target("127.0.0.1", port, TITLES), AcceptorSettings(artim=ARTIM, close=1.0)).run(CASES)


def wrong(name: str) -> str:
    """What is not as it must be with a mutant; "" if nothing is."""
    if name in VARIATIONS:
        run = asyncio.run(check(VARIATIONS[name], storage=False))
        failed = sorted(result.case.id for result in run.results if result.verdict is Verdict.FAILED)
        return f"fails {', '.join(failed)}" if failed or not run.healthy else ""
    mutant = DEVIATIONS[name]
    run = asyncio.run(check(mutant.mutation, storage=mutant.storage))
    found = {result.case.id for result in run.results if result.verdict == mutant.verdict}
    missing = sorted(set(mutant.found) - found)
    return f"{', '.join(missing)} did not find it: {run.unhealthy_because}" if missing else ""


def shown(names: Iterable[str]) -> int:
    """Check them, print a line for each, and count those that are not as they must be."""
    count = 0
    for name in names:
        problem = wrong(name)
        count += bool(problem)
        print(f"{'WRONG' if problem else 'as it must be':<14} {name} {problem}", flush=True)
    return count


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *DEVIATIONS, *VARIATIONS], metavar="NAME")
    names = parser.parse_args().names or [*DEVIATIONS, *VARIATIONS]
    logging.disable(logging.CRITICAL)
    return int(shown(names) > 0)


if __name__ == "__main__":
    sys.exit(main())
