"""What the maker of a peer may do next, said once for every form of the report."""

from __future__ import annotations

from dulcimer.conformance.case import Verdict

_BY_ALTERNATIVE = {
    "stops-serving": "look for a crash or a thread that hangs in the log of the peer",
    "silence": "see whether the peer has read the whole PDU, and whether its state machine has this cell",
    "open-after-artim": (
        "see that ARTIM is started, that bytes do not restart it, and that its expiry closes the connection"
    ),
    "violated": "look at the bytes where the peer encodes this",
}
_BY_VERDICT = {
    Verdict.ERROR: "see whether the peer still listens, and run this case alone (--case)",
    Verdict.NON_STRICT: "harmless as it is; the clause says what would be right",
    Verdict.UNOBSERVABLE: "nothing: the peer left, as it may, before this could be seen",
    Verdict.UNIMPLEMENTED: "nothing, if the peer is not meant to offer what the case needs",
    Verdict.INCONCLUSIVE: "run it again on a quiet peer; declare its ARTIM time with --peer-artim",
}
_NOTHING_TO_DO = frozenset({Verdict.OK, Verdict.INFORMATIONAL})


def advice(verdict: Verdict, alternative: str = "") -> str:
    """One sentence without a full stop; "" where there is nothing to do."""
    if verdict in _NOTHING_TO_DO:
        return ""
    if verdict in _BY_VERDICT:
        return _BY_VERDICT[verdict]
    return _BY_ALTERNATIVE.get(
        alternative, "compare what the peer does in this state with the clause; dulcimer explain tells about the cell"
    )
