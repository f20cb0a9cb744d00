"""Reports for tests: their JSON, made by hand from PDUs that are encoded here."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dulcimer._generated.fsm import TABLE
from dulcimer.conformance.model.trace import Kind
from dulcimer.conformance.model.verdict import Verdict
from dulcimer.conformance.report.contents import SEVERITIES
from dulcimer.wire import model
from dulcimer.wire.codec import encode

NAME = model.ApplicationContext("1.2.840.10008.3.1.1.1")
USER = model.UserInformation((model.MaximumLength(16384), model.ImplementationClassUid("1.2.3")))
REQUEST = encode(
    model.AssociateRq(
        "ANY-SCP", "DULCIMER", (NAME, model.PresentationContextRq.of(1, "1.2.840.10008.1.1", "1.2.840.10008.1.2"), USER)
    )
)
ACCEPTANCE = encode(
    model.AssociateAc("ANY-SCP", "DULCIMER", (NAME, model.PresentationContextAc.of(1, 0, "1.2.840.10008.1.2"), USER))
)
RELEASE_RP = encode(model.ReleaseRp())
ABORT = encode(model.Abort(2, 2))
DATA = encode(model.PDataTf((model.PresentationDataValue(1, 2, bytes(2000)),)))

Entry = dict[str, Any]


def event(t: float, kind: Kind, text: str) -> Entry:
    return {"t": t, "dir": "event", "kind": str(kind), "pdu": text}


def pdu(t: float, direction: str, text: str, data: bytes, *, shown: int | None = None) -> Entry:
    kind = Kind.SENT if direction == ">" else Kind.RECEIVED
    return {"t": t, "dir": direction, "kind": str(kind), "pdu": text, "hex": data[:shown].hex(), "length": len(data)}


def established() -> list[Entry]:
    """A connection with an association on it."""
    return [
        event(0.0, Kind.OPENED, "connection opened"),
        pdu(0.001, ">", "A-ASSOCIATE-RQ", REQUEST),
        pdu(0.002, "<", "A-ASSOCIATE-AC(1=0)", ACCEPTANCE),
    ]


def aborted() -> list[Entry]:
    """What Table 9-10 demands in Sta6 after Evt13."""
    return [
        *established(),
        pdu(0.003, ">", "A-RELEASE-RP", RELEASE_RP),
        pdu(0.004, "<", "A-ABORT(2,2): unexpected PDU", ABORT),
        event(0.1, Kind.SILENCE, "silence for 0.1 s"),
        event(0.2, Kind.TESTER_FIN, "tester closed its sending direction (FIN)"),
        event(0.3, Kind.PEER_FIN, "peer closed the connection (fin)"),
        event(0.4, Kind.TESTER_FIN, "tester closed the connection (FIN)"),
    ]


def silent() -> list[Entry]:
    """No answer where Table 9-10 demands one."""
    return [
        *established(),
        pdu(0.003, ">", "A-RELEASE-RP", RELEASE_RP),
        event(0.5, Kind.SILENCE, "silence for 0.5 s"),
        event(0.6, Kind.TESTER_FIN, "tester closed the connection (FIN)"),
    ]


def bare_close() -> list[Entry]:
    """A close without the A-ABORT."""
    return [
        *established(),
        pdu(0.003, ">", "A-RELEASE-RP", RELEASE_RP),
        event(0.004, Kind.PEER_RST, "peer closed the connection (rst-after-send)"),
        event(0.005, Kind.TESTER_FIN, "tester closed the connection (FIN)"),
    ]


def case(identifier: str = "ul.fsm.acc.sta06.evt13", verdict: str = "OK", **others: Any) -> dict[str, Any]:
    """One case of a report; `others` replace what is usual."""
    return {
        "id": identifier,
        "rev": "1",
        "clause": "PS3.8 Table 9-10 Evt13/Sta6 AA-8",
        "requirement": "In Sta6, Evt13 is answered with an A-ABORT.",
        "level": "shall",
        "severity": "S2",
        "role": "acceptor",
        "verdict": verdict,
        "overlay": None,
        "flaky": False,
        "expected": "A-ABORT(2,r)",
        "observed": "A-ABORT(2,2)",
        "alternative": "provider-abort",
        "why": "",
        "close": "peer",
        "cell": ["Sta6", "Evt13"],
        "notes": [],
        "duration_s": 0.5,
        "trace": aborted(),
        **others,
    }


def report(*cases: dict[str, Any], name: str = "PEER_1", **run: Any) -> dict[str, Any]:
    """A whole report."""
    return {
        "schema": 1,
        "tool": "dulcimer",
        "catalogue": "1",
        "peer": {
            "host": "127.0.0.1",
            "port": 11112,
            "implementation_class_uid": "1.2.3",
            "implementation_version_name": name,
        },
        "run": {
            "healthy": True,
            "unhealthy_because": "",
            "seconds": 1.5,
            "declared_artim_s": 30.0,
            "died_after": [],
            "not_run": [],
            **run,
        },
        "cases": list(cases),
        "cells": {"driven": [], "observed": [["Sta3", "Evt7"]], "unobservable": []},
        "summary": {},
    }


def one_of_each() -> dict[str, Any]:
    """A case of each verdict, one expected to fail, one that was and does not, one flaky, and one not run."""
    each = [
        case(f"case.{verdict.lower()}", verdict, observed="silence", alternative="silence", trace=silent())
        for verdict in Verdict
    ]
    return report(
        *each,
        case("case.xfail", "FAILED", overlay="XFAIL"),
        case("case.xpass", "OK", overlay="XPASS"),
        case("case.flaky", "OK", flaky=True),
        case("case.close", "NON-STRICT", trace=bare_close(), observed="close(rst-after-send)"),
        case(
            "enc.sender.ac-echo", "FAILED", trace=[pdu(0, "<", "?", ACCEPTANCE)], cell=None, observed="byte 43 is A5H"
        ),
        died_after=["case.error"],
        not_run=["case.not-run", "case.ok"],
    )


NASTY = (
    "<script>alert(1)</script>",
    "</script><!--",
    "]]>&amp;\"'`|",
    "\u2028\x00\x1b[31m",
    "../../etc/passwd",
    "javascript:alert(1)",
    "![x](https://example.org/x.png)",
)
texts = st.sampled_from(NASTY) | st.text(max_size=40)


@st.composite
def traces(draw: st.DrawFn) -> list[Entry]:
    """Entries in any order, with any bytes."""
    made: list[Entry] = []
    for number in range(draw(st.integers(0, 6))):
        kind, text = draw(st.sampled_from(Kind)), draw(texts)
        if kind.direction == "event":
            made.append(event(float(number), kind, text))
            continue
        data = draw(st.binary(max_size=80) | st.sampled_from([REQUEST, ACCEPTANCE, ABORT, DATA, DATA[:40]]))
        made.append(pdu(float(number), kind.direction, text, data, shown=draw(st.sampled_from([None, 20, 512]))))
    return made


@st.composite
def reports(draw: st.DrawFn) -> dict[str, Any]:
    """Reports with any text in every field that holds text."""
    cells = st.none() | st.sampled_from(sorted(TABLE)).map(lambda cell: [cell[1].label, cell[0].label])
    cases = [
        case(
            identifier,
            draw(st.sampled_from([str(verdict) for verdict in Verdict])),
            **{
                key: draw(texts)
                for key in ("clause", "requirement", "expected", "observed", "alternative", "why", "close")
            },
            severity=draw(st.sampled_from(SEVERITIES)),
            role=draw(st.sampled_from(["acceptor", "requestor"])),
            overlay=draw(st.sampled_from([None, "XFAIL", "XPASS"])),
            cell=draw(cells),
            notes=draw(st.lists(texts, max_size=2)),
            trace=draw(traces()),
        )
        for identifier in draw(st.lists(texts, max_size=3, unique=True))
    ]
    made = report(*cases, name=draw(texts), unhealthy_because=draw(texts), healthy=draw(st.booleans()))
    made["tool"], made["catalogue"], made["peer"]["host"] = draw(texts), draw(texts), draw(texts)
    made["run"]["died_after"] = draw(st.lists(texts, max_size=2))
    return made
