"""Two providers that keep to Table 9-10: whatever crosses, and whatever the capture has lost, is no violation."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dulcimer.captures import pcapng
from dulcimer.captures.pcapng import Packet
from dulcimer.diagnosis.judging.verdicts import WireOutcome
from support.judged_captures import judged
from support.lawful_associations import LawfulRun

RUNS = st.lists(st.integers(0, 1 << 12), max_size=120)


def played(numbers: list[int]) -> list[Packet]:
    run = LawfulRun()
    run.play(numbers)
    return run.packets


@given(RUNS)
@example([0] * 120)
def test_a_lawful_run_is_consistent(numbers: list[int]) -> None:
    for found in judged(pcapng.write(played(numbers), application="test")):
        assert [(one.end, one.rule, one.observed) for end in found.ends for one in end.breaches] == []
        assert found.outcome is WireOutcome.CONSISTENT


@given(RUNS, st.randoms(use_true_random=False))
def test_a_capture_that_lost_or_swapped_frames_shows_no_violation(numbers: list[int], chance: object) -> None:
    packets = played(numbers)
    for found in judged(pcapng.write(disturbed(packets, chance), application="test")):
        assert [(one.end, one.rule, one.observed) for end in found.ends for one in end.breaches] == []


def disturbed(packets: list[Packet], chance: object) -> list[Packet]:
    """Frames are lost, come twice or late; or the capture begins late."""
    from random import Random

    assert isinstance(chance, Random)
    found = packets[chance.randrange(len(packets)) :] if chance.random() < 0.3 else list(packets)
    for _ in range(chance.randrange(4)):
        if not found:
            break
        at = chance.randrange(len(found))
        match chance.randrange(3):
            case 0:
                del found[at]
            case 1:
                found.insert(min(len(found), at + chance.randrange(1, 8)), found[at])
            case _:
                found.insert(min(len(found) - 1, at + chance.randrange(1, 4)), found.pop(at))
    return found
