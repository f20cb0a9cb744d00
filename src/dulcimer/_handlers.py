"""`dulcimer.habits.handlers`, where programs for pynetdicom look for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dulcimer.habits import handlers

if TYPE_CHECKING:
    from dulcimer.habits.handlers import *  # noqa: F403 - a type checker takes this for another module

sys.modules[__name__] = handlers
