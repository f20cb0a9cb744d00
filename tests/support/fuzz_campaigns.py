"""Campaigns that never were, for tests of reports and displays: with findings, without, broken, and of any content."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache

from hypothesis import strategies as st

from dulcimer._generated.codes import UserIdentityType
from dulcimer._generated.fsm import TABLE
from dulcimer.conformance.model.oracle import Cell
from dulcimer.fuzz.campaign.result import (
    CalibrationResult,
    CampaignEnd,
    CampaignProgress,
    CampaignResult,
    CurvePoint,
)
from dulcimer.fuzz.engine.conversation import EndKind
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding
from dulcimer.fuzz.findings.found import FindingSet, FoundOnce
from dulcimer.fuzz.findings.recipes import PduRecipe, RecipeChange
from dulcimer.fuzz.findings.reproducer import FuzzTarget, Reproducer
from dulcimer.fuzz.findings.seen import SeenConversation, SeenKind, SeenLine
from dulcimer.fuzz.operators.catalogue import Pair, all_pairs
from dulcimer.fuzz.sequences.planner import Planner
from dulcimer.fuzz.sequences.steps import AwaitReply, FuzzSequence, HalfClose, SendBytes, TargetRole, cell_of
from dulcimer.fuzz.targets.vitals import Vitals
from dulcimer.fuzz.tree.reading import tree_of
from dulcimer.fuzz.tree.shapes import GroupShape
from dulcimer.wire.codec import encode
from dulcimer.wire.model import Abort, ReleaseRq
from support.fuzz_findings import reproducers
from support.fuzz_sequences import TEXTS, sequences
from support.tree_samples import SCHEMAS, request

TARGET = FuzzTarget("storescp --ignore 11112", "$dcmtk: storescp v3.6.7 2022-04-22 $")
BEGAN = datetime(2026, 11, 30, 20, 15, 3, tzinfo=UTC)
HOSTILE = "\x1b[31m\u202e<script>alert(1)</script> | `x` \x00\udc80 **b** &amp;"
"""A text of a target that wants to be more than a text, in every format."""
_REQUEST = request(UserIdentityType.USERNAME)
_ABORT = encode(Abort(2, 1))


def _length_lie(at: int, octets: bytes) -> bytes:
    return _REQUEST[:at] + octets + _REQUEST[at + len(octets) :]


def found_of(
    oracle: FindingOracle,
    verdict: str,
    *,
    cell: str | None = "Evt6-Sta2",
    operators: tuple[str, ...] = ("A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length: 4 -> 65535",),
    frames: tuple[str, ...] = (),
    clause: str = "",
    before: int = 0,
    rounds: int = 1,
) -> FoundOnce:
    """A finding with a reproducer whose bytes were changed."""
    data = _length_lie(len(_REQUEST) - 30, b"\xff\xff")
    role: TargetRole = "acceptor"
    steps = (SendBytes(data, "A-ASSOCIATE-RQ", operators), AwaitReply(("A-ASSOCIATE-AC", "A-ABORT")), HalfClose())
    change = RecipeChange("length-all-ones", "A-ASSOCIATE-RQ/user_information[0]/maximum_length[0]/item_length")
    seen = (
        SeenLine(0.0002, SeenKind.SENT, step=0, count=len(data)),
        SeenLine(0.0011, SeenKind.PDU, _ABORT),
        SeenLine(0.0013, SeenKind.BYTES, b"\x07"),
        SeenLine(0.0502, SeenKind.SILENCE),
        SeenLine(0.0510, SeenKind.END, end=EndKind.RST_AFTER_SEND),
    )
    confidence = Confidence.DEVIATION if clause else Confidence.FACT
    finding = FuzzFinding(
        oracle, verdict, confidence, clause, cell_of(cell) if cell else None, operators, frames, times=9, tries=10
    )
    return FoundOnce.of(
        Reproducer(
            finding,
            FuzzSequence(role, steps, finding.cell),
            SeenConversation(seen, serves=oracle is not FindingOracle.EXIT),
            ("A-ASSOCIATE-AC", "A-ASSOCIATE-RJ") if clause else (),
            tuple(FuzzSequence(role, (SendBytes(encode(ReleaseRq()), "A-RELEASE-RQ"),)) for _ in range(before)),
            rounds,
            (PduRecipe(_REQUEST, (change,)), None, None),
            TARGET,
            4711,
            12,
        )
    )


FRAMES = ("parseSubItem(unsigned char*, unsigned long)", "parseUserInfo", "PRV_NextPDUType", "main")
FOUND = tuple(
    FindingSet(
        [
            found_of(FindingOracle.EXIT, "ended by signal 11 (SIGSEGV)", frames=FRAMES),
            found_of(
                FindingOracle.EXIT,
                "ended by signal 11 (SIGSEGV)",
                operators=("A-ASSOCIATE-RQ/user_information[0]/item_length: 58 -> 0", "havoc: 3 bytes"),
                frames=FRAMES[1:],
            ),
            found_of(FindingOracle.HANG, "no answer for 5 s, and a C-ECHO of another fails", cell=None, before=2),
            found_of(FindingOracle.GROWTH, "4.1 KiB more memory for each connection", cell="Evt17-Sta6", rounds=1000),
            found_of(
                FindingOracle.DEVIATION,
                "silence where A-ABORT is expected (PS3.8 Table 9-10)",
                cell="Evt19-Sta6",
                operators=(),
                clause="PS3.8 Table 9-10 Evt19/Sta6 AA-8",
            ),
        ]
    )
)


@cache
def pairs_of_schemas() -> frozenset[Pair]:
    """Every pair of node and operator of a few PDUs."""
    shapes = (tree_of(data).shape for data in (_REQUEST, _ABORT, encode(ReleaseRq())))
    return frozenset(pair for shape in shapes if isinstance(shape, GroupShape) for pair in all_pairs(shape))


@cache
def pairs_of_all_schemas() -> frozenset[Pair]:
    """All pairs that there are: as many as a report can have."""
    return frozenset(pair for schema in SCHEMAS for pair in all_pairs(schema))


def curve_of(cells: int, pairs: int, findings: int, *, batches: int = 60) -> tuple[CurvePoint, ...]:
    """A campaign that saturates."""

    def share(number: int, speed: float) -> float:
        return 1 - math.exp(-speed * (number + 1) / batches)

    return tuple(
        CurvePoint(
            cases=12_000 * (number + 1),
            seconds=7.5 * (number + 1),
            cells=cells if number > 4 else round(cells * share(number, 40)),
            pairs=pairs if number > batches - 9 else round(pairs * share(number, 5)),
            triples=round(420 * share(number, 4)),
            findings=min(findings, number // 7),
            corpus=24 + round(150 * share(number, 3)),
            vitals=Vitals((40 << 20) + number * 120_000, 9 + number // 20, 3, 1 + number % 2),
        )
        for number in range(batches)
    )


def campaign(
    findings: tuple[FoundOnce, ...] = FOUND,
    end: CampaignEnd = CampaignEnd.TIME,
    *,
    pairs: frozenset[Pair] | None = None,
) -> CampaignResult:
    """A campaign of some minutes against a server."""
    planner = Planner("acceptor")
    drivable = sorted(planner.scripts)
    all_of_them = pairs_of_schemas() if pairs is None else pairs
    tried = {pair: 3 + 17 * number % 911 for number, pair in enumerate(sorted(all_of_them)) if number % 23}
    certain: dict[Cell, int] = {cell: 7 ** (1 + number % 6) for number, cell in enumerate(drivable[:-9])}
    return CampaignResult(
        role="acceptor",
        host="127.0.0.1",
        port=11112,
        target=TARGET,
        seed=4711,
        workers=2,
        began=BEGAN,
        seconds=451.3,
        end=end,
        calibration=CalibrationResult(24, 24, (), 0.0031, 0.00042, 0.0012),
        cases=720_000,
        pdus=1_840_113,
        restarts=3,
        rate=1612.4,
        certain=certain,
        possible=dict.fromkeys(drivable[-12:-3], 12),
        drivable=frozenset(drivable),
        undrivable=planner.undrivable,
        pairs=tried,
        all_pairs=all_of_them,
        triples=417,
        findings=findings,
        repeats={found.key: 120 * number for number, found in enumerate(findings) if number},
        unconfirmed={"the connection was reset without an A-ABORT in Sta6": 3, "a reply took 61 ms": 1},
        corpus=174,
        watched=("exit status and signals of the process", "C-ECHO every 500 cases, and after each anomaly"),
        not_watched=("AddressSanitizer: the target is not built with it",),
        not_tried=("TLS", "user identity negotiation of type SAML: the target does not answer it"),
        curve=curve_of(len(certain), len(tried), len(findings)),
    )


def clean_campaign() -> CampaignResult:
    """One that found nothing."""
    return campaign(())


def broken_campaign() -> CampaignResult:
    """One whose target fails before any hostile byte."""
    failures = ("C-ECHO: A-ASSOCIATE-RJ(1,1,7) where A-ASSOCIATE-AC is expected (called AE title not recognized)",)
    return CampaignResult(
        role="acceptor",
        host="10.0.0.9",
        port=104,
        target=FuzzTarget(),
        seed=1,
        workers=1,
        began=BEGAN,
        seconds=2.0,
        end=CampaignEnd.BROKEN,
        calibration=CalibrationResult(24, 23, failures, 0.05, 0.001, 0.002),
    )


def progress(*, findings: tuple[str, ...] = (), seconds: float = 190.4) -> CampaignProgress:
    """A campaign that is under way."""
    return CampaignProgress(
        "batch 27",
        seconds,
        cases=306_950,
        rate=1612.4,
        limit_seconds=600.0,
        cells=78,
        drivable=87,
        pairs=2_310,
        all_pairs=2_904,
        triples=402,
        corpus=171,
        restarts=2,
        workers=2,
        findings=findings,
        vitals=Vitals(41 << 20, 9, 3, 1),
    )


# ---------------------------------------------------------------------- of any content

_COUNTS = st.integers(1, 10**7)
_SECONDS = st.floats(0, 10**6)
_ANY_TEXT = TEXTS | st.just(HOSTILE)
_CELL = st.sampled_from(sorted(TABLE))
_PAIR = st.tuples(st.sampled_from(["A-ABORT", "A-ABORT/source", "P-DATA-TF/x", HOSTILE]), _ANY_TEXT)
_VITALS = st.builds(Vitals, *([st.integers(0, 2**40)] * 4))
_POINT = st.builds(CurvePoint, _COUNTS, _SECONDS, _COUNTS, _COUNTS, _COUNTS, st.integers(0, 9), _COUNTS, _VITALS)
_FINDINGS = st.lists(
    st.sampled_from(FOUND) | reproducers(sequences(st.binary(max_size=40), most=3)).map(FoundOnce.of), max_size=2
)
_LIST = st.lists(_ANY_TEXT, max_size=3).map(tuple)


@st.composite
def campaigns(draw: st.DrawFn) -> CampaignResult:
    """Campaigns of any content."""
    findings = tuple(FindingSet(draw(_FINDINGS)))
    drivable = draw(st.frozensets(_CELL, max_size=9))
    undrivable = draw(st.dictionaries(_CELL, _ANY_TEXT, max_size=5))
    return CampaignResult(
        role=draw(st.sampled_from(["acceptor", "requestor"])),
        host=draw(_ANY_TEXT),
        port=draw(st.integers(0, 65535)),
        target=draw(st.builds(FuzzTarget, _ANY_TEXT, _ANY_TEXT, st.booleans())),
        seed=draw(st.integers(0, 2**64)),
        workers=draw(st.integers(1, 64)),
        began=draw(st.datetimes(timezones=st.just(UTC))),
        seconds=draw(_SECONDS),
        end=draw(st.sampled_from(CampaignEnd)),
        calibration=draw(st.builds(CalibrationResult, _COUNTS, _COUNTS, _LIST, _SECONDS, _SECONDS, _SECONDS)),
        cases=draw(st.integers(0, 10**9)),
        pdus=draw(st.integers(0, 10**9)),
        restarts=draw(st.integers(0, 100)),
        rate=draw(_SECONDS),
        certain=draw(st.dictionaries(_CELL, _COUNTS, max_size=6)),
        possible=draw(st.dictionaries(_CELL, _COUNTS, max_size=6)),
        drivable=drivable,
        undrivable={cell: why for cell, why in undrivable.items() if cell not in drivable},
        pairs=draw(st.dictionaries(_PAIR, _COUNTS, max_size=6)),
        all_pairs=draw(st.frozensets(_PAIR, max_size=8)),
        triples=draw(st.integers(0, 1000)),
        findings=findings,
        repeats={found.key: draw(_COUNTS) for found in findings if draw(st.booleans())},
        unconfirmed=draw(st.dictionaries(_ANY_TEXT, _COUNTS, max_size=3)),
        corpus=draw(st.integers(0, 1000)),
        watched=draw(_LIST),
        not_watched=draw(_LIST),
        not_tried=draw(_LIST),
        curve=tuple(draw(st.lists(_POINT, max_size=4))),
    )
