"""The options of `dulcimer check` about time: how long to wait for a peer, and how many cases run in parallel."""

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
            help="ARTIM time of the peer; without it, cases that wait for ARTIM stay undecided.",
        ),
    ] = None
    t_react: Annotated[
        float | None,
        _option(
            "--t-react",
            metavar="SECONDS",
            callback=timeout,
            help="How long to wait for a reaction of the peer.",
            show_default="measured",
        ),
    ] = None
    close_window: Annotated[
        float,
        _option(
            "--close-window",
            metavar="SECONDS",
            min=0.1,
            help="How long to wait for a close that is due at once, without ARTIM, such as after an A-ABORT: a late "
            "close within this time is NON-STRICT, none is FAILED.",
        ),
    ] = 10.0
    peer_releases: Annotated[
        float | None,
        _option(
            "--peer-releases",
            metavar="SECONDS",
            callback=timeout,
            help="The time after which the peer releases an idle association; without it, cases that need the peer "
            "to release are not run.",
        ),
    ] = None
    patience: Annotated[
        float,
        _option(
            "--patience",
            metavar="SECONDS",
            min=0.0,
            help="How long to wait for a server that is busy or not up at the start; three times as long between "
            "cases if it does not listen while it serves an association.",
        ),
    ] = 10.0
    jobs: Annotated[int, _option("--jobs", "-j", min=1, max=64, help="Number of cases to run in parallel.")] = 6
    repeat: Annotated[int, _option("--repeat", min=1, help="Times to run each case; the worst counts.")] = 1
