"""What costs the time of C-STOREs (question 15), and which title is at two machines (question 20)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from dulcimer.diagnosis.causes.findings import CauseFinding, CauseWeight, ProofPoint, end_of, names
from dulcimer.diagnosis.causes.scene import Scene
from dulcimer.diagnosis.causes.sureness import Sureness
from dulcimer.diagnosis.evidence.conversations import SeenConnection
from dulcimer.diagnosis.evidence.facts import TransferTiming

_FEW_STALLS = 3
_PART = 0.3
"""Part of the time that a cause has to cost."""
_SHORT_PDU, _MANY_PDUS = 8192, 16
_SLOW_ANSWER, _LONG_WAY = 0.1, 0.005
"""Seconds for each C-STORE; seconds of a round trip."""
_MANY_ASSOCIATIONS = 5
_DEFAULT_TITLES: Final = frozenset(
    ("ANY-SCP", "ANYSCP", "ECHOSCU", "STORESCU", "FINDSCU", "MOVESCU", "GETSCU", "DULCIMER", "PYNETDICOM", "DCMTK", "")
)


def speed(one: SeenConnection) -> Iterator[CauseFinding]:
    """Causes for the time that the C-STOREs of one association took."""
    timing = one.first(TransferTiming)
    if timing is None:
        return
    total = timing.sending + timing.waiting
    values, numbers, hint = names(one, sender=end_of(True)), (one.number,), CauseWeight.HINT
    if timing.stalls >= _FEW_STALLS and timing.stalled > _PART * total:
        each = 1000 * timing.stalled / timing.stalls
        words = f"{timing.stalls} gaps of about {each:.0f} ms, {timing.stalled:.2f} s of {total:.2f} s"
        proof = (ProofPoint(words, one.began),)
        yield CauseFinding("delayed-acknowledgement", Sureness.LIKELY, proof, values, numbers, hint)
        return
    if timing.longest_pdu < _SHORT_PDU and timing.pdus >= _MANY_PDUS * timing.stores:
        words = f"{timing.pdus} PDUs of at most {timing.longest_pdu} bytes for {timing.stores} C-STOREs"
        answer = one.acceptance
        limit = answer.maximum_length if answer else None
        acceptor = bool(limit) and limit is not None and limit < _SHORT_PDU
        values = names(one, sender=end_of(not acceptor))
        yield CauseFinding("small-pdus", Sureness.LIKELY, (ProofPoint(words, one.began),), values, numbers, hint)
        return
    if timing.waiting > _SLOW_ANSWER * timing.stores and timing.waiting > (1 - _PART) * total:
        words = f"{timing.waiting:.2f} s of {total:.2f} s lie between requests and their responses"
        far = timing.round_trip is not None and timing.waiting < 3 * timing.round_trip * timing.stores
        cause = "one-at-a-time" if far else "slow-answers"
        yield CauseFinding(cause, Sureness.LIKELY, (ProofPoint(words, one.began),), values, numbers, hint)
    elif (
        timing.round_trip is not None
        and timing.round_trip > _LONG_WAY
        and timing.stores > _MANY_ASSOCIATIONS
        and timing.round_trip * timing.stores > _PART * total
    ):
        words = f"a round trip of {1000 * timing.round_trip:.0f} ms for each of {timing.stores} C-STOREs"
        yield CauseFinding("one-at-a-time", Sureness.LIKELY, (ProofPoint(words, one.began),), values, numbers, hint)


def association_per_file(scene: Scene) -> Iterator[CauseFinding]:
    """Many associations between the same ends with one C-STORE each."""
    single: defaultdict[object, list[SeenConnection]] = defaultdict(list)
    more: set[object] = set()
    for one in scene.evidence.conversations:
        timing = one.first(TransferTiming)
        key = (one.client[0], one.server, one.called, one.calling)
        if timing is not None and timing.stores == 1:
            single[key].append(one)
        elif timing is not None:
            more.add(key)
    for ends, found in single.items():
        if len(found) >= _MANY_ASSOCIATIONS and ends not in more:
            words = f"{len(found)} associations with one C-STORE each"
            proof = (ProofPoint(words, found[0].began),)
            numbers = tuple(one.number for one in found)
            yield CauseFinding(
                "association-per-file", Sureness.LIKELY, proof, names(found[0]), numbers, CauseWeight.HINT
            )


def same_title(scene: Scene) -> Iterator[CauseFinding]:
    """The same title at two hosts: accepted under it at two, or calling with it from two."""
    called: defaultdict[str, dict[str, SeenConnection]] = defaultdict(dict)
    calling: defaultdict[str, dict[str, SeenConnection]] = defaultdict(dict)
    for one in scene.evidence.conversations:
        if one.acceptance is not None and one.server[0]:
            called[one.called].setdefault(one.server[0], one)
        if one.request is not None and one.client[0]:
            calling[one.calling].setdefault(one.client[0], one)
    for which, titles in (("is called at", called), ("calls from", calling)):
        for title, hosts in titles.items():
            if len(hosts) < 2 or title.upper() in _DEFAULT_TITLES:
                continue
            proof = tuple(ProofPoint(f"{title} {which} {host}", one.began) for host, one in hosts.items())
            numbers = tuple(one.number for one in hosts.values())
            first = next(iter(hosts.values()))
            yield CauseFinding(
                "title-on-two-hosts",
                Sureness.LIKELY,
                proof[:4],
                {**names(first), "called": title},
                numbers,
                CauseWeight.HINT,
            )
