"""`dulcimer export`: the machine and the bytes for other tools."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dulcimer.cli.options.output import Debug


class MachineForm(StrEnum):
    """The formats."""

    MERMAID = "mermaid"
    DOT = "dot"
    SCXML = "scxml"
    KSY = "ksy"
    WIRESHARK = "wireshark"


def command(
    form: Annotated[MachineForm, typer.Argument(metavar="FORMAT", help="One of those above.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write, - for standard output.")
    ] = Path("-"),
    debug: Debug = False,  # noqa: ARG001
) -> None:
    """Write the state machine, or the bytes of the PDUs, for another tool.

    mermaid    Table 9-10 as a state diagram for Markdown: GitHub and many editors
    dot        the same for Graphviz (needs the Python package graphviz)
    scxml      a state chart (W3C) with guards and effects, for simulators
    ksy        the PDUs for Kaitai Struct, which makes parsers in many languages
    wireshark  a plugin in Lua that marks what violates PS3.8 in the packet list

    Examples:
      dulcimer export mermaid -o machine.mmd
      dulcimer export ksy -o dicom_upper_layer.ksy
      dulcimer export wireshark -o dulcimer.lua
      tshark -X lua_script:dulcimer.lua -Y dulcimer.violation -r capture.pcapng
    """
    from dulcimer.cli.learning.exporting import export_machine

    export_machine(str(form), output)
