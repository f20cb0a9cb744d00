"""The state machine of PS3.8 9.2: causes in, effects out."""

from dulcimer._generated.fsm import Events, States
from dulcimer.fsm.cells import build_machine
from dulcimer.fsm.machine import StateMachine

__all__ = ["Events", "StateMachine", "States", "build_machine"]
