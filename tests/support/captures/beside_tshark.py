"""Many damaged associations in one capture: what the judge makes of each, and which PDUs tshark finds in it.

Both may fail to find a PDU. But where the judge finds others than tshark does, it has to say that something is wrong or
missing: a verdict `consistent` over other PDUs is a disagreement that nobody would notice. Where both find the same
PDUs, whatever the verdict is, they have to find them in the same frames.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from dulcimer.captures import pcapng
from dulcimer.captures.events import FollowedConnection
from dulcimer.captures.following import CaptureReader
from dulcimer.captures.pcapng import Packet
from dulcimer.captures.tcp import TcpConversation
from dulcimer.diagnosis.judging.connection import MissingBytes
from dulcimer.diagnosis.judging.judge import EventJudge, Judged
from dulcimer.diagnosis.judging.skimming import SkimmedPdu
from dulcimer.diagnosis.judging.verdicts import AssociationVerdict, WireOutcome
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.turns import (
    ABORT,
    ACCEPT,
    REJECT,
    RELEASE,
    RELEASED,
    REQUEST,
    C,
    S,
    Turn,
    echo_request,
    echo_response,
    pdata,
    store_request,
    store_response,
)
from support.captures.lawful_associations import disturbed

_FIRST_PORT: Final = 20_000
_SEGMENT: Final = 700
_ASKED: Final[list[Turn]] = [(C, REQUEST), (S, ACCEPT)]
_STORED: Final[list[Turn]] = [
    (C, store_request(3)),
    (C, pdata((1, 0, bytes(2000)))),
    (C, pdata((1, 2, bytes(900)))),
    (S, store_response(3)),
]
_BASES: Final[list[list[Turn]]] = [
    [*_ASKED, (C, echo_request()), (S, echo_response()), (C, RELEASE), (S, RELEASED)],
    [*_ASKED, *_STORED, (C, RELEASE), (S, RELEASED)],
    [*_ASKED, *_STORED, (C, ABORT)],
    [(C, REQUEST), (S, REJECT)],
    [*_ASKED, (C, echo_request()), (S, ABORT)],
]


def damaged(seed: int, count: int) -> list[Packet]:
    """The frames of so many associations, one after the other, each on a port of its own."""
    chance = Random(seed)
    found: list[Packet] = []
    for number in range(count):
        talk = TcpConversation(("192.0.2.1", _FIRST_PORT + number))
        talk.open(float(number))
        for by_client, data in _changed(list(chance.choice(_BASES)), chance):
            for start in range(0, len(data), _SEGMENT):
                end = talk.client if by_client else talk.server
                talk.send(number + 0.1, end, data[start : start + _SEGMENT])
        for end in (talk.client, talk.server):
            talk.finish(number + 0.9, end)
        packets = talk.packets if chance.random() < 0.5 else disturbed(talk.packets, chance)
        found += packets
    return found


def _changed(turns: list[Turn], chance: Random) -> Iterator[Turn]:
    """With a turn that is left out, doubled, cut off or changed in a byte, or with none of that."""
    at, what = chance.randrange(len(turns)), chance.randrange(9)
    for number, (by_client, data) in enumerate(turns):
        if number != at or what > 5:
            yield by_client, data
        elif what == 2:
            yield from ((by_client, data), (by_client, data))
        elif what == 3:
            yield by_client, data[: chance.randrange(1, len(data))]
        elif what in (4, 5):
            place = chance.randrange(min(len(data), 12 if what == 4 else len(data)))
            yield by_client, data[:place] + bytes((data[place] ^ (1 << chance.randrange(8)),)) + data[place + 1 :]


@dataclass
class FoundPdus:
    """A listener of the judge: by connection, frames and types of the PDUs that are whole."""

    of: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def begun(self, connection: FollowedConnection, *, is_open: bool) -> None:
        self.of.setdefault(connection.number, [])

    def pdu(self, connection: FollowedConnection, end: LinkEnd, pdu: SkimmedPdu) -> None:
        if not pdu.is_cut:
            self.of[connection.number].append((pdu.frame, pdu.data[0]))

    def missing(self, connection: FollowedConnection, end: LinkEnd, missing: MissingBytes) -> None:
        pass

    def ended(self, connection: FollowedConnection, end: LinkEnd, frame: int, t: float, *, reset: bool) -> None:
        pass


def tshark_finds(path: Path) -> dict[int, list[tuple[int, int]]]:
    """By port of the client: frames and types of the PDUs that tshark finds."""
    fields = ("tcp.srcport", "tcp.dstport", "frame.number", "dicom.pdu.type")
    command = ["tshark", "-r", str(path), "-o", "tcp.reassemble_out_of_order:TRUE", "-Y", "dicom", "-T", "fields"]
    for one in fields:
        command += ["-e", one]
    found: dict[int, list[tuple[int, int]]] = {}
    for row in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        source, target, frame, types = row.split("\t")
        for kind in filter(None, types.split(",")):
            found.setdefault(max(int(source), int(target)), []).append((int(frame), int(kind, 16)))
    return found


@dataclass
class Comparison:
    """How many connections were compared, how many of them are called consistent, and have PDUs for tshark, too.

    `silent`: those that are called consistent, with other PDUs than tshark finds. `same_pdus`: how many have the same
    PDUs; `elsewhere`: those of them that have one in another frame.
    """

    compared: int = 0
    consistent: int = 0
    silent: list[str] = field(default_factory=list)
    same_pdus: int = 0
    elsewhere: list[str] = field(default_factory=list)


def beside_tshark(packets: list[Packet]) -> Comparison:
    """What the judge and tshark find in these frames."""
    listener = FoundPdus()
    judge = EventJudge(listener=listener)
    capture = pcapng.write(packets, application="test")
    verdicts: list[Judged] = [one for event in CaptureReader(capture) if (one := judge.take(event)) is not None]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "damaged.pcapng"
        path.write_bytes(capture)
        theirs = tshark_finds(path)
    found = Comparison(len(verdicts))
    for one in verdicts:
        port = max(one.client_address[1], one.server_address[1])
        ours = listener.of.get(one.number, [])
        if not isinstance(one, AssociationVerdict):
            continue
        others = theirs.get(port, [])
        told = f"port {port}: {sorted(ours)}, tshark: {sorted(others)}"
        are_same = sorted(kind for _, kind in ours) == sorted(kind for _, kind in others)
        found.same_pdus += are_same
        if are_same and sorted(ours) != sorted(others):
            found.elsewhere.append(told)
        if one.outcome is WireOutcome.CONSISTENT:
            found.consistent += bool(others)
            if not are_same:
                found.silent.append(told)
    return found


def main() -> None:
    """Compare many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=500)
    given = parser.parse_args()
    found = beside_tshark(damaged(given.seed, given.count))
    print(
        f"{found.compared} connections, {found.consistent} consistent, {len(found.silent)} of them silently different"
    )
    print(f"{found.same_pdus} with the same PDUs, {len(found.elsewhere)} of them with one in another frame")
    for line in (*found.silent, *found.elsewhere):
        print(line)


if __name__ == "__main__":
    main()
