"""A survey as a table of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from dulcimer.counting import counted
from dulcimer.diagnosis.survey.comparing import SurveyChange, length_words, window_words
from dulcimer.diagnosis.survey.items import extended_words
from dulcimer.diagnosis.survey.planner import refusal_words
from dulcimer.diagnosis.survey.result import ClassResult, SurveyResult, SyntaxGroups
from dulcimer.escaping import escaped

WIDTH = 80
_NAME = 62


def table_lines(result: SurveyResult, *, with_refused: bool = False) -> Iterator[str]:
    """The lines; `with_refused`: also a line for each SOP class that is refused."""
    groups = SyntaxGroups.of(result)
    yield from _peer(result)
    yield ""
    if not result.accepted:
        yield f"None of {counted(len(result.classes), 'SOP class', 'SOP classes')} is accepted."
    else:
        yield from _accepted(result, groups, with_refused=with_refused)
        yield ""
        yield from _sets(result, groups)
    yield ""
    yield from _evidence(result)


def _peer(result: SurveyResult) -> Iterator[str]:
    peer = result.peer
    version = escaped(peer.implementation_version_name) or "no version name"
    uid = escaped(peer.implementation_class_uid) or "no implementation class UID"
    rows = {
        "peer": f"{peer.called} at {peer.host} port {peer.port}{', with TLS' * peer.tls}; we are {peer.calling}",
        "implementation": f"{version}, {uid}",
        "maximum length": length_words(peer.maximum_length),
        "operations": window_words(result.window),
        "chooses": f"a transfer syntax by {result.choice}" if "known" not in result.choice else "",
    }
    for label, text in rows.items():
        if text:
            yield from _labelled(label, text)
    for one in result.identities:
        yield from _labelled("user identity", f"{one.kind}: {one.outcome}")


def _labelled(label: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{label:<16}", subsequent_indent=" " * 16, break_on_hyphens=False)


def _accepted(result: SurveyResult, groups: SyntaxGroups, *, with_refused: bool) -> Iterator[str]:
    yield f"{'SOP class':<{_NAME}} {'in':<3} requestor"
    for service in dict.fromkeys(one.sop_class.service for one in result.classes):
        of_it = [one for one in result.classes if one.sop_class.service == service]
        accepted = [one for one in of_it if one.is_accepted]
        if not accepted and not with_refused:
            continue
        yield f"{service}: {len(accepted)} of {len(of_it)} accepted"
        for one in of_it if with_refused else accepted:
            yield from _class_lines(one, groups)
    nothing = [
        service
        for service in dict.fromkeys(one.sop_class.service for one in result.classes)
        if not any(one.is_accepted for one in result.classes if one.sop_class.service == service)
    ]
    if nothing and not with_refused:
        yield from textwrap.wrap(f"Nothing of: {', '.join(nothing)}.", WIDTH, subsequent_indent="  ")


def _class_lines(one: ClassResult, groups: SyntaxGroups) -> Iterator[str]:
    name = escaped(one.sop_class.name) + (
        " (retired)" if one.sop_class.is_retired and "etired" not in one.sop_class.name else ""
    )
    if not one.is_accepted:
        yield from textwrap.wrap(
            f"{name}: refused, {refusal_words(one)}", WIDTH, initial_indent="  ", subsequent_indent="    "
        )
        return
    first, *others = textwrap.wrap(name, _NAME - 2) or [""]
    marker = "~" if one.presumed or one.presumed_refused or one.unknown else ""
    yield f"  {first:<{_NAME - 2}} {groups.letters[one.syntaxes] + marker:<3} {_roles(one)}".rstrip()
    yield from (f"    {other}" for other in others)
    if one.extended is not None:
        words = extended_words(one.sop_class.uid, one.sop_class.service, one.extended)
        text = "also " + (", ".join(words) or f"an answer to extended negotiation: {one.extended.hex(' ').upper()}H")
        yield from textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ")


def _roles(one: ClassResult) -> str:
    roles = one.roles
    if roles is None:
        return "not asked"
    if not roles.is_accepted:
        return "SCU; not both"
    if not roles.is_answered:
        return "SCU"
    return {(True, True): "SCU, SCP", (True, False): "SCU", (False, True): "SCP"}.get((roles.scu, roles.scp), "none")


def _sets(result: SurveyResult, groups: SyntaxGroups) -> Iterator[str]:
    yield "Transfer syntaxes"
    for syntaxes, letter in groups.letters.items():
        names = [result.transfer_syntaxes[uid] for uid in result.ordered(syntaxes)]
        count = sum(one.syntaxes == syntaxes for one in result.accepted)
        head = f"  {letter:<3} "
        yield f"{head}{counted(len(names), 'transfer syntax', 'transfer syntaxes')}, " + counted(
            count, "SOP class", "SOP classes"
        )
        for name in names:
            yield from textwrap.wrap(escaped(name), WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8)


def _evidence(result: SurveyResult) -> Iterator[str]:
    associations = counted(len(result.associations), "association")
    text = f"{associations} in {result.seconds:.1f} s. "
    pairs = result.tried + result.presumed + result.unknown
    if not result.presumed and not result.unknown:
        text += f"All {pairs:,} pairs of a SOP class and a transfer syntax were tried."
    else:
        text += f"{result.tried:,} of {pairs:,} pairs of a SOP class and a transfer syntax were tried"
        text += f", {result.presumed:,} are presumed (~) from SOP classes that behave alike" if result.presumed else ""
        text += f", {result.unknown:,} are not known" if result.unknown else ""
        text += "; --thorough tries them all."
    yield from textwrap.wrap(text, WIDTH)
    for note in result.notes:
        yield from textwrap.wrap(f"Note: {escaped(note)}.", WIDTH, subsequent_indent="  ")


def change_lines(changes: Iterable[SurveyChange], since: str) -> Iterator[str]:
    """What has changed since an earlier survey."""
    found = [one.as_text() for one in changes]
    if not found:
        yield f"Nothing has changed since {since}."
        return
    yield f"{counted(len(found), 'change')} since {since}:"
    for text in found:
        yield from textwrap.wrap(escaped(text), WIDTH, initial_indent="  ", subsequent_indent="    ")
