"""Two ends in memory: what is sent arrives when the player says so, and every step is one of Table 9-10."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dulcimer._generated.fsm import ACTIONS, TABLE, Events, States
from dulcimer.cli.main import app
from dulcimer.learn.play.ends import PlayedAssociation
from dulcimer.learn.play.game import Game
from dulcimer.learn.play.moves import SENDABLE, USER_WORDS, MoveError, MoveKind, PlayMove, parse_move
from dulcimer.learn.play.picture import picture
from dulcimer.learn.play.walking import CELLS, covering_walks, random_walk, visited_by
from dulcimer.trace.collected import RecordedTrace
from dulcimer.trace.records import ACCEPTOR, ENDS, REQUESTOR, MachineStep
from support.command_runs import CommandRunner

COLLISION = (
    "r request; a receive; r receive; a receive; a accept; r receive; r release; a release; r receive; a receive; "
    "r respond; a receive; a respond; r receive; a receive"
)
SEEDS = st.integers(0, 10_000)


def played(text: str) -> Game:
    return Game(map(parse_move, text.split(";")))


def states(game: Game) -> tuple[str, str]:
    return game.association.state(REQUESTOR).label, game.association.state(ACCEPTOR).label


@pytest.mark.clause("PS3.8 7.2.2.7")
def test_release_collision_goes_through_sta9_to_sta12() -> None:
    game = Game()
    seen = []
    for move in map(parse_move, COLLISION.split(";")):
        game.play(move)
        seen.append(states(game))
    assert seen[6:] == [
        ("Sta7", "Sta6"),
        ("Sta7", "Sta7"),
        ("Sta9", "Sta7"),
        ("Sta9", "Sta10"),
        ("Sta11", "Sta10"),
        ("Sta11", "Sta12"),
        ("Sta11", "Sta13"),
        ("Sta1", "Sta13"),
        ("Sta1", "Sta1"),
    ]
    assert game.association.is_over


def test_pdus_that_cross_are_on_the_wire_at_the_same_time() -> None:
    game = played(COLLISION.partition("r release")[0] + "r release; a release")
    assert [one.name for end in ENDS for one in game.association.wire[end]] == ["A-RELEASE-RQ", "A-RELEASE-RQ"]
    assert ["A-RELEASE-RQ ->" in line or "<- A-RELEASE-RQ" in line for line in picture(game.association)] == [True] * 2


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_every_step_of_a_walk_is_a_cell_of_the_table_and_fits_the_terminal(seed: int) -> None:
    game = Game()
    for move in random_walk(seed, 40, faults=True):
        records = game.play(move).records
        assert max(map(len, picture(game.association))) <= 80
        for step in records:
            if isinstance(step, MachineStep):
                action = TABLE[Events.from_label(step.event), States.from_label(step.state)]
                assert step.action == action
                assert step.next_state in [one.next_state.label for one in ACTIONS[action].outcomes]


@settings(deadline=None, max_examples=20)
@given(SEEDS)
def test_a_move_that_is_taken_back_leaves_no_trace(seed: int) -> None:
    moves = random_walk(seed, 25, faults=True)
    game = Game(moves)
    assert game.undo() == moves[-1]
    assert game.moves == moves[:-1]
    before = Game(moves[:-1])
    assert list(picture(game.association)) == list(picture(before.association))
    assert list(game.choices()) == list(before.choices())


@settings(deadline=None, max_examples=20)
@given(SEEDS, st.integers(0, 30))
def test_choices_are_what_can_be_played_and_nothing_else_of_their_kind(seed: int, steps: int) -> None:
    moves = random_walk(seed, steps, faults=True)
    choices = set(Game(moves).choices())
    everything = {PlayMove(MoveKind.ISSUE, end, event) for end in ENDS for event in USER_WORDS}
    everything |= {PlayMove(kind, end) for kind in (MoveKind.RECEIVE, MoveKind.TIMEOUT) for end in ENDS}
    everything |= {PlayMove(MoveKind.SEND, end, pdu=name) for end in ENDS for name in SENDABLE}
    for move in everything:
        game = Game(moves)
        shown = list(picture(game.association))
        try:
            game.play(move)
        except MoveError:
            assert move not in choices
            assert list(picture(game.association)) == shown
        else:
            assert move in choices or move.kind is MoveKind.SEND


@given(st.sampled_from(sorted({str(move) for seed in range(8) for move in random_walk(seed, 60, faults=True)})))
def test_words_of_a_move_mean_that_move(words: str) -> None:
    assert str(parse_move(words)) == words


@pytest.mark.parametrize(
    "words", ["", "r", "x request", "r juggle", "r send", "r send 99H", "r receive twice", "cut r"]
)
def test_words_without_a_meaning_are_refused_with_those_that_have_one(words: str) -> None:
    with pytest.raises(MoveError, match=r"request|A-ABORT"):
        parse_move(words)


def test_an_event_and_a_type_of_a_pdu_are_words_too() -> None:
    assert parse_move("requestor Evt1") == parse_move("r request")
    assert parse_move("a send 06H") == parse_move("a send A-RELEASE-RP")


def test_an_end_that_has_closed_gets_nothing_any_more() -> None:
    game = played("r request; r abort; a receive")
    assert states(game) == ("Sta1", "Sta2")
    with pytest.raises(MoveError, match="Nothing is on its way to the requestor"):
        game.play(parse_move("r receive"))
    game.play(parse_move("a receive"))
    assert game.association.is_over
    game.play(parse_move("r request"))
    assert game.count == 2


@pytest.mark.parametrize("last", ["r send P-DATA-TF; a receive", "cut"], ids=["closed", "cut"])
def test_what_is_on_its_way_to_an_end_without_connection_is_lost(last: str) -> None:
    associated = COLLISION.partition(" r release")[0]
    game = played(f"{associated} a data; r abort; {last}")
    assert not game.association.wire[ACCEPTOR]
    assert game.association.state(ACCEPTOR) is States.STA_1


def test_covering_walks_visit_every_filled_cell() -> None:
    walks = list(covering_walks())
    assert set().union(*map(visited_by, walks)) == CELLS
    assert len(CELLS) == 123


@pytest.mark.parametrize("seed", range(3))
def test_saved_game_has_every_step_of_both_machines(seed: int, tmp_path: Path) -> None:
    game = Game(random_walk(seed, 60, faults=True))
    game.save(tmp_path / "game.jsonl")
    trace = RecordedTrace.read(tmp_path / "game.jsonl")
    recorded = sorted((one.fsm, one.state, one.event) for found in trace.associations for one in found.steps)
    again = Game()
    records = [record for move in game.moves for record in again.play(move).records]
    assert recorded == sorted((one.fsm, one.state, one.event) for one in records if isinstance(one, MachineStep))


@pytest.mark.parametrize(
    ("fault", "status"), [("", 0), ("a send A-RELEASE-RP; r receive; ", 1)], ids=["lawful", "fault"]
)
def test_judge_of_traces_finds_a_fault_in_a_saved_game_where_there_is_one(
    fault: str, status: int, tmp_path: Path
) -> None:
    associated, released = COLLISION.split(" r release", 1)
    game = played(f"{associated} r data; a receive; a data; r receive; {fault or f'r release{released}'}".strip(" ;"))
    game.save(tmp_path / "game.jsonl")
    result = CommandRunner().invoke(app, ["trace", "check", str(tmp_path / "game.jsonl")])
    assert result.exit_code == status, result.output


def test_fresh_association_has_one_move() -> None:
    association = PlayedAssociation()
    assert not association.is_over
    assert [str(move) for move in Game().choices()] == ["r request"]
