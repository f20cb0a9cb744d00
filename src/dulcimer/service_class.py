"""`dulcimer.habits.service_class`, under the name of the module in pynetdicom."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dulcimer.habits import service_class

if TYPE_CHECKING:
    from dulcimer.habits.service_class import *  # noqa: F403 - for type checkers, which do not see the line below

sys.modules[__name__] = service_class
