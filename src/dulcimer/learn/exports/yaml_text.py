"""YAML of dictionaries, lists, text and numbers: as much of it as a format description needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def yaml_text(value: Mapping[Any, Any]) -> str:
    """The text; keys keep their order."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def _mapping(value: Mapping[Any, Any], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        begin = f"{indent}{_scalar(key)}:"
        if isinstance(inner, Mapping):
            yield begin
            yield from _mapping(inner, f"{indent}  ")
        elif isinstance(inner, Sequence) and not isinstance(inner, str):
            yield begin
            for element in inner:
                first, *others = _mapping(element, f"{indent}    ")
                yield f"{indent}  - {first.strip()}"
                yield from others
        else:
            yield f"{begin} {_scalar(inner)}"


def _scalar(value: object) -> str:
    if value is True:
        return "true"
    if isinstance(value, str) and not (_PLAIN.fullmatch(value) and value.lower() not in _WORDS):
        return json.dumps(value)
    return str(value)
