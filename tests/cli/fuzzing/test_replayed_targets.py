"""Where a finding is replayed: at the target of its file, or at the one that is given; with the titles of the file."""

from __future__ import annotations

import sys

import pytest
import typer

from dulcimer.cli.fuzzing.options import TargetOptions
from dulcimer.cli.fuzzing.target import TargetWords
from dulcimer.cli.options.tls import ClientTlsOptions
from dulcimer.conformance.stimuli.requests import Titles
from dulcimer.fuzz.findings.finding import FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.sequences.steps import FuzzSequence, TargetRole

TITLES = Titles("MODALITY", "ARCHIVE")
SERVER = (sys.executable, "-m", "server", "{port}")
CLIENT = (sys.executable, "-m", "client", "{host}", "{port}")


def finding(role: TargetRole = "acceptor", command: tuple[str, ...] = SERVER, *, tls: bool = False) -> Reproducer:
    target = FuzzTarget(" ".join(command), "1.0", tls, TITLES)
    return Reproducer(FuzzFinding(FindingOracle.EXIT, "It ended."), FuzzSequence(role, ()), target=target)


def words(
    *given: str, spawn: str | None = None, requestor: bool = False, titles: Titles | None = None, tls: bool = False
) -> TargetWords:
    options = TargetOptions(spawn=spawn, requestor=requestor)
    return TargetWords(given, options, titles or Titles(), ClientTlsOptions(tls=tls))


def test_file_alone_says_how_the_target_is_started_and_called() -> None:
    setup = words().setup_for(finding())
    assert (setup.role, setup.command, setup.port, setup.titles) == ("acceptor", SERVER, 0, TITLES)
    client = words().setup_for(finding("requestor", CLIENT))
    assert (client.role, client.command, client.titles) == ("requestor", CLIENT, TITLES)


@pytest.mark.parametrize(
    "place", [words("127.0.0.1", "11112"), words(spawn=f"{sys.executable} -m other {{port}}")], ids=["address", "spawn"]
)
def test_other_target_is_called_by_the_titles_of_the_file(place: TargetWords) -> None:
    setup = place.setup_for(finding())
    assert setup.titles == TITLES
    assert setup.command != SERVER
    assert setup.tls is None


def test_titles_that_are_given_count() -> None:
    assert words(titles=Titles("OTHER")).setup_for(finding()).titles == Titles("OTHER", "ARCHIVE")
    called = words("127.0.0.1", "104", titles=Titles(called="OTHER"))
    assert called.setup_for(finding()).titles == Titles("MODALITY", "OTHER")


def test_tls_is_that_of_the_file_unless_another_target_is_given() -> None:
    assert words().setup_for(finding(tls=True)).tls is not None
    assert words("127.0.0.1", "104").setup_for(finding(tls=True)).tls is None
    assert words("127.0.0.1", "104", tls=True).setup_for(finding(tls=True)).tls is not None


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (finding(command=()), r"the file does not say how to start the target: give HOST and PORT, or --spawn COMMAND"),
        (
            finding(command=("no-such-server", "{port}")),
            r"no command 'no-such-server' here.*give HOST and PORT, or --sp",
        ),
        (finding("requestor", ("no-such-client", "{port}")), r"'no-such-client' here.*give --requestor -- COMMAND"),
    ],
)
def test_file_whose_target_is_not_here_says_what_to_give(found: Reproducer, message: str) -> None:
    with pytest.raises(typer.BadParameter, match=message):
        words().setup_for(found)
