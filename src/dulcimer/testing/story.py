"""What happened on a connection, and why it is wrong: a few lines for the person who has to find the fault."""

from __future__ import annotations

from dulcimer._generated.fsm import ACTIONS, EVENTS, STATES, TABLE
from dulcimer.counting import counted
from dulcimer.fuzz.oracle.verdicts import Oddity, Unexplained

_MOST_RULES = 3
_MOST_CHANGES = 4
_REPLY = "< "
_NOTHING = "(nothing comes back)"


class UpperLayerDeviation(AssertionError):
    """An upper layer does what PS3.8 does not allow; the message is the story of the connection, with the rule."""


class Story:
    """The steps of the tester in their order, each with what the implementation did then."""

    def __init__(self) -> None:
        self._steps: list[tuple[str, list[str]]] = []

    def step(self, text: str, changes: tuple[str, ...] = ()) -> None:
        """The tester does something; `changes`: in what it sends."""
        shown = [f"  changed: {change}" for change in changes[:_MOST_CHANGES]]
        if len(changes) > _MOST_CHANGES:
            shown.append(f"  and {counted(len(changes) - _MOST_CHANGES, 'more change')}")
        self._steps.append((text, shown))

    def reply(self, text: str) -> None:
        """The implementation does something."""
        self._steps[-1][1].append(f"{_REPLY}{text}")

    def lines(self) -> list[str]:
        """The story as lines of text."""
        found: list[str] = []
        for number, (text, further) in enumerate(self._steps, 1):
            found.append(f"{number:3}  {text}")
            found += [f"     {line}" for line in further]
            if not any(line.startswith(_REPLY) for line in further):
                found.append(f"     {_NOTHING}")
        return found


def deviation_text(story: Story, found: Unexplained, *, role: str) -> str:
    """The story, what was expected, what came, the rule and its clause."""
    rows = [("expected", " or ".join(found.expected) or "bytes as the standard has them"), ("came", found.seen)]
    if found.detail:
        rows.append(("detail", found.detail))
    cells = sorted(found.cells)
    for event, state in cells if len(cells) <= _MOST_RULES else ():
        action = ACTIONS[TABLE[event, state]]
        what = " ".join(action.description.split())
        name = f"{EVENTS[event].label} in {STATES[state].label}"
        rows.append(("rule", f"{name} is {action.label}: {what}"))
    rows.append(("clause", found.clause))
    if len(cells) == 1:
        rows.append(("more", f"dulcimer explain {STATES[cells[0][1]].label} {EVENTS[cells[0][0]].label}"))
    if not found.sure and found.oddity is not Oddity.CLOSE:
        rows.append(("note", "many products do this; it fails because the test is `strict`"))
    return _text(f"the {role} does what PS3.8 does not allow", story, rows)


def error_text(story: Story, error: Exception, *, role: str) -> str:
    """The story, and the exception that the implementation has raised."""
    came = f"{type(error).__name__}: {error}".rstrip(": ")
    rows = [("expected", "no exception, whatever the peer sends"), ("came", came), ("clause", "PS3.8 Table 9-10")]
    return _text(f"the {role} raises an exception", story, rows)


def _text(headline: str, story: Story, rows: list[tuple[str, str]]) -> str:
    width = max(len(label) for label, _ in rows) + 2
    return "\n".join((headline, "", *story.lines(), "", *(f"  {label:<{width}}{text}" for label, text in rows)))
