"""`dulcimer.habits.version`, where programs for pynetdicom look for it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dulcimer.habits import version

if TYPE_CHECKING:
    from dulcimer.habits.version import *  # noqa: F403 - a type checker takes this for another module

sys.modules[__name__] = version
