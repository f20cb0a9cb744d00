"""What the proxy prints at its end."""

from __future__ import annotations

import textwrap

from dulcimer.cli.show.deviations import WIDTH, Print, deviation_lines
from dulcimer.counting import counted
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.fuzz.proxy.totals import ProxyTotals

_MOST_SHOWN = 20


def print_summary(totals: ProxyTotals, seconds: float, show: Print, *, capture: str = "", whole: bool = False) -> None:
    """Print the sums, and the deviations, those without doubt first; `whole`: with all that is to be said of them."""
    if not whole:
        show("", "")
    client, server = (f"{counted(totals.pdus[end], 'PDU')} ({totals.octets[end]:,} bytes)" for end in LinkEnd)
    connections = counted(totals.connections, "connection")
    lines = (
        []
        if totals.failed and not totals.connections
        else [f"{connections} in {seconds:.1f} s: {client} from the client, {server} from the server."]
    )
    if totals.failed:
        lines.append(f"{counted(totals.failed, 'connection')} not passed on: the server was not reached.")
    if totals.faults:
        lines.append(f"Faults in {counted(totals.faults, 'PDU')}.")
    if capture:
        lines.append(f"Capture: {capture}. It has everything that was sent, data sets, too.")
    for line in lines:
        for part in textwrap.wrap(line, WIDTH, subsequent_indent="  "):
            show(part, "")
    _deviations(totals, show, whole=whole)


def _deviations(totals: ProxyTotals, show: Print, *, whole: bool) -> None:
    found = sorted(totals.deviations, key=lambda one: not one.sure)
    wrong = sum(one.sure for one in found) + totals.other_deviations
    unusual = len(found) - sum(one.sure for one in found)
    if not totals.connections:
        return
    if not found:
        show("No deviation from the standard.", "")
        return
    kinds = [counted(wrong, "deviation") + " from the standard"] if wrong else []
    kinds += [f"{unusual} unusual, which the standard or many products tolerate"] if unusual else []
    for line in textwrap.wrap(", ".join(kinds) + ":", WIDTH):
        show(line, "bold red" if wrong else "yellow")
    for one in found[:_MOST_SHOWN]:
        connection, at = totals.first_seen[one]
        seen = f"connection {connection} at {at:.3f} s"
        if totals.deviations[one] > 1:
            seen = f"{counted(totals.deviations[one], 'connection')}, first in {seen}"
        for number, (line, style) in enumerate(deviation_lines(one, "" if whole else seen)):
            show(line, style if not number else "")
    if len(found) > _MOST_SHOWN:
        show(f"      and {len(found) - _MOST_SHOWN} more", "")
