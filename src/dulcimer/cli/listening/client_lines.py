"""What clients do, in a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from dulcimer._generated.services import SERVICE_OF_SOP_CLASS
from dulcimer.acse.wording import name_of, shown
from dulcimer.cli.show.deviations import WIDTH, Print, deviation_lines
from dulcimer.cli.show.statuses import status_text
from dulcimer.counting import counted
from dulcimer.diagnosis.listening.events import (
    ClientAnswered,
    ClientConnected,
    ClientContext,
    ClientDeviates,
    ClientEnded,
    ClientProposal,
    ClientProposed,
    ClientSent,
    ListenTold,
    ListenTotals,
)
from dulcimer.diagnosis.survey.comparing import length_words
from dulcimer.diagnosis.survey.items import extended_words
from dulcimer.escaping import escaped

_MOST_MESSAGES = 20
"""Messages of one association that have a line each; further ones are counted."""
_MOST_CLASSES = 6
"""Names of SOP classes that are printed of contexts that are alike, without -v."""
_ROLES = {(True, False): "SCU", (False, True): "SCP", (True, True): "SCU and SCP", (False, False): "no role"}
_LABEL = 14


class ClientLines:
    """Prints what happens. `every`: each message; `server`: the AE title of the server of a survey, "" for none."""

    def __init__(self, show: Print, *, server: str = "", every: bool = False) -> None:
        self._print = show
        self._server = server
        self._every = every
        self._messages: dict[int, int] = {}

    def heed(self, told: ListenTold) -> None:
        """Print one event."""
        head = f"{told.connection:>3} {told.at:>8.3f} "
        match told:
            case ClientConnected():
                self._print("", "")
                self._say(head, f"connection from {told.client}")
            case ClientProposed():
                self._proposed(head, told)
            case ClientSent():
                self._sent(head, told)
            case ClientAnswered():
                if told.status:
                    text = status_text(told.status, told.name.removesuffix("-RSP"))
                    self._say(head, f"we answer {told.name} {text}")
            case ClientDeviates():
                for one in told.deviations:
                    for number, (line, style) in enumerate(deviation_lines(one)):
                        self._print(line, style if not number else "")
            case ClientEnded():
                self._ended(head, told)

    def _say(self, head: str, text: str, style: str = "") -> None:
        for line in textwrap.wrap(
            escaped(text), WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
        ):
            self._print(line, style)

    def _proposed(self, head: str, told: ClientProposed) -> None:
        proposal = told.proposal
        self._say(head, f"{shown(proposal.calling) or '(empty)'} calls {shown(proposal.called) or '(empty)'}")
        for label, text in _facts(proposal):
            self._labelled(label, text)
        if told.rejected:
            self._labelled("rejected", told.rejected, "bold red")
            return
        for alike in _alike(proposal.contexts):
            self._contexts(alike)
        if self._server and not any(one.is_refused_there for one in proposal.contexts):
            self._labelled("like", f"{self._server} would accept all of it")

    def _labelled(self, label: str, text: str, style: str = "") -> None:
        self._say(f"      {label:<{_LABEL}} ", text, style)

    def _contexts(self, alike: Sequence[ClientContext]) -> None:
        """Contexts that differ in nothing but the SOP class."""
        one = alike[0]
        role = "" if one.roles is None else f", as {_ROLES[one.roles]}"
        if len(alike) == 1:
            self._labelled(f"context {one.context_id}", f"{_class_name(one.sop_class)}{role}")
        else:
            shown_ones = alike if self._every or len(alike) <= _MOST_CLASSES else alike[: _MOST_CLASSES - 1]
            names = ", ".join(f"{_class_name(each.sop_class)} ({each.context_id})" for each in shown_ones)
            more = len(alike) - len(shown_ones)
            self._labelled(f"{len(alike)} contexts", names + (f" and {more} more (-v)" if more else "") + role)
        syntaxes = ", ".join(map(name_of, one.transfer_syntaxes)) or "no transfer syntax"
        self._labelled("", f"in {syntaxes}")
        if len(one.transfer_syntaxes) > 1 or not one.answer:
            self._labelled("", f"we accept {name_of(one.answer)}" if one.answer else "we refuse it")
        if self._server:
            self._labelled("", f"{self._server}: {one.like}", "yellow" if one.is_refused_there else "")

    def _sent(self, head: str, told: ClientSent) -> None:
        count = self._messages[told.connection] = self._messages.get(told.connection, 0) + 1
        if count > _MOST_MESSAGES and not self._every:
            if count == _MOST_MESSAGES + 1:
                self._say(head, "further messages are counted only (-v shows all)")
            return
        size = f", {told.data_bytes:,} bytes of data in {counted(told.pdus, 'PDU')}" if told.data_bytes else ""
        name = _class_name(told.sop_class)
        self._say(head, f"{told.name} on context {told.context_id}{f' ({name})' if name else ''}{size}")

    def _ended(self, head: str, told: ClientEnded) -> None:
        self._messages.pop(told.connection, None)
        what = f"{counted(told.messages, 'message')}, {counted(told.pdus, 'PDU')}, {told.octets:,} bytes"
        self._say(head, f"{told.how}, after {told.seconds:.2f} s: {what}", "" if told.is_in_order else "yellow")


def _alike(contexts: Sequence[ClientContext]) -> list[list[ClientContext]]:
    """Contexts together that differ in nothing but the SOP class."""
    found: dict[tuple[object, ...], list[ClientContext]] = {}
    for one in contexts:
        key = (one.transfer_syntaxes, one.roles, one.answer, one.like)
        found.setdefault(key, []).append(one)
    return list(found.values())


def _class_name(uid: str) -> str:
    """The name of a SOP class, with its UID if the standard does not have it."""
    if not uid:
        return ""
    name = name_of(uid)
    return name if uid in SERVICE_OF_SOP_CLASS or name == shown(uid) else f"{name} ({shown(uid)})"


def _facts(proposal: ClientProposal) -> Iterator[tuple[str, str]]:
    version = shown(proposal.implementation_version_name) or "no version name"
    uid = shown(proposal.implementation_class_uid) or "no implementation class UID"
    yield "client", f"{version}, {uid}"
    yield "takes", f"P-DATA-TF up to {length_words(proposal.maximum_length)}"
    if proposal.window is not None:
        invoked, performed = (str(number) if number else "any number" for number in proposal.window)
        yield "operations", f"{invoked} invoked, {performed} performed at the same time"
    if proposal.identity:
        yield "user identity", proposal.identity
    for sop_class, data in proposal.extended:
        words = extended_words(sop_class, SERVICE_OF_SOP_CLASS.get(sop_class, ""), data)
        text = ", ".join(words) or f"{data.hex(' ').upper()}H"
        yield "extended", f"{_class_name(sop_class)}: {text}"
    for sop_class in proposal.common:
        yield "extended", f"{_class_name(sop_class)}: common extended negotiation"
    yield "proposes", f"{counted(len(proposal.contexts), 'context')} in {proposal.size:,} bytes"


def print_listen_summary(totals: ListenTotals, seconds: float, show: Print, server: str) -> None:
    """Print the sums, and what the clients did against the standard."""
    show("", "")
    lines = [
        f"{counted(totals.connections, 'connection')} in {seconds:.1f} s, "
        f"{counted(totals.associations, 'association')}, "
        f"{counted(totals.messages, 'message')}, {totals.octets:,} bytes from clients."
    ]
    if server and totals.connections:
        lines.append(f"{server} would refuse {counted(totals.refused_there, 'context')}.")
    if totals.connections and not totals.deviations:
        lines.append("No deviation from the standard.")
    for line in lines:
        for part in textwrap.wrap(line, WIDTH, subsequent_indent="  "):
            show(part, "")
    for one, count in sorted(totals.deviations.items(), key=lambda pair: not pair[0].sure):
        for number, (line, style) in enumerate(deviation_lines(one, counted(count, "time"))):
            show(line, style if not number else "")
