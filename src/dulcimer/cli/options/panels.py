"""Options of `typer` in groups: how `--help` shows them together, and how several commands share them.

A command takes one parameter of a class of options; `expand` turns it into the options of its fields.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import typer

ASSOCIATION_PANEL = "Association"
OUTPUT_PANEL = "Output"


def in_panel(panel: str) -> Callable[..., Any]:
    """`typer.Option` for the options that `--help` shows together, under this heading."""
    return functools.partial(typer.Option, rich_help_panel=panel)


def expand(function: Callable[..., None]) -> Callable[..., None]:
    """A function with one parameter for each field where `function` has a parameter of an options class.

    typer reads the options of a command from its signature, so a group of options cannot be shared otherwise.
    """
    hints = get_type_hints(function, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, type[Any]] = {}
    for parameter in inspect.signature(function).parameters.values():
        hint = hints[parameter.name]
        if not (inspect.isclass(hint) and dataclasses.is_dataclass(hint)):
            parameters.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        groups[parameter.name] = hint
        field_hints = get_type_hints(hint, include_extras=True)
        parameters += [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=field.default,
                annotation=field_hints[field.name],
            )
            for field in dataclasses.fields(hint)
        ]

    def expanded(**values: Any) -> None:
        grouped = {
            name: group(**{field.name: values.pop(field.name) for field in dataclasses.fields(group)})
            for name, group in groups.items()
        }
        function(**values, **grouped)

    expanded.__doc__ = function.__doc__
    expanded.__name__ = function.__name__
    expanded.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    expanded.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # functions may have one, which their type does not tell
    return expanded
