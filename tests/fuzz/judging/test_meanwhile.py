"""What the tester does while the target closes is done once, and only if there is such a time."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer.fuzz.engine.conversation import Ended, EndKind, Entry, HalfClosed, Received, Sent
from dulcimer.fuzz.engine.play import PlayReader
from dulcimer.fuzz.judging.meanwhile import BusyReader

SENT, RECEIVED, FIN = Sent(0.0, 0, b"\5"), Received(0.1, b"\6"), HalfClosed(0.2)


class Reader(PlayReader):
    def __init__(self) -> None:
        self.seen: list[int] = []

    def follow(self, entries: Sequence[Entry]) -> None:
        self.seen.append(len(entries))

    @property
    def may_wait(self) -> bool:
        return len(self.seen) == 1


def test_work_is_done_once_when_the_target_has_only_to_close() -> None:
    reader, done = Reader(), list[int]()
    busy = BusyReader(reader, lambda: done.append(len(reader.seen)))
    busy.follow([SENT])
    assert [busy.may_wait, len(done)] == [True, 0]
    busy.follow([SENT, RECEIVED, FIN])
    busy.follow([SENT, RECEIVED, FIN, FIN])
    assert [busy.may_wait, done] == [False, [2]]
    assert reader.seen == [1, 3, 4]


def test_work_is_left_undone_where_the_target_closes_first() -> None:
    done = list[int]()
    busy = BusyReader(Reader(), lambda: done.append(1))
    entries: list[Entry] = [SENT, RECEIVED, Ended(0.3, EndKind.FIN)]
    for count in range(3):
        busy.follow(entries[: count + 1])
    assert not done
