"""What the page has to know to read a capture and to judge it, as JSON: from the modules that do so in Python.

The page judges what its data carry: Table 9-10, and the layouts of the PDUs. All other rules are for `trace check`.
"""

from __future__ import annotations

from typing import Any, Final

from dulcimer._generated.codes import PduType
from dulcimer._generated.conformance import SENDER_RULES, SenderRule
from dulcimer._generated.requestor import RULES
from dulcimer.captures.bounds import CaptureBounds
from dulcimer.captures.collected import RECOGNISED
from dulcimer.captures.connection_table import LINGER, NEAR
from dulcimer.captures.dicom_streams import FIXED_LENGTHS, IN_A_ROW, LEAST_REQUEST, LONGEST_ASSOCIATE
from dulcimer.captures.events import GapReason
from dulcimer.captures.files import PCAP_FORMS
from dulcimer.captures.following import SWEEP
from dulcimer.captures.fragments import FRAGMENTS_WAIT
from dulcimer.captures.frames import MOST_BYTES_OF_A_FRAME
from dulcimer.captures.link_layers import (
    BEFORE_IP,
    ETHERTYPE_AT,
    IP_TYPES,
    LINK_HEADER,
    MPLS_TYPES,
    PPP_IP,
    PPPOE,
    VLAN_TYPES,
)
from dulcimer.captures.ordering import KNOWN_GAPS, MOST_SEGMENTS, PLAUSIBLE, SINCE_ACKNOWLEDGED
from dulcimer.captures.segments import EXTENSIONS
from dulcimer.conformance.sender_rules.common import ECHOED
from dulcimer.conformance.wire_peer.intake import LONGEST_COMMAND, LONGEST_PDU
from dulcimer.diagnosis.judging.connection import MOST_BREACHES
from dulcimer.diagnosis.judging.skimming import BEGINNING, SEARCHED
from dulcimer.diagnosis.judging.wording import LESS_SEVERE, NO_HARM, SEVERITY, SHOWN, STATE_RULE
from dulcimer.fuzz.oracle.reading import LONG_ASSOCIATE, SHORTEST_LIMIT
from dulcimer.fuzz.oracle.referee import INCOMPLETE, MOST_INPUTS
from dulcimer.fuzz.oracle.verdicts import Oddity
from dulcimer.fuzz.proxy.advice import ODDITY_MEANINGS
from dulcimer.fuzz.proxy.cutting import LONGEST_HELD
from dulcimer.fuzz.proxy.following import NOT_BETWEEN_PEERS
from dulcimer.wire.other_protocols import BANNERS, HTTP_METHODS, TLS_RECORDS

MOST_OF_A_FILE: Final = 128 << 20
"""Bytes of a file that the page reads."""
_JUDGED_HERE: Final = ("structure", "reserved")
"""Checks of rules that the page judges, too: its layouts say all that these need."""


def capture_json() -> dict[str, Any]:
    """How to read a capture."""
    bounds = CaptureBounds()
    return {
        "most": MOST_OF_A_FILE,
        "pcap": {
            magic.hex(): {"little": order == "<", "unit": unit, "more": more}
            for magic, (order, unit, more) in PCAP_FORMS.items()
        },
        "most_of_a_frame": MOST_BYTES_OF_A_FRAME,
        "links": {"header": LINK_HEADER, "ethertype_at": ETHERTYPE_AT, "before": BEFORE_IP},
        "ethertypes": {"vlan": VLAN_TYPES, "ip": IP_TYPES, "pppoe": PPPOE, "ppp_ip": PPP_IP, "mpls": MPLS_TYPES},
        "extensions": EXTENSIONS,
        "fragments": {"seconds": FRAGMENTS_WAIT, "most": bounds.fragments},
        "connections": {"sweep": SWEEP, "linger": LINGER, "near": NEAR},
        "ordering": {
            "since_acknowledged": SINCE_ACKNOWLEDGED,
            "most_segments": MOST_SEGMENTS,
            "most_held": bounds.held_by_end,
            "plausible": PLAUSIBLE,
            "known_gaps": KNOWN_GAPS,
        },
        "gaps": {"lost": GapReason.LOST, "cut": GapReason.CUT},
        "dicom": {
            "lengths": {int(kind): FIXED_LENGTHS.get(kind) for kind in PduType},
            "least_request": LEAST_REQUEST,
            "longest_associate": LONGEST_ASSOCIATE,
            "in_a_row": IN_A_ROW,
            "recognised": RECOGNISED,
            "searched": SEARCHED,
            "beginning": BEGINNING,
            "longest_held": LONGEST_HELD,
        },
        "others": {
            "tls": list(TLS_RECORDS),
            "http": HTTP_METHODS.pattern.decode(),
            "banners": [[start.decode("latin-1"), name] for start, name, _ in BANNERS],
        },
    }


def judging_json() -> dict[str, Any]:
    """What is judged in the page, and how it is graded."""
    oddities = {
        str(oddity): {
            "rule": f"{STATE_RULE}{oddity}",
            "severity": SEVERITY.get(oddity, LESS_SEVERE),
            "requirement": f"{meaning[:1].upper()}{meaning[1:]}.",
        }
        for oddity, meaning in ODDITY_MEANINGS.items()
    }
    return {
        "oddities": oddities,
        "rules": {
            check: {"requestor": _rule(RULES, check), "acceptor": _rule(SENDER_RULES, check)} for check in _JUDGED_HERE
        },
        "no_harm": NO_HARM,
        "echoed": [ECHOED.start, ECHOED.stop],
        "incomplete": INCOMPLETE,
        "shown": SHOWN,
        "most_breaches": MOST_BREACHES,
        "most_inputs": MOST_INPUTS,
        "long_associate": LONG_ASSOCIATE,
        "shortest_limit": SHORTEST_LIMIT,
        "longest_command": LONGEST_COMMAND,
        "longest_pdu": LONGEST_PDU,
        "all_rules": len(_all_rules()),
    }


def _all_rules() -> set[str]:
    """The rules of ``trace check``: those for what ends send, and Table 9-10; no silence is ever called wrong."""
    rules = {rule.id for rule in (*SENDER_RULES, *RULES) if rule.check not in NOT_BETWEEN_PEERS}
    return rules | {f"{STATE_RULE}{oddity}" for oddity in Oddity if oddity is not Oddity.SILENCE}


def _rule(rules: tuple[SenderRule, ...], check: str) -> dict[str, str]:
    (found,) = (rule for rule in rules if rule.check == check)
    return {"rule": found.id, "clause": found.clause, "requirement": found.requirement, "severity": found.severity}
