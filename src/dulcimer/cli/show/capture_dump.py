"""`dulcimer decode` of a network capture, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dulcimer.captures.chunks import CaptureSource
from dulcimer.captures.dicom_streams import CapturedAssociation
from dulcimer.captures.segments import Address
from dulcimer.cli.show.capture_decode import Capture, CapturedPdu, gaps_in_words, pdus_of, read_capture
from dulcimer.cli.show.dump import DumpTable, pdu_json, show_count
from dulcimer.cli.show.output import json_text, text_console
from dulcimer.counting import counted

if TYPE_CHECKING:
    from dulcimer.cli.show.dump_page import PagePdu


def as_text(source: CaptureSource) -> bool:
    """Print the PDUs of each association; True if they violate the standard, or there are none."""
    capture = read_capture(source)
    console = text_console(at_most=140)
    table = DumpTable(console)
    count = problems = 0
    for association in capture.associations:
        client, server = association.connection.client, association.connection.server
        console.print(
            f"Association {association.number}: client {_named(client.source)}, server {_named(server.source)}",
            style="bold",
        )
        for line in gaps_in_words(association):
            console.print(f"INCOMPLETE: {line}.", style="yellow")
        console.print()
        for one in pdus_of(association):
            count += 1
            sender = "client to server" if one.sent_by_client else "server to client"
            table.show(count, one.pdu, f", frame {one.frame}, {sender}")
            problems += len(one.pdu.problems)
    console.print(_summary(capture))
    for remark in capture.remarks:
        console.print(remark, style="yellow")
    if capture.damage:
        console.print(f"The capture is damaged: {capture.damage}.", style="bold red")
    if count:
        show_count(console, count, problems)
        console.print("Each PDU was checked by itself; their order was not checked.")
    return problems > 0 or not count


def as_json(source: CaptureSource) -> bool:
    """The same as JSON: like that for bytes, with the association, frame, time and sender of each PDU."""
    capture = read_capture(source)
    about = {
        "frames": capture.frames,
        "connections": capture.connections,
        "damage": capture.damage,
        "others": dict(capture.others),
        "remarks": capture.remarks,
        "associations": [_association(one) for one in capture.associations],
    }
    print(f'{{\n"schema": 1,\n"looks_like": "",\n"capture": {json.dumps(about)},\n"pdus": [', end="")
    problems = count = 0
    for count, (number, one) in enumerate(_numbered_pdus(capture), start=1):
        problems += len(one.pdu.problems)
        print(",\n" if count > 1 else "\n", json_text(_pdu(number, one), indent=2), sep="", end="")
    print(f'\n],\n"problems": {problems}\n}}')
    return problems > 0 or not count


def as_page(source: CaptureSource) -> tuple[str, bool]:
    """The same as an HTML page; and whether the PDUs violate the standard, or there are none."""
    from dulcimer.cli.show.dump_page import dump_page  # only loaded for a page

    capture = read_capture(source)
    remarks = [_summary(capture), *capture.remarks]
    remarks += [f"INCOMPLETE: {line}." for one in capture.associations for line in gaps_in_words(one)]
    if capture.damage:
        remarks.append(f"The capture is damaged: {capture.damage}.")
    pdus = [_page_pdu(number, one) for number, one in _numbered_pdus(capture)]
    text, problems = dump_page("Decoded capture", pdus, remarks)
    return text, problems > 0 or not pdus


def _page_pdu(number: int, one: CapturedPdu) -> PagePdu:
    from dulcimer.cli.show.dump_page import PagePdu  # only loaded for a page

    sender = "client to server" if one.sent_by_client else "server to client"
    return PagePdu(one.pdu, f"association {number}, frame {one.frame}, {sender}")


def _numbered_pdus(capture: Capture) -> Iterator[tuple[int, CapturedPdu]]:
    for association in capture.associations:
        for one in pdus_of(association):
            yield association.number, one


def _pdu(number: int, one: CapturedPdu) -> dict[str, object]:
    sender = "client" if one.sent_by_client else "server"
    return {"association": number, "frame": one.frame, "t": one.t, "sender": sender, **pdu_json(one.pdu)}


def _association(one: CapturedAssociation) -> dict[str, object]:
    client, server = one.connection.client.source, one.connection.server.source
    return {"number": one.number, "client": list(client), "server": list(server), "not_whole": list(gaps_in_words(one))}


def _named(address: Address) -> str:
    return f"{address[0]} port {address[1]}"


def _summary(capture: Capture) -> str:
    found = len(capture.associations)
    text = f"{counted(capture.frames, 'frame')}, {counted(capture.connections, 'TCP connection')}, {found} with DICOM."
    if capture.others:
        kinds = ", ".join(f"{name} ({count})" for name, count in sorted(capture.others.items()))
        text += f" By their first bytes, the others are: {kinds}."
    if not found:
        text += " Is it encrypted (TLS), or was the capture cut to the headers? tcpdump keeps whole frames with -s 0."
    return text
