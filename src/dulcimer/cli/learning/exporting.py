"""Writes the machine and the bytes for other tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import typer

from dulcimer.cli.options.writable import make_reports_writable
from dulcimer.conformance.report.writing import STANDARD_OUTPUT


def _mermaid() -> str:
    from dulcimer.fsm.drawing import mermaid

    return mermaid()


def _dot() -> str:
    from dulcimer.fsm.drawing import GraphvizMissingError, dot

    try:
        return dot()
    except GraphvizMissingError as error:
        raise typer.BadParameter(str(error), param_hint="'FORMAT'") from error


def _scxml() -> str:
    from dulcimer.learn.exports.scxml import scxml

    return scxml()


def _ksy() -> str:
    from dulcimer.learn.exports.kaitai import kaitai

    return kaitai()


def _wireshark() -> str:
    from dulcimer.learn.exports.wireshark import post_dissector

    return post_dissector()


MACHINE_FORMS: Final[dict[str, Callable[[], str]]] = {
    "mermaid": _mermaid,
    "dot": _dot,
    "scxml": _scxml,
    "ksy": _ksy,
    "wireshark": _wireshark,
}


def export_machine(form: str, output: Path) -> None:
    """Write one of the formats. `typer.BadParameter` if the file cannot be written, or a package is missing."""
    make_reports_writable({"--output": output})
    text = MACHINE_FORMS[form]()
    if str(output) == STANDARD_OUTPUT:
        print(text, end="")
    else:
        output.write_text(text, encoding="utf-8", newline="\n")
