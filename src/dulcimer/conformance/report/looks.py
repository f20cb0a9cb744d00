"""How verdicts look: their colours, light and dark, and the order in which they are shown."""

from __future__ import annotations

from dataclasses import dataclass

from dulcimer.conformance.model.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of a verdict; text on the page has a contrast of at least 4.5:1 in both schemes."""

    light: str
    dark: str


COLOURS = {
    Verdict.OK: Colours("#1f7a3f", "#5fd08a"),
    Verdict.NON_STRICT: Colours("#8a5a00", "#f0b74a"),
    Verdict.INFORMATIONAL: Colours("#1767a6", "#6cb8f5"),
    Verdict.UNIMPLEMENTED: Colours("#3d6b70", "#86bcc2"),
    Verdict.UNOBSERVABLE: Colours("#5c6670", "#a3adb8"),
    Verdict.INCONCLUSIVE: Colours("#7447b3", "#c3a1f2"),
    Verdict.FAILED: Colours("#c01c2b", "#ff7b80"),
    Verdict.ERROR: Colours("#a3005c", "#ff7ac0"),
}

ORDER = (
    Verdict.ERROR,
    Verdict.FAILED,
    Verdict.NON_STRICT,
    Verdict.INCONCLUSIVE,
    Verdict.INFORMATIONAL,
    Verdict.UNOBSERVABLE,
    Verdict.UNIMPLEMENTED,
    Verdict.OK,
)
"""What needs attention comes first."""


def css_class(verdict: Verdict) -> str:
    """The class of everything that has the colour of a verdict."""
    return f"v-{verdict.lower()}"


def stylesheet() -> str:
    """Custom properties with the colours, and the classes that use them."""
    light = "".join(f"--{css_class(verdict)}:{colours.light};" for verdict, colours in COLOURS.items())
    dark = "".join(f"--{css_class(verdict)}:{colours.dark};" for verdict, colours in COLOURS.items())
    classes = "".join(f".{css_class(verdict)}{{--v:var(--{css_class(verdict)})}}\n" for verdict in COLOURS)
    return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{classes}"
