"""Imported before what needs hypothesis: says how to install it if it is not there."""

from __future__ import annotations

from importlib.util import find_spec

_ADVICE = "this part of dulcimer.testing needs hypothesis, which is not installed: pip install 'dulcimer[fuzz]'"

if find_spec("hypothesis") is None:
    raise ModuleNotFoundError(_ADVICE, name="hypothesis")
