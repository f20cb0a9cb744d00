"""What each kind of finding means in plain words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.fuzz.findings.finding import Confidence, FindingOracle, FuzzFinding


@dataclass(frozen=True, slots=True)
class OracleWords:
    """Words for the findings of one oracle: a short name, what it means for users, and what to do next."""

    name: str
    plural: str
    meaning: str
    advice: str


ORACLE_WORDS = {
    FindingOracle.EXIT: OracleWords(
        "crash",
        "crashes",
        "The process of the target ended. Whoever can open a connection to it can do this: no association is served "
        "until it is started again, and those under way are lost.",
        "Replay it with the target in a debugger, or built with AddressSanitizer, to see the place in the code.",
    ),
    FindingOracle.SANITIZER: OracleWords(
        "memory error",
        "memory errors",
        "A sanitizer saw the target use memory, or a value, in a way that C and C++ do not allow. Without the "
        "sanitizer the target may go on, crash, or run code that the sender has chosen.",
        "Begin with the first frame below that is in your own code; the replay shows the whole report again.",
    ),
    FindingOracle.CHILD: OracleWords(
        "end of a child process",
        "ends of child processes",
        "The process that served this association ended, and its parent goes on and serves others. If it died of a "
        "signal, it crashed: what crashes may also be made to do worse. If not, it may have left by itself, without "
        "the PDU that is due.",
        "Replay it with core dumps switched on, or with the target in a debugger that follows child processes.",
    ),
    FindingOracle.HANG: OracleWords(
        "hang",
        "hangs",
        "The target did not answer any more, and did not serve others either. Whoever can open a connection to it can "
        "stop its service.",
        "Replay it, and look at the stacks of all threads while the target hangs.",
    ),
    FindingOracle.GROWTH: OracleWords(
        "leak",
        "leaks",
        "Each connection of this kind leaves something behind in the target: memory, descriptors, threads or "
        "processes. After enough of them it cannot serve any more.",
        "Replay it while a tool for leaks watches the target, such as LeakSanitizer, heaptrack, or a list of its "
        "descriptors.",
    ),
    FindingOracle.FILE: OracleWords(
        "access to a file",
        "accesses to files",
        "What was sent made the target write or read a file outside of the place that it is meant to use.",
        "Do not build names of files from UIDs, titles or other values of a peer; check them first.",
    ),
    FindingOracle.REFUSAL: OracleWords(
        "refusal of service",
        "refusals of service",
        "The target runs, but refuses associations that it accepted before: something is used up and not given back.",
        "Look for what is counted per association and not given back when one ends in this way.",
    ),
    FindingOracle.DEVIATION: OracleWords(
        "deviation from Table 9-10",
        "deviations from Table 9-10",
        "The reply differs from what the state machine of the standard allows, in whatever state the target can be. "
        "Peers that rely on the standard may wait for nothing, or take the association for something it is not.",
        "Compare the action of this cell with the code for this state and event.",
    ),
    FindingOracle.PEER_BYTES: OracleWords(
        "malformed PDU",
        "malformed PDUs",
        "The target sent bytes that do not follow the standard. A peer that checks its input aborts.",
        "Look at the code that writes this PDU; dulcimer decode shows its bytes with their fields.",
    ),
    FindingOracle.ARTIM: OracleWords(
        "missing ARTIM timeout",
        "missing ARTIM timeouts",
        "The target does not end a connection that its ARTIM timer should end. Whoever opens many of them can use up "
        "its places for connections.",
        "Start ARTIM where Table 9-10 says so, and do not start it again for each byte that comes.",
    ),
}

CONFIDENCE_WORDS = {
    Confidence.FACT: "a fact: it happened, whatever the standard says",
    Confidence.DEVIATION: "a deviation: what was seen differs from the clause",
    Confidence.COMMON: "a deviation that many products share, or the network may have lost what the target sent",
}


def how_sure(finding: FuzzFinding) -> str:
    """How sure a finding is, in words; less so if it does not come again each time."""
    words = CONFIDENCE_WORDS[finding.confidence]
    if finding.is_stable:
        return words
    seen = f"only {finding.times} of {finding.tries} replays showed it again"
    return f"unstable: {seen}, so it depends on time or on chance; if it did not, it would be {words}"
