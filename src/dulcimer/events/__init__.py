"""Events of associations and servers, and the handlers bound to them.

A notification event reports what has happened; it may have any number of handlers, and what they raise is logged. An
intervention event asks its one handler for an answer: which instances match, whether this data set was stored. `evt` is
the name under which users import this package.
"""

from __future__ import annotations

from dulcimer.events import kinds as _kinds
from dulcimer.events.event import Event
from dulcimer.events.handlers import Handlers, trigger
from dulcimer.events.kinds import *  # noqa: F403 - some 40 names, which have to be importable from here

__all__ = [*_kinds.__all__, "Event", "Handlers", "trigger"]  # noqa: PLE0604 - the other list is one of str
