"""The test kit for makers of DICOM software: Hypothesis strategies, a state machine, fixtures of pytest.

Nothing is imported before it is used: pytest loads the fixtures in every run, and only the rest needs hypothesis.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dulcimer.testing import strategies as strategies
    from dulcimer.testing.adapter import UpperLayerAdapter
    from dulcimer.testing.machine import UpperLayerMachine
    from dulcimer.testing.story import UpperLayerDeviation

__all__ = ["UpperLayerAdapter", "UpperLayerDeviation", "UpperLayerMachine", "strategies"]

_HOMES = {
    "UpperLayerAdapter": "dulcimer.testing.adapter",
    "UpperLayerDeviation": "dulcimer.testing.story",
    "UpperLayerMachine": "dulcimer.testing.machine",
    "strategies": "dulcimer.testing.strategies",
}
_NEED_HYPOTHESIS = ("UpperLayerMachine", "strategies")

if not TYPE_CHECKING:  # a type checker reads the imports above, and would otherwise accept any name

    def __getattr__(name: str) -> Any:
        """Import a public name on first use."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name in _NEED_HYPOTHESIS:
            import_module(f"{__name__}.needs_hypothesis")
        home = import_module(_HOMES[name])
        globals()[name] = home if name == "strategies" else getattr(home, name)
        return globals()[name]


def __dir__() -> list[str]:
    """The names of the package, also those not imported yet."""
    return sorted({*globals(), *__all__})
