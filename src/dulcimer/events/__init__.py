"""Events of associations and servers, and the handlers bound to them.

A notification event tells what has happened; any number of handlers hear of it, and what they raise is logged. An
intervention event asks one handler for an answer: which instances match, what becomes of this data set. `evt` is the
name under which users know this package.
"""

from __future__ import annotations

from dulcimer.events import kinds as _kinds
from dulcimer.events.event import Event
from dulcimer.events.handlers import Handlers, trigger
from dulcimer.events.kinds import *  # noqa: F403 - some 40 names, which have to be importable from here

__all__ = [*_kinds.__all__, "Event", "Handlers", "trigger"]  # noqa: PLE0604 - the other list is one of str
