"""One thing done wrong, drawn at random, in a lawful run that is drawn, too: a PDU out of place, or a broken rule.

It is put where it is visible: nothing is on the way, so what the end has been given and has sent is in the capture.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from dulcimer._generated.fsm import States
from dulcimer.captures import pcapng
from dulcimer.captures.pcapng import Packet
from dulcimer.fuzz.oracle.ends import LinkEnd
from dulcimer.learn.labs.breaches import PDUS
from dulcimer.learn.labs.turns import VERIFICATION, echo_request, echo_response, pdata, raw_command, us
from support.captures.judged_captures import judged
from support.captures.lawful_associations import LawfulRun

_ID: Final = 4711
"""A message ID that no lawful run has."""
_ASKED: Final = (2, VERIFICATION), (0x100, us(0x30)), (0x110, us(_ID)), (0x800, us(0x101))
_NOT_ALLOWED: Final = {
    (True, States.STA_5): "A-ASSOCIATE-AC A-ASSOCIATE-RJ P-DATA-TF A-RELEASE-RQ A-RELEASE-RP",
    (False, States.STA_3): "A-ASSOCIATE-RQ P-DATA-TF A-RELEASE-RQ A-RELEASE-RP",
    (True, States.STA_6): "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ A-RELEASE-RP",
    (False, States.STA_6): "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ A-RELEASE-RP",
    (True, States.STA_7): "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ P-DATA-TF A-RELEASE-RQ A-RELEASE-RP",
    (False, States.STA_8): "A-ASSOCIATE-RQ A-ASSOCIATE-AC A-ASSOCIATE-RJ",
}
"""By end and state: what it cannot send there, whatever its user does."""
_BROKEN: Final[dict[bool, tuple[tuple[str, bytes], ...]]] = {
    True: (
        ("pdv.req.sender.context", echo_request(_ID, context=5)),
        ("pdv.req.sender.even", pdata((1, 3, raw_command(*_ASKED) + b"\0"))),
        ("pdv.req.sender.header", pdata((1, 0x83, raw_command(*_ASKED)))),
        ("pdv.req.sender.messages", pdata((1, 2, bytes(8)))),
        ("dimse.req.sender.command-set", pdata((1, 3, raw_command(*_ASKED[::-1])))),
        ("dimse.req.sender.request", pdata((1, 3, raw_command(*_ASKED[:2], *_ASKED[3:])))),
        ("enc.req.sender.structure", b"\4\0\0\0\0\6\0\0\0\x09\1\3"),
    ),
    False: (
        ("dimse.sender.response", echo_response(_ID)),
        ("pdv.sender.context", echo_response(_ID, context=3)),
        ("pdv.sender.messages", pdata((1, 2, bytes(8)))),
        ("pdv.sender.even", pdata((1, 3, raw_command(*_ASKED) + b"\0"))),
        ("enc.sender.structure", b"\6\0\0\0\0\5\0\0\0\0\0"),
    ),
}
"""By end: rules that bytes break where data may be sent and no message is under way."""


@dataclass(frozen=True)
class DrawnBreach:
    """What was done wrong by which end, in a capture; `numbers`: those of the run."""

    name: str
    end: LinkEnd
    rule: str
    numbers: list[int]
    packets: list[Packet]

    @property
    def is_named(self) -> bool:
        """Whether the judge names it: the end, and the rule."""
        (found,) = judged(pcapng.write(self.packets, application="test"))
        (end,) = (one for one in found.ends if one.end is self.end)
        return any(one.rule.startswith(self.rule) for one in end.breaches)

    @property
    def of_the_other(self) -> list[tuple[str, str]]:
        """What the judge says of the end that did nothing wrong, which is too much."""
        (found,) = judged(pcapng.write(self.packets, application="test"))
        (end,) = (one for one in found.ends if one.end is not self.end)
        return [(one.rule, one.observed) for one in end.breaches]


class BreachingRun(LawfulRun):
    """A lawful run in which an end does something wrong once, where that is visible."""

    def _heard(self, receiver: bool, control: int, fragment: bytes) -> None:
        with contextlib.suppress(ValueError):  # nothing is asked in what is broken
            super()._heard(receiver, control, fragment)

    def breach(self, chance: Random) -> tuple[str, LinkEnd, str] | None:
        """Do it now, if nothing is on the way; its name, the end and the rule. None if this is not the moment."""
        if any(path.near or path.far for path in self._paths.values()) or any(self._is_closed.values()):
            return None
        by_client = chance.random() < 0.5
        state = self._ends[by_client].state
        cells = [("ul.fsm.", name, PDUS[name]) for name in _NOT_ALLOWED.get((by_client, state), "").split()]
        rules = [(rule, "", data) for rule, data in _BROKEN[by_client]]
        waiting = any(map(any, (self._to_send.values(), self._asked.values())))
        is_idle = not waiting and all(one.state is States.STA_6 for one in self._ends.values())
        possible = [*cells, *(rules if is_idle else ())]
        if not possible:
            return None
        rule, pdu, data = chance.choice(possible)
        self._now += 0.001
        self._talk.send(self._now, self._talk.client if by_client else self._talk.server, data)
        self._paths[by_client].far.append(data)
        end = LinkEnd.CLIENT if by_client else LinkEnd.SERVER
        return f"{end} in {state.name}: {pdu or rule}", end, rule


def drawn_breaches(seed: int, count: int) -> Iterator[DrawnBreach]:
    """So many of them."""
    chance = Random(seed)
    while count:
        run = BreachingRun()
        numbers = [chance.randrange(1 << 12) for _ in range(chance.randrange(2, 80))]
        done = None
        for at, number in enumerate(numbers):
            if done is None and at >= len(numbers) // 2:
                done = run.breach(chance)
            run.play([number])
        if done is not None:
            count -= 1
            yield DrawnBreach(*done, numbers, run.packets)


def main() -> None:
    """Say how many of them are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=2000)
    given = parser.parse_args()
    drawn = list(drawn_breaches(given.seed, given.count))
    missed = [one.name for one in drawn if not one.is_named]
    false = [(one.name, told) for one in drawn if (told := one.of_the_other)]
    print(f"{len(drawn) - len(missed)} of {len(drawn)} are named; missed: {sorted(set(missed))}")
    print(f"{len(false)} with something about the other end: {false[:5]}")


if __name__ == "__main__":
    main()
