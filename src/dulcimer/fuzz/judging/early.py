"""A close without a word, sooner than ARTIM can have expired.

Table 9-10 lets ARTIM end a connection that has no association yet (Evt18/Sta2), and knows no times. So a close alone
is always explained there; together with the time that it took, it is not.
"""

from __future__ import annotations

from dulcimer._generated.codes import PduType
from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Sent
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.suspicion import Suspicion
from dulcimer.fuzz.oracle.closing import SHORTEST_ARTIM
from dulcimer.fuzz.oracle.review import Review
from dulcimer.fuzz.tree.cutting import is_whole

_EXPIRED = frozenset(((Events.EVT_5, States.STA_1), (Events.EVT_18, States.STA_2)))
"""The cells of a connection that ARTIM ends."""
_CLAUSE = "PS3.8 Table 9-10 Sta2"


def closed_early(record: ConnectionRecord, reviewed: Review) -> Suspicion | None:
    """What is wrong if only ARTIM could explain a close after a request, and cannot have expired yet.

    Nothing if the request has not left this end, or if nothing is known of what the target has gone through.
    """
    last = record.entries[-1]
    is_close = isinstance(last, Ended) and last.how is EndKind.FIN and last.at < SHORTEST_ARTIM
    if not is_close or reviewed.possible != _EXPIRED:
        return None
    first = next((entry for entry in record.entries if isinstance(entry, Sent)), None)
    if first is None or not _is_request(first):
        return None
    verdict = (
        "close without a PDU where A-ASSOCIATE-AC, A-ASSOCIATE-RJ or A-ABORT is expected, since ARTIM cannot have "
        f"expired yet ({_CLAUSE})"
    )
    return Suspicion(FindingOracle.DEVIATION, verdict, _CLAUSE, confidence=Confidence.COMMON)


def _is_request(sent: Sent) -> bool:
    return sent.complete and sent.data[:1] == bytes((PduType.A_ASSOCIATE_RQ,)) and is_whole(sent.data)
