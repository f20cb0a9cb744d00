"""A target that is not there, or not in order: nothing is tested, and the reason is printed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from dulcimer.cli.options.tested_peer import nothing_tested
from dulcimer.fuzz.campaign.calibrating import Calibration
from dulcimer.fuzz.campaign.setup import TargetSetup
from dulcimer.fuzz.judging.session import TargetLostError, TargetSession


@contextlib.contextmanager
def target_of(setup: TargetSetup, otherwise: str = "") -> Iterator[TargetSession]:
    """A session with the target; exit status 3 if it does not start, or is lost.

    `otherwise`: what else can be done about it.
    """
    try:
        with setup.session() as session:
            yield session
    except TargetLostError as error:
        is_client = setup.role == "requestor"
        nothing_tested(
            "The client does not start" if is_client else "The target does not start",
            expected="a command that opens an association with {host} and {port}"
            if is_client
            else "a command that keeps running and listens at {host} and {port}",
            came=str(error),
            advice="run the command by hand, with a port"
            + ("" if is_client else ", and try dulcimer echo")
            + otherwise,
        )


def refuse_unreachable(setup: TargetSetup, calibration: Calibration) -> None:
    """Exit status 3 if no connection to a server can be opened."""
    if calibration.is_broken and calibration.no_connection:
        where = f"{setup.host} port {setup.port}" if setup.port else "the server of --spawn"
        tls = "" if setup.tls is None else ", with TLS"
        nothing_tested(
            f"No connection to {where}",
            expected=f"a server that listens there{tls}",
            came=calibration.no_connection,
            advice="start it, and check host and port"
            + (" and the certificates" if tls else "")
            + ", or let --spawn start it",
        )


def refuse_broken(setup: TargetSetup, calibration: Calibration) -> None:
    """Exit status 3 if the target does not do what valid sequences ask for, so that no replay means anything."""
    refuse_unreachable(setup, calibration)
    if calibration.is_broken:
        nothing_tested(
            "The target does not do what valid sequences ask for",
            expected="an association that is accepted",
            came="; ".join(calibration.result.failures),
            advice="check AE titles (-aet, -aec), SOP classes and the address of the tester in its configuration",
        )
