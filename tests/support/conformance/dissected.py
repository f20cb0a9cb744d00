"""Captures of a run as Wireshark's dissector sees them, held against the PDUs of the report."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from dulcimer.conformance.report.capture import captures
from dulcimer.conformance.report.document import read
from dulcimer.conformance.report.narrative import WirePdu, moments_of
from dulcimer.wire.codec import decode_lenient

ON_PURPOSE = (
    # What the tester sends there is wrong by itself, and Wireshark says so.
    "*pdv.context.*",
    "*pdv.odd.*",
    "*pdv.order.*",
    "*pdv.*.bit*",
    "*pdv.*empty*",
    "*pdv.req.header-bits*",
    "*dimse.store.header-bits*",
    "*dimse.store.empty*",
    "*dimse.command.*",
    "*enc.pc.syntax.*",
    "*enc.appctx.empty*",
    # Data where there is no association: Wireshark knows no context of it.
    "ul.fsm.*.evt10*",
    # Lawful, but Wireshark puts the fragments of only one message together in each PDU.
    "*dimse.store.fragments-together*",
)


def complaints(document: dict[str, Any], place: Path) -> Iterator[str]:
    """Where tshark misses or misnames a PDU that is well-formed, or calls one malformed that is not so on purpose."""
    capture = place / "all.pcapng"
    capture.write_bytes(b"".join(captures(document).values()))
    fields = ("tcp.srcport", "tcp.dstport", "dicom.pdu.type", "_ws.malformed", "_ws.col.Info")
    command = ["tshark", "-r", str(capture), "-Y", "dicom || _ws.malformed", "-T", "fields"]
    command += [word for name in fields for word in ("-e", name)]
    rows = defaultdict(list)
    for line in subprocess.run(
        command, capture_output=True, text=True, errors="replace", check=True
    ).stdout.splitlines():
        source, target, kinds, wrong, info = line.split("\t")
        rows[source, target].append((kinds.split(",") if kinds else [], wrong, info))
    for number, case in enumerate(read(document).cases):
        tester, peer = (str(49152 + number), "104") if case.role != "requestor" else ("104", str(49152 + number))
        for direction, ports in ((">", (tester, peer)), ("<", (peer, tester))):
            pdus = [pdu for moment in moments_of(case) if moment.entry.direction == direction for pdu in moment.pdus]
            wanted = [f"0x{pdu.data[0]:02x}" for pdu in pdus]
            found = [kind for kinds, _, _ in rows[ports] for kind in kinds]
            malformed = [info for _, malformed, info in rows[ports] if malformed]
            purpose = direction == ">" and any(fnmatchcase(case.id, pattern) for pattern in ON_PURPOSE)
            good = [_is_well_formed(pdu) for pdu in pdus]
            known = good.index(False) if not all(good) else len(good)
            if purpose:
                continue
            if found[:known] != wanted[:known] or (malformed and all(good)):
                yield f"{case.id} {direction}: {wanted} became {found}; malformed: {malformed}"


def _is_well_formed(pdu: WirePdu) -> bool:
    known = pdu.whole and not pdu.missing and 1 <= pdu.data[0] <= 7
    return known and not any(deviation.structural for deviation in decode_lenient(pdu.data).deviations)
