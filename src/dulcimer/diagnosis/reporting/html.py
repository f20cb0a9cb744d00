"""The verdicts as one HTML page without requests, readable on a phone and on paper; it needs no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report import looks
from dulcimer.conformance.report.clauses import clause_in_html
from dulcimer.conformance.report.page import page, page_file, styles
from dulcimer.counting import counted
from dulcimer.diagnosis.judging.verdicts import WireOutcome
from dulcimer.diagnosis.reporting.document import address_in_words, outcomes_in_words
from dulcimer.fuzz.report.html_parts import code, facts, safe, sentences

_COLOURS = {
    WireOutcome.VIOLATION: Verdict.FAILED,
    WireOutcome.CONSISTENT: Verdict.OK,
    WireOutcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}
_TOLERATED = Verdict.NON_STRICT
_GROUP = 8


def verdicts_html(document: Mapping[str, Any]) -> str:
    """The page, from the JSON of `verdicts_json`."""
    body = [*_header(document), "<main>"]
    for file in document["files"]:
        body += _file(file)
    body += ["</main>", f"<footer><p>{safe(document['tool'])}. A capture does not show what the ends did not do, "]
    body.append("so that nothing was found is no proof of conformance.</p></footer>")
    css = looks.stylesheet() + styles() + page_file(__package__, "verdicts.css")
    names = ", ".join(file["file"] for file in document["files"])
    return page(f"{names}: dulcimer trace check", css, "", body)


def _header(document: Mapping[str, Any]) -> Iterator[str]:
    summary = document["summary"]
    worst = next((one for one in WireOutcome if summary[one]), None)
    words = outcomes_in_words({one: summary[one] for one in WireOutcome})
    colour = looks.css_class(_COLOURS[worst] if worst is not None else Verdict.ERROR)
    yield "<header><p class=kind>Recorded associations, judged by PS3.8 and PS3.7</p>"
    names = ", ".join(file["file"] for file in document["files"])
    yield f'<h1>{safe(names)} <small><b class="{colour}">{words or "no DICOM"}</b></small></h1></header>'


def _file(file: Mapping[str, Any]) -> Iterator[str]:
    others: dict[str, int] = {}
    for one in file["others"]:
        others[one["protocol"]] = others.get(one["protocol"], 0) + 1
    parts = [counted(file["frames"], file["unit"]), counted(len(file["associations"]), "association")]
    parts += [f"left out: {number} {name}" for name, number in sorted(others.items())]
    yield f"<section class=file><h2>{safe(file['file'])}</h2><p class=facts>{safe(' · '.join(parts))}</p>"
    if file["damage"]:
        yield f"<p class=trouble>The file is damaged: {safe(file['damage'])}.</p>"
    if file["remarks"]:
        yield from sentences(file["remarks"], "")
    for association in file["associations"]:
        yield from _association(association, file["unit"])
    yield "</section>"


def _association(one: Mapping[str, Any], unit: str) -> Iterator[str]:
    outcome = WireOutcome(one["verdict"])
    colour = looks.css_class(_COLOURS[outcome])
    is_open = " open" if outcome is not WireOutcome.CONSISTENT else ""
    first, last = one["frames"]
    yield f'<details class="association {colour}" id="c{one["connection"]}"{is_open}><summary>'
    yield f"<b class=seen>{outcome}</b> {safe(one['calling'] or '?')} to {safe(one['called'] or '?')} "
    yield f"<small>{unit}s {first} to {last}, {one['seconds']:.3f} s, {safe(one['ending'])}</small></summary>"
    yield "<div class=ends>"
    for name, end in one["ends"].items():
        address = address_in_words(**one[name])
        mark = looks.css_class(_COLOURS[WireOutcome(end["verdict"])])
        yield f'<section class="end {mark}"><h3>{name}, {end["role"]} <b class=seen>{end["verdict"]}</b></h3>'
        yield f"<p class=facts>{safe(address)} · {counted(end['pdus'], 'PDU')}</p>"
        if end["inconclusive"]:
            yield from sentences((f"{d['text']} ({unit} {d['frame']})" for d in end["inconclusive"]), "")
        yield "</section>"
    yield "</div>"
    for name, end in one["ends"].items():
        for breach in end["violations"]:
            yield from _breach(breach, name, unit, is_tolerated=False)
        for breach in end["deviations"]:
            yield from _breach(breach, name, unit, is_tolerated=True)
        if end["not_listed"]:
            yield f"<p>{counted(end['not_listed'], 'more breach', 'more breaches')} of the {name}.</p>"
    yield "</details>"


def _breach(breach: Mapping[str, Any], end: str, unit: str, *, is_tolerated: bool) -> Iterator[str]:
    colour = looks.css_class(_TOLERATED if is_tolerated else Verdict.FAILED)
    frames = ", ".join(map(str, breach["frames"]))
    kind = "Deviation that does no harm" if is_tolerated else "Violation"
    yield f'<article class="breach {colour}"><h4><b class=seen>{kind}</b> of the {end}, {unit} {frames} '
    yield f"<span class=badge>{breach['severity']}</span></h4><p class=observed>{safe(breach['observed'])}</p>"
    allowed = " or ".join("nothing" if one == "silence" else one for one in breach["expected"])
    yield from facts(
        [
            ("Standard", f"{safe(breach['requirement'])} <small>{clause_in_html(breach['clause'])}</small>"),
            ("Rule", code(breach["rule"])),
            ("Allowed", safe(allowed)),
            ("States", safe(", ".join(breach["states"]))),
            ("Bytes", _octets(breach)),
            ("Change", safe(f"in the {end}: {breach['advice']}") if breach["advice"] else ""),
        ]
    )
    yield "<ol class=story>"
    for number, step in enumerate(breach["story"], 1):
        times = f" <small>{step['count']} times</small>" if step["count"] > 1 else ""
        last = " class=last" if number == len(breach["story"]) else ""
        arrow = "&rarr;" if step["sender"] == "client" else "&larr;"
        yield f'<li{last}><span class=at>{unit} {step["frame"]}</span> <span class="way {step["sender"]}">'
        yield f"{step['sender']} {arrow}</span> <span>{safe(step['text'])}{times}</span></li>"
    yield "</ol></article>"


def _octets(breach: Mapping[str, Any]) -> str:
    if not breach["size"]:
        return ""
    digits = breach["hex"]
    groups = [digits[at : at + 2 * _GROUP] for at in range(0, len(digits), 2 * _GROUP)]
    shown = " ".join(f"<i>{bytes.fromhex(group).hex(' ')}</i>" for group in groups)
    more = " ..." if breach["size"] > len(digits) // 2 else ""
    where = f"{code(breach['path'])}, " if breach["path"] else ""
    size = counted(breach["size"], "byte")
    return f"<span class=octets>{shown}{more}</span><br><small>{where}{size} from byte {breach['offset']}</small>"
