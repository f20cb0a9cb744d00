"""The options of `dulcimer proxy` that change what passes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dulcimer.cli.options.panels import in_panel

if TYPE_CHECKING:
    from dulcimer.fuzz.proxy.rules import FaultRule

_fault_option = in_panel("Faults")


class FaultSender(StrEnum):
    """Whose PDUs the plain options are for."""

    CLIENT = "client"
    SERVER = "server"


def _list_operators(wanted: bool) -> None:
    if wanted:
        from dulcimer.fuzz.proxy.mutation import known_operators

        print("\n".join(known_operators()))
        raise typer.Exit


@dataclass(frozen=True, slots=True)
class FaultOptions:
    """Which faults there are, and for which PDUs."""

    fault: Annotated[
        list[str] | None,
        _fault_option(
            "--fault",
            metavar="RULE",
            help="What to do to which PDUs, as in '2nd P-DATA-TF from client: delay 5'; may be repeated. See above.",
        ),
    ] = None
    drop: Annotated[
        list[str] | None,
        _fault_option("--drop", metavar="PDU", help="Drop these PDUs: short for 'PDU: drop'; repeatable."),
    ] = None
    delay: Annotated[
        float | None,
        _fault_option(
            "--delay", metavar="SECONDS", min=0.0, help="Delay each PDU: short for 'any PDU: delay SECONDS'."
        ),
    ] = None
    mutate: Annotated[
        list[str] | None,
        _fault_option(
            "--mutate",
            metavar="PATH[:OPERATOR]",
            help="Change a node of a PDU, as in A-ABORT/source:value-any: short for 'PDU: mutate PATH'; repeatable.",
        ),
    ] = None
    sender: Annotated[
        FaultSender | None,
        _fault_option("--from", help="Whose PDUs --drop, --delay and --mutate are for; the default is both."),
    ] = None
    seed: Annotated[
        int, _fault_option("--seed", metavar="N", help="Seed of all chance: the same seed makes the same changes.")
    ] = 0
    list_operators: Annotated[
        bool,
        _fault_option(
            "--list-operators", is_eager=True, callback=_list_operators, help="List the operators, and exit."
        ),
    ] = False
    i_may_test: Annotated[
        list[str] | None,
        _fault_option(
            "--i-may-test",
            metavar="HOST",
            help="Confirm that you may test this other machine: faults crash and hang real servers.",
        ),
    ] = None

    def rules(self) -> tuple[FaultRule, ...]:
        """The rules in their order: delays last, since the other faults take no time. A usage error for a wrong one."""
        from dulcimer.fuzz.oracle.ends import LinkEnd
        from dulcimer.fuzz.proxy.rule_language import (
            RuleError,
            parse_rule,
            rule_of_delay,
            rule_of_drop,
            rule_of_mutation,
        )

        sender = None if self.sender is None else LinkEnd(self.sender)
        option = "--mutate"
        try:
            found = [rule_of_mutation(text, sender) for text in self.mutate or ()]
            option = "--drop"
            found += [rule_of_drop(text, sender) for text in self.drop or ()]
            option = "--fault"
            found += [parse_rule(text) for text in self.fault or ()]
        except RuleError as error:
            raise typer.BadParameter(str(error), param_hint=f"'{option}'") from error
        if self.delay:
            found.append(rule_of_delay(self.delay, sender))
        return tuple(found)
