"""Keeps handlers of signals out of work that must not be interrupted between two of its steps."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found] # unknown to the type checker
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

_Handler = Callable[[int, FrameType | None], Any]
# The functions of `signal` make enumerations of the result: for all signals that takes 20 µs instead of 2.
_handler_of, _set_handler = _signal.getsignal, _signal.signal
_NUMBERS = tuple(map(int, signal.valid_signals()))


class PostponedSignals:
    """Inside the block, a signal calls `wake` instead of its handler, which is called at the end of the block.

    Handlers written in Python run in the main thread, between any two of its instructions, and may raise
    KeyboardInterrupt, or whatever the program wants after an alarm. In other threads nothing has to be done.
    """

    def __init__(self, wake: Callable[[], object]) -> None:
        self._wake = wake
        self._handlers: dict[int, _Handler] = {}
        self.came: list[int] = []
        """The signals that have come and wait for their handlers."""

    def __enter__(self) -> Self:
        if threading.current_thread() is not threading.main_thread():
            return self
        try:
            for number, handler in zip(_NUMBERS, map(_handler_of, _NUMBERS), strict=True):
                if callable(handler):
                    self._handlers[number] = handler
                    _set_handler(number, self._postpone)
        except BaseException as error:
            if _is_elsewhere(error):
                self._handlers.clear()
            else:  # raised by a handler that was not replaced yet
                self._restore()
                raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handlers:
            try:
                self._restore()
            finally:
                self._call_handlers()

    def _postpone(self, number: int, _: FrameType | None) -> None:
        self.came.append(number)
        self._wake()

    def _restore(self) -> None:
        try:
            for number, handler in self._handlers.items():
                if _handler_of(number) == self._postpone:
                    _set_handler(number, handler)
        except BaseException:  # raised by a handler that is back
            self._restore()
            raise

    def _call_handlers(self) -> None:
        if self.came:
            number = self.came.pop(0)
            try:
                self._handlers[number](number, sys._getframe())
            finally:
                self._call_handlers()


def _is_elsewhere(error: BaseException) -> bool:
    """Whether handlers cannot be set here, since they run elsewhere: in the main interpreter, if this is not it."""
    return isinstance(error, ValueError) and str(error).startswith("signal only works in main thread")
