"""Short stories that the explorer replays without a file: moves of the ends, as the page has them in its address."""

from __future__ import annotations

from typing import Final, NamedTuple


class ExplorerStory(NamedTuple):
    """A story. A move is r1 (the requestor, Evt1; events in base 36), A (the acceptor takes what comes first), or L."""

    title: str
    moves: str


_OPENED = "r1ARAa7R"
STORIES: Final = (
    ExplorerStory("An association: request, data, release", f"{_OPENED}r9Aa9RrbAaeRA"),
    ExplorerStory("A rejection", "r1ARAa8RA"),
    ExplorerStory("Release collision: both ask at once", f"{_OPENED}rbabRAreAaeRA"),
    ExplorerStory("An abort by the user", f"{_OPENED}r9rfAAR"),
    ExplorerStory("A PDU out of turn is answered with an abort", f"{_OPENED}xr8ARA"),
    ExplorerStory("A request that comes too late: ARTIM ends it", "r1ARaiR"),
)
"""Each is played in the tests: every move does something."""
