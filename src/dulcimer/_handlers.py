"""`dulcimer.habits.handlers`, under the name of the module in pynetdicom."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dulcimer.habits import handlers

if TYPE_CHECKING:
    from dulcimer.habits.handlers import *  # noqa: F403 - for type checkers, which do not see the line below

sys.modules[__name__] = handlers
