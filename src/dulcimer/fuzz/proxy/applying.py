"""What the rules of the proxy make of the steps by which a PDU is forwarded."""

from __future__ import annotations

from collections.abc import Sequence

from dulcimer.counting import counted
from dulcimer.fuzz.choices import Choices
from dulcimer.fuzz.proxy.mutation import MutateNode, mutate_pdu
from dulcimer.fuzz.proxy.rules import FaultRule
from dulcimer.fuzz.sequences.faults import steps_of_fault
from dulcimer.fuzz.sequences.steps import Chunks, FuzzStep, SendBytes
from dulcimer.wire.faults import Truncate


def applied_to(rule: FaultRule, step: FuzzStep, choices: Choices) -> tuple[FuzzStep, ...]:
    """What a rule makes of one step; only bytes that are sent at once are changed."""
    if not isinstance(step, SendBytes):
        return (step,)
    if not isinstance(rule.action, MutateNode):
        return steps_of_fault(rule.action, step)
    made = mutate_pdu(step.data, rule.action, choices)
    return (step,) if made is None else (SendBytes(made.data, step.label, (*step.operators, made.change)),)


def effect_in_words(rule: FaultRule, before: tuple[FuzzStep, ...], after: tuple[FuzzStep, ...]) -> str:
    """What a rule has done, for the trace; of a mutation the symbolic path."""
    if isinstance(rule.action, MutateNode):
        old = {change for step in before if isinstance(step, SendBytes) for change in step.operators}
        new = [change for step in after if isinstance(step, SendBytes) for change in step.operators]
        return "mutated " + "; ".join(change for change in new if change not in old)
    sizes = [len(step.data) for step in after if isinstance(step, SendBytes | Chunks)]
    left = f" ({counted(sum(sizes), 'byte')} left)" if isinstance(rule.action, Truncate) else ""
    return f"{rule.text.rpartition(':')[2].strip()}{left}"


def sent_together(held: list[FuzzStep], steps: Sequence[FuzzStep]) -> list[FuzzStep]:
    """Steps after those that are held: two that send at once are one."""
    if held and steps and isinstance(held[-1], SendBytes) and isinstance(steps[0], SendBytes):
        first, second = held[-1], steps[0]
        label, operators = f"{first.label}, {second.label}", (*first.operators, *second.operators)
        return [*held[:-1], SendBytes(first.data + second.data, label, operators), *steps[1:]]
    return [*held, *steps]
