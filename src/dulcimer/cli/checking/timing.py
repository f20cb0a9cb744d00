"""The options of `dulcimer check` about time: what a peer has for a reaction, and how many cases run side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from dulcimer.cli.options.panels import in_panel
from dulcimer.cli.options.values import timeout

_option = in_panel("Time")


@dataclass(frozen=True, slots=True)
class TimingOptions:
    """Times in seconds."""

    peer_artim: Annotated[
        float | None,
        _option(
            "--peer-artim",
            metavar="SECONDS",
            callback=timeout,
            help="The ARTIM time of the peer; without it, cases that wait for ARTIM stay undecided.",
        ),
    ] = None
    t_react: Annotated[
        float | None,
        _option(
            "--t-react",
            metavar="SECONDS",
            callback=timeout,
            help="How long the peer has for a reaction.",
            show_default="measured",
        ),
    ] = None
    close_window: Annotated[
        float,
        _option(
            "--close-window",
            metavar="SECONDS",
            min=0.1,
            help="How long a close is waited for that is due at once, without ARTIM, such as after an A-ABORT: "
            "NON-STRICT if it comes by then, FAILED if not.",
        ),
    ] = 10.0
    peer_releases: Annotated[
        float | None,
        _option(
            "--peer-releases",
            metavar="SECONDS",
            callback=timeout,
            help="The time after which the peer releases an idle association; without it, cases of a peer that "
            "releases are not tried.",
        ),
    ] = None
    patience: Annotated[
        float,
        _option(
            "--patience",
            metavar="SECONDS",
            min=0.0,
            help="How long a server that is not there at the start, or is busy, is waited for; three times as long "
            "between the cases if it listens only while it serves nobody.",
        ),
    ] = 10.0
    jobs: Annotated[int, _option("--jobs", "-j", min=1, max=64, help="Cases side by side.")] = 6
    repeat: Annotated[int, _option("--repeat", min=1, help="Runs of each case; the worst counts.")] = 1
