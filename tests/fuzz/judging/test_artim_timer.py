"""How long ARTIM of a server is follows from an idle connection; that bytes start it again shows in a drip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer._generated.fsm import Events, States
from dulcimer.fuzz.engine.conversation import ConnectionRecord, Ended, EndKind, Entry, HalfClosed, Sent, Silent
from dulcimer.fuzz.findings.finding import Confidence, FindingOracle
from dulcimer.fuzz.judging.artim import artim_of, artim_of_drip, drip_sequence, idle_sequence, kept_open
from dulcimer.fuzz.sequences.steps import AwaitReply, Chunks, Pause
from support.fuzz.targets.running import request

REQUEST = request()
SECONDS = st.floats(0.1, 60)
PIECES = 9
"""Bytes of a drip, each sent alone."""


def drip_of(sent: int, *, complete: bool = True, artim: float = 2.0) -> ConnectionRecord:
    """What happened when so many bytes of a drip could be sent."""
    between = 2 * artim / (PIECES - 1)
    entries: list[Entry] = [Sent(number * between, 0, REQUEST[number : number + 1]) for number in range(sent)]
    if not complete:
        entries[-1] = Sent(sent * between, 0, REQUEST[sent - 1 : sent], complete=False)
    return ConnectionRecord((*entries, Ended(sent * between, EndKind.FIN)))


@given(SECONDS, st.sampled_from([EndKind.FIN, EndKind.RST, EndKind.RST_AFTER_SEND]))
def test_artim_is_the_time_until_an_idle_connection_is_closed(seconds: float, how: EndKind) -> None:
    assert artim_of(ConnectionRecord((Silent(0.5), Ended(seconds, how)))) == seconds


@pytest.mark.parametrize(
    "entries",
    [
        (Ended(65.0, EndKind.OPEN),),
        (Ended(65.0, EndKind.CLOSED),),
        (Ended(0.0, EndKind.REFUSED),),
        (Silent(65.0),),
        (Sent(0.0, 0, b"\1"), Ended(2.0, EndKind.FIN)),
        (HalfClosed(1.0), Ended(2.0, EndKind.FIN)),
    ],
)
def test_artim_is_not_known_of_a_connection_that_stays_open_or_was_used(entries: tuple[Entry, ...]) -> None:
    assert artim_of(ConnectionRecord(entries)) is None


def test_idle_connection_sends_nothing_for_so_long() -> None:
    sequence = idle_sequence(65.0)
    assert sequence.steps == (Pause(65.0), AwaitReply())
    assert sequence.cell == (Events.EVT_18, States.STA_2)


@given(SECONDS)
def test_drip_sends_each_byte_before_artim_and_all_of_them_long_after(artim: float) -> None:
    sequence = drip_sequence(REQUEST, artim)
    (drip,) = sequence.steps
    assert isinstance(drip, Chunks)
    assert drip.data == REQUEST[:PIECES]
    assert set(drip.sizes) == {1}
    assert drip.seconds < artim / 2
    assert drip.seconds * (len(drip.data) - 1) == pytest.approx(2 * artim)
    assert artim_of_drip(sequence) == pytest.approx(artim)


@pytest.mark.clause("PS3.8 9.1.5")
def test_connection_on_which_the_whole_drip_was_sent_was_kept_open() -> None:
    found = kept_open(drip_of(PIECES), 2.0)
    assert found is not None
    assert (found.oracle, found.confidence) == (FindingOracle.ARTIM, Confidence.DEVIATION)
    assert (found.cell, found.clause) == ((Events.EVT_18, States.STA_2), "PS3.8 Table 9-10 Evt18/Sta2 AA-2")
    assert found.verdict.startswith("An open connection after 4.0 s of single bytes of an A-ASSOCIATE-RQ")
    assert "ARTIM, which is 2.0 s," in found.verdict


@pytest.mark.parametrize("record", [drip_of(5), drip_of(PIECES - 1), drip_of(PIECES, complete=False)])
def test_connection_that_ended_before_the_last_byte_was_not_kept_open(record: ConnectionRecord) -> None:
    assert kept_open(record, 2.0) is None
