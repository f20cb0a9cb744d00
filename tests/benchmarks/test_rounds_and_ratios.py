"""The benchmark program's own arithmetic."""

from __future__ import annotations

from rich.console import Console

from benchmarks.main import ratio, result, table, take_turns
from benchmarks.measures import Lane, Measure


def measure_of(log: list[str], *, more_is_better: bool = True) -> Measure:
    def lane(name: str, figures: list[float]) -> Lane:
        remaining = iter(figures)

        def sample() -> float:
            log.append(name)
            return next(remaining)

        return Lane(name, sample)

    lanes = (lane("A", [10.0, 30.0, 20.0]), lane("B", [2.0, 1.0, 60.0]))
    return Measure("speed", "on paper", "furlongs", more_is_better, lanes)


def test_lanes_take_turns_in_every_round() -> None:
    log: list[str] = []
    figures = take_turns(measure_of(log), 3)
    assert log == ["A", "B", "A", "B", "A", "B"]
    assert figures == {"A": [10.0, 30.0, 20.0], "B": [2.0, 1.0, 60.0]}


def test_result_has_medians_and_the_ratio_of_the_first_lane() -> None:
    measure = measure_of([])
    lanes = result(measure, take_turns(measure, 3))["lanes"]
    assert lanes == [
        {"name": "A", "median": 20.0, "rounds": [10.0, 30.0, 20.0], "first_lane_is_better_by": 1.0},
        {"name": "B", "median": 2.0, "rounds": [2.0, 1.0, 60.0], "first_lane_is_better_by": 10.0},
    ]


def test_less_is_better_turns_the_ratio_round_and_nothing_divides_by_zero() -> None:
    measure = measure_of([], more_is_better=False)
    assert ratio(measure, 2.0, 10.0) == 5.0
    assert ratio(measure, 0.0, 10.0) is None
    assert ratio(measure_of([]), 10.0, 0.0) is None


def test_table_shows_each_lane_with_its_median_and_ratio() -> None:
    measure = measure_of([])
    console = Console(width=120)
    with console.capture() as capture:
        console.print(table(measure, take_turns(measure, 3)))
    row = next(line for line in capture.get().splitlines() if line.startswith("│ B"))
    assert "2.0" in row
    assert "10.00 x" in row
