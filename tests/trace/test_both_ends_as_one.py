"""What both ends have recorded is one association in a picture, with the PDUs that crossed or never arrived."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from dulcimer.cli.main import app
from dulcimer.learn.play.game import Game
from dulcimer.learn.play.moves import parse_move
from dulcimer.trace.both_ends import JointAssociation, joined
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.svg import MOST_STEPS, trace_svg
from support.command_runs import CommandRunner

OPENED = "r request; a receive; r receive; a receive; a accept; r receive"
COLLISION = f"{OPENED}; r release; a release; r receive; a receive; r respond; a receive; a respond; r receive"
SVG = "{http://www.w3.org/2000/svg}"


def recorded(tmp_path: Path, *games: str) -> RecordedTrace:
    game = Game(parse_move(move) for one in games for move in one.split(";"))
    game.save(tmp_path / "game.jsonl")
    return RecordedTrace.read(tmp_path / "game.jsonl")


def states(joint: JointAssociation, end: str) -> list[str]:
    return [one.step.next_state for one in joint.steps if one.step.fsm == end]


@pytest.mark.clause("PS3.8 7.2.2.7")
def test_release_collision_is_one_association_whose_pdus_cross(tmp_path: Path) -> None:
    (joint,) = joined(recorded(tmp_path, COLLISION).associations)
    assert joint.recorded == ("requestor", "acceptor")
    assert states(joint, "requestor") == ["Sta4", "Sta5", "Sta6", "Sta7", "Sta9", "Sta11", "Sta1"]
    assert states(joint, "acceptor") == ["Sta2", "Sta3", "Sta6", "Sta7", "Sta10", "Sta12", "Sta13"]
    first, other = (one for one in joint.pdus if one.label == "A-RELEASE-RQ")
    assert (first.sender, other.sender) == ("requestor", "acceptor")
    places = [first.sent, other.sent, other.arrived, first.arrived]
    assert None not in places
    assert places == sorted(places, key=lambda place: place or 0)


def test_pdu_under_way_has_not_arrived_and_a_planted_one_was_sent_by_no_machine(tmp_path: Path) -> None:
    (joint,) = joined(recorded(tmp_path, f"{OPENED}; r send A-ASSOCIATE-AC; a receive; r data").associations)
    odd = next(one for one in joint.pdus if one.sent is None)
    assert (odd.label, odd.sender) == ("A-ASSOCIATE-AC", "requestor")
    assert joint.steps[odd.arrived or 0].step.action == "AA-8"
    lost = next(one for one in joint.pdus if one.label == "P-DATA-TF")
    assert lost.arrived is None


def test_associations_after_each_other_stay_apart(tmp_path: Path) -> None:
    end = "r release; a receive; a respond; r receive; a receive"
    found = list(joined(recorded(tmp_path, f"{OPENED}; {end}", f"{OPENED}; {end}").associations))
    assert [(one.number, len(one.recorded)) for one in found] == [(1, 2), (2, 2)]
    assert [len(one.steps) for one in found] == [len(found[0].steps)] * 2


def test_trace_of_one_end_has_the_states_of_that_end(tmp_path: Path) -> None:
    trace = recorded(tmp_path, COLLISION)
    alone = [one for one in trace.associations if one.role == "requestor"]
    (joint,) = joined(alone)
    assert joint.recorded == ("requestor",)
    assert all(one.sent == one.arrived is not None for one in joint.pdus)
    assert not states(joint, "acceptor")


def test_command_draws_a_game(tmp_path: Path) -> None:
    trace = recorded(tmp_path, COLLISION)
    picture = tmp_path / "game.svg"
    words = ["trace", "export", str(tmp_path / "game.jsonl"), "--to", "svg", "-o", str(picture)]
    assert CommandRunner().invoke(app, words).exit_code == 0
    text = picture.read_text(encoding="utf-8")
    assert text == trace_svg(trace)
    drawn = ElementTree.fromstring(text)
    shown = ["".join(one.itertext()) for one in drawn.iter(f"{SVG}text")]
    assert shown.count("A-RELEASE-RQ") == shown.count("A-RELEASE-RP") == 2
    assert {"Association 1", "requestor", "acceptor", "Sta9", "Sta10", "Sta13", "Evt12: AR-8"} <= set(shown)


def test_long_association_is_drawn_in_part_and_says_so(tmp_path: Path) -> None:
    moves = "; ".join(["r data; a receive"] * MOST_STEPS)
    text = trace_svg(recorded(tmp_path, f"{OPENED}; {moves}"))
    assert "Association 1, without its last" in text
    assert text.count('class="step"') == MOST_STEPS
