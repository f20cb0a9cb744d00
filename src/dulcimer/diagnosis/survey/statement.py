"""A survey as the part of a DICOM conformance statement that is about the network (PS3.2), in Markdown.

Its tables have the columns of the templates there; what a survey cannot know is left to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dulcimer._generated.codes import APPLICATION_CONTEXT_NAME
from dulcimer.diagnosis.survey.comparing import length_words, window_words
from dulcimer.diagnosis.survey.items import extended_words
from dulcimer.diagnosis.survey.result import ClassResult, SurveyResult, SyntaxGroups
from dulcimer.escaping import escaped

_TO_FILL_IN = "(to be filled in)"


def markdown_statement(result: SurveyResult) -> str:
    """The text."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: SurveyResult) -> Iterator[str]:
    peer, groups = result.peer, SyntaxGroups.of(result)
    yield f"# DICOM conformance statement, network: {_cell(peer.called)}"
    yield ""
    yield f"Made by {result.tool} on {result.begun[:10]} from what the acceptor at {_cell(peer.host)}"
    yield f"port {peer.port} answers to {_cell(peer.calling)}. It says what is negotiated on associations, not what is"
    yield "done with the data."
    yield ""
    yield "## Overview: network services"
    yield ""
    yield from _table(
        ("SOP Class Name", "SOP Class UID", "User of Service (SCU)", "Provider of Service (SCP)"),
        _services(result),
    )
    yield "## Association policies"
    yield ""
    yield from _table(
        ("Policy", "Value"),
        [
            ("Application Context Name", APPLICATION_CONTEXT_NAME),
            ("Maximum number of simultaneous associations as an acceptor", _TO_FILL_IN),
            ("Maximum length received", length_words(peer.maximum_length)),
            ("Maximum number of outstanding asynchronous transactions", window_words(result.window)),
            ("Implementation Class UID", peer.implementation_class_uid or "not said"),
            ("Implementation Version Name", peer.implementation_version_name or "not said"),
            ("Choice of a transfer syntax", str(result.choice)),
            ("User identity", "; ".join(f"{one.kind}: {one.outcome}" for one in result.identities) or "not asked for"),
            ("Secure transport", "TLS" if peer.tls else "none"),
        ],
    )
    yield "## Acceptable presentation contexts"
    yield ""
    yield from _table(
        ("Abstract Syntax Name", "Abstract Syntax UID", "Transfer Syntaxes", "Role", "Extended Negotiation"),
        [
            (
                one.sop_class.name,
                one.sop_class.uid,
                f"Set {groups.letters[one.syntaxes]}",
                _role(one),
                ", ".join(_extended(one)) or "None",
            )
            for one in result.accepted
        ],
    )
    yield "## Transfer syntaxes"
    yield ""
    presumed = {syntaxes: _presumed(result, syntaxes) for syntaxes in groups.letters}
    yield from _table(
        ("Set", "Transfer Syntax Name", "Transfer Syntax UID"),
        [
            (letter, result.transfer_syntaxes[uid] + ("*" if uid in presumed[syntaxes] else ""), uid)
            for syntaxes, letter in groups.letters.items()
            for uid in result.ordered(syntaxes)
        ],
    )
    if any(presumed.values()):
        yield "\\* presumed for some SOP classes: not tried with each of them, but with others that behave alike."
        yield ""
    if result.notes:
        yield "## Notes"
        yield ""
        yield from (f"- {_cell(note)}" for note in result.notes)


def _presumed(result: SurveyResult, syntaxes: frozenset[str]) -> set[str]:
    return {uid for one in result.accepted if one.syntaxes == syntaxes for uid in one.presumed}


def _services(result: SurveyResult) -> Iterator[Sequence[str]]:
    services = dict.fromkeys(one.sop_class.service for one in result.accepted)
    for service in services:
        yield f"**{service}**", "", "", ""
        for one in result.accepted:
            if one.sop_class.service == service:
                is_user = one.roles is not None and one.roles.scp
                is_provider = one.roles is None or one.roles.scu
                yield one.sop_class.name, one.sop_class.uid, _yes(is_user), _yes(is_provider)


def _yes(is_so: bool) -> str:
    return "Yes" if is_so else "No"


def _role(one: ClassResult) -> str:
    """The roles of the acceptor, as a statement has them."""
    if one.roles is None:
        return "SCP"
    names = [name for name, has in (("SCU", one.roles.scp), ("SCP", one.roles.scu)) if has]
    return "/".join(names) or "none"


def _extended(one: ClassResult) -> Sequence[str]:
    if one.extended is None:
        return ()
    words = extended_words(one.sop_class.uid, one.sop_class.service, one.extended)
    return words or (f"{one.extended.hex(' ').upper()}H",)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield "|" + "---|" * len(head)
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(_cell, cells)) + " |"


def _cell(text: str) -> str:
    return escaped(text).replace("|", "\\|")
